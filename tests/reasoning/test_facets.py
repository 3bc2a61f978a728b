"""Facets of a component's work: what is slow for pages need not be slow for playback."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.failure import FailureGraph
from graph.model.diagnosis import EvidenceWeight
from graph.model.library import AlertType
from graph.model.pack import DomainPack
from graph.model.signals import AlertRecord
from graph.model.topology import Component, Relation, RelationType
from reasoning import parameters
from reasoning.answer.explain import Explainer
from reasoning.network.causal_model import EXTERNAL
from reasoning.network.evidence import Catalogue
from reasoning.network.reading import Reading
from tests.reasoning.evidence_room import evidence, fired, read
from tests.small_pack import PACK, small_pack, text

CLIENT = "small:client-r1-mobile"
SERVES = {"small:report-api": "page", "small:exam-api": "page exam", "small:cdn-a": "playback"}
SERVICES = ("small:report-api", "small:exam-api")
RULES = {"PlaybackFailureHigh": "playback", "PageLoadSlow": "page", "ExamEntrySlow": "exam"}


def _faceted(
    serves: dict[str, str] = SERVES, *, told: bool = True, spare: float = 0.8
) -> DomainPack:
    """Make one client group that stands on three; with rules for playback, pages and exams.

    `told`: whether the library says which facet each rule watches; `spare`: how much cdn-a harms.
    """
    pack = small_pack()
    by_name = {t.alertname: t for t in pack.library.alert_types}
    playback = by_name["PlaybackFailureHigh"]
    types: tuple[AlertType, ...] = tuple(
        playback.model_copy(
            update={"alertname": name, "name": text(name), "facet": facet if told else None}
        )
        for name, facet in RULES.items()
    )
    others = tuple(t for t in pack.library.alert_types if t is not playback)
    library = pack.library.model_copy(update={"alert_types": (*others, *types)})
    kept = {CLIENT, *SERVES}
    components = tuple(_serving(c, serves) for c in pack.components if c.id in kept)
    relations = tuple(
        Relation(
            source=CLIENT,
            type=RelationType.USES,
            target=target,
            strength=spare if target == "small:cdn-a" else 0.8,
        )
        for target in sorted(SERVES)
    )
    parts = {"components": components, "relations": relations, "flows": (), "library": library}
    return pack.model_copy(update=parts)


def _serving(component: Component, serves: dict[str, str]) -> Component:
    attributes = {"serves": serves[component.id]} if component.id in serves else {}
    return component.model_copy(update={"attributes": attributes})


def _read(*alertnames: str, told: bool = True) -> Reading:
    alerts = [fired(name, "client-r1-mobile") for name in alertnames]
    return read(_faceted(told=told), evidence(*alerts))


def test_page_slowness_does_not_explain_playback_failure() -> None:
    """Playback fails and pages are fine: the CDN is it, and no service of pages gains by it."""
    playback = _read("PlaybackFailureHigh")
    assert max(playback.born, key=lambda c: playback.born[c]) == "small:cdn-a"
    assert playback.born["small:report-api"] < 0.002
    pages = _read("PageLoadSlow")
    assert pages.born["small:cdn-a"] < 0.006
    assert pages.born["small:report-api"] > 50 * playback.born["small:report-api"]
    assert pages.born["small:report-api"] > pages.born["small:exam-api"]


def test_pages_and_exams_together_point_at_what_serves_both() -> None:
    """Two facets slow, the third not: the service of both is likelier than two faults."""
    both = _read("PageLoadSlow", "ExamEntrySlow")
    assert max(both.born, key=lambda c: both.born[c]) == "small:exam-api"


@pytest.mark.parametrize(
    "spoke", [("PlaybackFailureHigh",), ("PageLoadSlow", "ExamEntrySlow"), ("ExamEntrySlow",)]
)
def test_the_answer_is_that_of_counting_every_world(spoke: tuple[str, ...]) -> None:
    """Each cause strikes only the facets that it serves, each rule hears only its own: exact."""
    reading = _read(*spoke)
    worlds = list(_worlds(reading, spoke))
    total = sum(weight for _, weight in worlds)
    for c in SERVES:
        expected = sum(weight for born, weight in worlds if c in born) / total
        assert reading.born[c] == pytest.approx(expected, abs=1e-9), c


def _worlds(reading: Reading, spoke: tuple[str, ...]) -> Iterator[tuple[set[str], float]]:
    """Count every world: where faults were born, and P(it and what every rule said)."""
    for outside, *flags in product((False, True), repeat=1 + len(SERVES) + len(SERVICES)):
        born = {c for c, flag in zip(SERVES, flags, strict=False) if flag}
        struck = {c for c, flag in zip(SERVICES, flags[len(SERVES) :], strict=True) if flag}
        weight = parameters.EXTERNAL_PRIOR if outside else 1.0 - parameters.EXTERNAL_PRIOR
        for c in SERVES:
            calm = math.prod(1.0 - mode.conditioned for mode in reading.model.modes[c])
            weight *= 1.0 - calm if c in born else calm
        hit = parameters.EXTERNAL_INNER_STRENGTH if outside else 0.0
        for c in SERVICES:
            weight *= hit if c in struck else 1.0 - hit
            weight *= 0.2 if c in born | struck else 0.995
        yield born, weight * _clients_say(spoke, born | struck, outside=outside)


def _clients_say(spoke: tuple[str, ...], degraded: set[str], *, outside: bool) -> float:
    """P(the clients' rules say this | these are degraded)."""
    weight = 1.0
    for alertname, facet in RULES.items():
        serving = [c for c in degraded if facet in SERVES[c].split()]
        calm = (1.0 - 0.8) ** len(serving)
        calm *= 1.0 - parameters.EXTERNAL_EDGE_STRENGTH if outside else 1.0
        speaks = (1.0 - calm) * 0.8 + calm * 0.005
        weight *= speaks if alertname in spoke else 1.0 - speaks
    return weight


def test_general_harm_strikes_every_facet() -> None:
    """A cause that says nothing of what it serves harms all of it at once."""
    pack = _faceted(serves={"small:report-api": "page"})
    alerts = [fired(n, "client-r1-mobile") for n in ("PlaybackFailureHigh", "PageLoadSlow")]
    links = read(pack, evidence(*alerts)).model.links
    assert links["small:cdn-a", f"{CLIENT}@all"] == pytest.approx(0.8)
    assert links["small:report-api", f"{CLIENT}@page"] == pytest.approx(0.8)
    for facet in ("exam", "page", "playback"):
        assert links[f"{CLIENT}@all", f"{CLIENT}@{facet}"] == 1.0
        assert links[EXTERNAL, f"{CLIENT}@{facet}"] == parameters.EXTERNAL_EDGE_STRENGTH


@pytest.mark.parametrize(
    "spoke", [("PlaybackFailureHigh",), ("PlaybackFailureHigh", "PageLoadSlow")]
)
def test_what_is_silent_beside_speech_says_little_against_partial_harm(
    spoke: tuple[str, ...],
) -> None:
    """What little a spare harms shows in playback first: all that is silent is worth two."""
    pack = _faceted({"small:report-api": "page exam"}, spare=0.4)
    links = read(pack, evidence(*(fired(n, "client-r1-mobile") for n in spoke))).model.links
    assert links["small:cdn-a", f"{CLIENT}@some"] == pytest.approx(0.4)
    silent = [facet for name, facet in RULES.items() if name not in spoke]
    missed = [1.0 - 0.8 * links[f"{CLIENT}@some", f"{CLIENT}@{facet}"] for facet in silent]
    assert math.prod(missed) == pytest.approx(1.0 - parameters.BESIDE_CAP)
    assert max(missed) == pytest.approx(min(missed))
    for name in spoke:
        assert links[f"{CLIENT}@some", f"{CLIENT}@{RULES[name]}"] == 1.0
    for facet in RULES.values():  # who harms for sure harms all of it
        assert links["small:exam-api", f"{CLIENT}@all"] == pytest.approx(0.8)
        assert links[f"{CLIENT}@all", f"{CLIENT}@{facet}"] == 1.0


def test_where_nothing_spoke_partial_harm_is_harm_of_all() -> None:
    """A client that says nothing at all speaks against a spare by all of its facets."""
    pack = _faceted({"small:report-api": "page exam"}, spare=0.4)
    alerts = (fired("HighErrorRate", "report-api"), fired("Odd", "cdn-a"))
    links = read(pack, evidence(*alerts)).model.links
    assert links["small:cdn-a", f"{CLIENT}@all"] == pytest.approx(0.4)
    assert not any(effect == f"{CLIENT}@some" for _, effect in links)


def test_a_spare_is_told_by_playback_alone_and_a_main_node_is_not() -> None:
    """One node, playback fails, pages and exams do not: likelier than with that silence in full."""
    alert = fired("PlaybackFailureHigh", "client-r1-mobile")
    odds = {}
    for strength in (0.49, 0.51):
        born = read(_faceted({}, spare=strength), evidence(alert)).born["small:cdn-a"]
        odds[strength] = born / (1.0 - born)
    # Two silent facets, a factor of .2 each in full: .04 to the main node, .5 to the spare.
    assert odds[0.49] > 3.0 * odds[0.51]


def test_a_component_is_degraded_when_any_facet_is() -> None:
    """Impact asks for the whole: it is at least as probable as the worst facet."""
    reading = _read("PlaybackFailureHigh")
    facets = [reading.states[f"{CLIENT}@{f}"] for f in ("exam", "page", "playback")]
    assert reading.degraded(CLIENT) >= max(facets) - 1e-9
    assert facets[2] > 10 * facets[1]


@given(st.sets(st.sampled_from(["PlaybackFailureHigh", "PageLoadSlow"]), min_size=1))
def test_without_facets_in_the_library_what_a_cause_serves_changes_nothing(
    names: set[str],
) -> None:
    """`serves` speaks of facets that no rule watches: the same network, byte for byte."""
    alerts: list[AlertRecord] = [fired(n, "client-r1-mobile") for n in sorted(names)]
    plain = read(_faceted({}, told=False), evidence(*alerts))
    serving = read(_faceted(told=False), evidence(*alerts))
    assert serving.document == plain.document
    assert not any("@" in node for node in plain.model.nodes)


def test_a_component_told_as_one_with_its_cycle_keeps_one_state() -> None:
    """Two groups of users that stand on each other have no facets to tell apart."""
    pack = _faceted()
    back = Relation(source="small:cdn-a", type=RelationType.CALLS, target=CLIENT, strength=0.5)
    reading = read(
        pack.model_copy(update={"relations": (*pack.relations, back)}),
        evidence(fired("PageLoadSlow", "client-r1-mobile")),
    )
    assert reading.model.representative[CLIENT] == "small:cdn-a"
    assert not any(node.startswith(f"{CLIENT}@") for node in reading.model.nodes)


def _opposing(cause: str) -> list[EvidenceWeight]:
    """List what the clients' silence says against a cause that harms every facet."""
    pack = _faceted(serves={})
    seen = evidence(fired("PlaybackFailureHigh", "client-r1-mobile"))
    reading = read(pack, seen)
    graph, catalogue = FailureGraph(pack), Catalogue.of(pack.library.alert_types)
    explainer = Explainer(pack, graph, catalogue, seen, reading)
    weights = explainer.weigh([f"{PACK}:{cause}"])[f"{PACK}:{cause}"]
    return [e for e in weights.opposing if e.evidence_id.startswith(f"silent:{CLIENT}")]


def test_each_silent_facet_is_an_item_of_its_own_that_names_its_rules() -> None:
    """Two facets kept silent: two ids, two texts, and each says which alerts did not come."""
    items = {item.evidence_id: item.text.en for item in _opposing("cdn-a")}
    assert items == {
        f"silent:{CLIENT}@exam": "client-r1-mobile stayed silent (ExamEntrySlow)",
        f"silent:{CLIENT}@page": "client-r1-mobile stayed silent (PageLoadSlow)",
    }
