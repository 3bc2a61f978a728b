"""Questions with planted identifiers and names, drawn by a seed; knows nothing of the redactor."""

from __future__ import annotations

import base64
import string
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Final

# A house that configured these.
HOSTS: Final = ("hosp.example.cn", "edu-core.example")
PEOPLE: Final = (
    *("周岚", "王磊", "陈敏", "吴越", "何清", "欧阳静", "高建国", "应文博", "时雨", "司徒明"),
    *("马应龙", "古丽", "li.na", "zhangwei02", "k.ito", "demo-operator", "Priya Raman"),
    *("Tom Okafor", "Ana Sofia Ruiz", "Jean-Luc Moreau"),
)


@dataclass(frozen=True)
class Planted:
    """A text, what was planted in it, of which class, and the text around."""

    text: str
    secret: str
    kind: str
    around: tuple[str, str]


def planted_identifiers(seed: int, *, each: int = 30) -> tuple[Planted, ...]:
    """Draw `each` identity numbers, phones, record numbers, keys and addresses."""
    rng = Random(seed)
    drawn = []
    for kind, draw in _DRAWERS.items():
        for number in range(each):
            drawn.append(_placed(rng, kind, draw(rng, number)))
    return tuple(drawn)


def planted_names(seed: int, *, each: int = 25) -> tuple[Planted, ...]:
    """Draw `each` names after a label, and as many of the lists of users and owners."""
    rng = Random(seed + 1)
    labelled = [_labelled_name(rng, number) for number in range(each)]
    known = [_known_name(rng, number) for number in range(each)]
    return (*labelled, *known)


def _placed(rng: Random, kind: str, drawn: tuple[str, str]) -> Planted:
    """Put something into a question; `drawn` is a lead in words, and the thing."""
    lead, secret = drawn
    before, after = rng.choice(_ENGLISH if lead and lead[0].isascii() else _CHINESE)
    before += lead
    return Planted(f"{before}{secret}{after}", secret, kind, (before, after))


_CHINESE: Final = (
    ("考试系统登录失败，", "，这个怎么处理？"),
    ("直播课卡顿，学校反馈", " 一直连不上，先查什么？"),
    ("学分认证查不到成绩，", "，要不要重启数据库连接池？"),
    ("挂号页面报错 502，", "。按哪个 SOP 走？"),
    ("互联网医院支付超时，现场说", "，请问回滚步骤"),
)
_ENGLISH: Final = (
    ("The exam login fails, ", ", what do we check first?"),
    ("Video lessons stutter; the school says ", " is affected, which SOP fits?"),
    ("How do I fail over the credit DB? Note ", "."),
    ("Payment times out with 502 and ", " in the log, how do we roll back?"),
)


def _wide(text: str) -> str:
    return "".join(chr(ord(c) + 65248) if "!" <= c <= "~" else c for c in text)


def _identity(rng: Random, number: int) -> tuple[str, str]:
    born = date(1950, 1, 1) + timedelta(days=rng.randrange(25_000))
    region = rng.choice(("110105", "310115", "440306", "510107", "650102", "330106"))
    body = f"{region}{born:%Y%m%d}{rng.randrange(1000):03d}"
    rest = 0  # ISO 7064, pure system 11-2
    for digit in body:
        rest = (rest + int(digit)) * 2 % 11
    check = (12 - rest) % 11
    card = body + ("X" if check == 10 else str(check))
    forms: Sequence[Callable[[str], str]] = (
        str,
        str.lower,
        _wide,
        lambda c: f"{c[:6]} {c[6:14]} {c[14:]}",
        lambda c: "\u200b".join((c[:9], c[9:])),
        lambda c: f"{c[:6]}-{c[6:14]}-{c[14:]}",
    )
    lead = rng.choice(("考生身份证 ", "身份证号是", "证件", "", "her ID card ", "ID "))
    return lead, forms[number % len(forms)](card)


