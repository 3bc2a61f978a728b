"""Every store keeps packs whole and cuts neighbourhoods in one order."""

from __future__ import annotations

import pytest

from graph.errors import ConflictError, InputError, NotFoundError
from graph.model.access import Principal, Role
from graph.model.actions import Risk
from graph.model.digest import library_digest, topology_revision
from graph.model.pack import DomainPack, LoadCounts
from graph.model.topology import RelationType, Subgraph, Visibility
from graph.ports import Store, Transaction
from tests.contracts.remediation_samples import action, policy
from tests.contracts.samples import ANYBODY, NOBODY, NORTH, component, pack, relation, sop


def load(store: Store, loaded: DomainPack) -> LoadCounts:
    """Load a pack in a transaction of its own."""
    return store.write(lambda transaction: transaction.replace_pack(loaded))


def ids(subgraph: Subgraph) -> list[str]:
    """Name the components of a cut without their namespace."""
    return [component.id.partition(":")[2] for component in subgraph.components]


def test_an_empty_store_has_no_packs(store: Store) -> None:
    """A new store lists nothing and knows no pack."""
    assert store.packs() == ()
    with pytest.raises(NotFoundError, match="'medical'"):
        store.pack("medical")


def test_a_pack_comes_back_as_it_was(store: Store) -> None:
    """Every part of a pack survives the store, Chinese text and numbers included."""
    load(store, pack())
    assert store.pack("medical") == pack()


def test_an_equal_revision_is_the_same_object(store: Store) -> None:
    """A pack is read once and then served from memory, until it changes."""
    load(store, pack())
    first = store.pack("medical")
    assert store.pack("medical") is first
    load(store, pack(relations=()))
    assert store.pack("medical").relations == ()


def test_a_pack_comes_back_in_id_order(store: Store) -> None:
    """The order in which a pack was given changes nothing."""
    given = pack(
        (component("z"), component("a")), (relation("z", "a"), relation("a", "z"))
    ).model_copy(update={"sops": (sop("z"), sop("b"))})
    load(store, given)
    back = store.pack("medical")
    assert [c.id for c in back.components] == ["medical:a", "medical:z"]
    assert [r.source for r in back.relations] == ["medical:a", "medical:z"]
    assert [s.id for s in back.sops] == ["medical:b", "medical:z"]


def test_a_pack_brings_its_actions_and_policies(store: Store) -> None:
    """They come back whole, in id order, and leave with a pack that has none."""
    actions, policies = (action("b"), action("a")), (policy("b"), policy("a"))
    load(store, pack().model_copy(update={"actions": actions, "policies": policies}))
    back = store.pack("medical")
    assert back.actions == (action("a"), action("b"))
    assert back.policies == (policy("a"), policy("b"))
    assert load(store, pack()).removed == 4
    assert store.pack("medical") == pack()


def test_a_changed_catalogue_is_written_and_leaves_the_topology(store: Store) -> None:
    """A riskier action or a stricter rule is stored and shows in the content digest alone."""
    given = pack().model_copy(update={"actions": (action(),), "policies": (policy(),)})
    load(store, given)
    (before,) = store.packs()
    assert before.topology_revision == topology_revision(pack())
    riskier = given.model_copy(update={"actions": (action(risk=Risk.HIGH),)})
    stricter = given.model_copy(update={"policies": (policy(roles=(Role.PLATFORM_OWNER,)),)})
    for changed in (riskier, stricter):
        load(store, given)
        counts = load(store, changed)
        assert (counts.added, counts.changed, counts.removed) == (0, 1, 0)
        assert store.pack("medical") == changed
        (after,) = store.packs()
        assert after.content_digest != before.content_digest
        assert after == before.model_copy(update={"content_digest": after.content_digest})


def test_a_changed_setting_is_one_change(store: Store) -> None:
    """It stands in no row of its own, and still is told and kept."""
    load(store, pack())
    settings = pack().settings.model_copy(update={"watching_after_s": 7})
    counts = load(store, pack().model_copy(update={"settings": settings}))
    assert (counts.added, counts.changed, counts.removed) == (0, 1, 0)
    assert store.pack("medical").settings.watching_after_s == 7


def test_a_header_counts_and_digests(store: Store) -> None:
    """The header tells revision, library and sizes without reading the pack."""
    load(store, pack())
    (header,) = store.packs()
    assert header.id == "medical"
    assert header.topology_revision == topology_revision(store.pack("medical"))
    assert header.library_digest == library_digest(store.pack("medical"))
    assert (header.components, header.relations) == (3, 2)


def test_loading_twice_changes_nothing(store: Store) -> None:
    """The second load of a pack counts everything as unchanged."""
    first = load(store, pack())
    second = load(store, pack())
    assert first == LoadCounts(added=first.added)
    assert second == LoadCounts(unchanged=first.added)


