"""Questions to a real server that lies, obeys, breaks, hangs: the reader sees SOPs only."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator, Sequence

import pytest

from benchmarks.chat.inverted import inverted_steps
from benchmarks.chat.planted import HOSTS, PEOPLE, planted_identifiers, planted_names
from benchmarks.chat.poisoned import poisoned_sops
from graph.model.base import Text
from graph.model.knowledge import Sop, SopSection, SopSectionName, SopStep
from retrieval.answering.conversation import Guide, converse
from retrieval.answering.looking import Earlier
from retrieval.chat.endpoint import EndpointModel, models_at
from retrieval.chat.selector import Selector
from retrieval.documents import spoken
from retrieval.redaction.redactor import Redactor
from retrieval.results import Answer
from retrieval.searching.search import KnowledgeSearch
from tests import llm_server as llm
from tests.retrieval.library import ANYBODY, named, pack_search

ASKED = "考试系统连接池耗尽怎么处理?"
HOUSE = Redactor(names=PEOPLE, hosts=HOSTS)


def guide_to(server: llm.LlmServer, *, within_s: float = 5.0) -> Guide:
    """Make a guide by the server's model; nothing is folded."""
    numbers = itertools.count()
    model = EndpointModel(server.url, "liar-7b", "sk-of-this-test")
    selector = Selector(model, lambda: f"{next(numbers):032x}", within_s=within_s)
    return Guide(selector, HOUSE, lambda sop: sop)


def ask(
    server: llm.LlmServer,
    question: str = ASKED,
    *,
    search: KnowledgeSearch | None = None,
    earlier: Sequence[Earlier] = (),
    within_s: float = 5.0,
) -> Answer:
    """Ask one question."""
    guide = guide_to(server, within_s=within_s)
    return converse(question, search or pack_search(), ANYBODY, guide=guide, earlier=earlier)


def plainly(question: str = ASKED) -> Answer:
    """Answer the same question without a model."""
    return converse(question, pack_search(), ANYBODY, guide=None)


def verified(reply: Answer, search: KnowledgeSearch) -> bool:
    """Tell whether every citation names a step that says just what is shown."""
    for step in reply.steps:
        (place,) = step.citations
        sop = search.sop(ANYBODY, place.doc_id)
        section = next(part for part in sop.sections if part.name.value == place.section)
        held = next(one for one in section.steps if one.number == place.step)
        if not step.text == place.quote == spoken(held.text, reply.lang):
            return False
    return True


@pytest.fixture
def server() -> Iterator[llm.LlmServer]:
    """An honest server."""
    with llm.llm_server() as running:
        yield running


def test_an_honest_model_selects_and_the_sop_speaks(server: llm.LlmServer) -> None:
    """What is shown are whole steps of the SOP, fewer than without a model."""
    reply = ask(server)
    assert reply.llm is not None and reply.llm.fallback is None and reply.llm.model == "liar-7b"
    assert 0 < len(reply.steps) < len(plainly().steps)
    assert verified(reply, pack_search())


def test_what_no_sop_covers_is_refused_without_a_call(server: llm.LlmServer) -> None:
    """Nothing leaves the house for a question that has no support."""
    reply = ask(server, "茶水间的咖啡机不出水怎么办")
    assert reply.refused and reply.llm is None
    assert server.asked == []


def test_at_most_five_sources_in_a_block_that_no_data_can_close(server: llm.LlmServer) -> None:
    """Labels S1 to S5, one user message, a delimiter drawn anew for every request."""
    ask(server), ask(server)
    first, second = server.asked
    assert {label for label, _, _ in first.lines} <= {f"S{n}" for n in range(1, 6)}
    assert [m["role"] for m in first.body["messages"]] == ["system", "user"]
    fences = [str(a.body["messages"][1]["content"]).splitlines()[0] for a in (first, second)]
    assert fences[0] in str(first.body["messages"][0]["content"])
    assert "tools" not in first.body and first.headers["Authorization"] == "Bearer sk-of-this-test"


@pytest.mark.parametrize("lied", range(4))
def test_no_citation_of_a_liar_is_shown(server: llm.LlmServer, lied: int) -> None:
    """Sources that were not given, quotes that nobody wrote: asked once more, then quoted."""
    numbers = itertools.count(lied)
    server.behave = lambda asked: llm.lying(llm.Asked(asked.body, asked.headers, next(numbers)))
    reply = ask(server)
    assert reply.steps == plainly().steps
    assert reply.llm is not None and reply.llm.fallback is not None
    assert (reply.llm.fallback.code, reply.llm.retries, len(server.asked)) == ("faulty", 1, 2)
    assert "not accepted" in str(server.asked[1].body["messages"][-1]["content"])


