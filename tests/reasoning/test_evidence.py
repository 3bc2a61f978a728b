"""Silence is health only where it could have spoken: every reason why it says nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.failure import FailureGraph
from graph.model.library import AlertType, Direction
from graph.model.pack import DomainPack
from graph.model.signals import AlertStatus, ChangeKind, Heartbeat, Lane
from graph.model.topology import Component
from reasoning.network.evidence import Catalogue, Evidence, Quiet
from reasoning.network.listening import Listening
from reasoning.network.selection import select_components
from tests.reasoning.evidence_room import beat, changed, evidence, fired, read
from tests.small_pack import START, after, small_pack

ENOUGH = after(60 + 30 + 300)


def _type(pack: DomainPack, alertname: str = "PlaybackFailureHigh") -> AlertType:
    return next(t for t in pack.library.alert_types if t.alertname == alertname)


def _component(
    *, site: str | None = None, attributes: Mapping[str, str | bool] | None = None
) -> Component:
    pack = small_pack()
    found = next(c for c in pack.components if c.id == "small:client-r1-mobile")
    return found.model_copy(update={"site": site, "attributes": dict(attributes or {})})


def _reason(component: Component | None = None, *, seen: Evidence | None = None) -> Quiet | None:
    pack = small_pack()
    listening = Listening(pack, seen or evidence())
    return listening.unknown_reason(component or _component(), _type(pack))


@pytest.mark.parametrize(
    ("now", "reason"),
    [(after(60 + 30 + 299), Quiet.TOO_EARLY), (ENOUGH, None), (after(9000), None)],
)
def test_silence_needs_time_to_have_spoken(now: datetime, reason: Quiet | None) -> None:
    """The rule's delay, group_wait and group_interval must have passed since the onset."""
    assert _reason(seen=evidence(now=now)) is reason


@pytest.mark.parametrize(("now_s", "reason"), [(889, Quiet.TOO_EARLY), (890, None)])
def test_a_component_that_has_just_begun_to_speak_gets_its_time(
    now_s: float, reason: Quiet | None
) -> None:
    """Its other rules count from its own first alert, however old the incident is."""
    seen = evidence(fired("Odd", "client-r1-mobile", at=after(500)), now=after(now_s))
    assert _reason(seen=seen) is reason


def test_the_packs_own_alertmanager_timings_count() -> None:
    """A pack that groups for ten minutes waits longer for its silence."""
    pack = small_pack()
    slow = pack.settings.model_copy(update={"group_interval_s": 600})
    pack = pack.model_copy(update={"settings": slow})
    listening = Listening(pack, evidence(now=after(689)))
    assert listening.unknown_reason(_component(), _type(pack)) is Quiet.TOO_EARLY
    listening = Listening(pack, evidence(now=after(690)))
    assert listening.unknown_reason(_component(), _type(pack)) is None


@pytest.mark.parametrize(("age_s", "reason"), [(300, None), (301, Quiet.MONITORING_LOST)])
def test_a_late_heartbeat_is_lost_monitoring(age_s: float, reason: Quiet | None) -> None:
    """A heartbeat is late when more than heartbeat_late_s have passed since the last."""
    seen = evidence(now=after(650), heartbeats=(beat(after(650 - age_s)),))
    assert _reason(seen=seen) is reason


def test_what_was_silent_through_the_storm_stays_evidence_when_monitoring_is_lost() -> None:
    """Silence heard until 600 s is kept an hour later; what was heard too briefly is unknown."""
    kept = evidence(now=after(4200), heartbeats=(beat(after(600)),))
    assert _reason(seen=kept) is None
    brief = evidence(now=after(4200), heartbeats=(beat(after(60)),))
    assert _reason(seen=brief) is Quiet.MONITORING_LOST


def test_a_live_source_does_not_hide_a_dead_one() -> None:
    """Two sources watch one site: the rules of the one that is lost cannot speak."""
    live = beat(after(900))
    dead = beat(after(0)).model_copy(update={"source": "other"})
    for beats in ((live, dead), (dead, live)):
        assert _reason(seen=evidence(heartbeats=beats)) is Quiet.MONITORING_LOST


def test_without_any_heartbeat_nothing_was_heard() -> None:
    """No proof of life at all: silence is unknown, and the reason says so."""
    assert _reason(seen=evidence(heartbeats=())) is Quiet.NEVER_HEARD


@pytest.mark.parametrize(
    ("site", "beats", "reason"),
    [
        ("r1", (beat(after(900), site="r1"),), None),
        ("r1", (beat(after(0), site="r1"), beat(after(900))), Quiet.MONITORING_LOST),
        ("r1", (beat(after(900), site="r1"), beat(after(0))), None),
        ("r1", (beat(after(900)),), None),
        ("r1", (beat(after(900), site="r2"),), Quiet.NEVER_HEARD),
        (None, (beat(after(900), site="r1"),), Quiet.NEVER_HEARD),
        (None, (beat(after(0)), beat(after(900))), None),
    ],
)
def test_a_site_is_heard_by_its_own_heartbeat_else_by_the_whole_source(
    site: str | None, beats: tuple[Heartbeat, ...], reason: Quiet | None
) -> None:
    """A lost site stays lost though others are heard; a site without its own uses the source's."""
    assert _reason(_component(site=site), seen=evidence(heartbeats=beats)) is reason


def test_a_standby_sites_silence_is_no_health() -> None:
    """Nobody uses it, so nobody complains: unknown before anything else is asked."""
    standby = _component(attributes={"standby": True})
    assert _reason(standby) is Quiet.STANDBY
    assert _reason(standby, seen=evidence(heartbeats=())) is Quiet.STANDBY


