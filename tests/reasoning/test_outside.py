"""The cause outside the graph: what it strikes, and how a calm edge and a crowd change it."""

from __future__ import annotations

import math
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.model.pack import DomainPack
from graph.model.signals import AlertRecord
from graph.model.topology import CalendarWindow, Relation, RelationType, WindowKind
from reasoning import parameters
from reasoning.network.causal_model import CROWD, EXTERNAL
from reasoning.network.reading import Reading
from reasoning.network.severity import badly_node
from tests.reasoning.evidence_room import beat, evidence, fired, read
from tests.small_pack import after, small_pack, text

CLIENTS = tuple(f"small:client-r{r}-{c}" for r in (1, 2, 3) for c in ("mobile", "telecom"))
CALM = f"{EXTERNAL}/{EXTERNAL}~silence"


def _with_region(*, surge: bool = False) -> DomainPack:
    """Add a kind `region` whose probes may fail, and book a live event on the day if wanted."""
    pack = small_pack()
    probes = next(t for t in pack.library.alert_types if t.alertname == "PlaybackFailureHigh")
    probes = probes.model_copy(update={"alertname": "ProbesFailing", "kinds": ("region",)})
    kind = pack.library.kinds[0].model_copy(update={"id": "region", "name": text("region")})
    library = pack.library.model_copy(
        update={
            "alert_types": (*pack.library.alert_types, probes),
            "kinds": (*pack.library.kinds, kind),
        }
    )
    region = pack.components[0].model_copy(
        update={"id": "small:region-1", "kind": "region", "aliases": (), "attributes": {}}
    )
    components = (*pack.components, region)
    pack = pack.model_copy(update={"components": components, "library": library})
    return _booked(pack) if surge else pack


def _booked(pack: DomainPack) -> DomainPack:
    """Book a big live event on the day of the storm."""
    live = CalendarWindow(
        id="small:live",
        kind=WindowKind.LIVE_EVENT,
        name=text("live"),
        first_day=date(2025, 3, 12),
        last_day=date(2025, 3, 12),
        source="assumed",
    )
    windows = (*pack.calendar.windows, live)
    return pack.model_copy(
        update={"calendar": pack.calendar.model_copy(update={"windows": windows})}
    )


def _leaning_a_little(*, clients: int) -> DomainPack:
    """Make client groups with rules for playback and pages that all lean a little on one origin."""
    pack = small_pack()
    rule = next(t for t in pack.library.alert_types if t.alertname == "PlaybackFailureHigh")
    facets = {"PlaybackFailureHigh": "playback", "PageLoadSlow": "page"}
    types = tuple(
        rule.model_copy(update={"alertname": name, "name": text(name), "facet": facet})
        for name, facet in facets.items()
    )
    group = next(c for c in pack.components if c.id == CLIENTS[0])
    origin = next(c for c in pack.components if c.id == "small:origin")
    groups = [
        group.model_copy(update={"id": f"small:group-{n:02}", "aliases": ()})
        for n in range(clients)
    ]
    relations = [
        Relation(source=g.id, type=RelationType.DEPENDS_ON, target=origin.id, strength=0.3)
        for g in groups
    ]
    parts = {
        "components": (*groups, origin),
        "relations": tuple(relations),
        "flows": (),
        "library": pack.library.model_copy(update={"alert_types": types}),
    }
    return pack.model_copy(update=parts)


def _struck(reading: Reading, by: str = EXTERNAL) -> dict[str, float]:
    """Map what a cause strikes to P(struck | cause): half the time it is felt badly."""
    links, badly = reading.model.links, badly_node(by)
    effects = {effect for cause, effect in links if cause in (by, badly)} - {badly}
    more = {effect: links.get((badly, effect), 0.0) / 2.0 for effect in effects}
    mild = {effect: links.get((by, effect), 0.0) for effect in effects}
    return {effect: mild[effect] + (1.0 - mild[effect]) * more[effect] for effect in effects}


def _slow(*slugs: str) -> list[AlertRecord]:
    return [fired("PlaybackFailureHigh", slug.removeprefix("small:")) for slug in slugs]


def _probes() -> AlertRecord:
    return fired("ProbesFailing", "region-1")


def test_a_crowd_slows_learners_and_fails_no_regions_probes() -> None:
    """Any other outside cause reaches regions as strongly as clients; a crowd hardly does."""
    reading = read(_with_region(surge=True), evidence(_probes(), *_slow(CLIENTS[0])))
    edge, inner = parameters.EXTERNAL_EDGE_STRENGTH, parameters.EXTERNAL_INNER_STRENGTH
    crowd, outside = _struck(reading, CROWD), _struck(reading)
    assert (crowd[CLIENTS[0]], crowd["small:region-1"]) == pytest.approx((edge, inner))
    assert (outside[CLIENTS[0]], outside["small:region-1"]) == pytest.approx((edge, edge))


def test_without_a_booked_event_there_is_no_crowd() -> None:
    """The word is kept for an event that stands in the calendar."""
    reading = read(_with_region(), evidence(*_slow(*CLIENTS)))
    assert CROWD not in reading.model.nodes and reading.outside(CROWD) == 0.0
    assert max(reading.born.values()) > 0.5  # the origin that all of them stand on


def test_slow_learners_everywhere_at_a_live_event_are_the_crowd() -> None:
    """The same alerts on the day of the event: many came, and hardly anything else happened."""
    reading = read(_with_region(surge=True), evidence(*_slow(*CLIENTS)))
    assert reading.outside(CROWD) > 0.9
    assert max(reading.outside(EXTERNAL), *reading.born.values()) < 0.2


