"""The duty board: calendar, counts by urgency, engine, monitoring, lanes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from api.bootstrap import Assistant
from api.remediations.standing import agreed_of, standing_requests, waiting_for
from api.schemas.incidents import BoardView, EngineView, MonitoringView, NoiseGroup, WindowView
from graph.calendar import windows_at
from graph.model.access import Principal
from graph.model.base import Text
from graph.model.diagnosis import Diagnosis
from graph.model.incident import Incident, IncidentState, Urgency
from graph.model.pack import DomainPack
from graph.model.signals import AlertRecord, Heartbeat
from graph.model.topology import CalendarWindow
from graph.ports import Store

OPEN_STATES: Final = frozenset(
    {
        IncidentState.OPEN,
        IncidentState.ACKNOWLEDGED,
        IncidentState.MITIGATING,
        IncidentState.WATCHING,
    }
)
_NOISE_LOOK_BACK: Final = timedelta(hours=24)
_MOST_GROUPS: Final = 20


def view_board(assistant: Assistant, principal: Principal) -> BoardView:
    """Show what holds now; the first pack in id order gives calendar and timezone."""
    store, now = assistant.store, assistant.clock.now()
    pack = next((store.pack(header.id) for header in store.packs()), None)
    incidents = list(open_incidents(store, principal))
    diagnoses = [d for d in (store.diagnosis(i.id) for i in incidents) if d is not None]
    replay = bool(incidents) and all(i.replay_only for i in incidents)
    at = max((d.as_of.now for d in diagnoses), default=now) if replay else now
    requests = standing_requests(store, principal)
    noise = _noise(store, pack, since=at - _NOISE_LOOK_BACK)
    return BoardView(
        now=now,
        timezone=pack.calendar.timezone if pack else "UTC",
        calendar_at=at,
        replay=replay,
        windows=_windows_now(pack, at),
        tonight=_tonight(pack, at),
        counts={level: sum(i.urgency is level for i in incidents) for level in Urgency},
        incidents_open=len(incidents),
        engine=_engine(assistant, diagnoses),
        monitoring=_monitoring(store.heartbeats(), pack, at=at),
        lanes=store.lane_counts(pack.id) if pack else {},
        noise_count=sum(group.count for group in noise),
        noise_groups=len(noise),
        noise=noise[:_MOST_GROUPS],
        alerts_included=sum(d.as_of.alerts_included for d in diagnoses),
        alerts_pending=sum(d.as_of.alerts_pending for d in diagnoses),
        waiting=waiting_for(requests, principal, now=now),
        agreed=agreed_of(requests),
    )


def open_incidents(store: Store, principal: Principal) -> Iterable[Incident]:
    """Yield every visible incident that somebody still works on, in list order."""
    cursor: str | None = None
    while True:
        page = store.incidents(principal, states=OPEN_STATES, cursor=cursor, limit=200)
        yield from (item for item in page.items if isinstance(item, Incident))
        cursor = page.next_cursor
        if cursor is None:
            return


def _windows_now(pack: DomainPack | None, at: datetime) -> tuple[WindowView, ...]:
    if pack is None:
        return ()
    zone = ZoneInfo(pack.calendar.timezone)
    return tuple(_window(w, at.astimezone(zone)) for w in windows_at(pack.calendar, at))


def _tonight(pack: DomainPack | None, at: datetime) -> tuple[WindowView, ...]:
    """List the windows with daily times that hold at some time of this local day, by start."""
    if pack is None:
        return ()
    local = at.astimezone(ZoneInfo(pack.calendar.timezone))
    held = [
        window
        for window in pack.calendar.windows
        if window.from_time is not None
        and window
        in windows_at(pack.calendar, datetime.combine(local, window.from_time, local.tzinfo))
    ]
    return tuple(_window(w, local) for w in sorted(held, key=lambda w: (str(w.from_time), w.id)))


def _window(window: CalendarWindow, local: datetime) -> WindowView:
    first, last = window.first_day, window.last_day
    return WindowView(
        id=window.id,
        kind=window.kind,
        name=window.name,
        day=(local.date() - first).days + 1 if first else None,
        days=(last - first).days + 1 if first and last else None,
        from_time=window.from_time.strftime("%H:%M") if window.from_time else None,
        to_time=window.to_time.strftime("%H:%M") if window.to_time else None,
        exams_per_evening=window.exams_per_evening,
    )


def _engine(assistant: Assistant, diagnoses: Sequence[Diagnosis]) -> EngineView:
    newest = max(diagnoses, key=lambda d: (d.computed_at, d.incident_id), default=None)
    return EngineView(
        alive=assistant.worker.healthy,
        jobs_open=assistant.store.jobs_open(),
        jobs_failed=len(assistant.store.jobs_failed()),
        last_duration_ms=newest.engine.duration_ms if newest else None,
        last_at=newest.computed_at if newest else None,
    )


def _monitoring(
    heartbeats: Iterable[Heartbeat], pack: DomainPack | None, *, at: datetime
) -> tuple[MonitoringView, ...]:
    """Show each heartbeat's age; it is late after the pack's own span."""
    late_s = pack.settings.heartbeat_late_s if pack else 300
    names = {profile.region: profile.name for profile in pack.regions} if pack else {}
    return tuple(
        MonitoringView(
            source=beat.source,
            site=beat.site,
            name=names.get(beat.site or "") or _plain(beat.site or beat.source),
            last_at=beat.last_at,
            age_s=max(0.0, (at - beat.last_at).total_seconds()),
            late=(at - beat.last_at).total_seconds() > late_s,
        )
        for beat in heartbeats
    )


def _noise(store: Store, pack: DomainPack | None, *, since: datetime) -> tuple[NoiseGroup, ...]:
    """Group the noise lane of the last day by alertname and reason; most first, then by name."""
    if pack is None:
        return ()
    records: tuple[AlertRecord, ...] = store.unassigned_alerts(pack.id, since=since)
    counts = Counter(
        (record.alert.alertname, record.lane_reason) for record in records if record.lane == "noise"
    )
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(NoiseGroup(alertname=n, reason=r, count=c) for (n, r), c in ordered)


def _plain(text: str) -> Text:
    return Text(zh=text, en=text)
