"""The graph over HTTP: who sees what, what is cut, and what a wrong question is told."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from api.client import ApiClient
from graph.errors import NotFoundError
from graph.model.access import Role
from graph.model.base import Text
from graph.model.knowledge import CaseOutcome, PastCase, Sop
from graph.model.pack import DomainPack
from graph.model.topology import RelationType, Visibility
from tests.api.room import ApiRoom, problem_in
from tests.small_pack import PACK, after, small_pack

_HIDDEN = f"{PACK}:cdn-a"


def _text(name: str) -> Text:
    return Text(zh=f"中文{name}", en=name)


def _case(number: int, component: str, mode: str, words: str) -> PastCase:
    return PastCase(
        id=f"{PACK}:case-{number}",
        title=_text(words),
        opened_at=after(3600 * number),
        component_id=f"{PACK}:{component}",
        fault_mode_id=f"lib:{mode}",
        symptoms=_text("slow"),
        cause=_text(f"cause {number}"),
        fix=_text("restart"),
        outcome=CaseOutcome.WORKED,
        minutes_to_detect=3,
        minutes_to_repair=12,
        source="made for tests",
    )


def _told_pack() -> DomainPack:
    """The small platform with what people know of it."""
    cases = (
        _case(1, "cdn-a", "cdn_node.origin-link-down", "playback stops"),
        _case(2, "cdn-b", "cdn_node.node-down", "node is gone"),
        _case(3, "exam-db", "database.pool-exhausted", "exams cannot be handed in"),
    )
    sops = (
        Sop(
            id=f"{PACK}:cdn",
            title=_text("CDN"),
            kinds=("cdn_node",),
            revision="1",
            sections=(),
        ),
        Sop(
            id=f"{PACK}:exam",
            title=_text("exam database"),
            component_ids=(f"{PACK}:exam-db",),
            revision="2",
            sections=(),
        ),
    )
    return small_pack().model_copy(update={"cases": cases, "sops": sops})


@pytest.fixture
def operator(room: ApiRoom) -> TestClient:
    """An operator's caller on the platform with SOPs and cases."""
    room.assistant.store.write(lambda tx: tx.replace_pack(_told_pack()))
    return room.operator()


@pytest.fixture
def desk(operator: TestClient) -> ApiClient:
    """The same operator's typed client."""
    return ApiClient(operator)


@pytest.fixture
def outsider(room: ApiRoom) -> ApiClient:
    """A viewer of another site than that of cdn-a, which only its own site may see."""
    pack = _told_pack()
    components = tuple(
        c.model_copy(update={"site": "east", "visibility": Visibility.SITE})
        if c.id == _HIDDEN
        else c
        for c in pack.components
    )
    told = pack.model_copy(update={"components": components})
    room.assistant.store.write(lambda tx: tx.replace_pack(told))
    token = room.user_token("lin", [Role.VIEWER])
    user = room.assistant.store.user("lin")
    assert user is not None
    west = user.model_copy(update={"sites": ("west",)})
    room.assistant.store.write(lambda tx: tx.put_user(west))
    return room.client(token)


def test_a_component_tells_all_that_is_known(room: ApiRoom, desk: ApiClient) -> None:
    """Its relations both ways, how it fails, SOPs of its kind, its own cases first."""
    incident_id = room.storm(room.source().token)
    found = desk.component(f"{PACK}:cdn-a")

    assert [n.id for n in found.upstream] == [f"{PACK}:origin"]
    assert len(found.downstream) == 4
    assert [m.id for m in found.modes] == [
        "lib:cdn_node.origin-link-down",
        "lib:cdn_node.node-down",
    ]
    assert [s.sop_id for s in found.sops] == [f"{PACK}:cdn"]
    assert [(c.case_id, c.same) for c in found.cases] == [
        (f"{PACK}:case-1", True),
        (f"{PACK}:case-2", False),
    ]
    (mention,) = found.incidents
    assert mention.incident_id == incident_id
    assert mention.top_cause
    assert mention.posterior is not None


def test_an_alerting_component_knows_its_incident(room: ApiRoom, desk: ApiClient) -> None:
    """The client that fired names the incident, the steps that use it, and its region."""
    incident_id = room.storm(room.source().token)
    found = desk.component(f"{PACK}:client-r1-mobile")

    assert [(m.incident_id, m.alerts, m.top_cause) for m in found.incidents] == [
        (incident_id, 1, False)
    ]
    assert [step.step_id for step in found.steps] == [f"{PACK}:study"]
    assert found.region is not None and found.region.en == "region 1"


