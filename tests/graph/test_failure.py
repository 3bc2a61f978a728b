"""The failure graph: who can harm whom, which groups stand on whom, and circles taken apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from random import Random

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.failure import HARMFUL_TYPES, Acyclic, Edges, FailureGraph, break_cycles
from graph.model.pack import DomainPack
from graph.model.topology import Relation, RelationType
from tests.small_pack import small_pack

R = RelationType


def _relation(
    source: str, kind: RelationType, target: str, strength: float, confidence: float = 1.0
) -> Relation:
    return Relation(
        source=f"small:{source}",
        type=kind,
        target=f"small:{target}",
        strength=strength,
        confidence=confidence,
    )


def _graph(*relations: Relation, without: Iterable[str] = ()) -> FailureGraph:
    """Index the small pack's components with these relations alone."""
    return FailureGraph(_pack(relations, frozenset(without)))


def _pack(relations: tuple[Relation, ...], without: frozenset[str]) -> DomainPack:
    pack = small_pack()
    kept = tuple(c for c in pack.components if c.id not in without)
    return pack.model_copy(update={"components": kept, "relations": relations})


@pytest.mark.parametrize("kind", sorted(RelationType))
def test_only_what_can_harm_carries_failure(kind: RelationType) -> None:
    """Failures travel against DEPENDS_ON and its like, never along REPLICATES_TO or PRECEDES."""
    graph = _graph(_relation("report-api", kind, "exam-db", 0.6))
    harmed = graph.causes.get("small:report-api", ())
    if kind in HARMFUL_TYPES:
        assert harmed == (("small:exam-db", 0.6),)
        assert graph.effects["small:exam-db"] == (("small:report-api", 0.6),)
    else:
        assert harmed == ()


def test_what_lies_beneath_is_what_one_runs_on_however_far_down() -> None:
    """The service stands on the database, but runs on the pod, which runs on the node."""
    graph = _graph(
        _relation("report-api", R.DEPENDS_ON, "exam-db", 0.9),
        _relation("report-api", R.RUNS_ON, "exam-pod-1", 0.9),
        _relation("exam-pod-1", R.RUNS_ON, "exam-pod-2", 0.5, confidence=0.8),
        _relation("report-api", R.RUNS_ON, "exam-pod-2", 0.2),
    )
    falls = dict(graph.beneath("small:report-api"))
    assert falls == pytest.approx({"small:exam-pod-1": 0.9, "small:exam-pod-2": 0.36})
    assert graph.beneath("small:exam-pod-2") == ()


def test_parallel_relations_are_one_by_the_stronger() -> None:
    """Two relations between the same two are told of one dependence: they do not add up."""
    graph = _graph(
        _relation("report-api", R.CALLS, "exam-db", 0.5),
        _relation("report-api", R.DEPENDS_ON, "exam-db", 0.8),
        _relation("report-api", R.USES, "exam-db", 0.3),
    )
    assert graph.causes["small:report-api"] == (("small:exam-db", 0.8),)


def test_doubt_about_a_relation_weakens_it() -> None:
    """The weight of a relation is strength times confidence."""
    graph = _graph(_relation("report-api", R.CALLS, "exam-db", 0.8, confidence=0.5))
    assert dict(graph.causes["small:report-api"]) == {"small:exam-db": pytest.approx(0.4)}


def test_callers_are_those_who_send_traffic() -> None:
    """Missing traffic comes from callers, not from what merely runs there."""
    graph = _graph(
        _relation("report-api", R.CALLS, "exam-api", 0.5),
        _relation("origin", R.RUNS_ON, "exam-api", 0.5),
    )
    assert graph.callers["small:exam-api"] == (("small:report-api", 0.5),)


def test_members_of_a_redundant_group_harm_it_only_as_a_group() -> None:
    """A pod of a redundant service is a member, no plain cause, and weighs 1 / (spare + 1)."""
    graph = FailureGraph(small_pack())
    pods = tuple(f"small:exam-pod-{n}" for n in (1, 2, 3))
    assert graph.members == {"small:exam-api": pods}
    assert graph.groups_of == dict.fromkeys(pods, ("small:exam-api",))
    assert [c for c, _ in graph.causes["small:exam-api"]] == ["small:exam-db"]
    found = graph.possible_causes("small:exam-api", 3, 0.1)
    assert found["small:exam-pod-1"] == pytest.approx(1 / 2)


def _pods(
    sharing: int, needed: int, strengths: tuple[float, ...] = (0.4, 0.6, 0.8)
) -> FailureGraph:
    """Index three pods of which some stand on origin; the group needs so many of them."""
    relations = [_relation(f"exam-pod-{n}", R.PART_OF, "exam-api", 0.5) for n in (1, 2, 3)]
    relations += [
        _relation(f"exam-pod-{n + 1}", R.USES, "origin", strengths[n]) for n in range(sharing)
    ]
    pack = _pack(tuple(relations), frozenset())
    components = tuple(
        c.model_copy(update={"attributes": {"min_healthy": needed}})
        if c.id == "small:exam-api"
        else c
        for c in pack.components
    )
    return FailureGraph(pack.model_copy(update={"components": components}))


