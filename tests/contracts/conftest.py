"""The stores that must pass the contract; a server store joins by one more entry."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

from graph.ports import Store
from graph.stores.embedded_store import EmbeddedGraphStore


def _embedded_file(folder: Path) -> Store:
    return EmbeddedGraphStore(folder / "store.db")


def _embedded_memory(folder: Path) -> Store:
    return EmbeddedGraphStore(None)


STORES: Final[dict[str, Callable[[Path], Store]]] = {
    "embedded-file": _embedded_file,
    "embedded-memory": _embedded_memory,
}


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Open an empty store of each kind."""
    opened = STORES[request.param](tmp_path)
    yield opened
    opened.close()
