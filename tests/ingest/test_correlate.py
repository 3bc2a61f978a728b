"""Which alerts belong together: join, open, adopt, merge, noise, and the ledger of all of it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.failure import FailureGraph
from graph.model.digest import alert_evidence_id
from graph.model.incident import IncidentState
from graph.model.pack import DomainPack
from graph.model.signals import Alert, AlertRecord, AlertStatus, Lane
from graph.model.topology import Component, Relation, RelationType
from ingest.correlate import HUB_LEAST, JOIN_WITHIN, PAIR_WITHIN, Correlator, Storm
from tests.bench_room import BenchRoom
from tests.payloads import alert
from tests.small_pack import PACK, START, after, small_pack, text

CLIENTS = ("r1-telecom", "r1-mobile", "r2-telecom", "r2-mobile")
OUTSIDE = timedelta(days=-30)


def _record(
    component: str,
    *,
    alertname: str = "PlaybackFailureHigh",
    at: datetime = START,
    severity: str = "warning",
    status: AlertStatus = AlertStatus.FIRING,
) -> AlertRecord:
    sent = Alert(
        source="s",
        fingerprint=f"{alertname}-{component}",
        status=status,
        alertname=alertname,
        labels={"severity": severity},
        starts_at=at,
        received_at=at,
    )
    return AlertRecord(
        evidence_id=alert_evidence_id("s", sent.fingerprint, starts_at=at, status=status),
        alert=sent,
        pack_id=PACK,
        lane=Lane.UNASSIGNED,
        component_id=f"{PACK}:{component}",
    )


def _correlator(pack: DomainPack | None = None) -> Correlator:
    pack = pack or small_pack()
    return Correlator(FailureGraph(pack), pack.library.alert_types)


def _storm(correlator: Correlator, *records: AlertRecord) -> Storm:
    storm = Storm("inc-1", START, True, START)
    storm.add_all(records, correlator.suspects)
    return storm


def _hub_pack(callers: int) -> DomainPack:
    """Hang so many services on one database."""
    pack = small_pack()
    many = tuple(
        Component(id=f"{PACK}:svc-{n:02}", kind="service", name=text(f"svc-{n}"))
        for n in range(callers)
    )
    relations = tuple(
        Relation(source=c.id, type=RelationType.DEPENDS_ON, target=f"{PACK}:exam-db", strength=0.9)
        for c in many
    )
    return pack.model_copy(
        update={
            "components": (*pack.components, *many),
            "relations": (*pack.relations, *relations),
        }
    )


def test_suspects_are_the_component_and_what_it_stands_on() -> None:
    """The component itself weighs 1.0; the way upstream weighs its strengths."""
    found = _correlator().suspects(_record("client-r1-mobile"))
    assert found == {
        "small:client-r1-mobile": 1.0,
        "small:cdn-a": 0.85,
        "small:origin": pytest.approx(0.595),
    }


def test_missing_traffic_suspects_the_callers() -> None:
    """A starved origin may have lost the nodes that call it; an erroring one suspects none."""
    starved = _correlator().suspects(_record("origin", alertname="OriginTrafficDrop"))
    assert {"small:cdn-a", "small:cdn-b"} <= set(starved)
    assert set(_correlator().suspects(_record("origin", alertname="Odd"))) == {"small:origin"}


def test_an_alert_without_a_component_suspects_nobody() -> None:
    """It cannot join by topology."""
    nameless = _record("cdn-a").model_copy(update={"component_id": None})
    assert _correlator().suspects(nameless) == {}


def test_an_alert_joins_whose_suspect_the_storm_shares() -> None:
    """A third client of cdn-a fits; a client of the other node shares only the origin, and fits."""
    correlator = _correlator()
    storm = _storm(correlator, _record("client-r1-mobile"), _record("client-r2-mobile"))
    assert correlator.fits(_record("client-r1-telecom"), storm)
    assert correlator.fits(_record("client-r3-mobile"), storm)
    assert not correlator.fits(_record("report-api"), storm)
    assert not correlator.fits(_record("exam-db"), storm)


def test_a_cause_that_speaks_up_joins() -> None:
    """The node that two alerting components suspect belongs to them, whatever it suspects."""
    correlator = _correlator()
    storm = _storm(correlator, _record("client-r1-mobile"), _record("client-r2-mobile"))
    assert correlator.fits(_record("cdn-a", alertname="CdnNodeDown"), storm)


@pytest.mark.parametrize(("offset_s", "fits"), [(0, True), (1, False)])
def test_a_storm_takes_nobody_in_after_a_quiet_quarter_hour(offset_s: int, fits: bool) -> None:
    """JOIN_WITHIN counts from the storm's last alert, and includes its end."""
    correlator = _correlator()
    storm = _storm(correlator, _record("client-r1-mobile"))
    late = _record("client-r1-telecom", at=START + JOIN_WITHIN + timedelta(seconds=offset_s))
    assert correlator.fits(late, storm) is fits


