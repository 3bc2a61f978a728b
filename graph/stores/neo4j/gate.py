"""Whole commits for readers: Neo4j shows a commit piece by piece while it is applied.

Within one process, which owns the store, a commit therefore waits for the reads under way and lets
none begin; the rest of a transaction, which takes far longer, runs beside them.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final


class CommitGate:
    """Many reads at once, or one commit; a waiting commit goes before new reads."""

    def __init__(self) -> None:
        """Begin open."""
        self._changed: Final = threading.Condition()
        self._mine: Final = threading.local()
        self._reads = 0
        self._commits = 0  # waiting, or under way

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Hold commits off; a read within a read of the same thread goes straight on."""
        nested = self._own() > 0
        with self._changed:
            self._changed.wait_for(lambda: nested or self._commits == 0)
            self._reads += 1
        self._mine.reads = self._own() + 1
        try:
            yield
        finally:
            self._mine.reads = self._own() - 1
            with self._changed:
                self._reads -= 1
                self._changed.notify_all()

    def close(self) -> None:
        """Wait for the reads of other threads, and let none begin until `open`."""
        own = self._own()
        with self._changed:
            self._commits += 1
            self._changed.wait_for(lambda: self._reads == own)

    def open(self) -> None:
        """Let reads begin again."""
        with self._changed:
            self._commits -= 1
            self._changed.notify_all()

    def _own(self) -> int:
        return int(getattr(self._mine, "reads", 0))
