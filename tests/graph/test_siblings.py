"""Relations told from siblings: what enough of them have, nothing else, and never as certain."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.failure import FailureGraph
from graph.model.pack import DomainPack
from graph.model.topology import Component, Relation, RelationType, Scalar
from graph.siblings import Kinship, proposals, proposed_relations
from tests.small_pack import small_pack, text

R = RelationType


def _component(slug: str, kind: str = "container", **attributes: Scalar) -> Component:
    return Component(id=f"small:{slug}", kind=kind, name=text(slug), attributes=dict(attributes))


def _relation(source: str, kind: RelationType, target: str, strength: float = 0.4) -> Relation:
    return Relation(
        source=f"small:{source}", type=kind, target=f"small:{target}", strength=strength
    )


def _pack(components: list[Component], relations: list[Relation]) -> DomainPack:
    return small_pack().model_copy(
        update={"components": tuple(components), "relations": tuple(relations), "flows": ()}
    )


def _pods(
    having: int, *, of: int = 4, needed: int = 2, on: RelationType = R.DEPENDS_ON
) -> DomainPack:
    """Make a group of pods of which so many stand on the cache."""
    parts = [_component("api", "service", min_healthy=needed), _component("cache", "cache")]
    parts += [_component(f"pod-{n}") for n in range(of)]
    relations = [_relation(f"pod-{n}", R.PART_OF, "api") for n in range(of)]
    relations += [_relation(f"pod-{n}", on, "cache") for n in range(having)]
    return _pack(parts, relations)


def _ends(pack: DomainPack) -> list[tuple[str, str]]:
    return [(r.source, r.target) for r in proposed_relations(pack)]


def test_the_replica_that_lacks_what_the_others_stand_on_is_given_it() -> None:
    """Three of four pods use the cache: the fourth probably does, three to one."""
    (found,) = proposed_relations(_pods(3))
    assert (found.source, found.type, found.target) == ("small:pod-3", R.DEPENDS_ON, "small:cache")
    assert found.strength == pytest.approx(0.4)
    assert found.confidence == pytest.approx(3 / 4)
    assert found.discovered_from == "siblings"


def test_a_proposal_says_whose_word_it_is() -> None:
    """Which siblings have it, of how many, and how they are siblings."""
    (found,) = proposals(_pods(3))
    assert found.kinship is Kinship.REPLICAS
    assert found.witnesses == ("small:pod-0", "small:pod-1", "small:pod-2")
    assert found.siblings == 3


def test_what_somebody_looked_for_in_vain_is_not_proposed_again() -> None:
    """Written with a confidence of 0 it is settled: no proposal, no way for harm, no witness."""
    pack = _pods(3)
    looked = _relation("pod-3", R.DEPENDS_ON, "cache").model_copy(update={"confidence": 0.0})
    settled = pack.model_copy(update={"relations": (*pack.relations, looked)})
    assert proposed_relations(settled) == ()
    assert "small:cache" not in dict(FailureGraph(settled).causes.get("small:pod-3", ()))
    ends = {"small:pod-0", "small:pod-3"}
    two = [
        r.model_copy(update={"confidence": 0.0}) if r.source in ends else r
        for r in settled.relations
        if r.type is not R.PART_OF
    ]
    groups = [r for r in settled.relations if r.type is R.PART_OF]
    doubted = settled.model_copy(update={"relations": (*two, *groups)})
    assert proposed_relations(doubted) == ()


@pytest.mark.parametrize(
    "pack",
    [
        pytest.param(_pods(4), id="nothing is missing"),
        pytest.param(_pods(1), id="one alone may be the exception"),
        pytest.param(_pods(2, of=5), id="most do not have it"),
        pytest.param(_pods(3, on=R.RUNS_ON), id="where a replica runs is its own"),
        pytest.param(_pods(3, needed=4), id="parts that are all needed are no replicas"),
    ],
)
def test_nothing_is_proposed_without_siblings_that_say_so(pack: DomainPack) -> None:
    """Each of these packs is as complete as it looks."""
    assert _ends(pack) == []


def _regions(without: tuple[str, str] | None = None) -> DomainPack:
    """Make four regions of three client groups; each region has its node, and its own line each."""
    parts, relations = [], []
    for region in "abcd":
        parts.append(_component(f"node-{region}", "cdn_node"))
        for n in range(3):
            client = f"client-{region}{n}"
            parts += [_component(client, "client_group", region=region)]
            parts += [_component(f"line-{region}{n}", "carrier_line")]
            relations.append(_relation(client, R.DEPENDS_ON, f"line-{region}{n}"))
            relations.append(_relation(client, R.ROUTES_TO, f"node-{region}"))
    gone = without and tuple(f"small:{end}" for end in without)
    return _pack(parts, [r for r in relations if (r.source, r.target) != gone])


def test_components_alike_in_place_and_company_are_siblings() -> None:
    """The third client of a region stands on the region's node as the other two; nobody else's."""
    assert _ends(_regions(("client-b1", "node-b"))) == [("small:client-b1", "small:node-b")]


@pytest.mark.parametrize("without", [None, ("client-b1", "line-b1")])
def test_what_is_one_components_own_is_never_proposed(without: tuple[str, str] | None) -> None:
    """A line of one client group says nothing about the others', and a lost one stays lost."""
    assert _ends(_regions(without)) == []