def test_a_model_that_does_better_the_second_time_helps(server: llm.LlmServer) -> None:
    """The retry names the faults, and its reply is taken."""
    server.behave = lambda asked: llm.honest(asked) if asked.number else llm.lying(asked)
    reply = ask(server)
    assert reply.llm is not None and reply.llm.fallback is None and reply.llm.retries == 1
    assert verified(reply, pack_search())


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_planted_instruction_reaches_the_reader(server: llm.LlmServer, lang: str) -> None:
    """Forty poisoned SOPs, a model that obeys, and no model at all: none of it is shown."""
    server.behave = llm.obedient
    for poison in (p for p in poisoned_sops() if p.lang == lang):
        search = KnowledgeSearch([poison.sop], [])
        for guide in (guide_to(server), None):
            reply = converse(poison.question, search, ANYBODY, guide=guide)
            shown = (
                reply.model_dump_json()
                if not reply.steps
                else " ".join(
                    [
                        *(s.text for s in reply.steps),
                        *(spoken(n.title, "zh") for n in reply.nearest),
                    ]
                )
            )
            assert not reply.refused, poison.way
            assert poison.mark not in shown, poison.way
            assert reply.withheld > 0, poison.way
            assert verified(reply, search)
    assert server.asked and not any(p.mark in server.received for p in poisoned_sops())


def test_inverted_meanings_are_never_shown(server: llm.LlmServer) -> None:
    """Eighty lies with the right citation: the reader sees what the SOP says, or its quote."""
    for number, lie in enumerate(inverted_steps(0)):
        search = KnowledgeSearch([_sop_saying(number, lie.said)], [])
        words = llm.steps(llm.step(lie.lie, ["S1"], lie.quote))
        server.behave = llm.says(words)
        question = (
            f"exam-night-{number} 怎么处理" if lie.lang == "zh" else f"handle exam-night-{number}"
        )
        reply = ask(server, question, search=search)
        assert [step.text for step in reply.steps] == [lie.said]
        assert verified(reply, search)
    assert len(server.asked) == 160


def _sop_saying(number: int, sentence: str) -> Sop:
    step = SopStep(number=1, text=Text(zh=sentence, en=sentence))
    section = SopSection(name=SopSectionName.REMEDIATION, steps=(step,))
    title = Text(zh=f"exam-night-{number} 的处理", en=f"How to handle exam-night-{number}")
    return Sop(id=f"p:exam-night-{number}", title=title, revision="1", sections=(section,))


@pytest.mark.parametrize(
    ("behave", "code"),
    [
        (llm.fails(429), "busy"),
        (llm.fails(500), "server_error"),
        (llm.fails(503), "server_error"),
        (llm.fails(401), "denied"),
        (llm.fails(404), "form_unknown"),
        (llm.hangs, "timeout"),
        (llm.drips, "timeout"),
        (llm.says("I would rather chat."), "faulty"),
        (llm.says('{"steps": [{"text": "x"'), "faulty"),
        (llm.says(llm.steps(refused=True)), "refused"),
        (lambda _: llm.Answer(raw=b"<html>proxy</html>"), "unreadable"),
        (lambda _: llm.Answer(raw=b'{"choices": []}'), "unreadable"),
        (lambda _: llm.Answer(raw=b"[" * 400_000), "unreadable"),
        (lambda _: llm.Answer(raw=b"x" * 700_000), "too_long"),
        (lambda _: llm.Answer(status=307, location="http://127.0.0.1:9/v1"), "redirected"),
    ],
)
def test_whatever_breaks_the_answer_is_quoted_and_says_so(
    server: llm.LlmServer, behave: llm.Behaviour, code: str
) -> None:
    """Statuses, silence, dripping, nonsense: bounded in time, the same steps, a reason in words."""
    server.behave = behave
    started = time.perf_counter()
    reply = ask(server, within_s=2.0)
    assert time.perf_counter() - started < 6.0
    assert reply.steps == plainly().steps
    assert reply.llm is not None and reply.llm.fallback is not None
    assert reply.llm.fallback.code == code
    assert reply.llm.fallback.text.zh and reply.llm.fallback.text.en


def test_nobody_answers_at_a_closed_port() -> None:
    """An endpoint that is down is said to be."""
    with llm.llm_server() as gone:
        pass
    reply = ask(gone)
    assert reply.llm is not None and reply.llm.fallback is not None
    assert reply.llm.fallback.code == "unreachable"


