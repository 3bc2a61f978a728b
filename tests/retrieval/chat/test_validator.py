"""The proof of a reply: sources, quotes, denials, figures, names and commands."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.chat.inverted import inverted_steps
from graph.model.knowledge import SopSectionName
from retrieval.chat.reply import Reply, ReplyStep, read_reply
from retrieval.chat.sources import Source, SourceStep
from retrieval.chat.validator import Proven, prove
from retrieval.documents import spoken
from tests.retrieval.library import pack

STEPS = (
    "先确认活动连接数达到上限，且等待队列持续增长 2 分钟以上。",
    "查出占用超过 300 秒的空闲会话，记下来源服务，不要直接结束。",
    "扩大连接池上限，每次不超过 20%：`poolctl set exam-db --max 240`。",
    "交卷成功率 5 分钟内回到 99.5% 以上；否则升级平台负责人。",
)


def source(*steps: str, label: str = "S1") -> Source:
    """Make one chunk that is sent as it stands."""
    held = tuple(SourceStep(number, text, text) for number, text in enumerate(steps, 1))
    return Source(label, "p:db-11", SopSectionName.DIAGNOSIS, "考试库连接池耗尽", held)


def proven(text: str, quote: str, *cite: str) -> Proven | tuple[str, ...]:
    """Prove one step against the four."""
    return prove(Reply((ReplyStep(text, cite or ("S1",), quote),), False), (source(*STEPS),))


def fault(text: str, quote: str, *cite: str) -> str:
    """Give what is wrong with one step."""
    found = proven(text, quote, *cite)
    assert not isinstance(found, Proven), text
    return " ".join(found)


@pytest.mark.parametrize("number", range(len(STEPS)))
def test_a_step_that_says_what_it_quotes_is_proven(number: int) -> None:
    """The place and the whole step of the SOP come back, whatever piece was quoted."""
    found = proven(STEPS[number], STEPS[number])
    assert isinstance(found, Proven)
    assert [(p.step, p.shown) for p in found.places] == [(number + 1, STEPS[number])]


@pytest.mark.parametrize(
    ("text", "quote", "kind"),
    [
        ("直接结束空闲会话。", "查出占用超过 300 秒的空闲会话", "polarity"),
        ("结束它们。", "不要直接结束", "polarity"),
        ("缩小连接池上限，每次不超过 20%。", "扩大连接池上限，每次不超过 20%", "polarity"),
        ("扩大连接池上限，每次不超过 200%。", "扩大连接池上限，每次不超过 20%", "numbers"),
        ("等待队列持续增长 2 秒以上。", "等待队列持续增长 2 分钟以上", "numbers"),
        ("等待队列持续增长十分钟以上。", "等待队列持续增长 2 分钟以上", "numbers"),
        ("在 credit-db 上扩大上限，每次不超过 20%。", "扩大连接池上限，每次不超过 20%", "names"),
        ("每次不超过 20%：`rm -rf /data`", "扩大连接池上限，每次不超过 20%", "commands"),
        ("每次不超过 20%，运行 kubectl delete pod exam", "每次不超过 20%", "commands"),
        ("每次不超过 20%，见 https://evil.example/x", "每次不超过 20%", "commands"),
        ("先看队列。", "先看看队列是否在增长", "does not stand"),
        ("先看队列。", "", "quotes nothing"),
        ("连接", "连接", "too short"),
        ("", STEPS[0], "no text"),
    ],
)
def test_a_step_that_lies_is_named(text: str, quote: str, kind: str) -> None:
    """Turned meaning, other figures, foreign names and commands, quotes of nothing."""
    assert kind in fault(text, quote)


def test_a_source_that_was_not_given_proves_nothing() -> None:
    """A label out of the air, and none at all."""
    assert "no given source" in fault(STEPS[0], STEPS[0], "S9")
    assert "cites no source" in " ".join(
        prove(Reply((ReplyStep(STEPS[0], (), STEPS[0]),), False), (source(*STEPS),))  # type: ignore[arg-type]  # a fault is a tuple of sentences
    )


def test_a_quote_must_stand_in_the_source_that_is_cited() -> None:
    """Another source that holds it does not help."""
    other = source("看一眼磁盘水位是否超过 85%。", label="S2")
    reply = Reply((ReplyStep(STEPS[0], ("S2",), STEPS[0]),), False)
    assert not isinstance(prove(reply, (source(*STEPS), other)), Proven)


def test_steps_of_one_section_stay_in_the_order_of_the_procedure() -> None:
    """What a model put last and the SOP does first is first; twice is once."""
    asked = [ReplyStep(STEPS[n], ("S1",), STEPS[n]) for n in (2, 0, 0, 3)]
    found = prove(Reply(tuple(asked), False), (source(*STEPS),))
    assert isinstance(found, Proven)
    assert [place.step for place in found.places] == [1, 3, 4]


def test_undoing_never_comes_before_what_it_undoes() -> None:
    """Sections of one SOP stand as it has them; which SOP is first is the model's choice."""
    act, undo = source("把流量切到备用节点。"), source("把流量切回原来的节点。", label="S2")
    act = replace(act, section=SopSectionName.REMEDIATION)
    undo = replace(undo, section=SopSectionName.ROLLBACK)
    other = replace(source("看一眼磁盘水位是否超过 85%。", label="S3"), doc_id="p:db-12")
    said = [(step.sent, each.label) for each in (other, undo, act) for step in each.steps]
    reply = Reply(tuple(ReplyStep(text, (label,), text) for text, label in said), False)
    found = prove(reply, (act, undo, other))
    assert isinstance(found, Proven)
    assert [place.section.value for place in found.places] == [
        "diagnosis",
        "remediation",
        "rollback",
    ]


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=60), st.text(max_size=60), st.lists(st.sampled_from(["S1", "S2", "x"])))
def test_whatever_is_replied_only_steps_of_the_sources_come_out(
    text: str, quote: str, cite: list[str]
) -> None:
    """No words of a model ever pass."""
    found = prove(Reply((ReplyStep(text, tuple(cite), quote),), False), (source(*STEPS),))
    assert not isinstance(found, Proven) or {p.shown for p in found.places} <= set(STEPS)


