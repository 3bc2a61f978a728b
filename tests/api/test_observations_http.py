"""What people saw, over HTTP: the diagnosis moves in the answer, and everything is on record."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from api.client import ApiClient
from api.incidents.views import detail_incident
from api.reports.diagnosis import report
from graph.model.access import Principal, Role, Scope
from graph.model.incident import IncidentState
from graph.model.observation import Result
from ingest.incidents import pass_time
from tests.api.room import ApiRoom, problem_in, schema
from tests.small_pack import after

LOOK = "lib:look@small:cdn-a"
RULED_OUT = "rule_out@small:cdn-a"
READER = Principal(name="reader")


@pytest.fixture
def incident_id(room: ApiRoom) -> str:
    """A diagnosed storm on the clients of cdn-a, from a source that replays."""
    return room.storm(room.source(replay=True).token)


def _path(incident_id: str, evidence_id: str = "") -> str:
    return f"/api/v1/incidents/{incident_id}/observations" + (evidence_id and f"/{evidence_id}")


def _enter(
    http: TestClient, incident_id: str, check: str = LOOK, result: str = "positive", **more: str
) -> dict[str, Any]:
    answer = http.post(_path(incident_id), json={"check_id": check, "result": result} | more)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def _change(answer: dict[str, Any], component: str = "small:cdn-a") -> dict[str, Any]:
    return next(c for c in answer["changes"] if c["component_id"] == component)


def _kinds(room: ApiRoom, incident_id: str) -> list[tuple[str, str]]:
    ledger = room.assistant.store.ledger(incident_id)
    return [(e.kind, e.actor) for e in ledger if e.kind.startswith("observation")]


def test_the_answer_is_the_diagnosis_that_counts_it(room: ApiRoom, incident_id: str) -> None:
    """Yes raises the cause in the same call: diag/v1 with the change of every hypothesis."""
    answer = _enter(room.operator(), incident_id, note="seen twice")

    schema("diag").validate(answer)
    moved = _change(answer)
    assert moved["before"] < moved["after"]
    assert moved["after"] == answer["hypotheses"][0]["posterior"]
    assert {c["kind"] for c in answer["changes"]} == {"component", "external", "healthy"}
    assert answer["observation"]["by"] == "zhou"
    assert answer["observation"]["note"] == "seen twice"
    assert LOOK not in {c["check_id"] for c in answer["next_checks"]}


def test_no_job_is_needed_and_the_job_finds_nothing_new(room: ApiRoom, incident_id: str) -> None:
    """The revision stands at once; the queued diagnosis that guards a crash adds none."""
    http = room.operator()
    revision = _enter(http, incident_id)["revision"]
    newest = http.get(f"/api/v1/incidents/{incident_id}/diagnosis").json()
    assert newest["revision"] == revision
    room.work()
    assert room.assistant.store.diagnosis(incident_id).revision == revision  # type: ignore[union-attr]  # diagnosed above


def test_ledger_and_audit_tell_who_entered_what(room: ApiRoom, incident_id: str) -> None:
    """Entering and taking back stand in both, under the person's name."""
    http = room.operator()
    evidence_id = _enter(http, incident_id)["observation"]["evidence_id"]
    http.delete(_path(incident_id, evidence_id))

    wanted = [("observation_entered", "zhou"), ("observation_retracted", "zhou")]
    assert _kinds(room, incident_id) == wanted
    chain = room.assistant.store.audit_chain()
    told = [e for e in chain if e.subject == evidence_id]
    assert [(e.kind, e.actor) for e in told] == wanted
    assert told[0].detail["check_id"] == LOOK


def test_taking_back_restores_the_ranking(room: ApiRoom, incident_id: str) -> None:
    """Every hypothesis has its posterior again, and the model is the one from before."""
    before = room.assistant.store.diagnosis(incident_id)
    http = room.operator()
    entered = _enter(http, incident_id, RULED_OUT)
    assert _change(entered)["after"] < _change(entered)["before"]
    answer = http.delete(_path(incident_id, entered["observation"]["evidence_id"]))

    assert answer.status_code == 200
    back = answer.json()
    assert before is not None
    assert back["engine"]["model_digest"] == before.engine.model_digest
    assert [h["posterior"] for h in back["hypotheses"]] == [h.posterior for h in before.hypotheses]
    assert back["observation"]["retracted_at"] is not None
    again = http.delete(_path(incident_id, entered["observation"]["evidence_id"]))
    assert again.json()["evidence_revision"] == back["evidence_revision"]


