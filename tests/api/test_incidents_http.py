"""Incidents over HTTP: what is shown, what may be changed, and the wait for a diagnosis."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from api.client import ApiClient
from api.schemas.incidents import Pending
from graph.errors import ConflictError, NotFoundError
from graph.model.access import Principal, Role
from graph.model.diagnosis import Diagnosis
from graph.model.incident import IncidentState
from graph.model.topology import Visibility
from graph.ports import Transaction
from tests.api.room import OWNER_TOKEN, ApiRoom, problem_in, schema
from tests.payloads import alert, payload
from tests.small_pack import after


@pytest.fixture
def incident_id(room: ApiRoom) -> str:
    """Let a storm come and be diagnosed."""
    return room.storm(room.source().token)


@pytest.fixture
def operator(room: ApiRoom) -> TestClient:
    """Give an operator's caller."""
    return room.operator()


@pytest.fixture
def desk(operator: TestClient) -> ApiClient:
    """Give the same operator's typed client."""
    return ApiClient(operator)


def test_the_list_is_the_duty_board(desk: ApiClient, incident_id: str) -> None:
    """A row says what broke, how sure, for whom, since when, in one call."""
    page = desk.incidents()
    (row,) = page.items
    assert (row.id, row.alerts, row.owner, row.state) == (incident_id, 4, None, "open")
    assert row.top is not None
    assert 0 < row.top.posterior < 1
    assert row.urgency is not None
    assert row.timezone == "Asia/Shanghai"
    assert row.age_s == pytest.approx(120, abs=2)
    assert page.next_cursor is None


def test_the_list_is_filtered(desk: ApiClient, operator: TestClient, incident_id: str) -> None:
    """By states and by urgency; a word that is none is 422."""
    assert desk.incidents(states=(IncidentState.CLOSED,)).items == ()
    both = (IncidentState.OPEN, IncidentState.WATCHING)
    assert [row.id for row in desk.incidents(states=both).items] == [incident_id]
    problem_in(operator.get("/api/v1/incidents?state=burning"), 422)
    problem_in(operator.get("/api/v1/incidents?urgency=P9"), 422)
    problem_in(operator.get("/api/v1/incidents?cursor=%00nonsense"), 422)


def test_a_diagnosis_is_as_published(operator: TestClient, incident_id: str) -> None:
    """The body keeps the schema, and its ETag is the digest of what it says."""
    answer = operator.get(f"/api/v1/incidents/{incident_id}/diagnosis")
    assert answer.status_code == 200
    schema("diag").validate(answer.json())
    assert len(answer.headers["etag"].strip('"')) == 64
    listed = operator.get(f"/api/v1/incidents/{incident_id}/diagnoses").json()
    for item in listed["items"]:
        schema("diag").validate(item)
    assert listed["items"][-1] == answer.json()


def test_a_diagnosis_that_lags_is_pending(room: ApiRoom, desk: ApiClient, incident_id: str) -> None:
    """New evidence without its diagnosis is 202 with what must be covered; then it is 200."""
    more = payload(alert("OriginTrafficDrop", at=after(60), component="origin"))
    room.http(room.source().token).post(
        "/api/v1/alerts/alertmanager", content=more, headers={"Content-Type": "application/json"}
    )
    stored = desk.incident(incident_id).evidence_revision
    found = desk.diagnosis(incident_id)
    if stored == 4:  # the new alert went elsewhere: nothing is pending
        assert isinstance(found, Diagnosis)
    else:
        assert found == Pending(evidence_revision=stored)
    room.work()
    covered = desk.diagnosis(incident_id)
    assert isinstance(covered, Diagnosis)
    assert covered.evidence_revision == stored


def test_a_wait_ends_with_the_diagnosis(room: ApiRoom, desk: ApiClient) -> None:
    """The worker's result wakes the caller, who waited for all evidence stored at the call."""
    room.assistant.worker.start()
    incident_id = room.storm(room.source().token)
    found = desk.diagnosis(incident_id, wait_s=30)
    assert isinstance(found, Diagnosis)
    assert found.evidence_revision == 4


@pytest.mark.parametrize("wait", ["-1", "31", "soon"])
def test_a_wait_is_at_most_thirty_seconds(
    operator: TestClient, incident_id: str, wait: str
) -> None:
    """Anything else is 422 and names the parameter."""
    answer = operator.get(f"/api/v1/incidents/{incident_id}/diagnosis?wait={wait}")
    assert problem_in(answer, 422)["errors"][0]["pointer"] == "/query/wait"