@pytest.mark.parametrize(
    ("form", "calls"), [("json_schema", 1), ("function_calling", 2), ("json_mode", 3)]
)
def test_the_form_falls_back_until_one_is_known(
    server: llm.LlmServer, form: str, calls: int
) -> None:
    """json_schema, then function calling, then JSON mode; what worked is asked first next time."""
    server.behave = llm.knows_only(form)
    guide = guide_to(server)
    for _ in range(2):
        reply = converse(ASKED, pack_search(), ANYBODY, guide=guide)
        assert reply.llm is not None and reply.llm.fallback is None
    assert [asked.form for asked in server.asked][-2:] == [form, form]
    assert len(server.asked) == calls + 1


def test_a_silent_model_is_left_alone_for_a_while(server: llm.LlmServer) -> None:
    """Whoever asks next does not wait as long again; later it is tried once more."""
    seconds = [0.0]
    model = EndpointModel(server.url, "liar-7b", "")
    selector = Selector(model, lambda: "n", within_s=2.0, now=lambda: seconds[0])
    guide = Guide(selector, HOUSE, lambda sop: sop)

    def code() -> str | None:
        use = converse(ASKED, pack_search(), ANYBODY, guide=guide).llm
        assert use is not None
        return use.fallback.code if use.fallback else None

    server.behave = llm.fails(500)
    assert [code(), code()] == ["server_error", "resting"]
    assert len(server.asked) == 1
    server.behave, seconds[0] = llm.honest, 31.0
    assert code() is None


def test_nothing_planted_is_received(server: llm.LlmServer) -> None:
    """150 identifiers and 50 names, in the question and in an earlier one: the server has none."""
    server.behave = llm.honest
    leaks = []
    for number, planted in enumerate((*planted_identifiers(3), *planted_names(3))):
        earlier = (Earlier(planted.text, (named("exam-01"),)),)
        question, before = ((f"{ASKED} {planted.text}", ()), (ASKED, earlier))[number % 2]
        seen = len(server.asked)
        ask(server, question, earlier=before)
        received = "\n".join(asked.words for asked in server.asked[seen:])
        leaks += [planted.text] if planted.secret in received else []
    assert leaks == []
    assert len(server.asked) > 150, "a question without support is not sent at all"


def test_the_answer_counts_what_was_taken_out(server: llm.LlmServer) -> None:
    """Kinds and counts stand in the answer; the question stays as it was asked."""
    reply = ask(server, "患者张三丰，电话 13800138000：考试系统连接池耗尽怎么处理")
    assert reply.llm is not None
    assert {(t.kind, t.count) for t in reply.llm.taken_out} >= {("name", 1), ("phone", 1)}
    assert reply.llm.redactions == sum(t.count for t in reply.llm.taken_out)
    assert "张三丰" in reply.question and "张三丰" not in server.received


@pytest.mark.parametrize(
    ("first", "then", "section"),
    [
        (ASKED, "那怎么回滚？", "rollback"),
        (ASKED, "找谁？", "escalation"),
        (ASKED, "然后怎么验证连接池好了？", "verification"),
        ("exam database connection pool exhausted", "and how do I verify it?", "verification"),
        ("a CDN node cannot fetch from origin", "And how do I roll that back?", "rollback"),
    ],
)
def test_a_follow_up_keeps_to_its_thread(first: str, then: str, section: str) -> None:
    """A part asked for after a question is the part of the SOP that answered it."""
    before = plainly(first)
    sop_ids = tuple(dict.fromkeys(c.doc_id for s in before.steps for c in s.citations))
    reply = converse(then, pack_search(), ANYBODY, guide=None, earlier=(Earlier(first, sop_ids),))
    assert {c.doc_id for s in reply.steps for c in s.citations} == set(sop_ids)
    assert {c.section for s in reply.steps for c in s.citations} == {section}
    assert reply.question.rstrip("?") == then.rstrip("?？")


@pytest.mark.parametrize("then", ["那咖啡机不出水呢？", "what about the weather in Paris?"])
def test_something_new_is_no_follow_up(then: str) -> None:
    """A new subject is answered by itself, or refused."""
    reply = converse(
        then, pack_search(), ANYBODY, guide=None, earlier=(Earlier(ASKED, (named("exam-01"),)),)
    )
    assert reply.refused


def test_the_doctor_asks_for_models_and_sends_nothing(server: llm.LlmServer) -> None:
    """GET /models names what is there."""
    assert models_at(server.url, "", within_s=2.0) == ("liar-7b",)
    assert server.asked == []


@pytest.mark.parametrize("number", ["13800138000", "415-555-0134", "病历号 0087231"])
def test_a_number_of_a_person_does_not_cost_the_answer(number: str) -> None:
    """Who types a caller's number along with the question gets the same steps."""
    question = "exam database connection pool exhausted"
    with_number = plainly(f"{question} {number}" if number.isascii() else f"{ASKED} {number}")
    assert with_number.steps == plainly(question if number.isascii() else ASKED).steps != ()
