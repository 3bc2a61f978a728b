"""What people say it was, over HTTP: on record, by one person or two, and refused where wrong."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from graph.model.access import Principal, Role, Scope
from graph.model.incident import IncidentState, Urgency
from tests.api.room import ApiRoom, problem_in

NODE = "small:cdn-a"
READER = Principal(name="reader")


@pytest.fixture
def incident_id(room: ApiRoom) -> str:
    """A diagnosed storm on the clients of cdn-a."""
    return room.storm(room.source().token)


def _give(http: TestClient, incident_id: str, csrf: str = "", **more: Any) -> Any:
    wanted = {"causes": [{"component_id": NODE}], "cause": "modelled"} | more
    headers = {"X-CSRF": csrf} if csrf else {}
    return http.post(f"/api/v1/incidents/{incident_id}/feedback", json=wanted, headers=headers)


def _level(room: ApiRoom, incident_id: str, urgency: Urgency) -> None:
    """Set how urgent the incident and its diagnosis are."""
    store = room.assistant.store
    incident, diagnosis = store.incident(READER, incident_id), store.diagnosis(incident_id)
    assert diagnosis is not None
    level = diagnosis.urgency.model_copy(update={"level": urgency})
    newer = {"urgency": level, "revision": diagnosis.revision + 1, "supersedes": diagnosis.revision}

    def work(tx: Any) -> None:
        changed = incident.model_copy(update={"urgency": urgency})
        tx.put_incident(changed, expected_version=incident.version)
        tx.add_diagnosis(diagnosis.model_copy(update=newer))

    store.write(work)


def test_below_p0_one_person_confirms(room: ApiRoom, incident_id: str) -> None:
    """The answer, the ledger, the audit log and the page of entries all tell it; no cause moves."""
    _level(room, incident_id, Urgency.P1)
    http, before = room.operator(), room.assistant.store.diagnosis(incident_id)
    told = _give(http, incident_id, note="<b>link</b>\u202e").json()

    assert (told["state"], told["items"][0]["by"]) == ("confirmed", "zhou")
    base = f"/api/v1/incidents/{incident_id}"
    assert http.get(f"{base}/feedback").json() == told
    assert http.get(f"{base}/observations").json()["feedback"] == told
    ledger = [
        e for e in http.get(f"{base}/timeline").json()["items"] if e["kind"].startswith("fee")
    ]
    assert [(e["actor"], e["detail"]["note"]) for e in ledger] == [("zhou", "<b>link</b>\u202e")]
    chain = room.assistant.store.audit_chain()
    assert [e.actor for e in chain if e.kind == "feedback_given"] == ["zhou"]
    assert room.assistant.store.diagnosis(incident_id) == before


def test_at_p0_a_second_person_must_say_the_same(room: ApiRoom, incident_id: str) -> None:
    """The first waits, a contradiction settles nothing, and the same of another confirms."""
    _level(room, incident_id, Urgency.P0)
    zhou, (lan, csrf) = room.operator(), room.signed_in("lan", Role.OPS_LEAD)
    first = _give(zhou, incident_id).json()
    assert (first["state"], first["second_waits"]) == ("provisional", True)
    assert _give(zhou, incident_id).json() == first
    other = _give(lan, incident_id, csrf, causes=[], cause="external").json()
    assert (other["state"], other["second_waits"]) == ("provisional", False)
    unsure = _give(lan, incident_id, csrf, provisional=True).json()
    assert (unsure["state"], unsure["second_waits"]) == ("provisional", True)
    last = _give(lan, incident_id, csrf).json()
    assert (last["state"], len(last["items"])) == ("confirmed", 2)


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"causes": [{"component_id": "small:nowhere"}]}, "/causes/0/component_id"),
        (
            {"causes": [{"component_id": NODE, "fault_mode_id": "lib:none"}]},
            "/causes/0/fault_mode_id",
        ),
        ({"causes": []}, "/causes"),
        ({"cause": "external"}, "/causes"),
    ],
)
def test_what_does_not_fit_is_refused_in_both_languages(
    room: ApiRoom, incident_id: str, wrong: dict[str, Any], pointer: str
) -> None:
    """An unknown component or fault mode is named, and nothing is written."""
    answer = problem_in(_give(room.operator(), incident_id, **wrong), 422)
    assert answer["errors"][0]["pointer"] == pointer
    assert answer["message"]["zh"] != answer["message"]["en"]
    kinds = {entry.kind for entry in room.assistant.store.ledger(incident_id)}
    assert "feedback_given" not in kinds


def test_an_incident_that_is_over_takes_feedback(room: ApiRoom, incident_id: str) -> None:
    """Most outcomes are known only afterwards."""

    def close(tx: Any) -> None:
        incident = tx.incident(READER, incident_id)
        closed = incident.model_copy(update={"state": IncidentState.CLOSED})
        tx.put_incident(closed, expected_version=incident.version)

    room.assistant.store.write(close)
    assert _give(room.operator(), incident_id).status_code == 200


def test_who_only_reads_gives_none(room: ApiRoom, incident_id: str) -> None:
    """A viewer, a token that only reads and a session without CSRF are refused."""
    viewer = room.http(room.user_token("kan", [Role.VIEWER], Scope.READ))
    problem_in(_give(viewer, incident_id), 403)
    session, _ = room.signed_in("lan", Role.OPERATOR)
    problem_in(_give(session, incident_id), 403)
