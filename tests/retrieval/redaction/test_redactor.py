"""What leaves the house names nobody and opens nothing; ordinary words stay."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.chat.planted import HOSTS, PEOPLE, Planted, planted_identifiers, planted_names
from retrieval.redaction.names import find_known
from retrieval.redaction.redactor import Redactor, unfolded
from retrieval.redaction.spans import TakenKind
from tests.retrieval.library import pack, questions

HOUSE = Redactor(names=PEOPLE, hosts=HOSTS)
_WORD = re.compile(r"[A-Za-z]+|[\u4e00-\u9fff]")
_MARK = re.compile(r"\[[A-Z_]+\]")


def sent(text: str, redactor: Redactor = HOUSE) -> str:
    """Give one text as a model would receive it."""
    return redactor.redact([text]).texts[0]


def leaked(planted: Iterable[Planted]) -> list[str]:
    """List what of the planted things still stands in what was sent."""

    def core(text: str) -> str:
        return re.sub(r"[\s\-]", "", unfolded(text)).casefold()

    return [p.text for p in planted if core(p.secret) in core(sent(p.text))]


def lost(texts: Iterable[tuple[str, str]]) -> tuple[int, int]:
    """Count words of (what must stay, what was sent): all, and those that went."""
    total = gone = 0
    for kept, out in texts:
        words = Counter(_WORD.findall(unfolded(kept)))
        total += words.total()
        gone += (words - Counter(_WORD.findall(_MARK.sub("", out)))).total()
    return total, gone


@pytest.mark.parametrize("seed", range(2))
def test_no_planted_identifier_leaves(seed: int) -> None:
    """Of 150 identity, phone and record numbers, keys and addresses none is received."""
    drawn = planted_identifiers(seed)
    assert len(drawn) == 150
    assert leaked(drawn) == []


@pytest.mark.parametrize("seed", range(2))
def test_at_most_two_of_fifty_names_leave(seed: int) -> None:
    """Half stand after a label, half in the lists of users and owners."""
    drawn = planted_names(seed)
    assert len(drawn) == 50
    assert len(leaked(drawn)) <= 2


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("Authorization: Basic dXNlcjpwYXNz", "dXNlcjpwYXNz"),
        ("curl -H 'authorization: bearer abcdefghij'", "abcdefghij"),
        ("打 138/0013/8000", "8000"),
        ("打 138、0013、8000", "8000"),
        ("call 138_0013_8000 now", "8000"),
        ("call 138,0013,8000 now", "8000"),
        ("身份证：110105/19491231/002X", "1949"),
        ("ID 110105.19491231.002X", "1949"),
        ("数据库在 10。20。0。5", "20"),
        ("電話：8765432", "8765"),
        ("病歷號 8812345", "8812"),
        ("密碼：hunter", "hunter"),
        ("我叫王建国，登录不了", "建国"),
        ("找张 伟处理", "伟"),
        ("我是李雷，登录不了", "李雷"),
        ("我是李小雷考试进不去", "小雷"),
        ("我是欧阳静", "静"),
        ("这里是王建国", "建国"),
        ("我叫Alice，进不去", "Alice"),
        ("我是Alice Cooper，登录不了", "Cooper"),
        ("I'm Alice Cooper, the exam page is blank", "Cooper"),
        ("I am Alice and cannot log in", "Alice"),
        ("My name is Alice Cooper", "Alice"),
        ("This is Alice Cooper from campus 3", "Cooper"),
        ("加微信 abc 联系", "abc"),
        ("微信lilei_88", "lilei"),
        ("微信号：li-lei", "lei"),
        ("QQ 1234567", "1234567"),
        ("WeChat: lilei88", "lilei88"),
    ],
)
def test_no_spelling_or_separator_lets_it_leave(text: str, secret: str) -> None:
    """Other signs between the figures, traditional labels, the name that one says oneself."""
    assert secret not in sent(text, Redactor(names=["张伟"]))


@pytest.mark.parametrize(
    "text",
    [
        "Basic troubleshooting of tokens",
        "从 138、0013 起数",
        "我叫不出名字",
        "版本 3。2 以后",
        "我是值班工程师，这里是备用节点",
        "我是武汉站点的运维",
        "我是不是要重启，我是高级工程师",
        "I'm on call for CDN, and I am Running into errors",
        "This is Kafka Connect. This is Nginx from the edge",
        "微信 OAuth 回调失败，微信 H5 白屏，企业微信 webhook 报错",
        "微信 access_token 过期，QQ 登录失败",
        "WeChat login fails: error 40029",
    ],
)
def test_what_only_looks_alike_stays(text: str) -> None:
    """No figure, word or name of these is anybody's."""
    assert "[" not in sent(text)


def test_ordinary_words_stay_around_what_was_planted() -> None:
    """At most 2% of the words beside a planted thing go with it."""
    drawn = (*planted_identifiers(7), *planted_names(7))
    total, gone = lost((" ".join(p.around), sent(p.text)) for p in drawn)
    assert total > 2_000
    assert gone <= 0.02 * total


def test_ordinary_words_stay_in_our_own_procedures_and_questions() -> None:
    """At most 2% of what the seeds and the hand-written questions say."""
    sops = pack().sops
    steps = (s for sop in sops for part in sop.sections for s in part.steps)
    texts = [text for step in steps for text in (step.text.zh, step.text.en)]
    asked = questions()["held_out"]
    texts += [pair["question"] for lang in ("zh", "en") for pair in asked[lang]]
    total, gone = lost((text, sent(text)) for text in texts)
    assert total > 10_000
    assert gone <= 0.02 * total


