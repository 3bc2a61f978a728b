"""From the API's board and incidents to the duty board; no clock, no network, no Streamlit."""

from __future__ import annotations

from collections.abc import Iterable

from api.schemas.incidents import AgreedView, BoardView, IncidentView, WindowView
from graph.model.topology import WindowKind
from ui.scene import Board, CalendarBanner, EngineHealth, Row
from ui.staging import lost_of, step_of

# Which window names the evening, most telling first; evenings and weekends come every week.
_TELLING = (
    WindowKind.EXAM_WEEK,
    WindowKind.CREDIT_DEADLINE,
    WindowKind.LIVE_EVENT,
    WindowKind.EVENING_PEAK,
    WindowKind.WEEKEND,
)


def board_of(board: BoardView, incidents: Iterable[IncidentView]) -> Board:
    """Compose the duty board; rows keep the order of the API: urgency, then age."""
    return Board(
        now=board.now,
        calendar_at=board.calendar_at,
        zone=board.timezone,
        rows=tuple(row_of(incident, board.agreed.get(incident.id)) for incident in incidents),
        calendar=calendar_of(board),
        engine=engine_of(board),
        noise=board.noise_count,
        noise_groups=board.noise_groups,
        noise_lines=tuple((group.alertname, group.reason, group.count) for group in board.noise),
        quarantined=board.lanes.get("quarantine", 0),
        alerts_included=board.alerts_included,
        alerts_pending=board.alerts_pending,
        waiting=board.waiting.count,
        first_expires_at=board.waiting.first_expires_at,
    )


def row_of(incident: IncidentView, agreed: AgreedView | None = None) -> Row:
    """Compose one row; an incident without a diagnosis has no step, people or cause."""
    top = incident.top
    return Row(
        incident_id=incident.id,
        title=incident.title,
        urgency=incident.urgency,
        state=incident.state,
        owner=incident.owner,
        alerts=incident.alerts,
        age_s=incident.age_s,
        step=step_of(incident.broken_step, worst=True) if incident.broken_step else None,
        users=incident.users,
        regions=len(incident.regions),
        cause=(top.kind, top.name, top.posterior) if top else None,
        status=incident.status,
        settling=bool(incident.settling),
        agreed=(agreed.have, agreed.need) if agreed else None,
    )


def calendar_of(board: BoardView) -> CalendarBanner | None:
    """Name the most telling window in force; None on an ordinary hour of an ordinary day."""
    held = sorted(board.windows, key=lambda w: (_TELLING.index(w.kind), w.id))
    if not held:
        return None
    first = held[0]
    peak = next((w for w in board.tonight if w.kind is WindowKind.EVENING_PEAK), None)
    exams = next((w.exams_per_evening for w in board.windows if w.exams_per_evening), None)
    return CalendarBanner(
        name=first.name, day=first.day, days=first.days, exams=exams, peak=_hours(peak)
    )


def engine_of(board: BoardView) -> EngineHealth:
    """Tell how the engine and the sources are; late sources are lost."""
    fresh = [source.age_s for source in board.monitoring if not source.late]
    return EngineHealth(
        alive=board.engine.alive,
        last_ms=board.engine.last_duration_ms,
        lost=lost_of(board.monitoring),
        sources=len(board.monitoring),
        oldest_signal_s=max(fresh) if fresh else None,
    )


def _hours(window: WindowView | None) -> tuple[str, str] | None:
    if window is None or not window.from_time or not window.to_time:
        return None
    return window.from_time[:5], window.to_time[:5]
