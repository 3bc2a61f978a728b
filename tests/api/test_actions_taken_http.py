"""What somebody did by hand, over HTTP: it is a change, on record, and counts at once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.incidents.by_hand import MOST_ACTIONS
from graph.model.access import Principal, Role, Scope
from graph.model.incident import IncidentState
from graph.ports import Transaction
from tests.api.room import ApiRoom, problem_in
from tests.small_pack import after

READER = Principal(name="reader")
WORDS = {"what": "restarted the origin process", "target": "cdn-a.local"}


@pytest.fixture
def incident_id(room: ApiRoom) -> str:
    """A diagnosed storm on the clients of cdn-a."""
    return room.storm(room.source().token)


def _path(incident_id: str) -> str:
    return f"/api/v1/incidents/{incident_id}/actions-taken"


def _note(http: TestClient, incident_id: str, **more: str) -> dict[str, Any]:
    answer = http.post(_path(incident_id), json=WORDS | more)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_work_by_hand_becomes_a_change_with_its_person(room: ApiRoom, incident_id: str) -> None:
    """Found by its alias, kept with who and when, shown among the changes, counted at once."""
    http = room.operator()
    before = http.get(f"/api/v1/incidents/{incident_id}/diagnosis").json()
    noted = _note(http, incident_id)
    assert (noted["target"], noted["by"]) == ("small:cdn-a", "zhou")

    shown = http.get(f"/api/v1/incidents/{incident_id}/timeline").json()
    assert [mark["ids"] for mark in shown["changes"]] == [["small:cdn-a"]]
    assert "action_taken" in {line["kind"] for line in shown["items"]}
    after_it = http.get(f"/api/v1/incidents/{incident_id}/diagnosis").json()
    assert after_it["evidence_revision"] == before["evidence_revision"] + 1
    assert http.get(_path(incident_id)).json()["items"] == [noted]
    told = [e for e in room.assistant.store.audit_chain() if e.kind == "action_taken"]
    assert [(e.actor, e.subject) for e in told] == [("zhou", noted["evidence_id"])]


def test_the_postmortem_tells_of_it(room: ApiRoom, incident_id: str) -> None:
    """Among what was done, with component and person, its marks escaped."""
    http = room.operator()
    _note(http, incident_id, what="restarted `it` <b>")
    draft = http.get(f"/api/v1/incidents/{incident_id}/postmortem?lang=zh").json()["markdown"]
    assert r"手动操作：restarted \`it\` \<b\>，cdn-a，zhou" in draft


def test_work_before_the_storm_is_a_candidate_cause(room: ApiRoom, incident_id: str) -> None:
    """Somebody was at cdn-b a minute before: its odds rise, and the change is its evidence."""
    http = room.operator()

    def posterior(component: str) -> float:
        found = http.get(f"/api/v1/incidents/{incident_id}/diagnosis").json()["hypotheses"]
        return next(float(h["posterior"]) for h in found if h["component_id"] == component)

    was = posterior("small:origin")
    noted = _note(http, incident_id, target="small:origin", at=after(-60).isoformat())
    assert posterior("small:origin") > 2 * was
    found = http.get(f"/api/v1/incidents/{incident_id}/diagnosis").json()["hypotheses"]
    origin = next(h for h in found if h["component_id"] == "small:origin")
    assert noted["evidence_id"] in {item["evidence_id"] for item in origin["evidence_for"]}


def test_the_same_click_twice_is_one_action(room: ApiRoom, incident_id: str) -> None:
    """A double click stores nothing the second time; another time is another action."""
    http = room.operator()
    assert _note(http, incident_id) == _note(http, incident_id)
    _note(http, incident_id, at=after(60).isoformat())
    assert len(http.get(_path(incident_id)).json()["items"]) == 2


def test_on_a_replay_it_counts_at_the_replays_time(room: ApiRoom) -> None:
    """Years may lie between the storm and who replays it."""
    incident_id = room.storm(room.source(replay=True).token)
    room.clock.forward(days=300)
    noted = _note(room.operator(), incident_id)
    assert noted["at"].startswith(after(120).isoformat()[:19])


def test_what_cannot_be_is_refused_by_its_field(room: ApiRoom, incident_id: str) -> None:
    """Nobody's name, a time to come, a day too old, no words: nothing is stored."""
    http = room.operator()
    late, old = room.clock.at + timedelta(minutes=1), after(0) - timedelta(days=2)
    for wrong, pointer in (
        ({"target": "atlantis"}, "/target"),
        ({"at": late.isoformat()}, "/at"),
        ({"at": old.isoformat()}, "/at"),
        ({"what": "  "}, "/what"),
        ({"at": "0001-01-01T00:00:00+14:00"}, "/at"),
        ({"at": "9999-12-31T23:59:59-14:00"}, "/at"),
    ):
        body = problem_in(http.post(_path(incident_id), json=WORDS | wrong), 422)
        assert body["errors"][0]["pointer"] == pointer
    assert http.get(_path(incident_id)).json()["items"] == []