def test_a_component_votes_once() -> None:
    """Many alerts of one component do not make a suspect popular."""
    correlator = _correlator()
    records = [_record("client-r1-mobile", alertname=f"Odd{n}") for n in range(5)]
    storm = _storm(correlator, *records)
    assert storm.support["small:cdn-a"] == 1
    assert len(storm.records) == 5


@pytest.mark.parametrize(
    ("callers", "shared"), [(HUB_LEAST - 1, True), (HUB_LEAST, False)], ids=["many", "a hub"]
)
def test_sharing_a_hub_says_nothing(callers: int, shared: bool) -> None:
    """With the exam service, over forty hang on the database: not related by it, unless it alerts.

    The alerts of the hub's own dependants join it, because then it is the alerting component.
    """
    correlator = _correlator(_hub_pack(callers))
    one, other = (_record(f"svc-0{n}", alertname="HighErrorRate") for n in (1, 2))
    assert ("small:exam-db" in correlator.suspects(one)) is shared
    assert correlator.related(one, other) is shared
    hub = _record("exam-db", alertname="DbConnectionPoolExhausted")
    assert correlator.suspects(hub)["small:exam-db"] == 1.0


@pytest.mark.parametrize(("offset_s", "related"), [(0, True), (1, False)])
def test_two_alerts_are_related_by_a_cause_within_five_minutes(
    offset_s: int, related: bool
) -> None:
    """PAIR_WITHIN includes its end; it does not matter which of the two came first."""
    correlator = _correlator()
    one = _record("client-r1-mobile")
    at = START + PAIR_WITHIN + timedelta(seconds=offset_s)
    other = _record("client-r2-mobile", at=at)
    assert correlator.related(one, other) is related
    assert correlator.related(other, one) is related


def test_the_same_component_is_no_second_sign() -> None:
    """Two alerts of one component are one complaint."""
    correlator = _correlator()
    assert not correlator.related(
        _record("client-r1-mobile"), _record("client-r1-mobile", alertname="Odd")
    )


def test_a_pair_needs_a_suspect_that_would_have_hit_both() -> None:
    """r1 and r3 share only the origin, .595 each, which is enough; a weak one is not."""
    pack = small_pack()
    pair = (_record("client-r1-mobile"), _record("client-r3-mobile"))
    assert _correlator(pack).related(*pair)
    weaker = tuple(
        r.model_copy(update={"strength": 0.5}) if r.target == "small:origin" else r
        for r in pack.relations
    )
    assert not _correlator(pack.model_copy(update={"relations": weaker})).related(*pair)


@pytest.mark.parametrize(
    ("record", "in_session", "rule"),
    [
        (_record("report-api"), True, None),
        (_record("exam-db"), True, "in_session"),
        (_record("exam-db"), False, None),
        (_record("exam-db", severity="info"), True, "in_session"),
        (_record("exam-db", status=AlertStatus.RESOLVED), True, None),
        (_record("report-api", severity="critical"), False, "critical"),
        (_record("report-api", severity="CRITICAL"), False, "critical"),
        (_record("client-r1-mobile"), False, "related"),
        (_record("client-r1-mobile", severity="info"), False, None),
        (_record("client-r1-mobile", status=AlertStatus.RESOLVED), False, None),
    ],
)
def test_what_opens_an_incident_is_a_stated_rule(
    record: AlertRecord, in_session: bool, rule: str | None
) -> None:
    """In session, critical, related; a resolve opens nothing, nor does an info."""
    waiting = [_record("client-r2-mobile")]
    assert _correlator().opening_rule(record, waiting, in_session=in_session) == rule


def test_noise_has_a_reason() -> None:
    """Quiet severities and three firings of one fingerprint are noise; the rest just waits."""
    correlator = _correlator()
    record = _record("report-api")
    assert correlator.noise_reason(_record("report-api", severity="none"), {}) == "severity"
    assert correlator.noise_reason(record, {record.alert.fingerprint: 2}) == ""
    assert correlator.noise_reason(record, {record.alert.fingerprint: 3}) == "flapping"


def test_flapping_becomes_noise_with_the_third_firing() -> None:
    """The same fingerprint firing again and again is told as flapping, and opens nothing."""
    room = BenchRoom()
    for n in range(4):
        at = after(200 * n)
        room.send(alert("HighErrorRate", at=at, service="report-api"), at=at)
    records = room.store.unassigned_alerts(PACK, since=after(-10))
    lanes = [r.lane for r in sorted(records, key=lambda r: r.alert.starts_at)]
    assert lanes == [Lane.UNASSIGNED, Lane.UNASSIGNED, Lane.NOISE, Lane.NOISE]
    assert room.incidents() == []


