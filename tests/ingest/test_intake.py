"""From payloads to incidents: nothing lost, nothing doubled, storms kept together."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.errors import ForbiddenError, InputError
from graph.model.access import Principal
from graph.model.incident import IncidentState
from graph.model.pack import DomainPack
from graph.model.signals import AlertRecord, Lane, QuarantineReason
from graph.model.topology import Component, Relation, RelationType
from ingest.context import PackShelf
from ingest.incidents import pass_time
from tests.bench_room import READER, BenchRoom
from tests.payloads import alert, payload
from tests.small_pack import after, small_pack, text


def _change(change_id: str, *, at: str, target: str) -> bytes:
    raw = {
        "schema": "change/v1",
        "id": change_id,
        "at": at,
        "kind": "config",
        "targets": [target],
        "actor": "release-bot",
        "summary": "cfg-2291",
    }
    return json.dumps(raw).encode()


def _joined_pack() -> DomainPack:
    """Let the report service stand on both the exam database and a CDN node."""
    pack = small_pack()
    joins = tuple(
        Relation(
            source="small:report-api",
            type=RelationType.DEPENDS_ON,
            target=f"small:{target}",
            strength=0.8,
        )
        for target in ("cdn-a", "exam-db")
    )
    return pack.model_copy(update={"relations": (*pack.relations, *joins)})


def test_an_empty_list_is_accepted_as_nothing() -> None:
    """No alerts is no error."""
    assert BenchRoom().send(at=after(0)).accepted == 0


def test_a_repeated_payload_changes_nothing() -> None:
    """At-least-once delivery stores each alert state once."""
    room = BenchRoom()
    one = alert("PlaybackFailureHigh", at=after(0), service="client-r1-telecom")
    assert room.send(one, at=after(1)).accepted == 1
    again = room.send(one, at=after(2))
    assert (again.accepted, again.duplicates) == (0, 1)


def test_what_is_not_understood_is_quarantined_with_the_reason() -> None:
    """Unknown labels and a start in the future are kept and shown, not dropped."""
    room = BenchRoom()
    result = room.send(
        alert("A", at=after(0), service="nowhere"),
        alert("B", at=after(600), service="exam-db"),
        at=after(1),
    )
    assert (result.accepted, result.quarantined) == (2, 2)
    records = [r for r in room.store.quarantined_alerts(READER).items if isinstance(r, AlertRecord)]
    reasons = {r.alert.alertname: r.reason for r in records}
    assert reasons == {"A": QuarantineReason.UNMAPPED, "B": QuarantineReason.FUTURE}


def test_a_bad_alert_refuses_the_whole_payload() -> None:
    """Half a payload is never stored."""
    room = BenchRoom()
    with pytest.raises(InputError):
        room.send(
            alert("PlaybackFailureHigh", at=after(0), service="client-r1-telecom"),
            {"status": "firing"},
            at=after(1),
        )
    assert sum(room.store.lane_counts("small").values()) == 0


def test_a_change_over_two_packs_loses_no_target() -> None:
    """What lies in another pack than the change's own is kept with what nobody knows."""
    room = BenchRoom()
    quiz = Component(id="zeta:quiz-db", kind="database", name=text("quiz-db"))
    bare = {"relations": (), "flows": (), "regions": ()}
    zeta = small_pack().model_copy(update={**bare, "id": "zeta", "components": (quiz,)})
    room.store.write(lambda tx: tx.replace_pack(zeta))
    raw = json.loads(_change("c", at="2025-03-12T21:38:00+08:00", target="exam-db"))
    sent = ["nonsense", "quiz-db", "exam-db"]
    body = json.dumps({**raw, "targets": sent}).encode()

    result = room.intake.receive_changes(room.principal, body, received_at=after(0))

    (stored,) = room.store.changes_between("small", since=after(-3600), until=after(0))
    assert stored.component_ids == ("small:exam-db",)
    assert stored.unmapped_targets == ("nonsense", "quiz-db")
    assert result.quarantined == 1