def test_who_only_reads_writes_nothing_down(room: ApiRoom, incident_id: str) -> None:
    """A viewer and a source are refused; so is a browser without its proof."""
    viewer = room.http(room.user_token("guest", [Role.VIEWER]))
    source = room.http(room.source("other").token)
    for http in (viewer, source):
        problem_in(http.post(_path(incident_id), json=WORDS), 403)
    browser, csrf = room.signed_in("wang", Role.OPERATOR)
    problem_in(browser.post(_path(incident_id), json=WORDS), 403)
    sent = browser.post(_path(incident_id), json=WORDS, headers={"X-CSRF": csrf})
    assert sent.status_code == 201
    problem_in(browser.post(_path("inc-none"), json=WORDS, headers={"X-CSRF": csrf}), 404)


def _end(room: ApiRoom, incident_id: str) -> None:
    def close(tx: Transaction) -> None:
        incident = tx.incident(READER, incident_id)
        over = incident.model_copy(update={"state": IncidentState.CLOSED})
        tx.put_incident(over, expected_version=incident.version)

    room.assistant.store.write(close)


def test_an_incident_that_is_over_takes_nothing_in(room: ApiRoom, incident_id: str) -> None:
    """409: reopen it, or write it into the postmortem."""
    token = room.user_token("zhou", [Role.OPERATOR], Scope.READ, Scope.OPERATE)
    _end(room, incident_id)
    problem_in(room.http(token).post(_path(incident_id), json=WORDS), 409)


def test_an_incident_takes_so_many_actions_and_no_more(room: ApiRoom, incident_id: str) -> None:
    """The one after the last that is taken is refused, in both languages; nothing is stored."""
    store = room.assistant.store
    http = room.operator()
    first = _note(http, incident_id)
    known = next(r for r in store.changes_of(incident_id) if r.evidence_id == first["evidence_id"])
    more = [
        known.model_copy(
            update={
                "evidence_id": f"ch-{n:016d}",
                "change": known.change.model_copy(update={"id": f"{n:016d}"}),
            }
        )
        for n in range(MOST_ACTIONS - 1)
    ]
    store.write(lambda tx: [tx.put_change(record) for record in more])
    answer = http.post(_path(incident_id), json=WORDS | {"what": "one more"})
    assert answer.status_code == 409
    assert "change/v1" in answer.json()["detail"]
    assert len(store.changes_of(incident_id)) == MOST_ACTIONS
    assert _note(http, incident_id) == first


def _entry(incident_id: str, noted: dict[str, Any], more: str = "") -> str:
    return f"{_path(incident_id)}/{noted['evidence_id']}{more}"


def _diagnosis(http: TestClient, incident_id: str) -> dict[str, Any]:
    found: dict[str, Any] = http.get(f"/api/v1/incidents/{incident_id}/diagnosis").json()
    return found


def test_a_wrong_entry_is_taken_back_and_weighs_no_more(room: ApiRoom, incident_id: str) -> None:
    """The ranking is that of before; the entry stays on record with who took it back."""
    http = room.operator()
    was = _diagnosis(http, incident_id)
    noted = _note(http, incident_id, target="small:origin", at=after(-60).isoformat())
    assert _diagnosis(http, incident_id)["engine"]["model_digest"] != was["engine"]["model_digest"]

    gone = http.delete(_entry(incident_id, noted))
    assert gone.status_code == 200
    assert (gone.json()["withdrawn_by"], gone.json()["what"]) == ("zhou", noted["what"])
    now = _diagnosis(http, incident_id)
    assert now["engine"]["model_digest"] == was["engine"]["model_digest"]
    assert [h["posterior"] for h in now["hypotheses"]] == [
        h["posterior"] for h in was["hypotheses"]
    ]
    assert now["revision"] == was["revision"] + 2
    assert http.get(_path(incident_id)).json()["items"] == [gone.json()]
    shown = http.get(f"/api/v1/incidents/{incident_id}/timeline").json()
    assert shown["changes"] == []
    chain = room.assistant.store.audit_chain()
    told = [(e.kind, e.actor) for e in chain if e.subject == noted["evidence_id"]]
    assert told == [("action_taken", "zhou"), ("action_withdrawn", "zhou")]
    assert http.delete(_entry(incident_id, noted)).json() == gone.json()
    assert _diagnosis(http, incident_id)["evidence_revision"] == now["evidence_revision"]