def test_an_exam_component_is_never_noise_in_session() -> None:
    """An info on the exam database during the exam opens an incident; outside it is noise."""
    room = BenchRoom()
    room.send(alert("Odd", at=after(0), severity="info", service="exam-db"), at=after(5))
    assert [i.rule for i in room.incidents()] == ["in_session"]
    calm = BenchRoom()
    at = START + OUTSIDE
    calm.send(alert("Odd", at=at, severity="info", service="exam-db"), at=at)
    (record,) = calm.store.unassigned_alerts(PACK, since=at)
    assert (record.lane, record.lane_reason) == (Lane.NOISE, "severity")


@pytest.mark.parametrize(
    ("age_s", "adopted"), [(600, True), (901, True), (3600, True), (3601, False), (3700, False)]
)
def test_a_waiting_alert_is_adopted_while_it_is_in_reach_of_the_storm(
    age_s: int, adopted: bool
) -> None:
    """What waited for at most an hour is adopted by a critical opener; an older one never."""
    room = BenchRoom()
    room.send(_client("r1-telecom", after(-age_s)), at=after(-age_s))
    room.send(_client("r1-mobile", after(0), severity="critical"), at=after(0))
    (incident,) = room.incidents()
    names = {r.component_id for r in room.store.alerts_of(incident.id)}
    assert ("small:client-r1-telecom" in names) is adopted
    assert incident.began_at == after(-age_s if adopted else 0)


def test_an_old_alert_that_is_sent_only_now_is_not_adopted() -> None:
    """What has been failing since before the last hour is not this storm, however late it came."""
    room = BenchRoom()
    room.send(_client("r1-telecom", after(-3700)), at=after(-60))
    room.send(_client("r1-mobile", after(0), severity="critical"), at=after(0))
    (incident,) = room.incidents()
    assert len(room.store.alerts_of(incident.id)) == 1
    assert incident.began_at == START


def test_what_waits_is_tried_again_until_nothing_fits() -> None:
    """One adoption makes the next possible: a lone client of the other node, then its node."""
    room = BenchRoom()
    room.send(alert("Odd", at=after(-60), host="cdn-b"), at=after(-60))
    room.send(_client("r3-mobile", after(-400)), at=after(-400))
    assert room.incidents() == []
    room.send(alert("Odd", at=after(0), severity="critical", host="origin"), at=after(0))
    (incident,) = room.incidents()
    names = {r.component_id for r in room.store.alerts_of(incident.id)}
    assert names == {"small:origin", "small:cdn-b", "small:client-r3-mobile"}


def _client(name: str, at: datetime, *, severity: str = "warning") -> dict[str, object]:
    return alert("PlaybackFailureHigh", at=at, service=f"client-{name}", severity=severity)


@settings(max_examples=20)
@given(st.permutations(CLIENTS), st.integers(1, 280))
def test_a_storm_is_one_incident_in_whatever_order_it_arrives(
    order: list[str], step_s: int
) -> None:
    """Related alerts within the pair's time end in one incident, none is left waiting."""
    room = BenchRoom()
    for index, name in enumerate(order):
        at = after(step_s * index)
        room.send(_client(name, at), at=at)
    (incident,) = room.incidents()
    assert len(room.store.alerts_of(incident.id)) == len(order)
    assert incident.began_at == START


def test_an_owned_incident_is_not_merged_away() -> None:
    """An alert that fits two joins the older; what a person has taken stays its own."""
    room = BenchRoom(_joined())
    for index, host in enumerate(("exam-db", "cdn-a")):
        at = after(60 * index)
        room.send(alert("Broken", at=at, severity="critical", host=host), at=at)
    older, younger = sorted(room.incidents(), key=lambda i: i.opened_at)
    owned = younger.model_copy(
        update={"owner": "zhou", "state": IncidentState.ACKNOWLEDGED, "version": 2}
    )
    room.store.write(lambda tx: tx.put_incident(owned, expected_version=younger.version))
    room.send(alert("HighErrorRate", at=after(70), service="report-api"), at=after(130))
    states = {i.id: i for i in room.incidents()}
    assert states[younger.id].merged_into is None
    assert states[younger.id].state is IncidentState.ACKNOWLEDGED
    assert len(room.store.alerts_of(older.id)) == 2