@pytest.mark.parametrize(("needed", "hides"), [(1, True), (2, True), (3, False), (4, False)])
def test_a_group_that_needs_all_its_members_hides_none(needed: int, hides: bool) -> None:
    """Only who can be spared stands behind the group; either way the group stands on all three."""
    graph = _pods(0, needed)
    assert bool(graph.groups_of) is hides
    assert len(graph.members["small:exam-api"]) == 3


@given(st.integers(0, 3), st.integers(1, 4), st.tuples(*[st.sampled_from([0.2, 0.6, 1.0])] * 3))
def test_what_enough_replicas_share_harms_their_group_as_one(
    sharing: int, needed: int, strengths: tuple[float, ...]
) -> None:
    """As many as break the group, and more than one: harm with their mean strength; else none."""
    harm = dict(_pods(sharing, needed, strengths).causes.get("small:exam-api", ()))
    if sharing >= 4 - needed > 1:
        assert harm == {"small:origin": pytest.approx(sum(strengths[:sharing]) / sharing)}
    else:
        assert harm == {}


def test_a_loose_group_is_harmful_to_its_members() -> None:
    """PART_OF something without `min_healthy` is a place: its failure harms what is in it."""
    graph = _graph(_relation("cdn-a", R.PART_OF, "origin", 0.4))
    assert graph.members == {}
    assert graph.effects["small:cdn-a"] == (("small:origin", 0.4),)


def test_possible_causes_weigh_the_best_path_within_depth_and_floor() -> None:
    """A weight is the largest product along a path; too long and too weak paths are cut."""
    graph = _graph(
        _relation("report-api", R.CALLS, "exam-api", 0.9),
        _relation("exam-api", R.DEPENDS_ON, "exam-db", 0.9),
        _relation("report-api", R.USES, "exam-db", 0.5),
        _relation("exam-db", R.RUNS_ON, "origin", 0.3),
    )
    near = graph.possible_causes("small:report-api", 1, 0.01)
    assert near == {"small:report-api": 1.0, "small:exam-api": 0.9, "small:exam-db": 0.5}
    far = graph.possible_causes("small:report-api", 3, 0.01)
    assert far["small:exam-db"] == pytest.approx(0.81)
    assert far["small:origin"] == pytest.approx(0.243)
    assert "small:origin" not in graph.possible_causes("small:report-api", 3, 0.25)


def test_a_short_way_is_found_where_the_stronger_way_is_too_long() -> None:
    """A strong detour to the middle must not hide the weaker way that is short enough."""
    graph = _graph(
        _relation("cdn-a", R.CALLS, "cdn-b", 0.9),
        _relation("cdn-b", R.CALLS, "origin", 0.9),
        _relation("cdn-a", R.USES, "origin", 0.5),
        _relation("origin", R.RUNS_ON, "exam-db", 0.9),
    )
    found = graph.possible_causes("small:cdn-a", 2, 0.1)
    assert found["small:exam-db"] == pytest.approx(0.45)


@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.integers(0, 5), st.sampled_from([0.2, 0.4, 0.5, 0.8, 0.9])),
        max_size=14,
    ),
    st.integers(0, 4),
    st.sampled_from([0.05, 0.25]),
)
def test_possible_causes_are_those_of_every_walk_tried_out(
    drawn: list[tuple[int, int, float]], depth: int, floor: float
) -> None:
    """The weights are what trying all walks of at most `depth` steps finds."""
    slugs = ("cdn-a", "cdn-b", "origin", "exam-db", "report-api", "exam-pod-1")
    graph = _graph(*(_relation(slugs[s], R.CALLS, slugs[t], w) for s, t, w in drawn))
    best: dict[str, float] = {}
    walks = [("small:cdn-a", 1.0)]
    for _ in range(depth + 1):
        for node, weight in walks:
            best[node] = max(weight, best.get(node, 0.0))
        walks = [
            (cause, weight * strength)
            for node, weight in walks
            for cause, strength in graph.causes.get(node, ())
            if weight * strength >= floor
        ]
    assert graph.possible_causes("small:cdn-a", depth, floor) == pytest.approx(best)


@st.composite
def _edges(draw: st.DrawFn) -> dict[str, tuple[tuple[str, float], ...]]:
    """Draw a random failure graph of at most nine nodes, self-loops and all."""
    nodes = [f"n{i}" for i in range(draw(st.integers(1, 9)))]
    pairs = st.tuples(st.sampled_from(nodes), st.sampled_from(nodes))
    strengths = st.sampled_from([0.1, 0.2, 0.5, 0.9])
    drawn = draw(st.dictionaries(pairs, strengths, max_size=30))
    return {
        node: tuple(sorted((c, w) for (e, c), w in drawn.items() if e == node)) for node in nodes
    }