def test_a_changed_setting_steers_a_running_intake() -> None:
    """The shelf of a server that runs notices settings that were loaded beside it."""
    room = BenchRoom()
    assert room.intake.shelf.contexts(room.store)["small"].pack.settings.watching_after_s == 600
    pack = small_pack()
    sooner = pack.settings.model_copy(update={"watching_after_s": 7})

    counts = room.store.write(
        lambda tx: tx.replace_pack(pack.model_copy(update={"settings": sooner}))
    )

    assert (counts.added, counts.changed, counts.removed) == (0, 1, 0)
    assert room.intake.shelf.contexts(room.store)["small"].pack.settings.watching_after_s == 7


def test_only_a_source_may_post() -> None:
    """A person's principal is no alert source."""
    room = BenchRoom()
    with pytest.raises(ForbiddenError):
        room.intake.receive_alertmanager(Principal(name="zhou"), payload(), received_at=after(0))


def test_one_warning_waits_and_the_second_related_one_opens() -> None:
    """A lone warning is no incident; two that share a cause are, the first adopted."""
    room = BenchRoom()
    room.storm(clients=1)
    assert room.incidents() == []
    room.storm(clients=2)
    (incident,) = room.incidents()
    assert incident.rule == "related"
    assert incident.began_at == after(0)
    assert len(room.store.alerts_of(incident.id)) == 2


def test_a_critical_alert_opens_at_once() -> None:
    """Severity critical needs no second sign."""
    room = BenchRoom()
    room.send(alert("CdnNodeDown", at=after(0), severity="critical", host="cdn-a"), at=after(9))
    assert [i.rule for i in room.incidents()] == ["critical"]


def test_an_exam_component_in_session_opens_at_once() -> None:
    """In exam week, in the evening, one warning on the exam database is enough."""
    room = BenchRoom()
    room.send(alert("DbConnectionPoolExhausted", at=after(0), service="exam-db"), at=after(9))
    assert [i.rule for i in room.incidents()] == ["in_session"]


def test_unrelated_noise_stays_outside_the_storm() -> None:
    """An alert that shares no cause with the storm waits in its own lane."""
    room = BenchRoom()
    room.storm()
    room.send(alert("HighErrorRate", at=after(30), service="report-api"), at=after(95))
    assert len(room.incidents()) == 1
    lanes = room.store.lane_counts("small")
    assert (lanes[Lane.UNASSIGNED], lanes[Lane.INCIDENT]) == (1, 4)


def test_info_alerts_are_noise_with_a_reason() -> None:
    """What nobody needs to act on is visible as noise."""
    room = BenchRoom()
    room.send(alert("X", at=after(0), severity="info", service="report-api"), at=after(1))
    (record,) = room.store.unassigned_alerts("small", since=after(-10))
    assert (record.lane, record.lane_reason) == (Lane.NOISE, "severity")


def test_a_resolve_joins_the_incident_of_its_alert() -> None:
    """The resolved state is evidence of the same incident."""
    room = BenchRoom()
    room.storm()
    first = alert(
        "PlaybackFailureHigh",
        at=after(0),
        status="resolved",
        ends_at=after(300),
        service="client-r1-telecom",
    )
    result = room.send(first, at=after(301))
    (incident,) = room.incidents()
    assert result.incident_ids == (incident.id,)
    assert incident.evidence_revision == 5


def test_heartbeats_are_no_evidence() -> None:
    """Watchdog renews the heartbeat and opens nothing, repeated or not."""
    room = BenchRoom()
    room.beat(after(0))
    room.beat(after(60))
    (beat,) = room.store.heartbeats()
    assert (beat.first_at, beat.last_at) == (after(0), after(60))
    assert room.incidents() == []


def test_a_change_before_the_onset_joins_and_survives_a_repeat() -> None:
    """A change on a suspect is evidence once, however often it is sent."""
    room = BenchRoom()
    body = _change("c1", at="2025-03-12T13:31:00Z", target="cdn-a")
    room.intake.receive_changes(room.principal, body, received_at=after(-500))
    room.storm()
    again = room.intake.receive_changes(room.principal, body, received_at=after(200))
    (incident,) = room.incidents()
    assert (again.accepted, again.duplicates) == (0, 1)
    assert [c.change.id for c in room.store.changes_of(incident.id)] == ["c1"]


