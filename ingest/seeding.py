"""Load a pack into a store: all or nothing, and nothing at all when it is already there."""

from __future__ import annotations

from graph.model.pack import DomainPack, LoadCounts
from graph.ports import Store


def seed(pack: DomainPack, store: Store) -> LoadCounts:
    """Make the stored pack equal to `pack` in one transaction.

    Returns: what changed; loading the same pack again adds, changes and removes nothing.
    Raises: StoreError if the store cannot write; then the old pack stays as it was.
    """
    store.stage_pack(pack)
    return store.write(lambda transaction: transaction.replace_pack(pack))
