"""Alerts and changes over HTTP: who may post, what is refused, what is quarantined."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import pytest

from graph.model.access import Role, Scope
from tests.api.room import ApiRoom, problem_in, schema
from tests.payloads import alert, payload
from tests.small_pack import START, after

ALERTS = "/api/v1/alerts/alertmanager"
GOOD = payload(alert("PlaybackFailureHigh", at=START, component="client-r1-telecom"))
JSON = {"Content-Type": "application/json"}
CHANGE: dict[str, Any] = {
    "schema": "change/v1",
    "id": "c-1",
    "at": "2025-03-12T13:30:00Z",
    "kind": "config",
    "targets": ["cdn-a"],
}


def _stored(room: ApiRoom) -> object:
    rows = room.assistant.store.check()["rows"]
    assert isinstance(rows, dict)
    return rows["alerts"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{not json", 400),
        (b"\xff\xfe", 400),
        (b'{"version": NaN}', 400),
        (b'{"version": ' + b"4" * 5000 + b"}", 400),
        (payload(version="3"), 422),
        (b'{"version": "4"}', 422),
        (b'{"version": "4", "alerts": {}}', 422),
        (b"[]", 422),
        (b'{"version": "4", "alerts": [{"status": "firing"}]}', 422),
    ],
)
def test_a_bad_payload_is_refused_and_nothing_is_stored(
    room: ApiRoom, body: bytes, status: int
) -> None:
    """Broken JSON is 400, a wrong shape or version 422, each as a problem."""
    http = room.http(room.source().token)
    problem_in(http.post(ALERTS, content=body, headers=JSON), status)
    assert _stored(room) == 0


def test_a_wrong_shape_names_the_place(room: ApiRoom) -> None:
    """The pointer leads to the faulty alert."""
    bad = payload(alert("A", at=START), {"status": "burning", "labels": {"alertname": "B"}})
    http = room.http(room.source().token)
    problem = problem_in(http.post(ALERTS, content=bad, headers=JSON), 422)
    assert problem["errors"][0]["pointer"] == "/alerts/1/status"


def test_an_empty_list_is_taken(room: ApiRoom) -> None:
    """An Alertmanager that has nothing to say is no error."""
    answer = room.http(room.source().token).post(ALERTS, content=payload(), headers=JSON)
    assert answer.status_code == 202
    assert answer.json() == {
        "accepted": 0,
        "duplicates": 0,
        "incident_ids": [],
        "quarantined": 0,
    }


def test_ten_megabytes_are_too_large(room: ApiRoom) -> None:
    """The size is refused before the content is looked at."""
    http = room.http(room.source().token)
    problem_in(http.post(ALERTS, content=b"x" * 10_000_000, headers=JSON), 413)


def test_a_chunked_body_is_counted(room: ApiRoom) -> None:
    """Without Content-Length the limit holds all the same."""
    http = room.http(room.source().token)
    chunks = (b"x" * 1_000_000 for _ in range(7))
    problem_in(http.post(ALERTS, content=chunks, headers=JSON), 413)
    assert _stored(room) == 0


def test_another_content_type_is_refused(room: ApiRoom) -> None:
    """Only JSON is taken."""
    http = room.http(room.source().token)
    headers = {"Content-Type": "text/plain"}
    problem_in(http.post(ALERTS, content=GOOD, headers=headers), 415)


@pytest.mark.parametrize("token", [None, "wrong", "the-owners"])
def test_without_a_good_token_nothing_is_stored(room: ApiRoom, token: str | None) -> None:
    """A stranger is 401, also with a broken body."""
    answer = room.http(token).post(ALERTS, content=GOOD, headers=JSON)
    problem_in(answer, 401)
    assert answer.headers["www-authenticate"] == "Bearer"
    assert _stored(room) == 0


def test_a_person_may_not_post_alerts(room: ApiRoom) -> None:
    """Only a source speaks for monitoring."""
    token = room.user_token("lead", [Role.OPS_LEAD], Scope.READ, Scope.OPERATE, Scope.EXECUTE)
    problem_in(room.http(token).post(ALERTS, content=GOOD, headers=JSON), 403)


def test_what_is_not_understood_is_kept_and_listed(room: ApiRoom) -> None:
    """Unknown labels and a start in the future are quarantined with the reason, one by one."""
    strange = alert("HighErrorRate", at=START, component="no-such-thing")
    early = alert("HighErrorRate", at=after(3600), component="exam-api")
    good = alert("HighErrorRate", at=START, component="exam-api")
    http = room.http(room.source().token)
    body = payload(strange, early, good)
    taken = http.post(ALERTS, content=body, headers=JSON).json()
    assert (taken["accepted"], taken["quarantined"]) == (3, 2)
    listed = room.operator().get("/api/v1/alerts?quarantined=true").json()
    assert {item["reason"] for item in listed["items"]} == {"unmapped", "future"}
    assert listed["next_cursor"] is None


def test_an_onset_at_the_end_of_time_is_quarantined_alone(room: ApiRoom) -> None:
    """The far future is one more future; the other alert of the payload is placed."""
    http = room.http(room.source().token)
    late = alert("A", at=START, component="cdn-a") | {"startsAt": "9999-12-31T23:59:59Z"}
    body = payload(late, alert("PlaybackFailureHigh", at=START, component="cdn-a"))
    answer = http.post(ALERTS, content=body, headers=JSON)
    assert answer.status_code == 202
    assert (answer.json()["accepted"], answer.json()["quarantined"]) == (2, 1)


def test_the_same_post_twice_changes_nothing(room: ApiRoom) -> None:
    """At-least-once delivery is the sender's right."""
    http = room.http(room.source().token)
    http.post(ALERTS, content=GOOD, headers=JSON)
    again = http.post(ALERTS, content=GOOD, headers=JSON).json()
    assert (again["accepted"], again["duplicates"]) == (0, 1)


