"""Questions about an incident in the chat: answered by its diagnosis, in the form of answer/v1."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.api.room import ApiRoom, schema


@pytest.fixture
def incident_id(room: ApiRoom) -> str:
    """A diagnosed storm on the clients of cdn-a."""
    return room.storm(room.source(replay=True).token)


def _ask(http: TestClient, question: str, incident_id: str | None) -> dict[str, Any]:
    body = {"question": question, "incident_id": incident_id}
    answer = http.post("/api/v1/chat", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    schema("answer").validate(found)
    return found


@pytest.mark.parametrize(
    ("question", "lang"),
    [("现在什么情况？", "zh"), ("who is hit?", "en"), ("下一步查什么", "zh"), ("why?", "en")],
)
def test_the_diagnosis_answers_in_the_language_of_the_question(
    room: ApiRoom, incident_id: str, question: str, lang: str
) -> None:
    """answer/v1 whose places are the diagnosis and its revision, with evidence ids."""
    found = _ask(room.operator(), question, incident_id)
    assert (found["about"], found["lang"], found["refused"]) == ("diagnosis", lang, False)
    for step in found["steps"]:
        (place,) = step["citations"]
        assert (place["doc_id"], place["section"], place["step"]) == (incident_id, "diagnosis", 1)
        assert place["quote"] == step["text"]
    diagnosis = room.assistant.store.diagnosis(incident_id)
    assert diagnosis is not None
    known = {
        i.evidence_id for h in diagnosis.hypotheses for i in (*h.evidence_for, *h.evidence_against)
    }
    assert {i for step in found["steps"] for i in step["evidence_ids"]} <= known


def test_the_sentence_is_the_status(room: ApiRoom, incident_id: str) -> None:
    """What the chat says first is what the diagnosis says."""
    found = _ask(room.operator(), "现在什么情况？", incident_id)
    diagnosis = room.assistant.store.diagnosis(incident_id)
    assert diagnosis is not None and diagnosis.sentence is not None
    assert found["steps"][0]["text"] == diagnosis.sentence.zh


def test_why_not_is_answered_for_any_component(room: ApiRoom, incident_id: str) -> None:
    """The origin has its account; its text is that of the call."""
    http = room.operator()
    found = _ask(http, "为什么不是 origin？", incident_id)
    path = f"/api/v1/incidents/{incident_id}/why-not?component=origin"
    assert found["steps"][0]["text"] == http.get(path).json()["text"]["zh"]


def test_what_names_no_component_goes_to_the_sops(room: ApiRoom, incident_id: str) -> None:
    """A procedure, a name of nobody, and a question without incident are not for the diagnosis."""
    http = room.operator()
    assert "about" not in _ask(http, "what about rollback", incident_id)
    assert "about" not in _ask(http, "连接池耗尽怎么处理？", incident_id)
    assert "about" not in _ask(http, "现在什么情况？", None)


@pytest.mark.parametrize(
    ("question", "lang"), [("为什么不是 orgin？", "zh"), ("why not orgin", "en")]
)
def test_a_misspelt_name_is_answered_with_its_neighbours(
    room: ApiRoom, incident_id: str, question: str, lang: str
) -> None:
    """Who asks about a name of nobody hears who is called nearly so, in the same language."""
    found = _ask(room.operator(), question, incident_id)
    assert (found["about"], found["lang"]) == ("diagnosis", lang)
    assert "orgin" in found["steps"][0]["text"] and "origin" in found["steps"][0]["text"]


def test_the_question_stands_in_the_ledger(room: ApiRoom, incident_id: str) -> None:
    """Who asked what is on record, and that no SOP was quoted."""
    _ask(room.operator(), "影响谁？", incident_id)
    (entry,) = [e for e in room.assistant.store.ledger(incident_id) if e.kind == "question_asked"]
    assert entry.actor == "zhou"
    assert entry.detail == {"question": "影响谁?", "support": "strong", "sop_ids": []}


def test_the_command_prints_the_answer_with_its_revision(room: ApiRoom, incident_id: str) -> None:
    """`ask --incident` goes the same way; a line names the diagnosis."""
    from api.chores import LocalChores
    from api.reports.answers import answer_lines

    found = LocalChores(room.assistant).ask("现在什么情况？", incident_id=incident_id)
    assert isinstance(found, dict)
    lines = list(answer_lines(found, loaded=True))
    assert lines[1] == "   [诊断第 1 版]"
