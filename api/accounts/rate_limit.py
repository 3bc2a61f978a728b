"""A bounded memory of tries: who guesses, or writes without end, is slowed down, nobody else is."""

from __future__ import annotations

import threading
from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Final

from graph.errors import RateLimitedError

Key = tuple[str, str]


class FailureLimit:
    """Refuse a (name, address) after `attempts` failures within `window`.

    A stranger at another address cannot lock a name out for its owner. The memory holds at most
    `capacity` keys; the one that failed longest ago is forgotten first.
    """

    def __init__(
        self,
        *,
        attempts: int = 5,
        window: timedelta = timedelta(minutes=1),
        capacity: int = 10_000,
    ) -> None:
        """Start empty."""
        self._attempts: Final = attempts
        self._window: Final = window
        self._capacity: Final = capacity
        self._failures: Final[OrderedDict[Key, list[datetime]]] = OrderedDict()
        self._lock: Final = threading.Lock()

    def check(self, key: Key, now: datetime) -> None:
        """Raise RateLimitedError while `key` has failed too often to sign in."""
        wait_s = self.wait_s(key, now)
        if wait_s:
            raise RateLimitedError(
                f"too many failed sign-ins for {key[0]!r}; try again in {wait_s} s", wait_s
            )

    def wait_s(self, key: Key, now: datetime) -> int:
        """Tell how many whole seconds `key` has to wait; 0 where it may try now."""
        with self._lock:
            recent = self._recent(key, now)
            if len(recent) < self._attempts:
                return 0
            left = recent[-self._attempts] + self._window - now
            return max(1, int(left.total_seconds()) + 1)

    def fail(self, key: Key, now: datetime) -> None:
        """Remember a failure."""
        with self._lock:
            self._failures[key] = [*self._recent(key, now), now]
            self._failures.move_to_end(key)
            while len(self._failures) > self._capacity:
                self._failures.popitem(last=False)

    def clear(self, key: Key) -> None:
        """Forget the failures of `key`: it got in."""
        with self._lock:
            self._failures.pop(key, None)

    def _recent(self, key: Key, now: datetime) -> list[datetime]:
        return [at for at in self._failures.get(key, ()) if now - at < self._window]
