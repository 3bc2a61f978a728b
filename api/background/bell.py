"""The bell that is rung when a diagnosis has been kept."""

from __future__ import annotations

import threading
from typing import Final


class Bell:
    """Lets threads sleep until the next ring; who counts before looking misses none."""

    def __init__(self) -> None:
        """Start without a ring."""
        self._changed: Final = threading.Condition()
        self._rings = 0

    @property
    def rings(self) -> int:
        """Count the rings so far."""
        return self._rings

    def ring(self) -> None:
        """Wake everybody who waits."""
        with self._changed:
            self._rings += 1
            self._changed.notify_all()

    def wait(self, *, since: int, timeout_s: float) -> None:
        """Sleep until it has rung more than `since` times, at most `timeout_s` seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self._rings > since, timeout_s)