def test_what_was_taken_back_can_be_noted_again(room: ApiRoom, incident_id: str) -> None:
    """The same words are another entry then, and count."""
    http = room.operator()
    first = _note(http, incident_id, at=after(-60).isoformat())
    http.delete(_entry(incident_id, first))
    second = _note(http, incident_id, at=after(-60).isoformat())
    assert second["evidence_id"] != first["evidence_id"]
    assert second["withdrawn_by"] is None
    assert _note(http, incident_id, at=after(-60).isoformat()) == second
    assert len(http.get(_path(incident_id)).json()["items"]) == 2


def test_only_its_author_or_a_lead_takes_an_entry_back(room: ApiRoom, incident_id: str) -> None:
    """Another operator is refused in both languages; a lead is not; nobody's entry is not found."""
    noted = _note(room.operator(), incident_id)
    scopes = (Scope.READ, Scope.OPERATE)
    wang = room.http(room.user_token("wang", [Role.OPERATOR], *scopes))
    lead = room.http(room.user_token("li", [Role.OPS_LEAD], *scopes))
    refused = problem_in(wang.delete(_entry(incident_id, noted)), 403)
    assert "只有本人或主管可以撤回" in refused["message"]["zh"]
    problem_in(lead.delete(f"{_path(incident_id)}/ch-nobody"), 404)
    assert lead.delete(_entry(incident_id, noted)).json()["withdrawn_by"] == "li"


def test_a_second_person_vouches_for_an_entry(room: ApiRoom, incident_id: str) -> None:
    """Unverified until somebody else says so; not by its author, nor after it was taken back.

    It weighs as before: the diagnosis is the same, and no evidence was added.
    """
    http = room.operator()
    noted = _note(http, incident_id)
    assert noted["verified_by"] is None
    before = _diagnosis(http, incident_id)
    own = problem_in(http.post(_entry(incident_id, noted, "/verification")), 403)
    assert "另一个人核实" in own["message"]["zh"]
    wang = room.http(room.user_token("wang", [Role.OPERATOR], Scope.READ, Scope.OPERATE))
    seen = wang.post(_entry(incident_id, noted, "/verification")).json()
    assert seen["verified_by"] == "wang" and seen["verified_at"] is not None
    third = room.http(room.user_token("chen", [Role.OPERATOR], Scope.READ, Scope.OPERATE))
    assert third.post(_entry(incident_id, noted, "/verification")).json() == seen
    assert _diagnosis(http, incident_id) == before
    assert ("action_verified", "wang") in {
        (e.kind, e.actor) for e in room.assistant.store.audit_chain()
    }
    path = f"/api/v1/incidents/{incident_id}/postmortem?lang=zh"
    assert "wang 已核实" in http.get(path).json()["markdown"]
    http.delete(_entry(incident_id, noted))
    assert "zhou 已撤回" in http.get(path).json()["markdown"]
    other = _note(http, incident_id, at=after(30).isoformat())
    http.delete(_entry(incident_id, other))
    problem_in(wang.post(_entry(incident_id, other, "/verification")), 409)


def test_who_only_reads_takes_nothing_back(room: ApiRoom, incident_id: str) -> None:
    """A viewer neither withdraws nor vouches; an incident that is over stays as it is."""
    http = room.operator()
    noted = _note(http, incident_id)
    viewer = room.http(room.user_token("guest", [Role.VIEWER]))
    problem_in(viewer.delete(_entry(incident_id, noted)), 403)
    problem_in(viewer.post(_entry(incident_id, noted, "/verification")), 403)
    _end(room, incident_id)
    problem_in(http.delete(_entry(incident_id, noted)), 409)


def test_every_incident_that_counted_it_is_diagnosed_again(room: ApiRoom, incident_id: str) -> None:
    """The entry was taken into a second incident; taken back, both count it no more."""
    http, store = room.operator(), room.assistant.store
    noted = _note(http, incident_id)
    found = next(r for r in store.changes_of(incident_id) if r.evidence_id == noted["evidence_id"])
    first = store.incident(READER, incident_id)
    other = first.model_copy(update={"id": "inc-other", "version": 1})

    def attach(tx: Transaction) -> None:
        tx.put_incident(other, expected_version=None)
        ids = (incident_id, "inc-other")
        tx.put_change(found.model_copy(update={"incident_ids": ids}))

    store.write(attach)
    before = store.evidence_counts(["inc-other"])["inc-other"]
    http.delete(_entry(incident_id, noted))
    after_it = store.incident(READER, "inc-other").evidence_revision
    assert after_it == before + 1 == store.evidence_counts(["inc-other"])["inc-other"]
    room.work()
    assert store.incident(READER, "inc-other").diagnosed_revision == after_it
