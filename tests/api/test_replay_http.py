"""An incident gone through again: minute by minute, deterministic, and nothing is stored."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.incidents.replay_views import Replays
from graph.model.access import Role
from tests.api.room import ApiRoom, problem_in
from tests.payloads import alert, payload
from tests.small_pack import after


@pytest.fixture
def incident_id(room: ApiRoom) -> str:
    """A storm on the clients of cdn-a; three minutes later a second source tells of the node."""
    first = room.storm(room.source(replay=True).token)
    node = alert("CdnNodeDown", at=after(250), component="cdn-a")
    other = room.http(room.source("node-watch", replay=True).token)
    answer = other.post(
        "/api/v1/alerts/alertmanager",
        json=json.loads(payload(node)),
        headers={"X-Received-At": (room.clock.at + timedelta(minutes=3)).isoformat()},
    )
    assert answer.json()["incident_ids"] == [first], answer.text
    room.work()
    return first


def _replay(http: TestClient, incident_id: str, **asked: Any) -> dict[str, Any]:
    answer = http.get(f"/api/v1/incidents/{incident_id}/replay", params=asked)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_each_minute_says_what_was_known_then(room: ApiRoom, incident_id: str) -> None:
    """Before the node spoke it is less sure than after; the last minute is the newest answer."""
    http = room.operator()
    newest = http.get(f"/api/v1/incidents/{incident_id}/diagnosis").json()["hypotheses"][0]
    found = _replay(http, incident_id)
    assert [m["minute"] for m in found["minutes"]] == [0, 1, 2, 3]
    assert [m["alerts"] for m in found["minutes"]] == [4, 4, 4, 5]
    assert found["aims"] == ["small:cdn-a"] and found["confirmed"] is False
    first, last = found["minutes"][0], found["minutes"][-1]
    assert first["aim"] < last["aim"] == last["posterior"]
    assert last["posterior"] == pytest.approx(newest["posterior"], abs=1e-9)
    assert found["known_from"] is not None and found["first_on_top"] == 0


def test_twice_the_same_and_nothing_is_stored(room: ApiRoom, incident_id: str) -> None:
    """Equal evidence, equal replay; ledger, revisions and audit are as before."""
    http, store = room.operator(), room.assistant.store
    before = (store.ledger(incident_id), store.diagnoses(incident_id), store.audit_chain())
    found = [_replay(http, incident_id) for _ in range(2)]
    assert found[0] == found[1]
    assert (store.ledger(incident_id), store.diagnoses(incident_id), store.audit_chain()) == before


def test_without_a_source_it_is_as_if_it_had_never_been(room: ApiRoom, incident_id: str) -> None:
    """What the source said is gone, from its alerts to the last minute."""
    http = room.operator()
    whole, spared = (
        _replay(http, incident_id),
        _replay(http, incident_id, without_source="node-watch"),
    )
    assert spared["without_source"] == "node-watch"
    assert spared["minutes"][-1]["alerts"] == 4
    assert spared["minutes"][-1]["aim"] < whole["minutes"][-1]["aim"]


def test_a_relation_more_moves_the_answer(room: ApiRoom, incident_id: str) -> None:
    """Were the clients of region 1 also served by cdn-b, cdn-a would be less sure; by any name."""
    http = room.operator()
    whole = _replay(http, incident_id)
    added = [
        f"client-r{region}-{c}:DEPENDS_ON:cdn-b" for region in (1, 2) for c in ("telecom", "mobile")
    ]
    moved = _replay(http, incident_id, with_relation=added)
    assert moved["with_relations"][0] == "small:client-r1-telecom:DEPENDS_ON:small:cdn-b"
    assert moved["minutes"][0]["aim"] < whole["minutes"][0]["aim"]
    assert _replay(http, incident_id)["minutes"] == whole["minutes"]


def test_what_people_confirmed_is_what_is_looked_for(room: ApiRoom, incident_id: str) -> None:
    """It was the database: the answer never knew, and says so."""
    http = room.operator()
    cause = {"component_id": "small:exam-db", "fault_mode_id": None}
    http.post(
        f"/api/v1/incidents/{incident_id}/feedback", json={"cause": "modelled", "causes": [cause]}
    )
    found = _replay(http, incident_id)
    assert (found["aims"], found["confirmed"]) == (["small:exam-db"], True)
    assert (found["known_from"], found["first_on_top"]) == (None, None)


@pytest.mark.parametrize(
    ("asked", "status", "word"),
    [
        ({"without_source": "nobody"}, 422, "node-watch"),
        ({"without_source": "nobody"}, 422, "/query/without_source"),
        ({"without_source": "nobody"}, 422, "请从这些来源里选"),
        ({"with_relation": "cdn-a>cdn-b"}, 422, "A:KIND:B"),
        ({"with_relation": "cdn-a:DEPENDS_ON:cdn-a"}, 422, "two components"),
        ({"with_relation": "cdn-a:DEPENDS_ON:atlantis"}, 404, "atlantis"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_words(
    room: ApiRoom, incident_id: str, asked: dict[str, str], status: int, word: str
) -> None:
    """Each names what is wrong and what may stand there."""
    answer = room.operator().get(f"/api/v1/incidents/{incident_id}/replay", params=asked)
    assert word in str(problem_in(answer, status))


def test_an_unknown_incident_and_a_stranger_are_refused(room: ApiRoom) -> None:
    """404 and 401, as everywhere."""
    problem_in(room.operator().get("/api/v1/incidents/inc-none/replay"), 404)
    problem_in(room.http().get("/api/v1/incidents/inc-none/replay"), 401)


def test_who_comes_meanwhile_is_told_to_come_again(room: ApiRoom, incident_id: str) -> None:
    """One at a time: a second call does not wait in a thread of the server."""
    http, replays = room.operator(), room.app.state.replays
    path = f"/api/v1/incidents/{incident_id}/replay"
    with replays.turn():
        answer = http.get(path)
    problem_in(answer, 429)
    assert answer.headers["retry-after"] == "10"
    assert http.get(path).status_code == 200


def test_alerts_go_before_a_replay(room: ApiRoom, incident_id: str) -> None:
    """While a diagnosis waits no minute is gone through; 429 for who has waited long enough."""
    room.app.state.replays = Replays(patience_s=0.0)
    http, path = room.operator(), f"/api/v1/incidents/{incident_id}/replay"
    room.assistant.store.write(
        lambda tx: tx.enqueue("diagnose", key=incident_id, payload={}, at=room.clock.at)
    )
    assert "are being diagnosed" in problem_in(http.get(path), 429)["detail"]
    room.work()
    assert http.get(path).status_code == 200


def test_a_replay_ends_when_its_caller_hangs_up(room: ApiRoom, incident_id: str) -> None:
    """It is not gone through to the end for nobody, and the next caller has the turn at once."""
    token = room.user_token("lin", [Role.OPERATOR])
    path = f"/api/v1/incidents/{incident_id}/replay"
    headers = [(b"host", b"127.0.0.1"), (b"authorization", f"Bearer {token}".encode())]
    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": headers}
    scope |= {"http_version": "1.1", "scheme": "http", "client": ("127.0.0.1", 1), "root_path": ""}
    coming = iter([{"type": "http.request", "body": b"", "more_body": False}])
    sent: list[Any] = []

    async def receive() -> Any:
        return next(coming, {"type": "http.disconnect"})

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(room.app(scope, receive, send))
    assert sent[0]["status"] == 499
    assert _replay(room.operator(), incident_id)["minutes"]