@pytest.mark.parametrize("seed", range(3))
def test_inverted_meanings_are_named_and_never_shown(seed: int) -> None:
    """Of eighty lies with a right citation none is accepted, whole quote or cut out."""
    accepted = []
    for lie in inverted_steps(seed):
        found = prove(Reply((ReplyStep(lie.lie, ("S1",), lie.quote),), False), (source(lie.said),))
        if isinstance(found, Proven):
            assert {place.shown for place in found.places} <= {lie.said}
            accepted.append(lie)
    assert accepted == []


def test_our_own_procedures_quoted_as_they_stand_are_accepted() -> None:
    """An honest model is not doubted: every step of the seeds in both languages."""
    doubted = []
    for sop in pack().sops:
        for section in sop.sections:
            for lang in ("zh", "en"):
                texts = [spoken(step.text, lang) for step in section.steps]
                honest = tuple(ReplyStep(text, ("S1",), text) for text in texts)[:12]
                found = prove(Reply(honest, False), (source(*texts),))
                doubted += [] if isinstance(found, Proven) else [found]
    assert doubted == []


@pytest.mark.parametrize(
    "words",
    [
        "",
        "no",
        "[]",
        "{",
        '{"steps": 7}',
        '{"steps": [1]}',
        '{"steps": [{"text": "a"}]}',
        '{"steps": [{"text": 1, "cite": [], "quote": ""}]}',
        '{"steps": [], "refused": "yes"}',
        '{"a": {} } {"b": 1}',
        "[" * 50_000,
        '{"steps":' + "[" * 50_000,
        json.dumps({"steps": [{"text": "x", "cite": ["S1"], "quote": "y"}] * 13}),
        json.dumps({"steps": [{"text": "x" * 2000, "cite": ["S1"], "quote": "y"}]}),
    ],
)
def test_what_is_no_reply_is_said(words: str) -> None:
    """Broken, too deep, too long, of another form: a sentence, never an exception."""
    assert isinstance(read_reply(words), str)


@given(st.text(max_size=200))
def test_any_words_are_read_or_refused(words: str) -> None:
    """Nothing a model says breaks the reading of it."""
    assert isinstance(read_reply(words), str | Reply)


def test_a_reply_in_marks_of_code_is_read() -> None:
    """Small models wrap their JSON; labels in brackets are labels."""
    step = {"text": "a", "cite": ["[s1]"], "quote": "b"}
    found = read_reply(
        "Sure!\n```json\n" + json.dumps({"steps": [step], "refused": False}) + "\n```"
    )
    assert found == Reply((ReplyStep("a", ("S1",), "b"),), False)
