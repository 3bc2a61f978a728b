"""What was read of a pack's graph, kept per revision: the whole pack, and the walks on it."""

from __future__ import annotations

import threading
from collections.abc import Callable

from graph.model.pack import DomainPack
from graph.traverse import TopologyView


class TopologyCache:
    """One pack and one view per pack id; a digest says whether they still hold."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._packs: dict[str, tuple[str, DomainPack]] = {}
        self._views: dict[str, TopologyView] = {}

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
