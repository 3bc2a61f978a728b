"""Ticks on SOP steps over HTTP: who did what when, in the ledger, corrected and taken back."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from graph.model.access import Principal, Role
from graph.model.incident import IncidentState
from tests.api.room import ApiRoom, problem_in
from tests.retrieval.library import named, pack
from tests.small_pack import small_pack

SOP = named("cdn-03")


@pytest.fixture
def incident_id(room: ApiRoom) -> str:
    """A diagnosed storm on the small platform, which knows the SOPs."""
    learned = small_pack().model_copy(update={"sops": pack().sops})
    room.assistant.store.write(lambda tx: tx.replace_pack(learned))
    room.assistant.knowledge.forget()
    return room.storm(room.source().token)


def _tick(
    http: TestClient,
    incident_id: str,
    outcome: str,
    csrf: str = "",
    more: dict[str, Any] | None = None,
) -> Any:
    wanted = {"sop_id": SOP, "section": "diagnosis", "step": 1, "outcome": outcome} | (more or {})
    headers = {"X-CSRF": csrf} if csrf else {}
    return http.post(f"/api/v1/incidents/{incident_id}/sop-runs", json=wanted, headers=headers)


def test_a_tick_stands_in_the_ledger_and_the_newest_one_holds(
    room: ApiRoom, incident_id: str
) -> None:
    """A second person may correct the first; both lines stay, one counts."""
    zhou, (lan, csrf) = room.operator(), room.signed_in("lan", Role.OPS_LEAD)
    first = _tick(zhou, incident_id, "failed")
    assert first.status_code == 201
    [told] = first.json()["items"]
    assert (told["outcome"], told["by"], told["at"]) == (
        "failed",
        "zhou",
        room.clock.at.isoformat().replace("+00:00", "Z"),
    )
    [corrected] = _tick(lan, incident_id, "done", csrf).json()["items"]
    assert (corrected["outcome"], corrected["by"]) == ("done", "lan")
    ledger = [e for e in room.assistant.store.ledger(incident_id) if e.kind == "sop_ticked"]
    assert [(e.actor, e.detail["outcome"]) for e in ledger] == [("zhou", "failed"), ("lan", "done")]


def test_the_same_tick_twice_is_one_line_and_taking_back_leaves_none(
    room: ApiRoom, incident_id: str
) -> None:
    """A double click changes nothing; what was taken back stays in the ledger only."""
    http = room.operator()
    _tick(http, incident_id, "done")
    _tick(http, incident_id, "done")
    assert len([e for e in room.assistant.store.ledger(incident_id) if e.kind == "sop_ticked"]) == 1
    assert _tick(http, incident_id, "open").json()["items"] == []
    assert http.get(f"/api/v1/incidents/{incident_id}/sop-runs").json()["items"] == []
    assert len([e for e in room.assistant.store.ledger(incident_id) if e.kind == "sop_ticked"]) == 2


@pytest.mark.parametrize("outcome", ["failed", "skipped"])
def test_why_a_step_was_not_done_stands_beside_it(
    room: ApiRoom, incident_id: str, outcome: str
) -> None:
    """Text of people comes back as text; another reason is another line."""
    http = room.operator()
    why = "<b>线路 B 已满</b>"
    [told] = _tick(http, incident_id, outcome, more={"reason": f" {why} "}).json()["items"]
    assert (told["outcome"], told["reason"], told["by"]) == (outcome, why, "zhou")
    [told] = _tick(http, incident_id, outcome, more={"reason": "full"}).json()["items"]
    assert told["reason"] == "full"
    _tick(http, incident_id, outcome, more={"reason": "full"})
    lines = [e for e in room.assistant.store.ledger(incident_id) if e.kind == "sop_ticked"]
    assert [line.detail["reason"] for line in lines] == [why, "full"]


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"step": 99}, 404),
        ({"reason": "x" * 201}, 422),
        ({"sop_id": "small:none"}, 404),
        ({"outcome": "perhaps"}, 422),
        ({"section": "cellar"}, 422),
        ({"step": "<b>"}, 422),
        ({"more": 1}, 422),
    ],
)
def test_what_is_no_step_is_refused(
    room: ApiRoom, incident_id: str, more: dict[str, Any], status: int
) -> None:
    """Nothing is written down about what does not exist."""
    problem_in(_tick(room.operator(), incident_id, "done", more=more), status)
    assert "sop_ticked" not in {e.kind for e in room.assistant.store.ledger(incident_id)}


def test_who_only_reads_ticks_nothing(room: ApiRoom, incident_id: str) -> None:
    """A viewer sees ticks and sets none; a write by cookie needs its proof."""
    eye, csrf = room.signed_in("eye", Role.VIEWER)
    problem_in(_tick(eye, incident_id, "done", csrf), 403)
    problem_in(_tick(room.signed_in("lan", Role.OPERATOR)[0], incident_id, "done"), 403)
    assert eye.get(f"/api/v1/incidents/{incident_id}/sop-runs").json()["items"] == []


def test_a_closed_incident_takes_no_ticks(room: ApiRoom, incident_id: str) -> None:
    """What is over is not worked on."""
    store = room.assistant.store
    found = store.incident(Principal(name="reader"), incident_id)
    closed = found.model_copy(update={"state": IncidentState.CLOSED, "version": found.version + 1})
    store.write(lambda tx: tx.put_incident(closed, expected_version=found.version))
    problem_in(_tick(room.operator(), incident_id, "done"), 409)
