"""Which calendar windows hold at an instant, judged in the pack's own timezone."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from graph.model.topology import Calendar, CalendarWindow, WindowKind


def windows_at(calendar: Calendar, at: datetime) -> tuple[CalendarWindow, ...]:
    """Return the windows that hold at `at`, in id order; daily times are half-open."""
    local = at.astimezone(ZoneInfo(calendar.timezone))
    held = (window for window in calendar.windows if _holds(window, local))
    return tuple(sorted(held, key=lambda window: window.id))


def kinds_at(calendar: Calendar, at: datetime) -> frozenset[WindowKind]:
    """Return the kinds of window that hold at `at`."""
    return frozenset(window.kind for window in windows_at(calendar, at))


def _holds(window: CalendarWindow, local: datetime) -> bool:
    day, clock = local.date(), local.time().replace(tzinfo=None)
    return (
        (window.first_day is None or window.first_day <= day)
        and (window.last_day is None or day <= window.last_day)
        and (not window.weekdays or local.weekday() in window.weekdays)
        and (window.from_time is None or window.from_time <= clock)
        and (window.to_time is None or clock < window.to_time)
    )
