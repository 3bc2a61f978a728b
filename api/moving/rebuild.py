"""An export made a store again: checked whole before a line is written, then part by part.

Each part and the mark that it is in are one transaction, so that whoever was killed repeats the
same command and goes on. At the end every kind is counted and digested anew and compared with the
manifest, the audit chain is verified, and the new epoch begins: what was open is void.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from api.moving.checking import check_export
from api.moving.epochs import SUBJECT, check_lived_in
from api.moving.export import Progress, tallies_of
from api.moving.manifest import Manifest, Part, Tally
from api.moving.sources import Source, read_manifest, read_part
from graph.audit_chain import verify_log
from graph.errors import ConflictError, StoreError
from graph.model.base import Text
from graph.model.grant import OPEN_GRANTS, Grant, GrantKind, GrantStatus
from graph.model.moving import RESTORE_ORDER, Epoch, RecordKind
from graph.ports import EpochReader, Store, Transaction

_GRANT_VOIDED: Final = Text(
    zh="数据已迁入新的存储，迁移前的授权申请作废；请重新申请",
    en="the store was rebuilt, which voids grants from before; ask for it again",
)


def rebuild(
    store: Store,
    source: Source,
    *,
    at: datetime,
    epoch_id: str,
    actor: str,
    told: tuple[Progress, Progress],
) -> tuple[Manifest, bool]:
    """Make an empty store equal to an export, and begin its epoch.

    Args:
        at: when, for the audit lines and the epoch.
        epoch_id: names the new epoch.
        actor: who does it, for the audit lines.
        told: of the progress of checking, and of writing.

    Returns: the manifest, and whether anything was written (False: it was rebuilt before).

    Raises:
        InputError: the export is damaged, and nothing was written; says where.
        ConflictError: the store holds something that is not of this export.
        StoreError: it moved out, cannot be written, or is not equal afterwards.
    """
    manifest = read_manifest(source)
    check_lived_in(store)
    if _is_done(store, manifest):
        return manifest, False
    tallies = check_export(store, source, manifest, told[0])
    begun = Epoch(
        id=epoch_id,
        number=manifest.origin.epoch + 1,
        begun_at=at,
        rebuilt_from=manifest.digest,
        whole=False,
    )
    store.write(lambda tx: _begin(tx, begun))
    parts = sorted(manifest.parts, key=lambda part: RESTORE_ORDER.index(part.kind))
    for number, part in enumerate(parts, 1):
        _bring_in(store, source, part, number=number)
        told[1](part.kind, sum(p.lines for p in parts[:number] if p.kind is part.kind))
    check_equal(store, tallies)
    store.write(lambda tx: _complete(tx, manifest, at=at, actor=actor))
    return manifest, True


def _is_done(store: Store, manifest: Manifest) -> bool:
    """Tell whether this rebuild is over; refuse a store that holds anything else.

    Raises: ConflictError.
    """
    epoch = store.epoch()
    if epoch is not None and epoch.rebuilt_from == manifest.digest:
        return epoch.whole
    if epoch is not None and not epoch.whole:
        raise ConflictError(
            f"a rebuild from export {(epoch.rebuilt_from or '')[:16]} has begun here, and this is "
            f"export {manifest.digest[:16]}; finish the first, or take an empty store"
        )
    with store.inventory() as inventory:
        for kind in RecordKind:
            if next(iter(inventory.records(kind)), None) is not None:
                raise ConflictError(
                    f"the store is not empty (it holds {kind} records); rebuild into an empty one: "
                    "another ETIOGRAPH_HOME, on neo4j an empty database"
                )
    return False


def _begin(tx: Transaction, begun: Epoch) -> None:
    """Mark the store as one that this rebuild fills; one that it has begun to fill stays so."""
    epoch = tx.epoch()
    if epoch is None or epoch.rebuilt_from != begun.rebuilt_from:
        tx.put_epoch(begun)


def _bring_in(store: Store, source: Source, part: Part, *, number: int) -> None:
    """Write a part with the mark that it is in, unless it is."""
    if _is_in(store, number):
        return
    _, records = read_part(source, part)

    def work(tx: Transaction) -> None:
        epoch = tx.epoch()
        if epoch is not None and not _is_in(tx, number):  # an answer that got lost: run again
            tx.restore(part.kind, records)
            tx.put_epoch(epoch.model_copy(update={"parts_in": number}))

    store.write(work)


def _is_in(reader: EpochReader, number: int) -> bool:
    epoch = reader.epoch()
    return epoch is None or epoch.parts_in >= number


def _complete(tx: Transaction, manifest: Manifest, *, at: datetime, actor: str) -> None:
    """Void what was open and let the epoch begin."""
    from api.grants.moves import stopped
    from reasoning.remediation.book import not_before_last
    from reasoning.remediation.voiding import void_open

    epoch = tx.epoch()
    if epoch is None or epoch.whole:
        return
    now = not_before_last(tx, at)
    tx.add_audit(
        at=now,
        actor=actor,
        kind="epoch_begun",
        subject=SUBJECT,
        detail={
            "epoch": epoch.number,
            "export": manifest.digest,
            "from_epoch": manifest.origin.epoch_id,
            "records": manifest.count,
        },
    )
    void_open(tx, actor=actor, at=now)
    for grant in list(filter(_unused, _grants(tx))):
        stopped(tx, grant, GrantStatus.VOIDED, by=actor, why=_GRANT_VOIDED, at=now)
    tx.put_epoch(epoch.model_copy(update={"whole": True}))


def _unused(grant: Grant) -> bool:
    """Tell whether a grant may still change something: open, or a lowering that is in force."""
    in_force = (grant.kind, grant.status) == (GrantKind.LOWERING, GrantStatus.EFFECTIVE)
    return grant.status in OPEN_GRANTS or in_force


def _grants(tx: Transaction) -> Iterator[Grant]:
    cursor: str | None = None
    while True:
        page = tx.grants(statuses=OPEN_GRANTS | {GrantStatus.EFFECTIVE}, cursor=cursor, limit=200)
        yield from (item for item in page.items if isinstance(item, Grant))
        cursor = page.next_cursor
        if cursor is None:
            return


def check_equal(store: Store, tallies: Iterable[Tally]) -> None:
    """Read all of a store back, compare counts and digests, and verify its audit chain.

    Raises: StoreError naming the kind that differs.
    """
    with store.inventory() as inventory:
        found = {tally.kind: tally for tally in tallies_of(inventory)}
    for tally in tallies:
        other = found[tally.kind]
        if other != tally:
            raise StoreError(
                f"after the rebuild the store holds {_said(other)}, the export {_said(tally)}; "
                "rebuild into another, empty store and report this"
            )
    broken = verify_log(store).broken
    if broken is not None:
        raise StoreError(f"after the rebuild the audit chain is broken at line {broken.seq}")


def _said(tally: Tally) -> str:
    return f"{tally.count} {tally.kind} records ({tally.sha256[:16]})"
