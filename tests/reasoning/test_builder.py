"""The network of an incident: always well-formed; groups, circles, silence, the outside."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.model.library import Direction
from graph.model.pack import DomainPack
from graph.model.signals import AlertRecord
from graph.model.topology import Relation, RelationType
from reasoning import parameters
from reasoning.network.causal_model import EXTERNAL
from reasoning.network.reading import Reading
from tests.reasoning.evidence_room import beat, changed, evidence, fired, read
from tests.small_pack import PACK, after, small_pack

SLUGS = [c.id.partition(":")[2] for c in small_pack().components]
GROUPS = ("exam-api", "report-api")
NAMES = (
    "CdnNodeDown",
    "DbConnectionPoolExhausted",
    "HighErrorRate",
    "NoRequestsReceived",
    "OriginTrafficDrop",
    "PlaybackFailureHigh",
    "Odd",
)


def _relation(source: str, kind: RelationType, target: str, strength: float = 0.9) -> Relation:
    return Relation(
        source=f"{PACK}:{source}", type=kind, target=f"{PACK}:{target}", strength=strength
    )


def _related(*relations: Relation) -> DomainPack:
    pack = small_pack()
    return pack.model_copy(update={"relations": (*pack.relations, *relations)})


def _two_groups() -> DomainPack:
    pack = small_pack()
    components = tuple(
        c.model_copy(update={"attributes": {**c.attributes, "min_healthy": 1}})
        if c.id == f"{PACK}:report-api"
        else c
        for c in pack.components
    )
    return pack.model_copy(update={"components": components})


@st.composite
def _storms(draw: st.DrawFn) -> tuple[DomainPack, tuple[AlertRecord, ...]]:
    """Draw any relations, circles and members of two groups at once, and any alerts."""
    pack, slug = _two_groups(), st.sampled_from(SLUGS)
    kinds = st.sampled_from([t for t in RelationType if t is not RelationType.PART_OF])
    strengths = st.sampled_from([0.1, 0.3, 0.5, 0.9, 1.0])
    drawn = draw(st.lists(st.tuples(slug, kinds, slug, strengths), max_size=14))
    relations = [_relation(*parts) for parts in drawn]
    members = draw(st.lists(st.tuples(slug, st.sampled_from(GROUPS)), max_size=8))
    relations += [_relation(m, RelationType.PART_OF, g) for m, g in members if m not in GROUPS]
    pairs = st.tuples(st.sampled_from(NAMES), slug)
    spoke = draw(st.lists(pairs, min_size=1, max_size=6, unique=True))
    alerts = tuple(fired(name, component) for name, component in spoke)
    return pack.model_copy(update={"relations": tuple(relations)}), alerts


@settings(max_examples=150)
@given(_storms(), st.booleans())
def test_any_pack_and_any_alerts_give_a_network_that_can_be_asked(
    storm: tuple[DomainPack, tuple[AlertRecord, ...]], heard: bool
) -> None:
    """No drawn platform breaks the contract; every answer is a probability and they agree."""
    pack, alerts = storm
    reading = read(pack, evidence(*alerts, heartbeats=None if heard else ()))
    for component, born in reading.born.items():
        assert 0.0 <= born <= 1.0 + 1e-9
        assert born <= 1.0 - reading.healthy + 1e-9
        assert reading.degraded(component) >= born - 1e-9
        most = max(p for _, p in reading.modes[component])
        assert most <= born + 1e-9 <= sum(p for _, p in reading.modes[component]) + 2e-9
    assert 0.0 <= reading.outside(EXTERNAL) <= 1.0 - reading.healthy + 1e-9


@settings(max_examples=40)
@given(_storms(), st.randoms(use_true_random=False))
def test_the_network_is_the_same_in_whatever_order_the_pack_was_written(
    storm: tuple[DomainPack, tuple[AlertRecord, ...]], random: Random
) -> None:
    """Relations in any order, alerts in reverse: the same document, byte for byte."""
    pack, alerts = storm
    mixed = pack.model_copy(
        update={"relations": tuple(random.sample(pack.relations, len(pack.relations)))}
    )
    one, other = read(pack, evidence(*alerts)), read(mixed, evidence(*reversed(alerts)))
    assert other.document == one.document
    assert other.born == one.born


def _pods_down(count: int) -> Reading:
    alerts = [fired("Odd", f"exam-pod-{n}") for n in range(1, count + 1)]
    return read(small_pack(), evidence(*alerts, fired("HighErrorRate", "exam-api")))


def test_a_group_of_three_that_needs_two_survives_one() -> None:
    """One member is spare: only with a second complaint do the pods explain the service."""
    one, two = (_pods_down(n) for n in (1, 2))
    pods = ("small:exam-pod-1", "small:exam-pod-2")
    assert "small:exam-api#pods" not in one.model.nodes
    node = two.model.nodes["small:exam-api#pods"]
    assert node["group"] == {"members": list(pods), "min_healthy": 1}
    assert two.born["small:exam-pod-1"] > one.born["small:exam-pod-1"]


def test_members_outside_the_network_count_as_well() -> None:
    """min_healthy of the members inside = needed of all - members outside."""
    three = _pods_down(3).model.nodes["small:exam-api#pods"]["group"]
    assert three == {
        "members": [f"small:exam-pod-{n}" for n in (1, 2, 3)],
        "min_healthy": 2,
    }


def test_components_of_a_circle_fail_together_and_each_keeps_its_faults() -> None:
    """One node for the circle; the database and the service stay two hypotheses."""
    pack = _related(_relation("exam-db", RelationType.CALLS, "exam-api", 0.5))
    storm = (fired("DbConnectionPoolExhausted", "exam-db"), fired("HighErrorRate", "exam-api"))
    reading = read(pack, evidence(*storm))
    name = reading.model.representative
    assert name["small:exam-db"] == name["small:exam-api"] == "small:exam-api"
    assert reading.degraded("small:exam-db") == reading.degraded("small:exam-api")
    assert reading.born["small:exam-db"] > 0.9 > reading.born["small:exam-api"]


def test_the_common_silence_of_many_rules_is_capped() -> None:
    """Three silent rules on one service are one witness, worth at most a factor of twenty."""
    pack = small_pack()
    more = tuple(
        t.model_copy(update={"alertname": f"{t.alertname}{n}", "detection": 0.99})
        for t in pack.library.alert_types
        if t.direction is Direction.DEPENDANT
        for n in range(3)
    )
    library = pack.library.model_copy(update={"alert_types": (*pack.library.alert_types, *more)})
    reading = read(
        pack.model_copy(update={"library": library}),
        evidence(fired("DbConnectionPoolExhausted", "exam-db")),
    )
    ends = [c for c in reading.model.channels if str(c["id"]).endswith("~silence")]
    silent = [c for c in ends if c["node"] != EXTERNAL]
    assert silent
    assert all(c["detection"] == parameters.SILENCE_CAP for c in silent)
    (api,) = [c for c in silent if c["node"] == "small:exam-api"]
    assert api["false_alarm"] == pytest.approx(1.0 - 0.995**4)


def test_the_outside_reaches_the_edge_strongly_and_the_inside_weakly() -> None:
    """Client groups .5, services .05, and nothing without a symptom of harm, nor a member."""
    storm = [fired("PlaybackFailureHigh", f"client-r1-{c}") for c in ("mobile", "telecom")]
    storm += [fired("HighErrorRate", "exam-api"), fired("Odd", "exam-pod-1")]
    links = read(small_pack(), evidence(*storm)).model.links
    outside = {effect: strength for (cause, effect), strength in links.items() if cause == EXTERNAL}
    edge, inner = parameters.EXTERNAL_EDGE_STRENGTH, parameters.EXTERNAL_INNER_STRENGTH
    assert outside["small:client-r1-mobile"] == pytest.approx(edge)
    assert outside["small:exam-api"] == pytest.approx(inner)
    assert not {"small:cdn-a", "small:exam-pod-1"} & set(outside)


def test_a_change_alone_brings_its_target_in_with_raised_odds() -> None:
    """The prior in the network is the raised one; the told prior stays the base rate."""
    storm = [fired("PlaybackFailureHigh", f"client-r1-{c}") for c in ("mobile", "telecom")]
    plain = read(small_pack(), evidence(*storm))
    raised = read(small_pack(), evidence(*storm, changes=(changed("origin", at=after(-60)),)))
    for reading, low, high in ((plain, 0.0, 0.01), (raised, 0.05, 0.06)):
        assert low < _prior(reading, "small:origin#born") < high
        assert [p.base for p in reading.model.modes["small:origin"]] == [0.002]
    assert raised.born["small:origin"] > plain.born["small:origin"]


def _prior(reading: Reading, node: str) -> float:
    prior = reading.model.nodes[node]["prior"]
    assert isinstance(prior, float)
    return prior


def test_deaf_monitoring_leaves_only_what_spoke() -> None:
    """Without a heartbeat no silence stands in the network at all."""
    storm = [fired("PlaybackFailureHigh", f"client-r1-{c}") for c in ("mobile", "telecom")]
    deaf = read(small_pack(), evidence(*storm, heartbeats=(beat(after(-9000)),)))
    assert all(channel.active for channel in deaf.model.meaning.values())
    assert len(deaf.model.meaning) == 2