def _signature(secret: str, body: bytes) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def test_a_source_may_sign_instead(room: ApiRoom) -> None:
    """HMAC-SHA256 of the raw body with the signing secret lets a source in without its token."""
    issued = room.source()
    assert issued.signing_secret is not None
    headers = JSON | {
        "X-Source": "demo-alerts",
        "X-Signature": _signature(issued.signing_secret, GOOD),
    }
    assert room.http().post(ALERTS, content=GOOD, headers=headers).status_code == 202


@pytest.mark.parametrize("case", ["other body", "other source", "the token as key", "no hex"])
def test_a_wrong_signature_is_refused(room: ApiRoom, case: str) -> None:
    """Nothing but the very body by the very source with the very secret gets in."""
    issued = room.source()
    room.source("other")
    secret = issued.signing_secret or ""
    signature = {
        "other body": _signature(secret, GOOD + b" "),
        "the token as key": _signature(issued.token, GOOD),
        "no hex": "sha256=ü",
    }.get(case, _signature(secret, GOOD))
    source = "other" if case == "other source" else "demo-alerts"
    given = JSON | {"X-Source": source, "X-Signature": signature}
    headers = {name.encode(): value.encode() for name, value in given.items()}
    answer = room.http().post(ALERTS, content=GOOD, headers=headers)
    problem_in(answer, 401)
    assert _stored(room) == 0


def test_only_a_replay_source_says_when_it_received(room: ApiRoom) -> None:
    """X-Received-At is for sources made with --replay; a bad instant is 422."""
    headers = JSON | {"X-Received-At": "2025-03-12T13:41:00Z"}
    live, replay = room.source("live"), room.source("old", replay=True)
    problem_in(room.http(live.token).post(ALERTS, content=GOOD, headers=headers), 403)
    assert room.http(replay.token).post(ALERTS, content=GOOD, headers=headers).status_code == 202
    bad = JSON | {"X-Received-At": "yesterday"}
    problem_in(room.http(replay.token).post(ALERTS, content=GOOD, headers=bad), 422)


def test_changes_are_taken_one_or_many(room: ApiRoom) -> None:
    """One change/v1 object or {items}; the published schema admits both changes."""
    schema("change").validate(CHANGE)
    http = room.http(room.source().token)
    assert http.post("/api/v1/changes", json=CHANGE).json()["accepted"] == 1
    many = {"items": [CHANGE, CHANGE | {"id": "c-2", "targets": ["nobody"]}]}
    answer = http.post("/api/v1/changes", json=many)
    assert answer.status_code == 202
    assert {k: answer.json()[k] for k in ("accepted", "duplicates", "quarantined")} == {
        "accepted": 1,
        "duplicates": 1,
        "quarantined": 1,
    }
    problem_in(http.post("/api/v1/changes", json=CHANGE | {"kind": "magic"}), 422)


@pytest.mark.parametrize(
    "fault", [{"kind": []}, {"kind": {}}, {"at": "0001-01-01T00:00:00+14:00"}, {"targets": {}}]
)
def test_a_change_of_any_wrong_shape_is_refused(room: ApiRoom, fault: dict[str, object]) -> None:
    """A wrong field is 422 with its pointer, whatever its type."""
    http = room.http(room.source().token)
    found = problem_in(http.post("/api/v1/changes", json=CHANGE | fault), 422)
    assert next(iter(fault)) in str(found["errors"])


def test_before_packs_are_loaded_nothing_is_taken(room: ApiRoom) -> None:
    """An alert that came now would be mapped to nothing: 503 asks the source to come again."""
    room.assistant.ready.clear()
    answer = room.http(room.source().token).post(ALERTS, content=GOOD, headers=JSON)
    problem_in(answer, 503)
    assert answer.headers["retry-after"]
    assert room.http().get("/api/readyz").status_code == 503
    assert room.http().get("/api/healthz").status_code == 200


def test_json_may_nest_deeply_or_hold_odd_text(room: ApiRoom) -> None:
    """A hostile body is an answer of the API, never a broken connection."""
    http = room.http(room.source().token)
    deep = b'{"version":"4","alerts":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    problem_in(http.post(ALERTS, content=deep, headers=JSON), 400)
    odd = alert("HighErrorRate", at=START, component="exam-api", note="\u202e\x00 \ud800")
    body = json.dumps({"version": "4", "alerts": [odd]})
    answer = http.post(ALERTS, content=body.encode(), headers=JSON)
    assert answer.status_code in (202, 422)