def test_a_changed_pack_writes_only_what_differs(store: Store) -> None:
    """One stronger relation, one component less, one more: three rows."""
    load(store, pack())
    changed = pack(
        (component("db"), component("exam"), component("cache")),
        (relation("exam", "db", strength=0.9),),
    )
    counts = load(store, changed)
    assert (counts.added, counts.changed, counts.removed) == (1, 1, 2)
    assert store.pack("medical") == changed.model_copy(
        update={"components": (component("cache"), component("db"), component("exam"))}
    )


def test_a_change_outside_the_topology_keeps_the_revision(store: Store) -> None:
    """A new SOP is loaded, but the topology revision stands."""
    load(store, pack())
    before = store.packs()[0].topology_revision
    counts = load(store, pack().model_copy(update={"sops": (sop(), sop("two"))}))
    assert (counts.added, counts.changed) == (1, 0)
    assert store.packs()[0].topology_revision == before
    assert len(store.pack("medical").sops) == 2


def test_two_packs_stand_side_by_side(store: Store) -> None:
    """Packs are listed by id, and replacing one leaves the other."""
    load(store, pack())
    other = pack((), (), id="cloud")
    load(store, other)
    assert [header.id for header in store.packs()] == ["cloud", "medical"]
    load(store, pack((), ()))
    assert store.pack("cloud") == other


def test_a_component_id_belongs_to_one_pack(store: Store) -> None:
    """A second pack cannot take over a component; nothing of it is loaded."""
    load(store, pack())
    with pytest.raises(ConflictError):
        load(store, pack((component("db"),), (), id="thief"))
    assert [header.id for header in store.packs()] == ["medical"]


def test_a_dangling_relation_is_refused_whole(store: Store) -> None:
    """A relation to nothing names itself, and the old pack stays."""
    load(store, pack())
    with pytest.raises(InputError, match="'medical:nowhere'"):
        load(store, pack((component("a"),), (relation("a", "nowhere"),)))
    assert store.pack("medical") == pack()


def test_a_component_is_found_by_id(store: Store) -> None:
    """One component comes back whole; an unknown one is not found."""
    load(store, pack())
    assert store.component(ANYBODY, "medical:exam") == component("exam")
    with pytest.raises(NotFoundError, match="'medical:none'"):
        store.component(ANYBODY, "medical:none")


def test_a_component_of_another_site_is_not_found(store: Store) -> None:
    """Only `site` visibility hides, and only from those without the site."""
    hidden = component("hidden", site="south", visibility=Visibility.SITE)
    own = component("own", site="north", visibility=Visibility.SITE)
    lost = component("lost", visibility=Visibility.SITE)
    public = component("public", site="south")
    load(store, pack((hidden, lost, own, public), ()))
    assert store.component(ANYBODY, hidden.id) == hidden
    assert store.component(NORTH, own.id) == own
    assert store.component(NOBODY, public.id) == public
    for principal, unseen in ((NORTH, hidden), (NORTH, lost), (NOBODY, own)):
        with pytest.raises(NotFoundError):
            store.component(principal, unseen.id)


@pytest.mark.parametrize("sites", [None, frozenset(), frozenset({"north"}), frozenset("ns")])
def test_the_store_shows_what_the_principal_may_see(
    store: Store, sites: frozenset[str] | None
) -> None:
    """The queries and `Principal.may_see` are one rule, for one component and for a cut."""
    principal = Principal(name="li", sites=sites)
    all_ = [
        component(f"{visibility}-{site}".lower(), site=site, visibility=visibility)
        for visibility in Visibility
        for site in (None, "north", "south", "n")
    ]
    hub = component("hub")
    load(store, pack((hub, *all_), tuple(relation("hub", c.id[8:]) for c in all_)))
    visible = {c.id for c in all_ if principal.may_see(site=c.site, visibility=c.visibility)}
    cut = store.neighbourhood(principal, [hub.id], hops=1)
    assert {c.id for c in cut.components} == visible | {hub.id}
    for one in all_:
        if one.id in visible:
            assert store.component(principal, one.id) == one
        else:
            with pytest.raises(NotFoundError):
                store.component(principal, one.id)


CHAIN = (component("a"), component("b"), component("c"), component("d"))
CHAIN_RELATIONS = (relation("a", "b"), relation("c", "b"), relation("c", "d", RelationType.CALLS))


@pytest.mark.parametrize(
    ("hops", "expected"), [(0, ["a"]), (1, ["a", "b"]), (2, ["a", "b", "c"]), (5, list("abcd"))]
)
def test_a_neighbourhood_walks_both_ways(store: Store, hops: int, expected: list[str]) -> None:
    """Hops ignore the direction of relations."""
    load(store, pack(CHAIN, CHAIN_RELATIONS))
    cut = store.neighbourhood(ANYBODY, ["medical:a"], hops=hops)
    assert ids(cut) == expected
    assert cut.topology_revision == store.packs()[0].topology_revision


