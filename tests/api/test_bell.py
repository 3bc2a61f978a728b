"""Who waits for a diagnosis is woken by it, also where it comes between the look and the sleep."""

from __future__ import annotations

import threading
import time

from api.background.bell import Bell

LONG_S = 60.0


def test_a_ring_before_the_sleep_is_not_missed() -> None:
    """Counted, looked, rung, slept: there is no sleep."""
    bell = Bell()
    rings = bell.rings
    bell.ring()
    began = time.monotonic()
    bell.wait(since=rings, timeout_s=LONG_S)

    assert time.monotonic() - began < LONG_S / 2


def test_a_ring_wakes_everybody() -> None:
    """One diagnosis may be what many pages wait for."""
    bell = Bell()
    threads = [
        threading.Thread(target=lambda: bell.wait(since=0, timeout_s=LONG_S)) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    bell.ring()
    for thread in threads:
        thread.join(LONG_S / 2)

    assert not any(thread.is_alive() for thread in threads)


def test_without_a_ring_the_time_passes() -> None:
    """Nobody sleeps for ever."""
    bell = Bell()
    bell.wait(since=bell.rings, timeout_s=0.001)

    assert bell.rings == 0
