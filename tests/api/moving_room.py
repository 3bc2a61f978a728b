"""Two houses: stores, exports of them, and rebuilds, all with fixed clocks."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from api.moving.epochs import named_origin
from api.moving.export import export
from api.moving.manifest import Manifest
from api.moving.rebuild import rebuild
from api.moving.sources import opened_source
from graph.model.moving import RecordKind
from graph.ports import Store
from graph.stores.embedded_store import EmbeddedGraphStore
from tests.contracts.full_house import fill
from tests.contracts.samples import later

ACTOR: Final = "local:test"
# What a new epoch adds to or changes: all else must be byte for byte the same.
OF_EPOCH: Final = frozenset(
    {RecordKind.REMEDIATION, RecordKind.AUDIT_EVENT, RecordKind.LEDGER_ENTRY, RecordKind.GRANT}
)


def quiet(*_: Any) -> None:
    """Tell nobody of progress."""


def full_store() -> EmbeddedGraphStore:
    """Make a store in memory with something of every kind."""
    store = EmbeddedGraphStore(None)
    store.write(fill)
    return store


def export_of(
    store: Store, folder: Path, *, at_s: float = 100, epoch_at_s: float = 0, home: str = "/old"
) -> Manifest:
    """Export a store, `at_s` seconds after T0; it gets its first epoch at `epoch_at_s`."""
    at, begun = later(at_s), later(epoch_at_s)
    origin = named_origin(store, home=home, kind="embedded", at=begun, epoch_id="aa")
    return export(store, folder, at=at, origin=origin, progress=quiet)


def rebuilt(store: Store, place: Path) -> bool:
    """Rebuild a store from an export; tells whether anything was written."""
    with opened_source(place) as source:
        at = later(200)
        _, written = rebuild(store, source, at=at, epoch_id="bb", actor=ACTOR, told=(quiet, quiet))
    return written


def files_of(folder: Path) -> dict[str, bytes]:
    """Read a whole export."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}