def _condensed(edges: Edges, acyclic: Acyclic) -> nx.DiGraph[str]:
    """Draw what is left: representatives, and the relations that were not cut."""
    left: nx.DiGraph[str] = nx.DiGraph()
    name = acyclic.representative
    left.add_nodes_from(name.values())
    for effect, causes in edges.items():
        for cause, _ in causes:
            if (effect, cause) not in acyclic.cut and name[effect] != name[cause]:
                left.add_edge(name[cause], name[effect])
    return left


@given(_edges(), st.integers(1, 5))
def test_what_is_left_is_acyclic_and_its_circles_small(
    edges: Mapping[str, tuple[tuple[str, float], ...]], largest: int
) -> None:
    """Whatever the graph: no circle between the collapsed ones, none of them too large."""
    acyclic = break_cycles(edges, edges, largest=largest)
    assert set(acyclic.representative) == set(edges)
    assert nx.is_directed_acyclic_graph(_condensed(edges, acyclic))
    for name in set(acyclic.representative.values()):
        members = [n for n, r in acyclic.representative.items() if r == name]
        assert len(members) <= largest
        assert name == min(members)


@given(_edges())
def test_nothing_is_cut_that_is_in_no_large_circle(
    edges: Mapping[str, tuple[tuple[str, float], ...]],
) -> None:
    """Relations between different circles stay, and so does every relation of a small circle."""
    whole: nx.DiGraph[str] = nx.DiGraph()
    whole.add_nodes_from(edges)
    whole.add_edges_from((c, e) for e, causes in edges.items() for c, _ in causes)
    large: set[str] = set()
    for circle in nx.strongly_connected_components(whole):
        if len(circle) > 4:
            large |= circle
    acyclic = break_cycles(edges, edges)
    for effect, cause in acyclic.cut:
        assert {effect, cause} <= large
    if not large:
        assert acyclic.cut == frozenset()


@given(_edges(), st.randoms(use_true_random=False))
def test_the_order_of_nodes_and_relations_is_of_no_account(
    edges: Mapping[str, tuple[tuple[str, float], ...]], random: Random
) -> None:
    """Equal graphs come apart alike, in whatever order they were written."""
    nodes = random.sample(sorted(edges), len(edges))
    mixed = {node: tuple(random.sample(edges[node], len(edges[node]))) for node in nodes}
    assert break_cycles(nodes, mixed) == break_cycles(edges, edges)


@given(_edges(), st.data())
def test_who_is_on_no_cycle_of_the_whole_is_on_none_of_a_part(
    edges: Mapping[str, tuple[tuple[str, float], ...]], data: st.DataObject
) -> None:
    """Looking only at the knots of the whole graph gives the same for every part of it."""
    whole: nx.DiGraph[str] = nx.DiGraph()
    whole.add_edges_from((c, e) for e, causes in edges.items() for c, _ in causes)
    circles = (c for c in nx.strongly_connected_components(whole) if len(c) > 1)
    knots = frozenset(node for circle in circles for node in circle)
    part = data.draw(st.sets(st.sampled_from(sorted(edges))))
    assert break_cycles(part, edges, knots=knots) == break_cycles(part, edges)


def _ring(*strengths: float) -> dict[str, tuple[tuple[str, float], ...]]:
    """Make a circle: n0 stands on n1, n1 on n2, ..., the last on n0."""
    size = len(strengths)
    return {f"n{i}": ((f"n{(i + 1) % size}", w),) for i, w in enumerate(strengths)}


def test_a_small_circle_fails_together_under_its_least_id() -> None:
    """Four that stand on each other are one; nothing is cut."""
    acyclic = break_cycles(_ring(0.9, 0.1, 0.9, 0.9), _ring(0.9, 0.1, 0.9, 0.9))
    assert set(acyclic.representative.values()) == {"n0"}
    assert acyclic.cut == frozenset()


def test_a_large_circle_is_cut_at_its_weakest_relation() -> None:
    """Five in a circle are five again, without the weakest relation and no other."""
    ring = _ring(0.9, 0.8, 0.1, 0.8, 0.9)
    acyclic = break_cycles(ring, ring)
    assert acyclic.cut == {("n2", "n3")}
    assert all(node == name for node, name in acyclic.representative.items())


def test_equally_weak_relations_of_a_large_circle_go_together() -> None:
    """No relation is preferred to an equal one by the accident of its id."""
    ring = _ring(0.5, 0.9, 0.5, 0.9, 0.9)
    assert break_cycles(ring, ring).cut == {("n0", "n1"), ("n2", "n3")}


def test_relations_to_nodes_outside_do_not_matter() -> None:
    """Only circles within the chosen nodes are circles."""
    ring = _ring(0.9, 0.9)
    acyclic = break_cycles(["n0"], ring)
    assert acyclic.representative == {"n0": "n0"}
    assert acyclic.cut == frozenset()
