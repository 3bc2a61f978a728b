"""Walks on the topology: both ways, in the direction of harm, and in one order."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import InputError
from graph.failure import HARMFUL_TYPES, TRAFFIC_TYPES, FailureGraph
from graph.model.topology import RelationType
from graph.traverse import Edge, TopologyView
from tests.contracts.samples import component, pack, relation

IDS = st.sampled_from("abcdefgh")
EDGES = st.lists(st.tuples(IDS, st.sampled_from(RelationType), IDS), max_size=20, unique=True)


def view(*edges: str) -> TopologyView:
    """Make a view of `a>b` (DEPENDS_ON) and `a CALLS b` edges over their ids."""
    parsed: list[Edge] = []
    for edge in edges:
        source, kind, target = (edge.replace(">", " DEPENDS_ON ")).split()
        parsed.append((source, RelationType(kind), target))
    ids = {end for source, _, target in parsed for end in (source, target)}
    return TopologyView("rev", sorted(ids), parsed)


def test_harm_travels_against_the_arrow() -> None:
    """What depends on the fault is its effect."""
    chain = view("a>b", "b>c")
    assert chain.causes(["a"]) == {"a": 0, "b": 1, "c": 2}
    assert chain.effects(["c"]) == {"c": 0, "b": 1, "a": 2}
    assert chain.effects(["a"]) == {"a": 0}


def test_a_member_harms_its_group() -> None:
    """PART_OF is the one relation along which harm travels with the arrow."""
    group = view("member PART_OF group", "service>group")
    assert group.causes(["service"]) == {"service": 0, "group": 1, "member": 2}
    assert group.effects(["member"]) == {"member": 0, "group": 1, "service": 2}


@pytest.mark.parametrize("kind", ["PRECEDES", "REPLICATES_TO"])
def test_order_and_copies_carry_no_harm(kind: str) -> None:
    """They are neighbours all the same."""
    joined = view(f"a {kind} b")
    assert joined.causes(["a"]) == {"a": 0}
    assert joined.effects(["b"]) == {"b": 0}
    assert joined.neighbourhood(["a"], hops=1) == ("a", "b")


def test_harm_travels_as_the_failure_model_says() -> None:
    """Walks and the weighed failure graph agree on every direct step."""
    kinds = [*sorted(HARMFUL_TYPES | TRAFFIC_TYPES), RelationType.PART_OF, RelationType.PRECEDES]
    ids = "abcdefgh"
    whole = pack(
        tuple(component(id) for id in ids),
        tuple(relation(a, b, k) for (a, b), k in zip(pairwise(ids), kinds, strict=True)),
    )
    edges = [(r.source, r.type, r.target) for r in whole.relations]
    failure, walks = FailureGraph(whole), TopologyView("r", [c.id for c in whole.components], edges)
    for start in (c.id for c in whole.components):
        effects = {id for id, distance in walks.effects([start], hops=1).items() if distance}
        assert effects == {id for id, _ in failure.effects.get(start, ())}


def test_hops_cut_a_walk() -> None:
    """Distance is counted in relations."""
    chain = view("a>b", "b>c", "c>d")
    assert chain.causes(["a"], hops=2) == {"a": 0, "b": 1, "c": 2}
    assert chain.effects(["d"], hops=0) == {"d": 0}


def test_answers_stand_by_distance_then_id() -> None:
    """Several starts count together."""
    star = view("z>m", "z>b", "y>a", "b>q")
    assert list(star.causes(["z", "y"])) == ["y", "z", "a", "b", "m", "q"]
    assert star.neighbourhood(["m"], hops=5) == ("m", "z", "b", "q")


def test_what_is_hidden_is_not_walked_through() -> None:
    """Not even when it is where the walk starts."""
    chain = view("a>b", "b>c")
    assert chain.neighbourhood(["a"], hops=5, hidden={"b"}) == ("a",)
    assert chain.neighbourhood(["b"], hops=5, hidden={"b"}) == ()


@pytest.mark.parametrize(("hops", "limit"), [(-1, 1), (6, 1), (1, 0)])
def test_ranges_are_checked(hops: int, limit: int) -> None:
    """Bad input says so."""
    with pytest.raises(InputError):
        view("a>b").neighbourhood(["a"], hops=hops, limit=limit)


def test_a_view_tells_what_it_holds() -> None:
    """Ids can be asked for and counted."""
    small = view("a>b")
    assert "a" in small
    assert "z" not in small
    assert (len(small), small.revision) == (2, "rev")


@given(EDGES, IDS, st.randoms(use_true_random=False))
def test_the_order_of_relations_changes_nothing(
    edges: list[Edge], start: str, chance: random.Random
) -> None:
    """The same graph given in another order walks the same way."""
    shuffled = list(edges)
    chance.shuffle(shuffled)
    one, other = TopologyView("r", "abcdefgh", edges), TopologyView("r", "hgfedcba", shuffled)
    assert list(one.causes([start]).items()) == list(other.causes([start]).items())
    assert one.neighbourhood([start], hops=3) == other.neighbourhood([start], hops=3)
    assert list(one.effects([start]).items()) == list(other.effects([start]).items())


@given(EDGES, IDS, IDS)
def test_causes_and_effects_are_two_sides(edges: list[Edge], one: str, other: str) -> None:
    """If a walk up reaches, the walk down comes back as far."""
    net = TopologyView("r", "abcdefgh", edges)
    distance = net.effects([one]).get(other)
    assert net.causes([other]).get(one) == distance


@given(EDGES, st.sets(IDS), st.none() | st.frozensets(st.sampled_from(RelationType)))
def test_relations_among_ids_are_those_with_both_ends_in(
    edges: list[Edge], ids: set[str], types: frozenset[RelationType] | None
) -> None:
    """Whatever the graph, the ids and the types: none is lost, none twice, and all in order."""
    expected = sorted(
        (source, kind, target)
        for source, kind, target in edges
        if {source, target} <= ids and (types is None or kind in types)
    )
    assert TopologyView("r", "abcdefgh", edges).edges_among(ids, types) == expected