def test_what_nearly_all_of_a_kind_stand_on_is_proposed() -> None:
    """Eleven of twelve nodes ask the same name service; they have nothing else in common."""
    parts = [_component("dns", "dns"), *(_component(f"o-{n}", "origin") for n in range(12))]
    parts += [_component(f"node-{n}", "cdn_node") for n in range(12)]
    relations = [_relation(f"node-{n}", R.DEPENDS_ON, f"o-{n}") for n in range(12)]
    relations += [_relation(f"node-{n}", R.DEPENDS_ON, "dns") for n in range(11)]
    assert _ends(_pack(parts, relations)) == [("small:node-11", "small:dns")]
    assert _ends(_pack(parts, relations[:-3])) == []


@settings(max_examples=25)
@given(
    st.randoms(use_true_random=False),
    st.sampled_from([_pods(3), _regions(("client-c2", "node-c"))]),
)
def test_the_order_of_the_pack_is_of_no_account(random: Random, pack: DomainPack) -> None:
    """Components and relations in any order: the same proposals."""
    mixed = pack.model_copy(
        update={
            "components": tuple(random.sample(pack.components, len(pack.components))),
            "relations": tuple(random.sample(pack.relations, len(pack.relations))),
        }
    )
    assert proposed_relations(mixed) == proposed_relations(pack)


def test_an_irrelevant_component_changes_no_proposal() -> None:
    """A bystander of another kind, and one of the same kind that stands on nothing."""
    pack = _regions(("client-b1", "node-b"))
    more = (*pack.components, _component("queue", "queue"), _component("idle", "client_group"))
    assert _ends(pack.model_copy(update={"components": more})) == _ends(pack)


def test_a_proposal_carries_failure_with_its_doubt_and_harms_no_group_by_itself() -> None:
    """The lone pod is harmed through the proposed relation; the group's shared harm is as known."""
    known, torn = FailureGraph(_pods(4)), FailureGraph(_pods(3))
    assert dict(torn.causes["small:pod-3"]) == {"small:cache": pytest.approx(0.4 * 0.75)}
    assert torn.doubts == {("small:pod-3", "small:cache"): pytest.approx(0.75)}
    assert known.doubts == {}
    assert dict(torn.causes["small:api"]) == pytest.approx(dict(known.causes["small:api"]))


def test_a_view_stands_on_what_it_shows_and_passes_its_callers_on() -> None:
    """A client twin of the database: errors come through it, and so does missing traffic."""
    parts = [_component("api", "service"), _component("db", "database")]
    twin = _component("db-remote", "database", view_of="db")
    calls = [_relation("api", R.CALLS, "db-remote", 0.9)]
    graph = FailureGraph(_pack([*parts, twin], calls))
    assert graph.views == {"small:db-remote": "small:db"}
    assert dict(graph.possible_causes("small:api", 2, 0.1))["small:db"] == pytest.approx(0.9 * 0.95)
    assert dict(graph.callers["small:db"]) == {"small:db-remote": 0.95}
    assert FailureGraph(_pack([*parts, _component("odd", view_of="nobody")], calls[:0])).views == {}