def test_a_late_change_report_joins_the_open_incident() -> None:
    """A change reported after the storm still becomes its evidence."""
    room = BenchRoom()
    room.storm()
    body = _change("c2", at="2025-03-12T13:35:00Z", target="别名-cdn-a")
    result = room.intake.receive_changes(room.principal, body, received_at=after(200))
    (incident,) = room.incidents()
    assert result.incident_ids == (incident.id,)


def test_a_change_long_after_the_storm_is_no_evidence_of_it() -> None:
    """An open incident of March takes no deployment of November in."""
    room = BenchRoom()
    room.storm()
    body = _change("c3", at="2025-11-12T13:35:00Z", target="cdn-a")
    result = room.intake.receive_changes(room.principal, body, received_at=after(21_000_000))
    assert (result.accepted, result.incident_ids) == (1, ())


@pytest.mark.parametrize("field", ["schema", "id", "at", "kind", "targets"])
def test_a_bad_change_names_its_field(field: str) -> None:
    """A change without a demanded field is refused by JSON pointer."""
    raw = json.loads(_change("c", at="2025-03-12T13:31:00Z", target="cdn-a"))
    del raw[field]
    room = BenchRoom()
    with pytest.raises(InputError, match=f"/{field}"):
        room.intake.receive_changes(room.principal, json.dumps(raw).encode(), received_at=after(0))


def test_incidents_that_meet_become_one_under_the_older_id() -> None:
    """Two halves of a storm merge when an alert fits both; the younger points to the older."""
    room = BenchRoom(_joined_pack())
    for index, host in enumerate(("exam-db", "cdn-a")):
        room.send(
            alert("Broken", at=after(60 * index), severity="critical", host=host),
            at=after(60 + 60 * index),
        )
    before = sorted(room.incidents(), key=lambda i: i.opened_at)
    assert len(before) == 2
    room.send(alert("HighErrorRate", at=after(70), service="report-api"), at=after(130))
    states = {i.id: (i.state, i.merged_into) for i in room.incidents()}
    assert states[before[1].id] == (IncidentState.CLOSED, before[0].id)
    assert states[before[0].id][1] is None


def test_a_live_incident_ticks_and_comes_to_be_watched() -> None:
    """A minute stores a tick; ten quiet minutes after the last resolve lead to watching."""
    room = BenchRoom(replay=False)
    room.storm(clients=2)
    for index, name in enumerate(("r1-telecom", "r1-mobile")):
        room.send(
            alert(
                "PlaybackFailureHigh",
                at=after(10 * index),
                status="resolved",
                ends_at=after(200),
                service=f"client-{name}",
            ),
            at=after(210),
        )
    shelf = PackShelf()
    for minute in range(4, 20):
        pass_time(room.store, shelf, after(60 * minute))
    (incident,) = room.incidents()
    assert incident.state is IncidentState.WATCHING
    assert incident.evidence_revision == 4 + len(room.store.ticks_of(incident.id))


def test_a_replayed_incident_does_not_tick() -> None:
    """Time passes for a replay only by what it posts."""
    room = BenchRoom()
    room.storm()
    assert pass_time(room.store, PackShelf(), after(10_000)) == ()


@settings(max_examples=25, deadline=None)
@given(st.permutations(range(6)), st.integers(min_value=1, max_value=6))
def test_batching_changes_neither_incident_nor_evidence(order: list[int], size: int) -> None:
    """However alerts of one instant are cut into POSTs, the evidence is the same."""
    names = [f"client-r{r}-{c}" for r in (1, 2, 3) for c in ("telecom", "mobile")]
    alerts = [
        alert("PlaybackFailureHigh", at=after(i), service=name) for i, name in enumerate(names)
    ]
    whole, cut = BenchRoom(), BenchRoom()
    whole.send(*alerts, at=after(60))
    mixed = [alerts[i] for i in order]
    for start in range(0, len(mixed), size):
        cut.send(*mixed[start : start + size], at=after(60))
    counts = [
        sorted(
            (i.evidence_revision, len(room.store.alerts_of(i.id)))
            for i in room.incidents()
            if i.merged_into is None
        )
        for room in (whole, cut)
    ]
    assert counts[0] == counts[1]
