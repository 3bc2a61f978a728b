"""What must not matter: bystanders, repeats, names, the order in which a pack was written."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.model.diagnosis import Diagnosis, HypothesisKind
from graph.model.digest import diagnosis_digest
from graph.model.pack import DomainPack
from graph.model.topology import Component, Relation, RelationType
from tests.bench_room import BenchRoom
from tests.payloads import alert
from tests.small_pack import PACK, after, small_pack, text

Storm = Callable[[BenchRoom], None]


def _cdn_storm(room: BenchRoom) -> None:
    """Four clients of cdn-a fail; monitoring is heard throughout."""
    room.beat(after(-60))
    room.storm()
    room.beat(after(600))


def _exam_storm(room: BenchRoom) -> None:
    """The exam database complains, and the service on it."""
    room.beat(after(-60))
    room.send(alert("DbConnectionPoolExhausted", at=after(0), service="exam-db"), at=after(60))
    room.send(alert("HighErrorRate", at=after(20), service="exam-api"), at=after(80))
    room.beat(after(600))


STORMS = pytest.mark.parametrize("storm", [_cdn_storm, _exam_storm])


def _diagnose(pack: DomainPack, storm: Storm) -> Diagnosis:
    room = BenchRoom(pack)
    storm(room)
    return room.diagnose()


def _ranking(diagnosis: Diagnosis) -> list[tuple[HypothesisKind, str | None, float]]:
    return [(h.kind, h.component_id, round(h.posterior, 9)) for h in diagnosis.hypotheses]


def _component(slug: str, kind: str) -> Component:
    return Component(id=f"{PACK}:{slug}", kind=kind, name=text(slug))


def _with(*components: Component, relations: tuple[Relation, ...] = ()) -> DomainPack:
    pack = small_pack()
    return pack.model_copy(
        update={
            "components": tuple(sorted((*pack.components, *components), key=lambda c: c.id)),
            "relations": (*pack.relations, *relations),
        }
    )


@STORMS
@pytest.mark.parametrize("kind", ["cdn_node", "database", "origin"])
def test_a_bystander_changes_nothing(storm: Storm, kind: str) -> None:
    """A component that nothing connects to the storm is not even considered."""
    plain = _diagnose(small_pack(), storm)
    more = _diagnose(_with(_component("a-bystander", kind)), storm)
    assert more.hypotheses == plain.hypotheses
    assert more.engine.components_considered == plain.engine.components_considered


@STORMS
def test_a_calm_bystander_at_the_edge_speaks_only_against_the_outside(storm: Storm) -> None:
    """One more client group that could have spoken and did not: the outside loses to the top."""
    plain = {(h.kind, h.component_id): h for h in _diagnose(small_pack(), storm).hypotheses}
    more = _diagnose(_with(_component("a-bystander", "client_group")), storm)
    for hypothesis in more.hypotheses:
        before = plain[hypothesis.kind, hypothesis.component_id].posterior
        if hypothesis.kind is HypothesisKind.EXTERNAL:
            assert hypothesis.posterior <= before
        elif hypothesis.rank == 1:
            assert hypothesis.posterior >= before - 1e-9


@STORMS
def test_an_unconnected_neighbourhood_changes_nothing(storm: Storm) -> None:
    """A second platform beside the first, with its own relations, is no part of the answer."""
    island = (_component("island-api", "service"), _component("island-db", "database"))
    bridge = Relation(
        source=f"{PACK}:island-api",
        type=RelationType.CALLS,
        target=f"{PACK}:island-db",
        strength=0.9,
    )
    more = _diagnose(_with(*island, relations=(bridge,)), storm)
    assert more.hypotheses == _diagnose(small_pack(), storm).hypotheses


@STORMS
def test_a_relation_that_carries_no_failure_changes_nothing(storm: Storm) -> None:
    """Replication and the order of steps harm nobody."""
    idle = tuple(
        Relation(source=f"{PACK}:cdn-a", type=t, target=f"{PACK}:exam-db", strength=0.9)
        for t in (RelationType.REPLICATES_TO, RelationType.PRECEDES)
    )
    assert (
        _diagnose(_with(relations=idle), storm).hypotheses
        == _diagnose(small_pack(), storm).hypotheses
    )


@settings(max_examples=12)
@given(st.randoms(use_true_random=False), st.sampled_from([_cdn_storm, _exam_storm]))
def test_the_order_in_which_a_pack_is_written_is_of_no_account(
    random: Random, storm: Storm
) -> None:
    """Components, relations, alert types, modes in any order: the same digest."""
    pack = small_pack()

    def mixed(items: tuple[object, ...]) -> tuple[object, ...]:
        kept = list(items)
        random.shuffle(kept)
        return tuple(kept)

    library = pack.library.model_copy(
        update={
            "alert_types": mixed(pack.library.alert_types),
            "modes": mixed(pack.library.modes),
        }
    )
    shuffled = pack.model_copy(
        update={
            "components": mixed(pack.components),
            "relations": mixed(pack.relations),
            "library": library,
        }
    )
    assert diagnosis_digest(_diagnose(shuffled, storm)) == diagnosis_digest(_diagnose(pack, storm))


def _renamed(pack: DomainPack, names: dict[str, str]) -> DomainPack:
    """Give components other ids; the old slug stays as an alias, so that labels still fit."""
    components = [
        c.model_copy(update={"id": names[c.id], "aliases": (*c.aliases, c.id.partition(":")[2])})
        for c in pack.components
    ]
    relations = [
        r.model_copy(update={"source": names[r.source], "target": names[r.target]})
        for r in pack.relations
    ]
    flows = [
        f.model_copy(
            update={
                "steps": tuple(
                    s.model_copy(
                        update={
                            "uses": tuple(
                                u.model_copy(update={"component_id": names[u.component_id]})
                                for u in s.uses
                            )
                        }
                    )
                    for s in f.steps
                )
            }
        )
        for f in pack.flows
    ]
    return pack.model_copy(
        update={
            "components": tuple(sorted(components, key=lambda c: c.id)),
            "relations": tuple(relations),
            "flows": tuple(flows),
        }
    )


@settings(max_examples=12)
@given(
    st.permutations([c.id for c in small_pack().components]),
    st.sampled_from([_cdn_storm, _exam_storm]),
)
def test_names_are_of_no_account(order: list[str], storm: Storm) -> None:
    """With every id renamed, each cause keeps its probability and its weights."""
    names = {old: f"{PACK}:x{index:02}" for index, old in enumerate(order)}
    plain = _diagnose(small_pack(), storm)
    renamed = _diagnose(_renamed(small_pack(), names), storm)

    def told(diagnosis: Diagnosis, new: dict[str, str]) -> dict[str, float]:
        return {
            new.get(h.component_id or "", h.component_id or h.kind): h.posterior
            for h in diagnosis.hypotheses
        }

    expected = told(plain, names)
    assert told(renamed, {}) == pytest.approx(expected, abs=1e-9)
    assert [i.probability_degraded for i in renamed.impact] == pytest.approx(
        [i.probability_degraded for i in plain.impact]
    )


@STORMS
def test_a_repeated_payload_changes_nothing_at_all(storm: Storm) -> None:
    """Alertmanager repeats itself: the digest stays, and so does the revision."""
    once, twice = BenchRoom(), BenchRoom()
    storm(once)
    storm(twice)
    storm(twice)
    assert diagnosis_digest(once.diagnose()) == diagnosis_digest(twice.diagnose())


def test_a_second_alert_of_the_same_rule_on_the_same_component_adds_no_weight() -> None:
    """Twenty instances of one rule on one component are one channel: no twenty-fold proof."""
    room = BenchRoom()
    _cdn_storm(room)
    plain = room.diagnose()
    more = [
        alert("PlaybackFailureHigh", at=after(5), service="client-r1-mobile", player=str(n))
        for n in range(20)
    ]
    room.send(*more, at=after(600))
    again = room.diagnose()
    assert _ranking(again) == _ranking(plain)
    assert again.as_of.alerts_included == plain.as_of.alerts_included + 20


def test_an_unrelated_alert_elsewhere_leaves_the_storm_alone() -> None:
    """Noise that found its component but no incident is no evidence of this one."""
    room = BenchRoom()
    _cdn_storm(room)
    plain = room.diagnose()
    room.send(alert("HighErrorRate", at=after(30), service="report-api"), at=after(600))
    assert _ranking(room.diagnose()) == _ranking(plain)


def test_one_more_failing_client_strengthens_the_node_they_share() -> None:
    """What should change does: each client that fails speaks for cdn-a against no fault."""
    odds = []
    for clients in (2, 3, 4):
        room = BenchRoom()
        room.beat(after(-60))
        room.storm(clients=clients)
        room.beat(after(600))
        by_id = {h.component_id or h.kind: h.posterior for h in room.diagnose().hypotheses}
        odds.append(by_id["small:cdn-a"] / max(by_id["healthy"], 1e-300))
    assert odds == sorted(odds)
    assert odds[0] < odds[1] < odds[2]
