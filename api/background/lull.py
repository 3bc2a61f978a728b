"""When to begin diagnosing while payloads still come in: at a lull, or after a bound."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

# Assumed. A sender that goes on sends its next payload within some milliseconds of an answer.
PAUSE_S: Final = 0.01
# A fifth of the second within which a first alert should lead to a diagnosis.
BOUND_S: Final = 0.2
# Nobody reads two answers a second, and each takes from the intake that it competes with.
AGAIN_S: Final = 1.0


class Lull:
    """Tells a diagnosing thread how long to hold on, so that it does not slow a storm's intake.

    A lull is `pause_s` seconds without a payload, none being taken in. It is not waited for longer
    than `bound_s` from the first payload on; a stream that never pauses is diagnosed again every
    `again_s`. Safe for threads; `meter` gives seconds that only ever grow.
    """

    def __init__(
        self,
        *,
        pause_s: float = PAUSE_S,
        bound_s: float = BOUND_S,
        again_s: float = AGAIN_S,
        meter: Callable[[], float] = time.monotonic,
    ) -> None:
        """Start in a lull."""
        self._pause: Final = pause_s
        self._bound: Final = bound_s
        self._again: Final = again_s
        self._most = bound_s  # what is not waited longer for, from the first payload on
        self._meter: Final = meter
        self._lock: Final = threading.Lock()
        self._inside = 0
        self._first: float | None = None  # the first payload that nothing was begun for
        self._last = meter()

    @contextmanager
    def taking(self) -> Iterator[None]:
        """Say that a payload is being taken in for as long as the context lasts."""
        with self._lock:
            if self._first is None:
                self._first = self._meter()
                if not self._inside and self._first - self._last >= self._pause:
                    self._most = self._bound  # no more of the stream that was
            self._inside += 1
        try:
            yield
        finally:
            with self._lock:
                self._inside -= 1
                self._last = self._meter()

    def busy(self) -> bool:
        """Tell whether a payload is being taken in; nothing is begun by asking."""
        with self._lock:
            return self._inside > 0

    def calm_s(self) -> float:
        """Give the seconds since the last payload (the start where none came); 0.0 within one."""
        with self._lock:
            return 0.0 if self._inside else self._meter() - self._last

    def left(self) -> float:
        """Give the seconds, at most `pause_s`, after which to ask again; 0.0 is: begin now.

        Whoever is told to begin has begun: the bound counts anew from the next payload on, and
        from now on where one is being taken in.
        """
        with self._lock:
            if self._first is None:
                return 0.0
            now = self._meter()
            calm = self._pause if self._inside else self._last + self._pause - now
            left = min(calm, self._first + self._most - now)
            if left > 0.0:
                return left
            self._most = self._bound if calm <= 0.0 else self._again
            self._first = now if self._inside else None
            return 0.0
