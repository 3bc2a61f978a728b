"""What was read of a pack's graph, kept per revision: the whole pack, and the walks on it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from typing import TypeVar, cast

from graph.model.pack import DomainPack
from graph.traverse import TopologyView

T = TypeVar("T")


class TopologyCache:
    """One pack and one view per pack id; a digest says whether they still hold."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._packs: dict[str, tuple[str, DomainPack]] = {}
        self._views: dict[str, TopologyView] = {}
        self._parts: tuple[DomainPack, object] | None = None

    def parts(self, pack: DomainPack, take_apart: Callable[[DomainPack], T]) -> T:
        """Take a pack apart, once for what is written ahead of its load and for the load."""
        with self._lock:
            if self._parts is None or self._parts[0] is not pack:
                self._parts = (pack, take_apart(pack))
            return cast("T", self._parts[1])

    def forget_parts(self) -> None:
        """Let go of the pack that was taken apart: it is loaded."""
        with self._lock:
            self._parts = None

    def pack(self, pack_id: str, content_digest: str, read: Callable[[], DomainPack]) -> DomainPack:
        """Return the pack of this content, reading it at most once."""
        with self._lock:
            known = self._packs.get(pack_id)
            if known is None or known[0] != content_digest:
                known = (content_digest, read())
                self._packs[pack_id] = known
            return known[1]

    def view(self, pack_id: str, revision: str, read: Callable[[], TopologyView]) -> TopologyView:
        """Return the view of this topology revision, building it at most once."""
        with self._lock:
            known = self._views.get(pack_id)
            if known is None or known.revision != revision:
                known = read()
                self._views[pack_id] = known
            return known

    def holding(self, component_ids: Collection[str]) -> tuple[str, TopologyView] | None:
        """Find the pack whose graph, as it was read last, holds all of these, and that graph.

        It may have changed since: whoever asks must see whether `view` gives the same.
        """
        with self._lock:
            for pack_id, view in self._views.items():
                if all(map(view.__contains__, component_ids)):
                    return pack_id, view
        return None