def test_a_neighbourhood_holds_the_relations_among_its_components(store: Store) -> None:
    """Relations stand in (source, type, target) order; those that lead out are cut."""
    load(store, pack(CHAIN, (*CHAIN_RELATIONS, relation("a", "b", RelationType.CALLS))))
    cut = store.neighbourhood(ANYBODY, ["medical:b"], hops=1)
    found = [(r.source[-1], r.type.value, r.target[-1]) for r in cut.relations]
    assert found == [("a", "CALLS", "b"), ("a", "DEPENDS_ON", "b"), ("c", "DEPENDS_ON", "b")]


def test_a_neighbourhood_follows_the_wanted_types_only(store: Store) -> None:
    """Other relations are neither walked nor returned."""
    load(store, pack(CHAIN, CHAIN_RELATIONS))
    only = frozenset({RelationType.CALLS})
    cut = store.neighbourhood(ANYBODY, ["medical:c"], hops=5, types=only)
    assert ids(cut) == ["c", "d"]
    assert [r.type for r in cut.relations] == [RelationType.CALLS]


def test_a_neighbourhood_is_that_of_the_pack_as_it_is_now(store: Store) -> None:
    """What was looked at before the pack changed is neither walked through nor returned."""
    load(store, pack(CHAIN, CHAIN_RELATIONS))
    before = store.neighbourhood(ANYBODY, ["medical:a"], hops=5)
    assert store.neighbourhood(ANYBODY, ["medical:a"], hops=5) == before
    load(store, pack(CHAIN[:3], (relation("a", "c"),)))
    after = store.neighbourhood(ANYBODY, ["medical:a"], hops=5)
    assert ids(after) == ["a", "c"]
    assert after.topology_revision == store.packs()[0].topology_revision
    assert [(r.source, r.target) for r in after.relations] == [("medical:a", "medical:c")]
    with pytest.raises(NotFoundError):
        store.neighbourhood(ANYBODY, ["medical:d"], hops=5)


def test_a_limit_keeps_the_nearest_first(store: Store) -> None:
    """Of equal distance the lesser id stays."""
    load(store, pack(CHAIN, CHAIN_RELATIONS))
    assert ids(store.neighbourhood(ANYBODY, ["medical:b"], hops=5, limit=2)) == ["a", "b"]
    assert ids(store.neighbourhood(ANYBODY, ["medical:d"], hops=5, limit=3)) == ["b", "c", "d"]


@pytest.mark.parametrize("site", ["south", None])
def test_a_neighbourhood_does_not_walk_through_what_is_hidden(
    store: Store, site: str | None
) -> None:
    """What lies behind an unseen component stays unseen from there."""
    hidden = component("b", site=site, visibility=Visibility.SITE)
    load(store, pack((CHAIN[0], hidden, *CHAIN[2:]), CHAIN_RELATIONS))
    assert ids(store.neighbourhood(NORTH, ["medical:a"], hops=5)) == ["a"]
    assert ids(store.neighbourhood(NOBODY, ["medical:a"], hops=5)) == ["a"]
    assert ids(store.neighbourhood(ANYBODY, ["medical:a"], hops=5)) == list("abcd")
    with pytest.raises(NotFoundError):
        store.neighbourhood(NORTH, ["medical:b"], hops=1)


def test_no_ids_have_no_neighbourhood(store: Store) -> None:
    """Nothing round nothing is an answer, not an error."""
    cut = store.neighbourhood(ANYBODY, [], hops=3)
    assert (cut.components, cut.relations) == ((), ())


def test_bad_neighbourhoods_are_refused(store: Store) -> None:
    """Unknown ids, several packs and hops out of range say so."""
    load(store, pack())
    other = component("x").model_copy(update={"id": "cloud:x"})
    load(store, pack((other,), (), id="cloud"))
    with pytest.raises(NotFoundError, match="'medical:none'"):
        store.neighbourhood(ANYBODY, ["medical:exam", "medical:none"], hops=1)
    with pytest.raises(InputError, match="several packs"):
        store.neighbourhood(ANYBODY, ["medical:exam", "cloud:x"], hops=1)
    for hops in (-1, 6):
        with pytest.raises(InputError, match="hops"):
            store.neighbourhood(ANYBODY, ["medical:exam"], hops=hops)
    with pytest.raises(InputError, match="limit"):
        store.neighbourhood(ANYBODY, ["medical:exam"], hops=1, limit=0)


def test_a_transaction_sees_the_pack_that_it_writes(store: Store) -> None:
    """Reads inside a transaction see its writes; after a rollback they are gone."""
    load(store, pack())

    def work(transaction: Transaction) -> None:
        transaction.replace_pack(pack((component("new"),), ()))
        assert [c.id for c in transaction.pack("medical").components] == ["medical:new"]
        raise InputError("no")

    with pytest.raises(InputError):
        store.write(work)
    assert store.pack("medical") == pack()
