"""What relations say: strength and doubt apart, circles, lines, regions, feeds, views, changes."""

from __future__ import annotations

from datetime import datetime

import pytest

from graph.failure import FailureGraph
from graph.model.library import AlertType, Direction, FaultMode
from graph.model.pack import DomainPack
from graph.model.signals import ChangeKind
from graph.model.topology import Basis, Component, Relation, RelationType
from reasoning import parameters
from reasoning.network.reading import Reading
from tests.reasoning.evidence_room import changed, evidence, fired, read
from tests.small_pack import PACK, after, small_pack, text

R = RelationType


def _mode(kind: str) -> FaultMode:
    return FaultMode(
        id=f"lib:{kind}.down",
        kind=kind,
        name=text("down"),
        base_rate=0.001,
        basis=Basis.ASSUMED,
        source="assumed",
        change_kinds=("config",),
    )


def _type(name: str, kind: str, facet: str | None = None) -> AlertType:
    return AlertType(
        alertname=name,
        kinds=(kind,),
        direction=Direction.DEPENDANT,
        name=text(name),
        detection=0.8,
        false_alarm=0.005,
        delay_s=60,
        facet=facet,
    )


def _component(slug: str, kind: str, **more: object) -> Component:
    fields = {"id": f"{PACK}:{slug}", "kind": kind, "name": text(slug), **more}
    return Component.model_validate(fields)


def _relation(
    source: str, kind: R, target: str, strength: float, confidence: float = 1.0
) -> Relation:
    return Relation(
        source=f"{PACK}:{source}",
        type=kind,
        target=f"{PACK}:{target}",
        strength=strength,
        confidence=confidence,
    )


def _pack(
    components: list[Component], relations: list[Relation], types: list[AlertType]
) -> DomainPack:
    pack = small_pack()
    kinds = sorted({c.kind for c in components})
    library = pack.library.model_copy(
        update={"alert_types": tuple(types), "modes": tuple(_mode(k) for k in kinds)}
    )
    return pack.model_copy(
        update={
            "components": tuple(sorted(components, key=lambda c: c.id)),
            "relations": tuple(relations),
            "library": library,
            "flows": (),
            "regions": (),
        }
    )


def _doubted(confidence: float, *facets: str) -> Reading:
    """Let a client stand on a node with this confidence, and fail in every facet."""
    parts = [_component("client", "client_group"), _component("node", "cdn_node")]
    parts = [
        p.model_copy(update={"attributes": {"serves": " ".join(facets)}})
        if p.kind == "cdn_node"
        else p
        for p in parts
    ]
    types = [_type(f"Bad{f}", "client_group", f) for f in facets] or [_type("Bad", "client_group")]
    pack = _pack(parts, [_relation("client", R.USES, "node", 0.8, confidence)], types)
    return read(pack, evidence(*(fired(t.alertname, "client") for t in types)))


def test_of_one_state_strength_times_confidence_is_exact() -> None:
    """Whether the relation exists can only show in this one link: .8 x .5 is the whole truth."""
    reading = _doubted(0.5)
    assert reading.model.links["small:node", "small:client"] == pytest.approx(0.4)


def test_two_facets_share_the_doubt_about_their_relation() -> None:
    """If the relation exists it harms both facets, if not neither: the doubt is drawn once."""
    doubted, sure = _doubted(0.5, "page", "play"), _doubted(1.0, "page", "play")
    links = doubted.model.links
    assert links["small:node", "small:node>small:client"] == pytest.approx(0.5)
    for facet in ("page", "play"):
        assert links["small:node>small:client", f"small:client@{facet}"] == pytest.approx(0.8)
        assert sure.model.links["small:node", f"small:client@{facet}"] == pytest.approx(0.8)
    assert "small:node>small:client" not in sure.model.nodes


def test_strong_and_doubtful_is_not_weak_and_sure() -> None:
    """Both facets fail: a doubtful strong relation explains that better than a sure weak one."""
    parts = [_component("client", "client_group"), _component("node", "cdn_node")]
    parts[1] = parts[1].model_copy(update={"attributes": {"serves": "page play"}})
    types = [_type("Badpage", "client_group", "page"), _type("Badplay", "client_group", "play")]
    storm = evidence(fired("Badpage", "client"), fired("Badplay", "client"))
    born = {}
    for strength, confidence in ((0.8, 0.5), (0.4, 1.0)):
        relation = _relation("client", R.USES, "node", strength, confidence)
        born[strength] = read(_pack(parts, [relation], types), storm).born["small:node"]
    assert born[0.8] > 1.2 * born[0.4]


