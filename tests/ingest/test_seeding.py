"""Loading a pack into a store writes what changed, and nothing the second time."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph.errors import InputError
from graph.model.pack import LoadCounts
from graph.stores.embedded_store import EmbeddedGraphStore
from ingest.packs import load_pack
from ingest.seeding import seed
from tests.ingest.pack_room import LIBRARY, changed, howto_files, write_pack


def test_a_second_load_changes_nothing(tmp_path: Path) -> None:
    """The first load adds; the second leaves everything as it is; the store gives the pack back."""
    pack = load_pack(write_pack(tmp_path, howto_files()), library_folder=LIBRARY)
    store = EmbeddedGraphStore(None)

    first, second = seed(pack, store), seed(pack, store)

    assert first.added > 0
    assert (second.added, second.changed, second.removed) == (0, 0, 0)
    assert store.pack("tiny") == pack
    store.close()


def test_a_changed_pack_replaces_the_old_one(tmp_path: Path) -> None:
    """One changed strength is one change."""
    store = EmbeddedGraphStore(None)
    seed(load_pack(write_pack(tmp_path / "a", howto_files()), library_folder=LIBRARY), store)
    files = changed("topology.yaml", "strength: 0.6", "strength: 0.7")
    changed_pack = load_pack(write_pack(tmp_path / "b", files), library_folder=LIBRARY)

    counts = seed(changed_pack, store)

    assert counts != LoadCounts()
    assert store.pack("tiny") == changed_pack
    store.close()


def test_a_bad_pack_leaves_the_store_as_it_was(tmp_path: Path) -> None:
    """Nothing is half-loaded: reading fails before anything is written."""
    store = EmbeddedGraphStore(None)
    pack = load_pack(write_pack(tmp_path / "a", howto_files()), library_folder=LIBRARY)
    seed(pack, store)
    files = changed("incidents.yaml", "[db-01]", "[db-99]")

    with pytest.raises(InputError):
        seed(load_pack(write_pack(tmp_path / "b", files), library_folder=LIBRARY), store)

    assert store.pack("tiny") == pack
    store.close()