def test_changes_stand_newest_first(room: ApiRoom, desk: ApiClient) -> None:
    """A change of the component is told with who did what; others are not."""
    source = room.http(room.source().token)
    for number, target in enumerate(("cdn-a", "cdn-b", "cdn-a")):
        body = {
            "schema": "change/v1",
            "id": f"cfg-{number}",
            "at": after(number).isoformat(),
            "kind": "config",
            "targets": [target],
            "actor": "wu",
            "summary": "routes",
            "labels": {},
        }
        assert source.post("/api/v1/changes", json=body).status_code == 202
    room.clock.at = after(60)

    assert [c.change_id for c in desk.component(f"{PACK}:cdn-a").changes] == ["cfg-2", "cfg-0"]


def test_a_single_point_says_why(desk: ApiClient) -> None:
    """The exam database alone breaks the exam; one pod of three does not."""
    database = desk.component(f"{PACK}:exam-db")

    assert database.single_point
    assert database.single is not None
    assert database.single.step_id == f"{PACK}:exam"
    assert database.single.probability == pytest.approx(0.81)
    assert "81%" in database.single.reason.zh and "81%" in database.single.reason.en
    pod = desk.component(f"{PACK}:exam-pod-1")
    assert pod.single is None
    assert [(g.id, g.members, g.min_healthy, g.is_member) for g in pod.groups] == [
        (f"{PACK}:exam-api", 3, 2, True)
    ]


def test_a_neighbourhood_holds_boxes_and_what_joins_them(desk: ApiClient) -> None:
    """Nearest first, each with its layer; every relation has both ends among the boxes."""
    found = desk.neighbourhood(f"{PACK}:exam-api", hops=1, direction="up", members=True)
    ids = [node.id for node in found.nodes]

    assert ids[0] == f"{PACK}:exam-api"
    assert set(ids[1:]) == {f"{PACK}:exam-db", *(f"{PACK}:exam-pod-{n}" for n in (1, 2, 3))}
    assert [node.distance for node in found.nodes] == [0, 1, 1, 1, 1]
    assert all({r.source, r.target} <= set(ids) for r in found.relations)
    assert {r.type for r in found.relations} == {RelationType.DEPENDS_ON, RelationType.PART_OF}
    assert found.found == 5


def test_types_and_limits_cut(operator: TestClient) -> None:
    """Only the asked relations are walked and shown, and what did not fit is counted."""
    query = f"/api/v1/graph/neighbourhood?id={PACK}:exam-api&hops=1&types=PART_OF&limit=2"
    found = operator.get(query).json()

    assert [node["id"] for node in found["nodes"]] == [f"{PACK}:exam-api", f"{PACK}:exam-pod-1"]
    assert {r["type"] for r in found["relations"]} == {"PART_OF"}
    assert found["found"] == 4


def test_a_path_goes_the_way_of_harm(desk: ApiClient, operator: TestClient) -> None:
    """From the origin to the clients; the other way round nothing travels, and 404 says so."""
    found = desk.path(f"{PACK}:origin", f"{PACK}:client-r1-mobile")

    assert [s.id for s in found.steps] == [
        f"{PACK}:{slug}" for slug in ("origin", "cdn-a", "client-r1-mobile")
    ]
    assert found.probability == pytest.approx(0.7 * 0.85)
    assert found.steps[1].types == (RelationType.DEPENDS_ON,)
    back = operator.get(f"/api/v1/graph/path?from={PACK}:client-r1-mobile&to={PACK}:origin")
    assert "other direction" in problem_in(back, 404)["detail"]


def test_a_flow_names_what_each_step_stands_on(desk: ApiClient) -> None:
    """Steps in walking order, each with its components; flows are listed."""
    (flow,) = desk.flows()
    found = desk.flow_impact(flow.id)

    assert flow.main
    assert [step.id for step in found.steps] == [f"{PACK}:study", f"{PACK}:exam"]
    assert [use.id for use in found.steps[1].uses] == [f"{PACK}:exam-api"]
    with pytest.raises(NotFoundError, match="api/v1/flows"):
        desk.flow_impact(f"{PACK}:nothing")


@pytest.mark.parametrize(
    ("wanted", "first"),
    [("cdn-b", "cdn-b"), ("别名-CDN-B", "cdn-b"), ("CDN-B.local", "cdn-b"), ("exam", "exam-db")],
)
def test_search_reads_ids_names_and_aliases(desk: ApiClient, wanted: str, first: str) -> None:
    """Case does not count, a whole match stands first, in whichever language it is typed."""
    assert desk.find_components(wanted).items[0].id == f"{PACK}:{first}"


