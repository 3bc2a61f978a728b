"""The harm walks of the loaded packs, kept for the graph page."""

from __future__ import annotations

from graph.harm import HarmWalks
from graph.ports import Store


class WalkShelf:
    """The walks of each loaded pack, built once per topology revision."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[str, HarmWalks]] = {}

    def walks(self, store: Store, pack_id: str) -> HarmWalks:
        """Give the walks of a pack as it is stored now."""
        revision = next(h.topology_revision for h in store.packs() if h.id == pack_id)
        kept = self._kept.get(pack_id)
        if kept is None or kept[0] != revision:
            kept = (revision, HarmWalks(store.pack(pack_id)))
            self._kept[pack_id] = kept
        return kept[1]