def test_failing_probes_speak_for_the_outside_against_the_crowd() -> None:
    """A region whose probes fail as well is none of the crowd's doing."""
    pack = _with_region(surge=True)
    plain = read(pack, evidence(*_slow(*CLIENTS)))
    probed = read(pack, evidence(_probes(), *_slow(*CLIENTS)))
    assert probed.outside(EXTERNAL) > 5 * plain.outside(EXTERNAL)
    assert probed.outside(CROWD) < plain.outside(CROWD)


def test_a_node_that_fails_at_a_live_event_is_still_named() -> None:
    """Two clients of one node and its own alert, the others quiet: the node, not the crowd."""
    alerts = (*_slow(*CLIENTS[:2]), fired("CdnNodeDown", "cdn-a"))
    reading = read(_with_region(surge=True), evidence(*alerts))
    assert reading.born["small:cdn-a"] > 0.7 > reading.outside(CROWD)


def test_a_crowd_that_is_felt_here_and_there_is_told_before_what_all_lean_on_a_little() -> None:
    """Playback stutters at three of twelve places: with an event booked it is the crowd.

    Pages are fine there, which is as usual for so many come as for a server that harms in part.
    """
    alerts = _slow(*(f"small:group-{n:02}" for n in range(3)))
    plain, booked = _leaning_a_little(clients=12), _booked(_leaning_a_little(clients=12))
    unbooked = read(plain, evidence(*alerts))
    assert unbooked.born["small:origin"] > 2.0 * unbooked.outside(EXTERNAL)
    reading = read(booked, evidence(*alerts))
    assert reading.outside(CROWD) > 0.8 > 0.2 > reading.born["small:origin"]


def test_a_crowd_harms_a_place_in_part_and_the_outside_facet_by_facet() -> None:
    """Where playback spoke, quiet pages are worth a factor of two; a quiet place counts in full."""
    reading = read(_booked(_leaning_a_little(clients=2)), evidence(*_slow("small:group-00")))
    edge, beside = parameters.EXTERNAL_EDGE_STRENGTH, 1.0 - parameters.BESIDE_CAP
    by_crowd = _struck(reading, CROWD)
    places = {state: strength for state, strength in by_crowd.items() if "group" in state}
    assert places == pytest.approx({"small:group-00@some": edge, "small:group-01@all": edge})
    page = reading.model.links["small:group-00@some", "small:group-00@page"]
    assert 1.0 - 0.8 * page == pytest.approx(beside)
    outside = {state for state in _struck(reading) if "group-00" in state}
    assert outside == {"small:group-00@page", "small:group-00@playback"}


def test_a_crowd_is_unlikely_where_hardly_any_place_feels_it() -> None:
    """One place of twelve: so many come nowhere else, it is no crowd."""
    reading = read(_booked(_leaning_a_little(clients=12)), evidence(*_slow("small:group-00")))
    assert reading.outside(CROWD) < 0.1


def _silent_share(reading: Reading) -> float:
    """Read P(the rest of the edge is silent | outside cause) from the network; 1.0 without it."""
    found = [c for c in reading.model.channels if c["id"] == CALM]
    detection = found[0]["detection"] if found else 0.0
    assert isinstance(detection, float)
    return 1.0 - detection


@given(st.sets(st.sampled_from(CLIENTS), min_size=1))
def test_the_silent_rest_of_the_edge_speaks_against_the_outside(loud: set[str]) -> None:
    """Each client group outside the network leaves 1 - .5 * .8, down to the cap of 1 in 100."""
    alerts = [fired("PlaybackFailureHigh", c.partition(":")[2]) for c in sorted(loud)]
    reading = read(small_pack(), evidence(*alerts))
    rest = [c for c in CLIENTS if c not in reading.model.representative]
    expected = max(math.prod(1.0 - 0.5 * 0.8 for _ in rest), 1.0 - parameters.CALM_EDGE_CAP)
    assert _silent_share(reading) == pytest.approx(expected)


def test_an_edge_that_nobody_hears_is_not_calm() -> None:
    """Without a heartbeat, or too early, the rest of the edge says nothing."""
    alert = fired("HighErrorRate", "exam-api")
    assert _silent_share(read(small_pack(), evidence(alert))) < 0.1
    assert _silent_share(read(small_pack(), evidence(alert, now=after(60)))) == 1.0
    deaf = evidence(alert, heartbeats=(beat(after(-9000)),))
    assert _silent_share(read(small_pack(), deaf)) == 1.0


def test_members_that_can_be_spared_are_not_struck_and_needed_ones_are() -> None:
    """A spare pod is reached through its group; where none is spare each stands for itself."""
    pods = [fired("HighErrorRate", f"exam-pod-{n}") for n in (1, 2, 3)]
    alerts = (*pods, fired("HighErrorRate", "exam-api"))
    for needed, expected in ((2, False), (3, True)):
        struck = _struck(read(_pods_with_rules(needed), evidence(*alerts)))
        assert ("small:exam-pod-1" in struck) is expected


def _pods_with_rules(needed: int) -> DomainPack:
    pack = small_pack()
    types = tuple(
        t.model_copy(update={"kinds": ("service", "container")})
        if t.alertname == "HighErrorRate"
        else t
        for t in pack.library.alert_types
    )
    components = tuple(
        c.model_copy(update={"attributes": {"min_healthy": needed}})
        if c.id == "small:exam-api"
        else c
        for c in pack.components
    )
    library = pack.library.model_copy(update={"alert_types": types})
    return pack.model_copy(update={"components": components, "library": library})