def _phone(rng: Random, number: int) -> tuple[str, str]:
    head = rng.choice(("138", "139", "150", "166", "177", "185", "199"))
    tail = f"{rng.randrange(10**8):08d}"
    area = rng.choice(("010", "021", "0755", "0571"))
    line = f"{rng.randrange(2, 9)}{rng.randrange(10**7):07d}"
    forms = (
        head + tail,
        f"{head} {tail[:4]} {tail[4:]}",
        f"{head}-{tail[:4]}-{tail[4:]}",
        f"+86 {head}{tail}",
        f"0086-{head}-{tail}",
        _wide(head + tail),
        f"{area}-{line}",
        f"({area}){line}",
        f"{area} {line[:4]} {line[4:]} 转 {rng.randrange(100, 9999)}",
        f"+1 (415) 555-{rng.randrange(10**4):04d}",
        f"415-555-{rng.randrange(10**4):04d}",
        f"+44 20 7946 {rng.randrange(10**4):04d}",
    )
    form = number % len(forms)
    lead = rng.choice(
        ("call back on ", "phone ") if form >= 9 else ("手机", "电话：", "联系方式 ", "打 ")
    )
    return lead, forms[form]


def _record(rng: Random, number: int) -> tuple[str, str]:
    serial = f"{rng.randrange(10**7):07d}"
    year = rng.randrange(2019, 2026)
    chosen: tuple[tuple[str, str], ...] = (
        ("病历号", serial),
        ("住院号：", f"ZY{year}{serial[:4]}"),
        ("门诊号 ", f"MZ-{year}-{serial[:5]}"),
        ("病案号为", serial[:6]),
        ("就诊卡号=", f"{serial}{serial[:3]}"),
        ("检查号", f"CT{year}{serial}"),
        ("患者编号 ", f"P{serial}"),
        ("登记号: ", serial + "01"),
        ("MRN ", serial),
        ("medical record number ", f"{serial[:2]}-{serial[2:4]}-{serial[4:]}"),
        ("patient ID: ", f"PT{serial}"),
        ("admission no. ", f"{year}/{serial[:5]}"),
        ("chart #", serial[:6]),
        ("encounter id ", f"E-{serial}"),
    )
    return chosen[number % len(chosen)]


def _key(rng: Random, number: int) -> tuple[str, str]:
    def some(alphabet: str, length: int) -> str:
        return "".join(rng.choice(alphabet) for _ in range(length))

    letters, both = string.ascii_letters, string.ascii_letters + string.digits
    raw = bytes(rng.randrange(256) for _ in range(24))
    forms: tuple[tuple[str, str], ...] = (
        ("密钥 ", "AK" + "IA" + some(string.ascii_uppercase + string.digits, 16)),
        ("token ", "gh" + "p_" + some(both, 36)),
        ("", "sk" + "-proj-" + some(both, 40)),
        ("日志里有 ", some(string.hexdigits.lower()[:16], 40)),
        ("key ", base64.b64encode(raw).decode()),
        (
            "头部带 Bearer ",
            "ey" + "J" + some(both, 20) + "." + some(both, 30) + "." + some(both, 20),
        ),
        ("密码：", some(letters, 6) + str(rng.randrange(10, 99)) + "!"),
        ("password=", some(both, 10)),
        ("口令是 ", some(both, 7) + "@" + str(rng.randrange(10, 99))),
        ("AccessKey ", "LT" + "AI" + some(both, 20)),
        ("", "gl" + f"pat-{some(both, 20)}"),
        ("webhook ", "xo" + f"xb-{rng.randrange(10**11)}-{some(both, 24)}"),
        ("令牌 ", str(uuid.UUID(bytes=raw[:16]))),
        ("secret: ", some(both, 32)),
        ("api_key = ", some(string.ascii_lowercase + string.digits, 24)),
    )
    return forms[number % len(forms)]