@pytest.mark.parametrize(
    "text",
    [
        "2025-03-12 21:40 错误码 1040，端口 3306，超过 300 秒",
        "ExamDbConnectionPoolExhausted on exam-api-7f9c6d5b4-x2x9z",
        "患者高峰时段登录慢，学生成绩查不到，考生安全退出",
        "Patient Portal is slow; the User Service returns 502",
        "the password is incorrect and the token was rejected",
        "127.0.0.1 上重启，版本 v5.26.12.1",
        "确认活动连接数达到上限，且等待队列持续增长 2 分钟以上",
        "忘记密码怎么办，密码重置失败",
        "提示密码是 incorrect，口令为 empty 时进不去",
        "密码是 admin console 里重置的",
    ],
)
def test_words_of_the_trade_stay(text: str) -> None:
    """Numbers, names of alerts and pods, and labels that announce nobody."""
    assert sent(text) == " ".join(unfolded(text).split())


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("患者张三无法登录", "张三"),
        ("姓名：任一", "任一"),
        ("联系李主任", "李"),
        ("Dr. Emily Carter called", "Emily"),
        ("身份证 110105194912310021 抄错了一位", "110105194912310021"),
        ("手机一三八零零一三八零零零", "一三八零零一三八零零零"),
        ("postgres://app:hunter2pass@10.2.3.4/exam", "hunter2pass"),  # pragma: allowlist secret
        ("密码：correct-horse", "correct-horse"),
        ("登录密码hunter2，进不去", "hunter2"),  # pragma: allowlist secret
        ("密码是 hunter", "hunter"),
        ("学校的口令改成了correcthorse，还是登不上", "correcthorse"),
        ("卡号 6222 0212 3456 7890", "6222 0212 3456 7890"),
        ("打 138—0013—8000", "138—0013—8000"),
        ("验证码 482913", "482913"),
        ("网卡 001b.4411.3ab7", "001b.4411.3ab7"),
        ("住址 成都市武侯区人民南路四段11号", "人民南路四段11号"),
        ("write zhang_san at example dot com", "example dot com"),
        ("患者姓张名三丰", "三丰"),
        ("主诉人：何方", "何方"),
        ("患者zhangsan", "zhangsan"),
        ("patient JOHN SMITH cannot", "JOHN SMITH"),
        ("patient: Łukasz Nowak", "Nowak"),
        ("patient O'Connor, Mary", "Mary"),
        ("on behalf of Alice Cooper", "Cooper"),
        ("账号 wang.fang01 登录失败", "wang.fang01"),
        ("工号 100234", "100234"),
    ],
)
def test_these_go(text: str, gone: str) -> None:
    """Single forms that people write."""
    assert gone not in sent(text)


def test_who_is_named_once_goes_everywhere() -> None:
    """A name that a label announces in the question goes from the earlier questions too."""
    out = HOUSE.redact(["患者张三丰打不开页面", "张三丰昨天就打不开"])
    assert [("张三丰" in text) for text in out.texts] == [False, False]
    assert out.taken == ((TakenKind.NAME, 2),)


def test_a_name_is_ours_only_where_it_is_listed() -> None:
    """The lists of users and owners decide, not the looks."""
    text = "昨天周岚切过主库"
    assert sent(text, Redactor()) == text
    assert sent(text) == "昨天[NAME]切过主库"


def test_thousands_of_known_people_cost_no_time() -> None:
    """A request of thirty steps in a house of 5,000 accounts is read at once, and names go."""
    crowd = Redactor(names=[f"person{n}.of.house" for n in range(5_000)] + ["Zoe Q Lin"])
    started = time.perf_counter()
    out = crowd.redact(["ask zoe  q LIN or PERSON4999.of.house", *["检查回源链路"] * 30])
    assert time.perf_counter() - started < 5.0
    assert out.texts[0] == "ask [NAME] or [NAME]"


@settings(max_examples=80, deadline=None)
@given(
    st.text("iIıİkKsSſß 王 \t.", min_size=3, max_size=6), st.text("iIıİkKsSſß 王 \t.", max_size=30)
)
def test_a_known_name_goes_in_any_case_and_spacing(name: str, around: str) -> None:
    """Wherever a pattern would find it."""
    held = name.strip()
    if len(held) < 3:
        return
    spaced = r"\s*".join(map(re.escape, held.split())) if held.isascii() else re.escape(held)
    bare = rf"(?<![A-Za-z0-9]){spaced}(?![A-Za-z0-9])" if held.isascii() else spaced
    for text in (f"{around} {name.swapcase()} {around}", around):
        wanted = [found.span() for found in re.finditer(bare, text, re.I)]
        assert [(span.start, span.end) for span in find_known(text, [name])] == wanted


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_redacted_in_one_pass(text: str) -> None:
    """Nothing raises, counts agree with the marks, and a second pass finds nothing new."""
    once = HOUSE.redact([text])
    marks = [m for m in _MARK.findall(once.texts[0]) if m[1:-1] in TakenKind.__members__]
    already = [m for m in _MARK.findall(text) if m[1:-1] in TakenKind.__members__]
    assert len(marks) >= once.total
    assert not already or len(marks) >= len(already) - once.total


@pytest.mark.parametrize("piece", ["1", "a", "张", "a.", "1-", "@a.", "患者", "password:", "A "])
def test_long_texts_take_no_time(piece: str) -> None:
    """Twenty thousand characters of one kind are read in seconds, not minutes."""
    started = time.perf_counter()
    HOUSE.redact([piece * (20_000 // len(piece))])
    assert time.perf_counter() - started < 5.0
