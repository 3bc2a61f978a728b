"""Read everything that one incident's diagnosis rests on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from graph.model.access import Principal
from graph.model.diagnosis import Diagnosis, RevisionTop
from graph.model.incident import Incident
from graph.model.observation import Observation, count_items, standing
from graph.model.people import PEOPLE
from graph.model.signals import AlertRecord, ChangeRecord, Heartbeat, count_changes
from graph.model.topology import Visibility
from graph.ports import PackHeader, Page, Reader
from reasoning import parameters
from reasoning.network.confirmed import OutcomeLog
from reasoning.network.evidence import Evidence

ENGINE = Principal(name="engine")
LOOK_BACK = timedelta(hours=1)


@dataclass(frozen=True)
class CaseFile:
    """What the next revision of an incident's diagnosis rests on; `earlier` tops oldest first."""

    header: PackHeader
    incident: Incident
    evidence: Evidence
    before: Diagnosis | None
    earlier: tuple[RevisionTop, ...]


def read_case(
    reader: Reader, incident_id: str, *, at: datetime | None, log: OutcomeLog
) -> CaseFile:
    """Read all that a diagnosis rests on; `at` and `log` are those of `gather_evidence`.

    Raises: NotFoundError for an unknown incident.
    """
    reader.expect(
        lambda r: r.packs(),
        lambda r: r.incident(ENGINE, incident_id),
        lambda r: r.diagnosis(incident_id),
        lambda r: r.revision_tops(incident_id),
        lambda r: r.alerts_of(incident_id),
        lambda r: r.changes_of(incident_id),
        lambda r: r.ticks_of(incident_id),
        lambda r: r.observations_of(incident_id),
        lambda r: r.heartbeats(),
        _read_quarantine,
        log.next_page,
    )
    incident = reader.incident(ENGINE, incident_id)
    return CaseFile(
        header=next(h for h in reader.packs() if h.id == incident.pack_id),
        incident=incident,
        evidence=gather_evidence(reader, incident, at=at, log=log),
        before=reader.diagnosis(incident_id),
        earlier=reader.revision_tops(incident_id),
    )


def gather_evidence(
    store: Reader,
    incident: Incident,
    *,
    at: datetime | None,
    log: OutcomeLog | None = None,
) -> Evidence:
    """Collect alerts, changes, ticks, observations, heartbeats and quarantine of one incident.

    *Now* is `at`, or the latest receipt (alerts, changes, the sources' heartbeats), tick, or entry
    of a person. `log` remembers what it has read of earlier incidents; without one all is read.
    """
    alerts = store.alerts_of(incident.id)
    stored = store.changes_of(incident.id)
    changes = tuple(record for record in stored if record.retracted_at is None)
    ticks = store.ticks_of(incident.id)
    entered = store.observations_of(incident.id)
    sources = {record.alert.source for record in alerts}
    beats = tuple(beat for beat in store.heartbeats() if beat.source in sources)
    instants = [incident.opened_at, *(r.alert.received_at for r in alerts)]
    instants += [r.change.received_at for r in stored]
    instants += [r.retracted_at for r in stored if r.retracted_at is not None]
    instants += [tick.at for tick in ticks] + [beat.last_at for beat in beats]
    instants += _moments(entered)
    now = at or max(instants)
    store.expect(
        lambda reader: _read_waiting(reader, incident),
        lambda reader: _read_changes(reader, incident, now),
    )
    answers = standing(o for o in entered if o.at <= now)
    return Evidence(
        incident_id=incident.id,
        began_at=incident.began_at,
        now=now,
        revision=len(alerts) + count_changes(stored) + len(ticks) + count_items(entered),
        alerts=alerts,
        changes=changes,
        heartbeats=_heard_by(beats, now),
        quarantined=_quarantined(store, incident, sources, now),
        mapped_elsewhere=_waiting(store, incident, sources, now),
        change_log_heard=_change_log_heard(store, incident, now),
        observations=tuple(o for o in answers if not o.is_over(now)),
        expired=tuple(o for o in answers if o.is_over(now)),
        outcomes=(log or OutcomeLog()).before(store, incident.opened_at),
        sites=_sites(incident),
    )


def _sites(incident: Incident) -> frozenset[str]:
    """Name the site whose people alone may read of the incident, where there is one."""
    if incident.visibility is Visibility.ALL or incident.site is None:
        return frozenset()
    return frozenset([incident.site])


def _moments(entered: Iterable[Observation]) -> list[datetime]:
    """List when people entered or took something back."""
    return [at for o in entered for at in (o.at, o.retracted_at) if at is not None]


def _change_log_heard(store: Reader, incident: Incident, now: datetime) -> bool:
    """Tell whether any change was reported, by now, in the day before the incident.

    What people did by hand while they looked is no log that others would stand in.
    """
    changes = _read_changes(store, incident, now)
    logged = (record.change for record in changes if record.change.source != PEOPLE)
    return any(change.received_at <= now for change in logged)


def _read_changes(reader: Reader, incident: Incident, now: datetime) -> tuple[ChangeRecord, ...]:
    since = incident.began_at - timedelta(seconds=parameters.CHANGE_LOG_DAY_S)
    return reader.changes_between(incident.pack_id, since=since, until=now)


def _read_waiting(reader: Reader, incident: Incident) -> tuple[AlertRecord, ...]:
    return reader.unassigned_alerts(incident.pack_id, since=incident.began_at - LOOK_BACK)


def _read_quarantine(reader: Reader, cursor: str | None = None) -> Page:
    return reader.quarantined_alerts(ENGINE, cursor=cursor, limit=500)


def _heard_by(beats: tuple[Heartbeat, ...], now: datetime) -> tuple[Heartbeat, ...]:
    return tuple(beat for beat in beats if beat.first_at <= now)


def _waiting(store: Reader, incident: Incident, sources: set[str], now: datetime) -> int:
    """Count what these sources sent in the incident's time that found a component elsewhere."""
    waiting = _read_waiting(store, incident)
    return sum(r.alert.source in sources and r.alert.received_at <= now for r in waiting)


def _quarantined(store: Reader, incident: Incident, sources: set[str], now: datetime) -> int:
    """Count what these sources sent in the incident's time and nobody understood."""
    since = incident.began_at - LOOK_BACK
    count, cursor = 0, None
    while True:
        page = _read_quarantine(store, cursor)
        records = [r for r in page.items if isinstance(r, AlertRecord)]
        count += sum(
            r.alert.source in sources and since <= r.alert.received_at <= now for r in records
        )
        cursor = page.next_cursor
        if cursor is None or not records or records[-1].alert.received_at < since:
            return count