def test_maintenance_covers_its_targets_alone() -> None:
    """A maintenance change makes its targets' silence unknown; another kind does not."""
    name = "client-r1-mobile"
    covered = evidence(changes=(changed(name, at=START, kind=ChangeKind.MAINTENANCE),))
    assert _reason(seen=covered) is Quiet.MAINTENANCE
    other = evidence(changes=(changed("cdn-a", at=START, kind=ChangeKind.MAINTENANCE),))
    assert _reason(seen=other) is None
    deployed = evidence(changes=(changed(name, at=START, kind=ChangeKind.DEPLOY),))
    assert _reason(seen=deployed) is None


def test_unknown_silence_moves_nothing_and_is_listed() -> None:
    """In the network a deaf channel is left out; each is noted with its reason."""
    storm = [fired("PlaybackFailureHigh", f"client-r1-{c}") for c in ("mobile", "telecom")]
    deaf = read(small_pack(), evidence(*storm, heartbeats=()))
    assert {c.alertname for c in deaf.model.meaning.values()} == {"PlaybackFailureHigh"}
    quiet = {(c, name): reason for c, name, reason in deaf.model.quiet}
    assert quiet["small:client-r3-mobile", "PlaybackFailureHigh"] is Quiet.NEVER_HEARD
    heard = read(small_pack(), evidence(*storm))
    silent = {c.component_id for c in heard.model.meaning.values() if not c.active}
    assert "small:client-r3-mobile" in silent
    assert heard.model.quiet == []


def test_a_resolved_alert_did_fire() -> None:
    """What fired and went away is still evidence; the earliest state stands for it."""
    first = fired("PlaybackFailureHigh", "client-r1-mobile", at=after(5))
    again = fired("PlaybackFailureHigh", "client-r1-mobile", at=after(60))
    gone = fired(
        "PlaybackFailureHigh", "client-r1-mobile", at=after(5), status=AlertStatus.RESOLVED
    )
    seen = evidence(again, gone, first)
    kept = seen.fired["small:client-r1-mobile"]["PlaybackFailureHigh"]
    assert kept.alert.starts_at == after(5)
    assert seen.firing_count == 2


@given(st.lists(st.integers(0, 2000), min_size=1, max_size=12))
def test_the_burst_begins_where_most_onsets_lie_within_five_minutes(offsets: list[int]) -> None:
    """Trying every onset as a start finds none with more behind it, and no earlier one with so."""
    alerts = [fired(f"Odd{i}", "origin", at=after(s)) for i, s in enumerate(offsets)]
    crowd = {s: sum(s <= other <= s + 300 for other in offsets) for s in offsets}
    most = max(crowd.values())
    first = min(s for s, count in crowd.items() if count == most)
    assert evidence(*alerts).burst_onset == after(first)
    assert evidence(*reversed(alerts)).burst_onset == after(first)


def test_without_alerts_the_burst_begins_with_the_incident() -> None:
    """Nothing fired: there is only the incident's own beginning."""
    assert evidence().burst_onset == START


def test_what_waits_outside_the_incident_is_no_evidence() -> None:
    """Only the incident's lane speaks."""
    record = fired("PlaybackFailureHigh", "client-r1-mobile")
    other = record.model_copy(update={"lane": Lane.UNASSIGNED})
    assert evidence(other).fired == {}


def test_the_catalogue_leaves_heartbeats_out_and_orders_by_name() -> None:
    """Types stand by kind in alertname order; only what is detectable speaks against harm."""
    types = small_pack().library.alert_types
    watchdog = types[0].model_copy(
        update={"alertname": "Aaa", "direction": Direction.HEARTBEAT, "kinds": ("service",)}
    )
    unreachable = types[0].model_copy(
        update={"alertname": "Down", "kinds": ("service",), "detection": 0.4}
    )
    catalogue = Catalogue.of((unreachable, *reversed(types), watchdog))
    assert [t.alertname for t in catalogue.by_kind["service"]] == [
        "Down",
        "HighErrorRate",
        "NoRequestsReceived",
    ]
    harm = catalogue.speaking_of_harm("service")
    assert [t.alertname for t in harm] == ["Down", "HighErrorRate"]
    assert catalogue.speaking_of_harm("cdn_node") == ()
    assert catalogue.find("service", "Aaa") is None


def test_an_idle_replica_is_not_chosen_and_a_loud_one_is() -> None:
    """Silent pods explain nothing that their group does not; an alerting pod is a suspect."""
    pack = small_pack()
    graph_chosen = read(pack, evidence(fired("HighErrorRate", "exam-api"))).model.components
    assert not any("exam-pod" in c for c in graph_chosen)
    loud = evidence(fired("HighErrorRate", "exam-api"), fired("Odd", "exam-pod-2"))
    chosen = read(pack, loud).model.components
    assert [c for c in chosen if "exam-pod" in c] == ["small:exam-pod-2"]


def test_a_changed_component_is_looked_at_although_no_alert_points_there() -> None:
    """A change that joined the incident brings its targets into the network."""
    graph_evidence = evidence(
        fired("HighErrorRate", "exam-api"), changes=(changed("cdn-b", at=after(-60)),)
    )
    assert "small:cdn-b" in _selected(graph_evidence)
    assert "small:cdn-b" not in _selected(evidence(fired("HighErrorRate", "exam-api")))


def _selected(seen: Evidence) -> tuple[str, ...]:
    pack = small_pack()
    return select_components(FailureGraph(pack), Catalogue.of(pack.library.alert_types), seen)
