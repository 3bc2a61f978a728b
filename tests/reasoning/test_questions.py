"""Which questions are about the incident, and what its diagnosis answers."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from graph.model.diagnosis import Diagnosis, HypothesisKind
from ingest.packs import load_pack
from reasoning.answer.questions import Asked, Topic, read_question
from reasoning.answer.replies import Subject, reply_to
from reasoning.answer.words import percent
from tests.bench_room import BenchRoom
from tests.scenarios.night import LIBRARY, SEEDED
from tests.small_pack import after, small_pack

QUESTIONS = Path(__file__).resolve().parents[1] / "retrieval" / "questions.yaml"
FORMS = [
    ("现在什么情况？", "what's going on?", Topic.STATUS),
    ("怎么样了", "status", Topic.STATUS),
    ("根因是什么？", "What is the root cause?", Topic.STATUS),
    ("把握有多大", "how sure are we?", Topic.STATUS),
    ("为什么？", "why?", Topic.WHY),
    ("证据有哪些", "what is the evidence", Topic.WHY),
    ("从什么时候开始的？", "since when?", Topic.SINCE_WHEN),
    ("持续多久了", "When did it start?", Topic.SINCE_WHEN),
    ("下一步查什么？", "what should we check next?", Topic.NEXT),
    ("接下来怎么办", "what now?", Topic.NEXT),
    ("影响谁？", "who is hit?", Topic.WHO),
    ("谁受影响了？", "how many people are affected?", Topic.WHO),
    ("请问这次故障影响了哪些区域呢？", "blast radius", Topic.WHO),
]

PARAPHRASES = {
    Topic.STATUS: (
        "现在什么情况？",
        "现在情况怎么样",
        "什么情况了",
        "目前进展如何",
        "出什么事了",
        "发生了什么",
        "到底哪里坏了",
        "哪个组件出问题了",
        "根因是什么",
        "根因找到了吗",
        "找到原因了吗",
        "原因查清了吗",
        "故障原因是什么",
        "现在有结论吗",
        "结论是什么",
        "有多大把握",
        "确定吗",
        "是什么坏了",
        "总结一下",
        "简单说一下情况",
        "what is going on",
        "What happened?",
        "what broke?",
        "status update",
        "any update?",
        "give me a summary",
        "summarize the incident",
        "what is the root cause",
        "do we know the cause?",
        "how confident are you",
        "are you sure?",
        "what's the current status of the incident",
        "what went wrong?",
    ),
    Topic.WHY: (
        "为什么",
        "依据是什么",
        "证据是什么",
        "怎么判断的",
        "为什么这么说",
        "凭什么这么说",
        "为什么怀疑 cdn-7",
        "怎么看出是 cdn-7 的",
        "why",
        "why do you think so?",
        "what makes you say that",
        "what is the evidence",
        "on what evidence",
        "why cdn-7?",
        "why is it cdn-7",
        "how do you know?",
    ),
    Topic.WHY_NOT: (
        "为什么不是 cdn-8",
        "怎么不是 cdn-8",
        "会不会是源站",
        "是不是源站的问题",
        "有没有可能是考试数据库",
        "源站有没有问题",
        "源站没问题吗",
        "排除源站了吗",
        "为什么排除源站",
        "why not cdn-8",
        "could it be the origin?",
        "is it the origin?",
        "might it be the exam database",
        "what about the origin",
        "why is it not the origin",
        "did you rule out the origin?",
        "have you ruled out the origin",
        "is the origin ok?",
    ),
    Topic.SINCE_WHEN: (
        "从什么时候开始的",
        "什么时候开始的",
        "持续多久了",
        "多久了",
        "几点开始的",
        "故障开始时间",
        "什么时候出的问题",
        "since when",
        "when did it start?",
        "how long has this been going on",
        "when did the incident begin",
        "how long has it lasted",
    ),
    Topic.NEXT: (
        "下一步做什么",
        "下一步查什么",
        "接下来怎么办",
        "现在该做什么",
        "我该先查什么",
        "先查什么",
        "该查什么",
        "先做什么",
        "下一步",
        "what next",
        "what should I check next?",
        "what do we do now?",
        "next steps",
        "what to check first",
        "what should we do",
        "where should I look first",
        "what should I look at",
    ),
    Topic.WHO: (
        "影响谁",
        "影响了哪些人",
        "影响范围多大",
        "谁受影响",
        "多少人受影响",
        "哪些区域受影响",
        "影响了多少学员",
        "哪些步骤受影响",
        "影响考试吗",
        "影响面",
        "who is affected",
        "who is hit?",
        "how many users are affected",
        "which regions are affected",
        "what is the impact",
        "what is the blast radius",
        "does it affect the exam?",
        "how bad is it?",
        "which steps are hit",
    ),
}


@pytest.mark.parametrize(
    ("topic", "text"), [(t, text) for t, texts in PARAPHRASES.items() for text in texts]
)
def test_people_may_put_it_in_their_own_words(topic: Topic, text: str) -> None:
    """However it is put, in Chinese or in English, it is the same question."""
    asked = read_question(text)
    assert asked is not None and asked.topic is topic


def test_no_sop_of_the_seeds_is_asked_for_as_an_incident() -> None:
    """A title with or without "how do I" names a procedure, never what the diagnosis answers."""
    for sop in load_pack(SEEDED, library_folder=LIBRARY).sops:
        for text in (
            sop.title.zh,
            sop.title.en,
            f"{sop.title.zh}怎么处理？",
            f"遇到{sop.title.zh}怎么办",
            f"{sop.title.zh}的步骤是什么？",
            f"How do I handle {sop.title.en}?",
            f"What are the steps for {sop.title.en}?",
        ):
            asked = read_question(text)
            assert asked is None or asked.about, text


@pytest.mark.parametrize(("zh", "en", "topic"), FORMS)
def test_both_languages_ask_the_same(zh: str, en: str, topic: Topic) -> None:
    """Every topic is heard in Chinese and in English."""
    assert read_question(zh) == read_question(en) == Asked(topic)


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("为什么不是 cdn-8？", Asked(Topic.WHY_NOT, "cdn-8")),
        ("会不会是考试数据库？", Asked(Topic.WHY_NOT, "考试数据库")),
        ("Why not the exam database?", Asked(Topic.WHY_NOT, "exam database")),
        ("could it be cdn-8", Asked(Topic.WHY_NOT, "cdn-8")),
        ("为什么是 cdn-7", Asked(Topic.WHY, "cdn-7")),
        ("why do you think it is cdn-7?", Asked(Topic.WHY, "cdn-7")),
    ],
)
def test_a_cause_is_asked_about_by_its_name(text: str, asked: Asked) -> None:
    """The name comes out as it was written."""
    assert read_question(text) == asked


def test_questions_for_the_sops_stay_with_the_sops() -> None:
    """None of the hand-written questions on procedures is taken for one about the incident."""
    written = yaml.safe_load(QUESTIONS.read_text(encoding="utf-8"))
    asked = list(_texts(written))
    assert len(asked) > 100
    assert [q for q in asked if read_question(q) is not None] == []


def _texts(node: object) -> list[str]:
    if isinstance(node, dict):
        return [text for value in node.values() for text in _texts(value)]
    if isinstance(node, list):
        return [text for value in node for text in _texts(value)]
    return [node] if isinstance(node, str) else []


@given(st.text(max_size=300))
def test_any_text_can_be_read(text: str) -> None:
    """Whatever is typed: a topic or none, never an error, and never an empty name of somebody."""
    asked = read_question(text)
    if asked is not None and asked.topic is Topic.WHY_NOT:
        assert asked.about


def _subject() -> Subject:
    room = BenchRoom()
    room.beat(after(-60))
    room.storm()
    room.beat(after(600))
    diagnosis = room.diagnose()
    (incident,) = room.incidents()
    return Subject(small_pack(), incident, diagnosis)


def _known_ids(diagnosis: Diagnosis) -> set[str]:
    return {
        item.evidence_id
        for h in diagnosis.hypotheses
        for item in (*h.evidence_for, *h.evidence_against)
    }


@pytest.mark.parametrize("topic", list(Topic))
def test_every_answer_rests_on_evidence_of_the_diagnosis(topic: Topic) -> None:
    """No id is made up, both languages stand, and nothing is said twice."""
    subject = _subject()
    replies = reply_to(subject, topic)
    assert replies
    known = _known_ids(subject.diagnosis)
    for reply in replies:
        assert reply.text.zh and reply.text.en
        assert set(reply.evidence_ids) <= known
    assert len({reply.text.zh for reply in replies}) == len(replies)


def test_the_answers_say_what_the_diagnosis_says() -> None:
    """Golden: the storm on cdn-a, asked six ways."""
    subject = _subject()
    top = subject.diagnosis.hypotheses[0]
    assert top.kind is HypothesisKind.COMPONENT
    told = {topic: [r.text.zh for r in reply_to(subject, topic)] for topic in Topic}
    assert subject.diagnosis.sentence is not None
    assert told[Topic.STATUS] == [
        subject.diagnosis.sentence.zh,
        "截至 21:50，已计入 4 条告警，第 1 版。",
    ]
    assert told[Topic.SINCE_WHEN] == [
        "最早的告警在 21:40，到 21:50 已有 10 分钟。",
        "首位从 21:50 起一直是 cdn-a origin-link-down。",
        "最后一条告警在 21:41 收到。",
    ]
    assert told[Topic.WHY][0] == (
        f"cdn-a origin-link-down 排在首位，把握 {percent(top.posterior)}，平时概率 <1%。"
    )
    assert told[Topic.WHY][-1] == "路径：cdn-a → client-r1-mobile。"
    assert told[Topic.NEXT][0].startswith("看一下 cdn-a（约 2 分钟；是：它的把握变为 98%，否：")
    assert told[Topic.WHO][0].startswith("「study」受损概率 ")
    assert "region 1–2" in told[Topic.WHO][0]