def _joined() -> DomainPack:
    """Let the report service stand on both the exam database and a CDN node."""
    pack = small_pack()
    joins = tuple(
        Relation(
            source=f"{PACK}:report-api",
            type=RelationType.DEPENDS_ON,
            target=f"{PACK}:{target}",
            strength=0.8,
        )
        for target in ("cdn-a", "exam-db")
    )
    return pack.model_copy(update={"relations": (*pack.relations, *joins)})


def test_a_merge_moves_every_alert_and_both_ledgers_say_so() -> None:
    """The younger points to the older, holds no alert any more, and each tells of the other."""
    room = BenchRoom(_joined())
    for index, host in enumerate(("exam-db", "cdn-a")):
        at = after(60 * index)
        room.send(alert("Broken", at=at, severity="critical", host=host), at=at)
    older, younger = sorted(room.incidents(), key=lambda i: i.opened_at)
    room.send(alert("HighErrorRate", at=after(70), service="report-api"), at=after(130))
    assert len(room.store.alerts_of(older.id)) == 3
    assert room.store.alerts_of(younger.id) == ()
    told = {
        i: [e.detail for e in room.store.ledger(i) if e.kind == "merged"]
        for i in (older.id, younger.id)
    }
    assert told == {older.id: [{"from": younger.id}], younger.id: [{"into": older.id}]}


def test_the_ledger_tells_opening_and_every_attachment_in_order() -> None:
    """From the first second: who opened it by which rule, and how many alerts came when."""
    room = BenchRoom()
    room.storm()
    (incident,) = room.incidents()
    lines = [(e.kind, e.at, e.actor) for e in room.store.ledger(incident.id)]
    assert lines == [
        ("incident_opened", after(70), "engine"),
        ("alerts_attached", after(70), "engine"),
        ("alerts_attached", after(80), "engine"),
        ("alerts_attached", after(90), "engine"),
    ]
    opened, attached, *_ = room.store.ledger(incident.id)
    assert opened.detail == {"rule": "related", "opener": incident.opened_by}
    assert attached.detail == {"count": 2}
    assert [e.seq for e in room.store.ledger(incident.id)] == sorted(
        e.seq for e in room.store.ledger(incident.id)
    )


def test_thirty_replicas_that_use_one_cache_are_one_dependant() -> None:
    """A cache that many pods of few services use is no hub: it may be what they share."""
    pack = small_pack()
    pods = tuple(
        Component(id=f"{PACK}:exam-pod-x{n:03}", kind="container", name=text(f"pod {n}"))
        for n in range(HUB_LEAST + 5)
    )
    db = f"{PACK}:exam-db"
    relations = [
        Relation(source=p.id, type=RelationType.DEPENDS_ON, target=db, strength=0.9) for p in pods
    ]
    relations += [
        Relation(source=p.id, type=RelationType.PART_OF, target=f"{PACK}:exam-api", strength=1.0)
        for p in pods
    ]
    grown = pack.model_copy(
        update={
            "components": (*pack.components, *pods),
            "relations": (*pack.relations, *relations),
        }
    )
    assert db in _correlator(grown).suspects(_record("exam-pod-x001"))


def test_a_cause_that_spoke_before_the_others_belongs_to_them_too() -> None:
    """What joins a storm when it comes after it, belongs to it when it came before it."""
    correlator = _correlator()
    clients = [_record(f"client-r{n}-mobile", at=after(60)) for n in (1, 2)]
    storm = _storm(correlator, *clients)
    early = _storm(correlator, _record("cdn-a", alertname="CdnNodeDown"))
    assert correlator.belongs(early, storm)
    assert not correlator.belongs(storm, early)
    assert not correlator.belongs(_storm(correlator, _record("exam-db")), storm)


def test_a_cause_that_opened_an_incident_of_its_own_is_united_with_its_storm() -> None:
    """The node's critical alert opens one incident, its clients another: they become one."""
    room = BenchRoom()
    room.send(alert("Odd", at=after(0), severity="critical", service="cdn-a"), at=after(5))
    for n, name in enumerate(("r1-mobile", "r2-mobile", "r1-telecom")):
        sent = alert("PlaybackFailureHigh", at=after(20 + n), service=f"client-{name}")
        room.send(sent, at=after(60 + n))
    kept = [incident for incident in room.incidents() if incident.merged_into is None]
    assert len(kept) == 1


def test_an_incident_of_yesterday_takes_in_nothing_of_today() -> None:
    """Still open and related, yet long quiet: the new alert waits instead of being adopted."""
    room = BenchRoom()
    first = alert("Odd", at=after(0), severity="critical", service="client-r1-mobile")
    room.send(first, at=after(10))
    room.send(alert("Odd", at=after(80_000), service="client-r2-mobile"), at=after(80_010))
    (incident,) = room.incidents()
    assert len(room.store.alerts_of(incident.id)) == 1