def test_search_finds_nothing_where_nothing_fits(desk: ApiClient) -> None:
    """No guess is offered."""
    assert desk.find_components("zzz").items == ()


@pytest.mark.parametrize(
    "query",
    [
        "graph/neighbourhood",
        f"graph/neighbourhood?id={PACK}:cdn-a&hops=4",
        f"graph/neighbourhood?id={PACK}:cdn-a&limit=151",
        f"graph/neighbourhood?id={PACK}:cdn-a&direction=sideways",
        f"graph/neighbourhood?id={PACK}:cdn-a&types=LIKES",
        f"graph/path?from={PACK}:cdn-a",
        "graph/search?q=",
        "cases?cursor=nobody",
        "cases?limit=0",
    ],
)
def test_wrong_questions_are_422(operator: TestClient, query: str) -> None:
    """Each names the parameter at fault."""
    problem = problem_in(operator.get(f"/api/v1/{query}"), 422)
    assert problem["errors"][0]["pointer"].startswith("/query/")


@pytest.mark.parametrize(
    "query",
    [
        "graph/components/{id}",
        "graph/neighbourhood?id={id}",
        "graph/path?from={id}&to=small:origin",
        "graph/path?from=small:origin&to={id}",
    ],
)
@pytest.mark.parametrize("component_id", ["small:nobody", "nowhere:cdn-a"])
def test_unknown_components_are_404(operator: TestClient, query: str, component_id: str) -> None:
    """The id is named."""
    problem = problem_in(operator.get("/api/v1/" + query.format(id=component_id)), 404)
    assert component_id in problem["detail"]


def test_nobody_reads_without_signing_in(room: ApiRoom) -> None:
    """Every call wants somebody."""
    for path in ("graph/search?q=a", "flows", "cases", f"graph/components/{PACK}:cdn-a"):
        problem_in(room.http().get(f"/api/v1/{path}"), 401)


def test_what_is_listed_is_found(desk: ApiClient) -> None:
    """Who may see the component of a case finds it by its words."""
    assert f"{PACK}:case-1" in [case.id for case in desk.cases().items]
    assert f"{PACK}:case-1" in str(desk.search_knowledge("playback stops"))


def test_who_may_not_see_a_component_does_not_meet_it(outsider: ApiClient) -> None:
    """Not by id, search, neighbourhood, path, flow or case, nor as a way to what lies behind."""
    with pytest.raises(NotFoundError):
        outsider.component(_HIDDEN)
    assert _HIDDEN not in [n.id for n in outsider.find_components("cdn").items]
    reached = outsider.neighbourhood(f"{PACK}:origin", hops=3, direction="down")
    assert _HIDDEN not in [n.id for n in reached.nodes]
    assert f"{PACK}:client-r1-mobile" not in [n.id for n in reached.nodes]
    assert _HIDDEN not in [n.id for n in outsider.component(f"{PACK}:origin").downstream]
    with pytest.raises(NotFoundError):
        outsider.path(f"{PACK}:origin", f"{PACK}:client-r1-mobile")
    assert f"{PACK}:case-1" not in [case.id for case in outsider.cases().items]
    assert f"{PACK}:case-1" not in str(outsider.search_knowledge("playback stops"))


def test_cases_are_paged_newest_first(desk: ApiClient) -> None:
    """Every case comes once, with names for its ids; facets count all of them."""
    first = desk.cases(limit=2)
    rest = desk.cases(limit=2, cursor=first.next_cursor)

    assert [c.id for c in (*first.items, *rest.items)] == [f"{PACK}:case-{n}" for n in (3, 2, 1)]
    assert rest.next_cursor is None
    assert first.total == 3
    assert {kind.id: kind.count for kind in first.kinds} == {"cdn_node": 2, "database": 1}
    assert first.items[0].kind_name.en == "database"


def test_cases_are_narrowed(desk: ApiClient) -> None:
    """By words of either language, kind, fault mode and component; all must fit."""
    assert [c.id for c in desk.cases("PLAYBACK").items] == [f"{PACK}:case-1"]
    assert [c.id for c in desk.cases("中文node gone").items] == [f"{PACK}:case-2"]
    assert len(desk.cases(kind="cdn_node").items) == 2
    mode = "lib:database.pool-exhausted"
    assert [c.id for c in desk.cases(mode=mode).items] == [f"{PACK}:case-3"]
    assert desk.cases("playback", mode=mode).items == ()
    assert [c.id for c in desk.cases(component=_HIDDEN).items] == [f"{PACK}:case-1"]
