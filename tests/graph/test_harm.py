"""Harm walks on the small platform and on random ones: what is reached, and what stands alone."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import InputError
from graph.harm import MAX_HOPS, HarmWalks, Way
from graph.model.pack import DomainPack
from graph.model.topology import Component, Relation, RelationType
from tests.small_pack import PACK, small_pack, text

_KINDS = (RelationType.DEPENDS_ON, RelationType.CALLS, RelationType.REPLICATES_TO)


def _id(slug: str) -> str:
    return f"{PACK}:{slug}"


def _slugs(ids: object) -> list[str]:
    assert isinstance(ids, dict)
    return [i.partition(":")[2] for i in ids]


@pytest.fixture(scope="module")
def walks() -> HarmWalks:
    """Walk on the small platform."""
    return HarmWalks(small_pack())


@st.composite
def _packs(draw: st.DrawFn) -> DomainPack:
    """Draw up to seven components with any relations between them."""
    count = draw(st.integers(2, 7))
    ids = [f"{PACK}:c{n}" for n in range(count)]
    pairs = [(a, b) for a in ids for b in ids if a != b]
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=14))
    relations = [
        Relation(
            source=source,
            type=draw(st.sampled_from(_KINDS)),
            target=target,
            strength=draw(st.sampled_from((0.1, 0.3, 0.5, 0.8, 0.9, 1.0))),
        )
        for source, target in sorted(chosen)
    ]
    components = tuple(Component(id=i, kind="service", name=text(i)) for i in ids)
    made = {"components": components, "relations": tuple(relations), "flows": (), "regions": ()}
    return small_pack().model_copy(update=made)


def _odds(pack: DomainPack, path: tuple[str, ...]) -> float:
    best = {
        (r.target, r.source): r.strength
        for r in pack.relations
        if r.type is not RelationType.REPLICATES_TO
    }
    return math.prod(best.get(pair, 0.0) for pair in itertools.pairwise(path))


def test_up_and_down_are_two_ways(walks: HarmWalks) -> None:
    """A node stands on the origin and carries clients; both together never turn on the way."""
    up = walks.around(_id("cdn-a"), hops=2, way=Way.UP)
    down = walks.around(_id("cdn-a"), hops=2, way=Way.DOWN)
    both = walks.around(_id("cdn-a"), hops=2, way=Way.BOTH)

    assert _slugs(up.distance) == ["cdn-a", "origin"]
    clients = [f"client-r{r}-{c}" for r in (1, 2) for c in ("mobile", "telecom")]
    assert _slugs(down.distance) == ["cdn-a", *clients]
    assert set(both.distance) == set(up.distance) | set(down.distance)
    assert _id("cdn-b") not in both.distance


def test_a_limit_keeps_the_nearest_and_tells_the_rest(walks: HarmWalks) -> None:
    """What does not fit is counted."""
    reach = walks.around(_id("origin"), hops=2, way=Way.DOWN, limit=3)

    assert _slugs(reach.distance) == ["origin", "cdn-a", "cdn-b"]
    assert reach.found == 9


def test_hidden_is_not_walked_through(walks: HarmWalks) -> None:
    """Who may not see the node sees nothing that is reached only through it."""
    reach = walks.around(_id("origin"), hops=3, way=Way.DOWN, hidden={_id("cdn-a")})

    assert not any("r1" in i or "r2" in i for i in reach.distance)
    assert walks.likeliest_path(_id("origin"), _id("cdn-a"), hidden={_id("cdn-a")}) is None


def test_spared_members_fold_into_their_group(walks: HarmWalks) -> None:
    """Two of three pods must live: one box stands for them, and says how many it folds."""
    whole = walks.around(_id("exam-api"), hops=1, way=Way.UP)
    folded = walks.around(_id("exam-api"), hops=1, way=Way.UP, members=False)

    assert len(whole.distance) == 5
    assert _slugs(folded.distance) == ["exam-api", "exam-db"]
    assert folded.folded == 3
    start = walks.around(_id("exam-pod-1"), hops=1, way=Way.DOWN, members=False)
    assert _slugs(start.distance) == ["exam-pod-1", "exam-api"]


@pytest.mark.parametrize(("hops", "limit"), [(0, 5), (MAX_HOPS + 1, 5), (1, 0), (1, 151)])
def test_bounds_are_kept(walks: HarmWalks, hops: int, limit: int) -> None:
    """Hops and limits out of range are refused by name."""
    with pytest.raises(InputError, match="must lie in"):
        walks.around(_id("origin"), hops=hops, way=Way.BOTH, limit=limit)


def test_the_database_is_a_single_point_and_pods_are_not(walks: HarmWalks) -> None:
    """The exam breaks with its database; a pod is spared, and so is the group of them."""
    points = walks.single_points

    assert {point.step_id for point in points[_id("exam-db")]} == {_id("exam")}
    assert points[_id("exam-db")][0].probability == pytest.approx(0.81)
    assert _id("exam-pod-1") not in points
    assert _id("exam-api") not in points
    assert _id("origin") not in points


@given(_packs(), st.integers(1, MAX_HOPS), st.sampled_from(Way))
def test_every_reached_component_is_on_a_way_of_its_length(
    pack: DomainPack, hops: int, way: Way
) -> None:
    """A distance is that of a shortest walk in one direction; order is total and repeatable."""
    walks = HarmWalks(pack)
    start = pack.components[0].id
    reach = walks.around(start, hops=hops, way=way)

    assert list(reach.distance.values()) == sorted(reach.distance.values())
    assert reach == HarmWalks(pack).around(start, hops=hops, way=way)
    steps = {(r.source, r.target) for r in pack.relations if r.type is not _KINDS[2]}
    for found, distance in reach.distance.items():
        ups = _distance(steps, start, found)
        downs = _distance({(b, a) for a, b in steps}, start, found)
        wanted = {Way.UP: [ups], Way.DOWN: [downs], Way.BOTH: [ups, downs]}[way]
        assert distance == min(wanted)


@given(_packs())
def test_no_way_is_likelier_than_the_likeliest(pack: DomainPack) -> None:
    """Against every simple way there is: the product of strengths is the largest."""
    cause, effect = pack.components[0].id, pack.components[-1].id
    ids = [c.id for c in pack.components[1:-1]]
    ways = [
        (cause, *middle, effect)
        for n in range(len(ids) + 1)
        for middle in itertools.permutations(ids, n)
    ]
    best = max(_odds(pack, path) for path in ways)
    found = HarmWalks(pack).likeliest_path(cause, effect)

    if best == 0:
        assert found is None
    else:
        assert found is not None
        assert math.prod(step.probability for step in found) == pytest.approx(best)
        assert (found[0].component_id, found[-1].component_id) == (cause, effect)


def _distance(steps: set[tuple[str, str]], start: str, end: str) -> float:
    seen, level, distance = {start}, {start}, 0
    while level:
        if end in level:
            return distance
        level = {b for a, b in steps if a in level} - seen
        seen |= level
        distance += 1
    return math.inf