def _edge() -> DomainPack:
    """Two regions of two carriers; each client stands on its region and on its line."""
    parts, relations = [], []
    for carrier in ("telecom", "mobile"):
        parts.append(_component(f"line-{carrier}", "carrier_line"))
    for region in ("r1", "r2"):
        parts.append(_component(f"region-{region}", "region", site=region))
        for carrier in ("telecom", "mobile"):
            client = f"client-{region}-{carrier}"
            parts.append(_component(client, "client_group", site=region))
            relations.append(_relation(client, R.DEPENDS_ON, f"line-{carrier}", 0.9))
            relations.append(_relation(client, R.DEPENDS_ON, f"region-{region}", 0.9))
    return _pack(parts, relations, [_type("Bad", "client_group")])


@pytest.mark.parametrize(
    ("failing", "cause"),
    [
        (("r1-telecom", "r2-telecom"), "line-telecom"),
        (("r1-telecom", "r1-mobile"), "region-r1"),
        (("r2-telecom", "r2-mobile"), "region-r2"),
    ],
)
def test_a_line_or_a_region_is_named_by_who_fails_together(
    failing: tuple[str, ...], cause: str
) -> None:
    """One carrier in both regions is its line; both carriers of one region are the region."""
    reading = read(_edge(), evidence(*(fired("Bad", f"client-{f}") for f in failing)))
    assert max(reading.born, key=lambda c: reading.born[c]) == f"small:{cause}"


def _site(*feeds: str) -> DomainPack:
    """Two hosts and a switch in one room, a pod on a host; so many feeds."""
    parts = [_component(slug, "host", site="main") for slug in ("host-1", "host-2")]
    parts += [
        _component("switch", "switch", site="main"),
        _component("pod", "container", site="main"),
    ]
    parts += [_component(feed, "power_feed", site="main") for feed in feeds]
    parts += [_component("far", "host", site="dr")]
    types = [_type("HostBad", "host"), _type("SwitchBad", "switch")]
    return _pack(parts, [_relation("pod", R.RUNS_ON, "host-1", 0.9)], types)


def test_a_site_falls_with_its_only_feed() -> None:
    """All of the room fails: the feed; the pod stands on its host, the other site on nothing."""
    graph = FailureGraph(_site("feed"))
    harmed = {effect for effect, _ in graph.effects["small:feed"]}
    assert harmed == {"small:host-1", "small:host-2", "small:switch"}
    room = [fired("HostBad", "host-1"), fired("HostBad", "host-2"), fired("SwitchBad", "switch")]
    reading = read(_site("feed"), evidence(*room))
    assert max(reading.born, key=lambda c: reading.born[c]) == "small:feed"
    lone = read(_site("feed"), evidence(room[0]))
    assert lone.born["small:feed"] < lone.born["small:host-1"]


@pytest.mark.parametrize("feeds", [(), ("feed-a", "feed-b")])
def test_without_one_feed_nothing_is_derived(feeds: tuple[str, ...]) -> None:
    """Two feeds may back each other up; how they do has to be written down."""
    assert dict(FailureGraph(_site(*feeds)).effects) == {"small:host-1": (("small:pod", 0.9),)}


def test_a_view_is_a_node_of_its_own_without_faults_of_its_own() -> None:
    """The service errs on the database's client twin: the database is the cause, not the twin."""
    parts = [_component("api", "service"), _component("db", "database")]
    parts.append(_component("db-remote", "database", attributes={"view_of": "db"}))
    relations = [_relation("api", R.CALLS, "db-remote", 0.9)]
    types = [_type("Slow", "database"), _type("Bad", "service")]
    storm = evidence(fired("Bad", "api"), fired("Slow", "db-remote"))
    reading = read(_pack(parts, relations, types), storm)
    assert max(reading.born, key=lambda c: reading.born[c]) == "small:db"
    assert "small:db-remote" not in reading.born
    assert reading.degraded("small:db-remote") > 0.5


def _prior(kind: ChangeKind | None, at: datetime | None = None) -> float:
    """P(a fault of the origin), with a change of this kind on it, a minute old where not said."""
    clients = [fired("PlaybackFailureHigh", f"client-r1-{c}") for c in ("mobile", "telecom")]
    changes = (changed("origin", at=at or after(-60), kind=kind),) if kind else ()
    reading = read(small_pack(), evidence(*clients, changes=changes))
    return reading.model.modes["small:origin"][0].conditioned


def test_a_change_counts_by_kind() -> None:
    """A kind that the mode names counts fully, work by hand less, a kind without bearing not."""
    plain, named = _prior(None), _prior(ChangeKind.CONFIG)
    by_hand, other = _prior(ChangeKind.MAINTENANCE), _prior(ChangeKind.OTHER)
    assert named > by_hand == other > plain == _prior(ChangeKind.SCALE)
    assert by_hand / (1 - by_hand) < parameters.WORK_ODDS * plain / (1 - plain)


def test_a_change_counts_by_age() -> None:
    """The younger the likelier, and in the end it says nothing."""
    odds = [_prior(ChangeKind.CONFIG, after(-s)) for s in (0, 600, 1800, 7200, 86400)]
    assert odds == sorted(odds, reverse=True)
    assert odds[-1] == pytest.approx(_prior(None), rel=1e-3)
