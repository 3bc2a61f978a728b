"""What each person asked lately, thread by thread: kept in memory, gone with the process."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Final

from pydantic import JsonValue

from graph.errors import NotFoundError

Turn = dict[str, JsonValue]


class Threads:
    """Answers by (person, thread), oldest first; nobody reads another person's.

    At most `threads` threads are held, the one unused for longest is forgotten first; of a thread
    the last `turns` answers. A question itself is durable only in the ledger of its incident.
    """

    def __init__(self, *, threads: int = 500, turns: int = 50) -> None:
        """Start empty."""
        self._threads: Final = threads
        self._turns: Final = turns
        self._held: Final[OrderedDict[tuple[str, str], list[Turn]]] = OrderedDict()
        self._lock: Final = threading.Lock()

    def add(self, person: str, thread_id: str, turn: Turn) -> None:
        """Keep an answer at the end of its thread, which begins with its first."""
        with self._lock:
            kept = self._held.setdefault((person, thread_id), [])
            kept.append(turn)
            del kept[: -self._turns]
            self._held.move_to_end((person, thread_id))
            while len(self._held) > self._threads:
                self._held.popitem(last=False)

    def turns(self, person: str, thread_id: str) -> tuple[Turn, ...]:
        """Give a thread, oldest answer first.

        Raises: NotFoundError if this person has none of this id, or it was forgotten.
        """
        with self._lock:
            if (person, thread_id) not in self._held:
                raise NotFoundError(
                    f"no thread {thread_id!r} of yours is kept; threads end with the server, ask "
                    "again to begin a new one"
                )
            return tuple(self._held[person, thread_id])