def test_details_name_every_id(desk: ApiClient, incident_id: str) -> None:
    """Whatever id a diagnosis mentions has a name and a kind beside it."""
    detail, diagnosis = desk.incident(incident_id), desk.diagnosis(incident_id)
    assert isinstance(diagnosis, Diagnosis)
    mentioned = {h.component_id for h in diagnosis.hypotheses if h.component_id}
    mentioned |= {c for h in diagnosis.hypotheses for c in h.path}
    assert mentioned <= set(detail.component_names)
    assert set(detail.component_names) == set(detail.component_kinds)
    assert detail.flow is not None
    assert [step.step_id for step in detail.flow.steps] == ["small:study", "small:exam"]


def test_the_map_is_small_and_closed(desk: ApiClient, incident_id: str) -> None:
    """At most 60 boxes, relations only among them, and the top cause is one of them."""
    drawn = desk.map(incident_id)
    ids = {node.id for node in drawn.nodes}
    assert len(drawn.nodes) == len(ids) <= 60
    assert {end for r in drawn.relations for end in (r.source, r.target)} <= ids
    assert {i for path in drawn.paths for i in path} <= ids
    assert [node for node in drawn.nodes if node.rank == 1]
    assert sum(node.alerting for node in drawn.nodes) == 4


def test_taking_an_incident_names_its_owner(desk: ApiClient, incident_id: str) -> None:
    """Acknowledging makes the caller the owner, and both stand in the ledger with the name."""
    seen = desk.incident(incident_id)
    taken = desk.patch_incident(incident_id, {"state": "acknowledged"}, if_match=seen.etag)
    assert (taken.owner, taken.state) == ("zhou", "acknowledged")
    assert taken.acknowledged_at is not None
    kinds = {(entry.kind, entry.actor) for entry in desk.timeline(incident_id).items}
    assert {("owner_changed", "zhou"), ("state_changed", "zhou")} <= kinds


def test_the_first_look_is_written_down_once(desk: ApiClient, incident_id: str) -> None:
    """The ledger says who opened the incident first."""
    desk.incident(incident_id)
    desk.incident(incident_id)
    looks = [e for e in desk.timeline(incident_id).items if e.kind == "first_opened"]
    assert [entry.actor for entry in looks] == ["zhou"]


def test_two_people_do_not_overwrite_each_other(desk: ApiClient, incident_id: str) -> None:
    """The second write with the same If-Match is 409."""
    seen = desk.incident(incident_id).etag
    desk.patch_incident(incident_id, {"owner": "zhou"}, if_match=seen)
    with pytest.raises(ConflictError, match="has changed"):
        desk.patch_incident(incident_id, {"owner": None}, if_match=seen)


def test_new_alerts_do_not_spoil_a_click(room: ApiRoom, desk: ApiClient, incident_id: str) -> None:
    """What people decide is guarded, not how many alerts came in meanwhile."""
    seen = desk.incident(incident_id).etag
    again = room.source().token
    later = payload(alert("PlaybackFailureHigh", at=after(90), component="client-r1-mobile", n="2"))
    room.http(again).post(
        "/api/v1/alerts/alertmanager", content=later, headers={"Content-Type": "application/json"}
    )
    assert desk.patch_incident(incident_id, {"owner": "zhou"}, if_match=seen).owner == "zhou"


def test_a_write_without_if_match_is_refused(operator: TestClient, incident_id: str) -> None:
    """Whoever writes must say what they saw; the version serves as well as the ETag."""
    path = f"/api/v1/incidents/{incident_id}"
    problem_in(operator.patch(path, json={"owner": "zhou"}), 422)
    answer = operator.get(path)
    for seen in (answer.headers["etag"], f'"{answer.json()["version"]}"'):
        headers = {"If-Match": seen}
        assert operator.patch(path, json={"owner": None}, headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ("{0}", 200),
        ("*", 200),
        ('"other" , {0}', 200),
        (',{0},, "a,b"', 200),
        ("W/{0}", 409),
        ('"other", W/{0}', 409),
        ('"*"', 409),
        ('""', 409),
        ("{0} {0}", 422),
        ('{0}, "open', 422),
        ("{0}, *", 422),
        (", ,", 422),
        (" ", 422),
    ],
)
def test_if_match_is_read_as_the_standard_writes_it(
    operator: TestClient, incident_id: str, form: str, status: int
) -> None:
    """A list of which one fits, or `*`; weak tags never fit; what cannot be read is named."""
    path = f"/api/v1/incidents/{incident_id}"
    seen = operator.get(path).headers["etag"]
    answer = operator.patch(path, json={"owner": None}, headers={"If-Match": form.format(seen)})
    assert answer.status_code == status, answer.text
    if status == 422:
        assert answer.json()["errors"][0]["pointer"] == "/headers/If-Match"