def test_the_diagnosis_says_how_far_it_rests_on_the_entry(room: ApiRoom, incident_id: str) -> None:
    """Zhou's yes carries a part of the posterior; taken back, nothing is said of entries.

    The terminal says whose it is and what would be without.
    """
    http = room.operator()
    before = room.assistant.store.diagnosis(incident_id)
    assert before is not None and before.entered is None
    answer = _enter(http, incident_id)
    entered = answer["entered"]
    assert (entered["items"], entered["by"]) == (1, ["zhou"])
    assert entered["posterior_without"] == pytest.approx(before.hypotheses[0].posterior, abs=1e-6)
    assert 0.0 < entered["share"] < 1.0

    store = room.assistant.store
    incident, told = store.incident(READER, incident_id), store.diagnosis(incident_id)
    assert told is not None
    detail = detail_incident(store, READER, incident, now=after(300))
    lines = [*report(detail, told, "zh")]
    assert any("靠人工填写（1 条，zhou）" in line for line in lines)
    back = http.delete(_path(incident_id, answer["observation"]["evidence_id"])).json()
    assert back["entered"] is None


def test_the_same_click_twice_is_one_entry(room: ApiRoom, incident_id: str) -> None:
    """A double click changes nothing the second time."""
    http = room.operator()
    first, second = (_enter(http, incident_id) for _ in range(2))
    assert second["observation"] == first["observation"]
    assert second["evidence_revision"] == first["evidence_revision"]


def test_a_second_thought_replaces_the_first(room: ApiRoom, incident_id: str) -> None:
    """Of one person the later answer holds; both stay readable."""
    http = room.operator()
    _enter(http, incident_id)
    _enter(http, incident_id, result="negative")
    items = http.get(_path(incident_id)).json()["items"]
    assert {(i["result"], i["holds"]) for i in items} == {("positive", False), ("negative", True)}


def test_an_answer_expires_with_the_clock_and_can_be_given_again(room: ApiRoom) -> None:
    """On a live incident half an hour later it counts no more, and the same answer is a new one."""
    incident_id = room.storm(room.source().token)
    http = room.operator()
    first = _enter(http, incident_id)
    room.clock.forward(seconds=1801)
    pass_time(room.assistant.store, room.assistant.intake.shelf, room.clock.now())
    room.work()

    [entry] = http.get(_path(incident_id)).json()["items"]
    assert (entry["holds"], entry["expired"], entry["valid_for_s"]) == (False, True, 1800)
    asked = http.get(f"/api/v1/incidents/{incident_id}/diagnosis").json()
    assert LOOK in {check["check_id"] for check in asked["next_checks"]}
    again = _enter(http, incident_id)
    assert again["observation"]["evidence_id"] != first["observation"]["evidence_id"]
    items = http.get(_path(incident_id)).json()["items"]
    assert [(i["holds"], i["expired"]) for i in items] == [(False, False), (True, False)]


def test_two_people_may_contradict_each_other(room: ApiRoom, incident_id: str) -> None:
    """Both answers hold, and neither may take back the other's."""
    first = _enter(room.operator(), incident_id)["observation"]["evidence_id"]
    other = room.http(room.user_token("li", [Role.OPS_LEAD], Scope.READ, Scope.OPERATE))
    _enter(other, incident_id, result="negative")

    items = other.get(_path(incident_id)).json()["items"]
    assert {(i["by"], i["holds"]) for i in items} == {("zhou", True), ("li", True)}
    problem_in(other.delete(_path(incident_id, first)), 403)


