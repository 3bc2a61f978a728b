"""Which life a store is in: begun by its making or a rebuild, ended when it moved out."""

from __future__ import annotations

from datetime import datetime

from api.moving.manifest import Manifest, Origin
from graph.errors import ConflictError, StoreError
from graph.model.moving import Epoch
from graph.ports import EpochReader, Store, Transaction

SUBJECT = "store"


def check_in_use(store: EpochReader) -> None:
    """Refuse to work on a store that moved out, or that a rebuild has not finished.

    Raises: StoreError.
    """
    check_lived_in(store)
    check_whole(store)


def check_lived_in(store: EpochReader) -> None:
    """Refuse to work on a store that moved out.

    Raises: StoreError.
    """
    epoch = store.epoch()
    if epoch is not None and epoch.sealed_at is not None:
        raise StoreError(
            f"this store moved out on {epoch.sealed_at:%Y-%m-%d %H:%M} UTC (export "
            f"{epoch.sealed_for[:16]}) and is sealed; serve the one that was rebuilt from it"
        )


def check_whole(store: EpochReader) -> None:
    """Refuse to read a store that a rebuild has not finished.

    Raises: StoreError.
    """
    epoch = store.epoch()
    if epoch is not None and not epoch.whole:
        raise StoreError(
            f"the rebuild of this store from export {(epoch.rebuilt_from or '')[:16]} is not "
            "finished; repeat `etiograph rebuild` with that export"
        )


def named_origin(store: Store, *, home: str, kind: str, at: datetime, epoch_id: str) -> Origin:
    """Say which store this is; one that has no epoch yet gets its first, under `epoch_id`.

    Raises: StoreError where a rebuild of it is not finished.
    """
    check_whole(store)
    epoch = store.write(lambda tx: _ensured(tx, at=at, epoch_id=epoch_id))
    return Origin(home=home, store=kind, epoch=epoch.number, epoch_id=epoch.id)


def _ensured(tx: Transaction, *, at: datetime, epoch_id: str) -> Epoch:
    epoch = tx.epoch()
    if epoch is None:
        # It began with the store: nothing that was started is of a life before it.
        first = next(iter(tx.audit_chain(limit=1)), None)
        epoch = Epoch(id=epoch_id, begun_at=at if first is None else min(first.at, at))
        tx.put_epoch(epoch)
    return epoch


def is_origin(store: EpochReader, manifest: Manifest) -> bool:
    """Tell whether an export was made from this store, in the life that it is in."""
    epoch = store.epoch()
    return epoch is not None and epoch.id == manifest.origin.epoch_id


def seal(store: Store, manifest: Manifest, *, at: datetime, actor: str) -> None:
    """End a store's life: it moved out with this export; doing so again changes nothing.

    Raises: ConflictError where the export was not made from it.
    """

    def work(tx: Transaction) -> None:
        epoch = tx.epoch()
        if epoch is None or epoch.id != manifest.origin.epoch_id:
            raise ConflictError("the export was made from another store; nothing was sealed")
        if epoch.sealed_at is not None:
            return
        sealed = epoch.model_copy(update={"sealed_at": at, "sealed_for": manifest.digest})
        tx.put_epoch(sealed)
        tx.add_audit(
            at=at,
            actor=actor,
            kind="store_sealed",
            subject=SUBJECT,
            detail={"epoch": epoch.number, "export": manifest.digest},
        )

    store.write(work)
