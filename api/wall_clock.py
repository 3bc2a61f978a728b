"""The clock on the wall: the one place that asks the machine for the time."""

from __future__ import annotations

from datetime import UTC, datetime


class SystemClock:
    """The wall clock."""

    def now(self) -> datetime:
        """Tell the time in UTC."""
        return datetime.now(UTC)