def _address(rng: Random, number: int) -> tuple[str, str]:
    def octet() -> int:
        return rng.randrange(1, 255)

    host = rng.choice(("his-db", "pacs01", "exam-gw", "redis-2", "ldap"))
    part = f"{rng.randrange(16**4):04x}"
    forms: tuple[tuple[str, str], ...] = (
        ("节点 ", f"10.{octet()}.{octet()}.{octet()}"),
        ("主库 ", f"192.168.{octet()}.{octet()}:3306"),
        ("网段 ", f"172.{rng.randrange(16, 32)}.{octet()}.0/24"),
        ("host ", f"{host}.{rng.choice(('prod', 'dr'))}.internal"),
        ("域名 ", f"{host}.hosp.example.cn"),
        ("接口 ", f"https://{host}.edu-core.example/api/v2?page=1"),
        ("address ", f"fd{part[:2]}:{part}:0:1::{octet():x}"),
        ("网卡 ", ":".join(f"{octet():02x}" for _ in range(6))),
        ("邮箱 ", f"{host}.{octet()}@mail.example.com"),
        ("mail to ", f"first.last{octet()}@corp.example.org"),
        ("住在", f"杭州市西湖区文三路 {octet()} 号 {rng.randrange(1, 9)} 单元 {octet()} 室"),
        ("she lives at ", f"{octet()} Willow Creek Road, Apt {octet()}"),
        ("共享目录 ", rf"\\{host}\public$\2025"),
        ("pod ", f"{host}.default.svc.cluster.local"),
        ("公网 ", f"203.0.113.{octet()}"),
    )
    return forms[number % len(forms)]


_DRAWERS: Final[dict[str, Callable[[Random, int], tuple[str, str]]]] = {
    "identity": _identity,
    "phone": _phone,
    "record": _record,
    "key": _key,
    "address": _address,
}
_FAMILY: Final = (
    "王李张刘陈杨赵黄周吴徐孙胡朱林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
    "苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江"
    "史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)
_GIVEN: Final = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红建国志文斌宇浩轩梓涵子墨雨桐"
    "思远晨曦一诺可欣嘉怡博雅安然若彤天佑"
)
_FIRST: Final = (
    *("James", "Maria", "Wei", "Fatima", "John", "Olga", "Kenji", "Amina", "Carlos", "Ingrid"),
    *("Liam", "Chen", "Priya", "Tomasz", "Aisha", "Peter", "Lucia"),
)
_LAST: Final = (
    *("Smith", "Garcia", "Zhang", "O'Neil", "Kowalski", "Tanaka", "Hassan", "Johansson"),
    *("Silva", "Becker", "Nguyen", "Brown", "Li", "Petrov", "Costa", "Wang"),
)


def _labelled_name(rng: Random, number: int) -> Planted:
    if number % 5 < 3:
        name = rng.choice(_FAMILY) + "".join(
            rng.choice(_GIVEN) for _ in range(rng.choice((1, 2, 2)))
        )
        frames: tuple[tuple[str, str], ...] = (
            ("患者", "打不开挂号页面，怎么处理？"),
            ("患者：", "，支付超时先查什么？"),
            ("姓名：", "，考试登录失败怎么办"),
            ("考生", "说交卷没有反应，按哪个 SOP？"),
            ("值班医生 ", " 反馈 PACS 调图慢"),
            ("联系人：", "（门诊办公室），直播卡顿"),
            ("病人姓名 ", " 的检查报告查不到"),
            ("主治医师", "要求先恢复 HIS 接口"),
            ("负责人", "，数据库连接池耗尽"),
            ("学生「", "」的学分没有到账"),
        )
    else:
        name = f"{rng.choice(_FIRST)} {rng.choice(_LAST)}"
        frames = (
            ("Patient ", " cannot open the portal, what now?"),
            ("Name: ", ". Exam login fails, which SOP?"),
            ("Reported by ", ": video lessons stutter"),
            ("Dr. ", " says the PACS viewer is slow"),
            ("the student named ", " lost the credit record"),
            ("patient: ", ", payment times out"),
        )
    before, after = frames[rng.randrange(len(frames))]
    return Planted(f"{before}{name}{after}", name, "labelled", (before, after))


def _known_name(rng: Random, number: int) -> Planted:
    name = PEOPLE[number % len(PEOPLE)]
    frames = (
        ("昨天", "切过一次主库，还能再切吗？"),
        ("问过 ", " 了，他也不知道回滚步骤"),
        ("can I restart it, ", " did that last week?"),
        ("上次是", "处理的 CDN 回源失败，步骤是什么"),
    )
    before, after = frames[rng.randrange(len(frames))]
    return Planted(f"{before}{name}{after}", name, "known", (before, after))
