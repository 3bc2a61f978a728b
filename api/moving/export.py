"""A store written to a folder: parts first, the manifest last, so that an export is whole or old.

Parts bear the digest of their content in their name: a new export into the same folder never
touches what the old manifest names, and takes the old parts away only after its own manifest
stands. Whatever has no manifest is no export.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

from pydantic import JsonValue

from api.moving.epochs import SUBJECT
from api.moving.manifest import (
    MANIFEST,
    PART_BYTES,
    PART_LINES,
    Manifest,
    Origin,
    Part,
    Tally,
    part_name,
    sha256_of,
)
from api.moving.redaction import without_credentials
from graph.errors import InputError, StoreError
from graph.model.moving import RecordKind, line_of
from graph.ports import Inventory, Store, Transaction
from reasoning.remediation.book import not_before_last

# Told after every part: the kind, and how many of its records are done.
Progress = Callable[[RecordKind, int], None]
_OURS: Final = re.compile(r"\d\d-[a-z_]+-\d{5}-[0-9a-f]{16}\.jsonl")
_DRAFT: Final = ".new"
_OTHERS: Final = 0o077


def export(
    store: Store, folder: Path, *, at: datetime, origin: Origin, progress: Progress
) -> Manifest:
    """Write all of a store to `folder`, in bounded memory; equal stores give equal bytes.

    Args:
        at: when, for the manifest.
        origin: what is exported, for the manifest.

    Raises:
        InputError: the folder holds something else.
        StoreError: it cannot be written; what stood there before still does.
    """
    with writing(folder), store.inventory() as inventory:
        tallies: list[Tally] = []
        parts: list[Part] = []
        for kind in RecordKind:
            tally, written = _write_kind(inventory, kind, folder, progress)
            tallies.append(tally)
            parts += written
        manifest = Manifest(
            schema_version=inventory.schema_version(),
            created_at=at,
            origin=origin,
            kinds=tuple(tallies),
            parts=tuple(parts),
        ).signed()
        put_manifest(folder, manifest)
    return manifest


def note_export(store: Store, *, at: datetime, actor: str, epoch: int) -> None:
    """Write who takes the store out, and how much, before anything leaves it.

    So the export holds the line too: `records` counts it, and what others write meanwhile is not
    in the number.
    """
    with store.inventory() as inventory:
        kinds = {kind.value: sum(1 for _ in inventory.records(kind)) for kind in RecordKind}
    kinds[RecordKind.AUDIT_EVENT.value] += 1
    detail: dict[str, JsonValue] = {
        "epoch": epoch,
        "records": sum(kinds.values()),
        "kinds": {kind: count for kind, count in kinds.items() if count},
    }

    def work(tx: Transaction) -> None:
        now = not_before_last(tx, at)
        tx.add_audit(at=now, actor=actor, kind="export_made", subject=SUBJECT, detail=detail)

    store.write(work)


def tallies_of(inventory: Inventory) -> tuple[Tally, ...]:
    """Count and digest every kind, as an export would."""
    return tuple(_tally(inventory, kind) for kind in RecordKind)


def part_file(name: str) -> bool:
    """Tell whether a name is that of a part."""
    return _OURS.fullmatch(name) is not None


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Make the folder (0700) and write in it.

    Raises: as `export`.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        strange = [path.name for path in folder.iterdir() if not _may_stand(path.name)]
        if strange:
            raise InputError(
                f"{folder}: holds {min(strange)!r}, which is no part of an export; name an empty "
                "or a new folder"
            )
        _narrow(folder)
        yield
    except FileExistsError as error:
        raise InputError(f"{folder}: is no folder; name another") from error
    except OSError as error:
        raise StoreError(
            f"{folder}: cannot be written ({error}); make room and repeat: an export that stood "
            "there still does"
        ) from error


def _narrow(folder: Path) -> None:
    """Take a folder that stood there from everybody but its owner, as one that is made is."""
    mode = stat.S_IMODE(folder.stat().st_mode)
    if mode & _OTHERS:
        folder.chmod(mode & ~_OTHERS)
    if folder.stat().st_mode & _OTHERS:
        raise InputError(
            f"{folder}: is open to others ({mode:o}) and stays so; name a folder of your own"
        )


def put_part(folder: Path, name: str, content: bytes) -> None:
    """Write a part whole and durably."""
    _put(folder / name, content)


def put_manifest(folder: Path, manifest: Manifest) -> None:
    """Make the parts an export: from here on the folder holds this one and no other."""
    _sync(folder)
    _put(folder / MANIFEST, manifest.written())
    _sync(folder)
    kept = {part.name for part in manifest.parts} | {MANIFEST}
    for path in folder.iterdir():
        if path.name not in kept:
            path.unlink()


def _may_stand(name: str) -> bool:
    whole = name.removesuffix(_DRAFT)
    return whole == MANIFEST or part_file(whole)


def _tally(inventory: Inventory, kind: RecordKind) -> Tally:
    sha, count = hashlib.sha256(), 0
    for line in _lines(inventory, kind):
        sha.update(line)
        count += 1
    return Tally(kind=kind, count=count, sha256=sha.hexdigest())


def _write_kind(
    inventory: Inventory, kind: RecordKind, folder: Path, progress: Progress
) -> tuple[Tally, list[Part]]:
    sha, count = hashlib.sha256(), 0
    parts: list[Part] = []
    for lines in _batches(_lines(inventory, kind)):
        content = b"".join(lines)
        digest = sha256_of(content)
        name = part_name(kind, len(parts) + 1, digest)
        put_part(folder, name, content)
        sha.update(content)
        count += len(lines)
        parts.append(
            Part(name=name, kind=kind, lines=len(lines), bytes=len(content), sha256=digest)
        )
        progress(kind, count)
    return Tally(kind=kind, count=count, sha256=sha.hexdigest()), parts


def _lines(inventory: Inventory, kind: RecordKind) -> Iterator[bytes]:
    return (line_of(without_credentials(record)) for record in inventory.records(kind))


def _batches(lines: Iterable[bytes]) -> Iterator[list[bytes]]:
    batch: list[bytes] = []
    size = 0
    for line in lines:
        batch.append(line)
        size += len(line)
        if len(batch) >= PART_LINES or size >= PART_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _put(path: Path, content: bytes) -> None:
    draft = path.with_name(path.name + _DRAFT)
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
