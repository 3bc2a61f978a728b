"""Calendar windows: the pack's own timezone, half-open evenings, inclusive dates, weekends."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.calendar import kinds_at, windows_at
from graph.model.base import Text
from graph.model.topology import Calendar, CalendarWindow, WindowKind

SHANGHAI = timezone(timedelta(hours=8))


def _window(slug: str, kind: WindowKind, **rules: Any) -> CalendarWindow:
    name = Text(zh=slug, en=slug)
    return CalendarWindow(id=f"p:{slug}", kind=kind, name=name, source="assumed", **rules)


def _calendar(*windows: CalendarWindow, timezone: str = "Asia/Shanghai") -> Calendar:
    return Calendar(timezone=timezone, windows=windows)


EVENING = _window(
    "evening", WindowKind.EVENING_PEAK, from_time=time(19), to_time=time(23), load_factor=10.0
)
EXAM_WEEK = _window(
    "exam", WindowKind.EXAM_WEEK, first_day=date(2025, 3, 11), last_day=date(2025, 3, 15)
)
WEEKEND = _window("weekend", WindowKind.WEEKEND, weekdays=(5, 6), load_factor=3.0)


@pytest.mark.parametrize(
    ("clock", "holds"),
    [
        (time(18, 59, 59, 999_999), False),
        (time(19), True),
        (time(22, 59, 59, 999_999), True),
        (time(23), False),
        (time(0), False),
    ],
)
def test_an_evening_holds_from_19_until_just_before_23(clock: time, holds: bool) -> None:
    """Daily times are half-open, to the microsecond."""
    at = datetime.combine(date(2025, 3, 12), clock, tzinfo=SHANGHAI)
    assert bool(windows_at(_calendar(EVENING), at)) is holds


def test_the_evening_is_judged_in_the_packs_timezone() -> None:
    """13:40 UTC is the evening in Shanghai and none in London."""
    at = datetime(2025, 3, 12, 13, 40, tzinfo=UTC)
    assert kinds_at(_calendar(EVENING), at) == {WindowKind.EVENING_PEAK}
    assert kinds_at(_calendar(EVENING, timezone="Europe/London"), at) == frozenset()


def test_summer_time_moves_the_evening_in_utc() -> None:
    """19:00 in London is 19:00 UTC in March and 18:00 UTC in July."""
    london = _calendar(EVENING, timezone="Europe/London")
    assert not windows_at(london, datetime(2025, 3, 12, 18, 30, tzinfo=UTC))
    assert windows_at(london, datetime(2025, 7, 12, 18, 30, tzinfo=UTC))


@pytest.mark.parametrize(
    ("at", "holds"),
    [
        (datetime(2025, 3, 10, 23, 59, 59, tzinfo=SHANGHAI), False),
        (datetime(2025, 3, 11, 0, 0, tzinfo=SHANGHAI), True),
        (datetime(2025, 3, 15, 23, 59, 59, tzinfo=SHANGHAI), True),
        (datetime(2025, 3, 16, 0, 0, tzinfo=SHANGHAI), False),
        (datetime(2025, 3, 10, 16, 0, tzinfo=UTC), True),
        (datetime(2025, 3, 15, 16, 0, tzinfo=UTC), False),
    ],
)
def test_dates_are_inclusive_and_local(at: datetime, holds: bool) -> None:
    """Both the first and the last day belong to the week, as days of the pack's timezone."""
    assert bool(windows_at(_calendar(EXAM_WEEK), at)) is holds


def test_a_weekend_is_saturday_and_sunday_of_the_packs_timezone() -> None:
    """Friday 16:00 UTC is Saturday in Shanghai; Sunday 16:00 UTC is Monday there."""
    calendar = _calendar(WEEKEND)
    assert not windows_at(calendar, datetime(2025, 3, 14, 15, 59, tzinfo=UTC))
    assert windows_at(calendar, datetime(2025, 3, 14, 16, 0, tzinfo=UTC))
    assert windows_at(calendar, datetime(2025, 3, 16, 15, 59, tzinfo=UTC))
    assert not windows_at(calendar, datetime(2025, 3, 16, 16, 0, tzinfo=UTC))


def test_every_rule_of_a_window_must_hold() -> None:
    """Dates, weekdays and times narrow a window together."""
    booked = _window(
        "live",
        WindowKind.LIVE_EVENT,
        first_day=date(2025, 3, 10),
        last_day=date(2025, 3, 16),
        weekdays=(2,),
        from_time=time(19),
        to_time=time(21),
    )
    wednesday = datetime(2025, 3, 12, 20, tzinfo=SHANGHAI)
    for off in (timedelta(hours=1), timedelta(days=1), timedelta(days=7)):
        assert not windows_at(_calendar(booked), wednesday + off)
    assert windows_at(_calendar(booked), wednesday) == (booked,)


def test_windows_stand_in_id_order() -> None:
    """Several windows hold at once: all are told by id."""
    calendar = _calendar(WEEKEND, EXAM_WEEK, EVENING)
    saturday_evening = datetime(2025, 3, 15, 20, tzinfo=SHANGHAI)
    assert windows_at(calendar, saturday_evening) == (EVENING, EXAM_WEEK, WEEKEND)


@given(
    st.datetimes(datetime(2024, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC)),
    st.integers(-12, 14),
)
def test_an_instant_is_judged_alike_in_whatever_offset_it_is_written(
    at: datetime, hours: int
) -> None:
    """The offset in which an instant is written changes nothing."""
    calendar = _calendar(EVENING, EXAM_WEEK, WEEKEND)
    written = at.astimezone(timezone(timedelta(hours=hours)))
    assert windows_at(calendar, written) == windows_at(calendar, at)