def test_several_if_match_lines_are_one_list(operator: TestClient, incident_id: str) -> None:
    """A proxy may send the list on in several lines."""
    path = f"/api/v1/incidents/{incident_id}"
    seen = operator.get(path).headers["etag"]
    lines = [("If-Match", '"other"'), ("If-Match", seen)]
    assert operator.patch(path, json={"owner": None}, headers=lines).status_code == 200


@pytest.mark.parametrize("roles", [(Role.VIEWER,), (Role.ADMIN,), (Role.VIEWER, Role.ADMIN)])
def test_who_only_looks_on_owns_nothing(
    room: ApiRoom, operator: TestClient, incident_id: str, roles: tuple[Role, ...]
) -> None:
    """422 names the roles that may own, and nothing changes; an academic lead may."""
    room.user("vi", *roles)
    room.user("he", Role.VIEWER, Role.ACADEMIC_LEAD)
    path, headers = f"/api/v1/incidents/{incident_id}", {"If-Match": "*"}
    problem = problem_in(operator.patch(path, json={"owner": "vi"}, headers=headers), 422)
    assert problem["errors"][0]["pointer"] == "/owner"
    assert "operator, ops_lead, academic_lead, platform_owner" in problem["detail"]
    assert operator.get(path).json()["owner"] is None
    assert operator.patch(path, json={"owner": "he"}, headers=headers).json()["owner"] == "he"


@pytest.mark.parametrize("state", ["mitigating", "watching", "resolved", "closed"])
def test_an_open_incident_is_acknowledged_first(
    operator: TestClient, incident_id: str, state: str
) -> None:
    """Life has an order; the problem says where it goes from here."""
    path, headers = f"/api/v1/incidents/{incident_id}", {"If-Match": "*"}
    problem = problem_in(operator.patch(path, json={"state": state}, headers=headers), 409)
    assert "acknowledged" in problem["detail"]


def test_an_incident_walks_through_its_life(operator: TestClient, incident_id: str) -> None:
    """Acknowledged, mitigating, watching, resolved; closing needs a cause and is not done here."""
    path, headers = f"/api/v1/incidents/{incident_id}", {"If-Match": "*"}
    for state in ("acknowledged", "mitigating", "watching", "mitigating", "watching", "resolved"):
        answer = operator.patch(path, json={"state": state}, headers=headers)
        assert answer.json()["state"] == state
    problem_in(operator.patch(path, json={"state": "closed"}, headers=headers), 409)


@pytest.mark.parametrize("body", [{"owner": "nobody"}, {"state": "burning"}, {"title": "x"}, []])
def test_a_wrong_patch_is_refused(operator: TestClient, incident_id: str, body: object) -> None:
    """An owner without account, a state that is none, a field that is not people's."""
    path, headers = f"/api/v1/incidents/{incident_id}", {"If-Match": "*"}
    problem_in(operator.patch(path, json=body, headers=headers), 422)


@pytest.mark.parametrize("part", ["", "/diagnosis", "/diagnoses", "/timeline", "/map"])
def test_an_unknown_incident_is_not_found(desk: ApiClient, part: str) -> None:
    """Every call on it says so."""
    with pytest.raises(NotFoundError):
        desk._get(f"/incidents/inc-none{part}", Pending)


def test_the_board_counts_and_tells_the_calendar(
    room: ApiRoom, desk: ApiClient, incident_id: str
) -> None:
    """Counts by urgency, tonight's peak, the engine, lanes: beside the table in one call."""
    board = desk.board()
    assert sum(board.counts.values()) == board.incidents_open == 1
    assert (board.timezone, board.now) == ("Asia/Shanghai", room.clock.at)
    week = next(w for w in board.windows if w.kind == "exam_week")
    assert (week.day, week.days) == (2, 5)
    assert [(w.from_time, w.to_time) for w in board.tonight] == [("19:00", "23:00")]
    assert board.alerts_included == board.lanes["incident"] == 4
    assert board.engine.jobs_open == 0
    assert board.engine.last_duration_ms is not None


