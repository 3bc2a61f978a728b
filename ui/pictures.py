"""Pictures of incidents that tabs share: ten people who open one storm have it fetched once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Final

from api.schemas.incidents import IncidentDetail
from ui.scene import Scene

# Incidents that people look at in one night; a picture is a megabyte or two.
_KEPT: Final = 16
# A tab that waits longer for another one's picture fetches its own.
_PATIENCE_S: Final = 3.0

# Whose eyes (the sites that a person may see), and which incident.
Key = tuple[str, str]


class Pictures:
    """The newest picture of each incident, by what its viewers may see; safe from any thread.

    A picture holds as long as the API tells the same of its incident.
    """

    def __init__(self) -> None:
        """Begin without a picture."""
        self._lock = Lock()
        self._turns: OrderedDict[Key, Lock] = OrderedDict()
        self._kept: dict[Key, tuple[IncidentDetail, Scene]] = {}

    @contextmanager
    def turn(self, key: Key) -> Iterator[None]:
        """Let one tab at a time fetch a picture; whoever waits three seconds goes on without."""
        with self._lock:
            turn = self._turns.setdefault(key, Lock())
            self._turns.move_to_end(key)
            while len(self._turns) > _KEPT:
                oldest, _ = self._turns.popitem(last=False)
                self._kept.pop(oldest, None)
        held = turn.acquire(timeout=_PATIENCE_S)
        try:
            yield
        finally:
            if held:
                turn.release()

    def find(self, key: Key, detail: IncidentDetail) -> Scene | None:
        """Return the picture that was made of the same answer, or None."""
        with self._lock:
            made, scene = self._kept.get(key, (None, None))
        return scene if made == _timeless(detail) else None

    def keep(self, key: Key, detail: IncidentDetail, scene: Scene) -> None:
        """Put a picture in the place of the one before."""
        with self._lock:
            if key in self._turns:
                self._kept[key] = (_timeless(detail), scene)


def _timeless(detail: IncidentDetail) -> IncidentDetail:
    """Leave out the age, which differs at every call."""
    return detail.model_copy(update={"age_s": 0.0})