def test_the_revision_never_goes_back_when_alerts_follow(room: ApiRoom, incident_id: str) -> None:
    """What people entered is counted among the evidence by the intake too."""
    http = room.operator()
    before = _enter(http, incident_id)["evidence_revision"]
    again = room.source("more", replay=True).token
    assert room.storm(again) == incident_id
    assert room.assistant.store.incident(READER, incident_id).evidence_revision > before


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"check_id": "lib:nothing@small:cdn-a", "result": "positive"}, "/check_id"),
        ({"check_id": "lib:look@small:nowhere", "result": "positive"}, "/check_id"),
        ({"check_id": "lib:look", "result": "positive"}, "/check_id"),
        ({"check_id": "rule_out@small:client-r1-mobile", "result": "positive"}, "/check_id"),
        ({"check_id": RULED_OUT, "result": "negative"}, "/result"),
        ({"check_id": LOOK, "result": "maybe"}, "/result"),
        ({"check_id": LOOK, "result": "positive", "note": "x" * 501}, "/note"),
        ({"check_id": LOOK, "result": "positive", "by": "chen"}, "/by"),
        ({"check_id": "", "result": "positive"}, "/check_id"),
    ],
)
def test_what_could_never_be_evidence_is_refused(
    room: ApiRoom, incident_id: str, body: dict[str, str], pointer: str
) -> None:
    """422 names the key; nothing is written."""
    problem = problem_in(room.operator().post(_path(incident_id), json=body), 422)
    assert problem["errors"][0]["pointer"] == pointer
    assert room.assistant.store.observations_of(incident_id) == ()


@pytest.mark.parametrize("state", [IncidentState.RESOLVED, IncidentState.CLOSED])
def test_an_incident_that_is_over_takes_nothing(
    room: ApiRoom, incident_id: str, state: IncidentState
) -> None:
    """409 for entering and for taking back."""
    http = room.operator()
    evidence_id = _enter(http, incident_id)["observation"]["evidence_id"]
    incident = room.assistant.store.incident(READER, incident_id)
    over = incident.model_copy(update={"state": state, "version": incident.version + 1})
    room.assistant.store.write(lambda tx: tx.put_incident(over, expected_version=incident.version))
    body = {"check_id": LOOK, "result": "negative"}
    problem_in(http.post(_path(incident_id), json=body), 409)
    problem_in(http.delete(_path(incident_id, evidence_id)), 409)


def test_who_may_not_operate_is_refused_and_leaves_no_trace(
    room: ApiRoom, incident_id: str
) -> None:
    """A viewer, an admin, a token that only reads, a source, a cookie without its proof, nobody."""
    viewer, _ = room.signed_in("wang", Role.VIEWER)
    admin, _ = room.signed_in("root", Role.ADMIN)
    no_proof, _ = room.signed_in("sun", Role.OPERATOR)
    reads = room.http(room.user_token("qian", [Role.OPERATOR], Scope.READ))
    source = room.http(room.source("another").token)
    body = {"check_id": LOOK, "result": "positive"}
    for http in (viewer, admin, no_proof, reads, source):
        problem_in(http.post(_path(incident_id), json=body), 403)
    problem_in(room.http().post(_path(incident_id), json=body), 401)
    assert room.assistant.store.observations_of(incident_id) == ()


def test_the_client_enters_reads_and_takes_back(room: ApiRoom, incident_id: str) -> None:
    """The typed client carries the CSRF proof of a session; checks of each cause are listed."""
    http, _ = room.signed_in("zhao", Role.OPERATOR)
    client = ApiClient(http)
    entered = client.observe(incident_id, LOOK, Result.UNKNOWN, note="no access")
    page = client.observations(incident_id)

    assert [c.check_id for c in page.checks["small:cdn-a"]] == [LOOK]
    assert page.checks["small:cdn-a"][0].text.zh == "看一下 cdn-a"
    assert [(i.note, i.text.en, i.holds) for i in page.items] == [
        ("no access", "Look at cdn-a", True)
    ]
    assert entered.changes[0].before == entered.changes[0].after
    assert client.retract(incident_id, page.items[0].evidence_id).observation.retracted_at