def test_the_board_counts_the_noise_that_it_lists(room: ApiRoom, desk: ApiClient) -> None:
    """One day of it, grouped by name and reason; what came before is in neither figure."""
    token = room.source().token
    for day, names in ((0, ("old",)), (2, ("chatty", "chatty", "quiet"))):
        room.clock.at = after(day * 86400)
        sent = [
            alert(name, at=after(day * 86400 + n), component="cdn-a", severity="info")
            for n, name in enumerate(names)
        ]
        headers = {"Content-Type": "application/json"}
        http = room.http(token)
        answer = http.post("/api/v1/alerts/alertmanager", content=payload(*sent), headers=headers)
        assert answer.status_code == 202, answer.text
    board = desk.board()
    assert board.lanes["noise"] == 4
    assert [(group.alertname, group.count) for group in board.noise] == [
        ("chatty", 2),
        ("quiet", 1),
    ]
    assert (board.noise_count, board.noise_groups) == (3, 2)


def test_replayed_incidents_age_by_their_own_clock(room: ApiRoom, desk: ApiClient) -> None:
    """A storm of last year is minutes old when it is replayed, and so is its evening."""
    headers = {"X-Received-At": "2025-03-12T13:42:00Z", "Content-Type": "application/json"}
    body = payload(
        *(
            alert("PlaybackFailureHigh", at=after(1), component=f"client-r{r}-{c}")
            for r in (1, 2)
            for c in ("telecom", "mobile")
        )
    )
    source = room.source(replay=True).token
    room.http(source).post("/api/v1/alerts/alertmanager", content=body, headers=headers)
    room.work()
    room.clock.forward(days=600)
    (row,) = desk.incidents().items
    assert row.age_s == pytest.approx(119, abs=2)
    board = desk.board()
    assert board.replay
    assert "exam_week" in {window.kind for window in board.windows}


_PARTS = ("", "/diagnosis", "/diagnoses", "/timeline", "/map")


def _of_site(room: ApiRoom, *sites: str) -> TestClient:
    """Sign somebody in who sees these sites alone."""
    name = "-".join(("of", *sites))
    body = {"name": name, "roles": ["operator"], "sites": sites}
    password = room.http(OWNER_TOKEN).post("/api/v1/users", json=body).json()["password"]
    http = room.http()
    csrf = http.post("/api/v1/session", json={"name": name, "password": password}).json()["csrf"]
    http.headers.update({"X-CSRF": csrf})
    return http


def _restrict(room: ApiRoom, incident_id: str, site: str) -> None:
    """Let only the people of a site see the incident, as if all it touches were the site's."""

    def work(tx: Transaction) -> None:
        known = tx.incident(Principal(name="engine"), incident_id)
        kept = known.model_copy(update={"site": site, "visibility": Visibility.SITE})
        tx.put_incident(kept, expected_version=known.version)

    room.assistant.store.write(work)


def test_people_of_one_site_see_only_theirs(room: ApiRoom, incident_id: str) -> None:
    """Another site's people get 404 on every call and an empty board; its own see it whole."""
    _restrict(room, incident_id, "r1")
    path, headers = f"/api/v1/incidents/{incident_id}", {"If-Match": "*"}
    stranger = _of_site(room, "r9")
    for part in _PARTS:
        assert "r1" not in problem_in(stranger.get(path + part), 404)["detail"]
    problem_in(stranger.patch(path, json={"owner": None}, headers=headers), 404)
    assert stranger.get("/api/v1/incidents").json()["items"] == []
    board = stranger.get("/api/v1/board").json()
    assert (board["incidents_open"], sum(board["counts"].values())) == (0, 0)
    asked = {"question": "x", "incident_id": incident_id}
    problem_in(stranger.post("/api/v1/ask", json=asked), 404)
    for own in (_of_site(room, "r1", "r9"), room.operator()):
        assert {own.get(path + part).status_code for part in _PARTS} == {200}
        assert [i["id"] for i in own.get("/api/v1/incidents").json()["items"]] == [incident_id]


def test_what_is_open_to_all_is_seen_from_every_site(room: ApiRoom, incident_id: str) -> None:
    """Sites hide what is another site's, and nothing else; who has none sees this still."""
    for http in (_of_site(room, "r9"), _of_site(room)):
        assert {
            http.get(f"/api/v1/incidents/{incident_id}{part}").status_code for part in _PARTS
        } == {200}
