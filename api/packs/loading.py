"""Packs on disk: where they lie, whether they changed since they were loaded, and their loading."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Final

from api.archives import unpack
from api.packs.gate import LoweredError, RefusedLoads, check_demands
from api.schemas.admin import PackLoaded, PacksLoaded, PackView
from graph.errors import Detail, InputError
from graph.model.pack import DomainPack, LoadCounts
from graph.ports import PackHeader, Store, Transaction

SEEDS: Final = Path(__file__).resolve().parents[2] / "seeds"
LIBRARY: Final = SEEDS / "library"
DEFAULT_PACK: Final = "medical_education"
# Who loads what changed on disk since the last start: nobody can tell who changed it there.
_AT_START: Final = "server"


def pack_folder(name: str) -> Path:
    """Find a pack by folder or by the name of one that came with the program.

    Raises: InputError.
    """
    for folder in (Path(name), SEEDS / name):
        if (folder / "pack.yaml").is_file():
            return folder
    raise InputError(f"{name}: holds no pack.yaml; give a pack folder or the name of a seed pack")


def read_pack(folder: Path) -> DomainPack:
    """Read and check a pack folder; InputError names file, line and key."""
    from ingest.packs import load_pack

    own_library = folder / "library"
    return load_pack(folder, library_folder=own_library if own_library.is_dir() else LIBRARY)


def digest_of(folder: Path) -> str:
    """Digest a pack's files and the fault library, names and bytes."""
    sha = hashlib.sha256()
    for root in (folder, LIBRARY):
        for path in _files_of(root):
            sha.update(path.relative_to(root).as_posix().encode() + b"\0")
            sha.update(hashlib.sha256(path.read_bytes()).digest())
    return sha.hexdigest()


def _files_of(folder: Path) -> list[Path]:
    """List what makes a pack, in order; scenarios are no part of it."""
    found = (p for p in folder.rglob("*") if p.is_file() and p.suffix in (".yaml", ".md"))
    return sorted(p for p in found if "scenarios" not in p.relative_to(folder).parts)


def archive_of(folders: Sequence[Path]) -> bytes:
    """Pack folders into one .tar.gz, each under its own name."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for folder in folders:
            for path in _files_of(folder):
                name = f"{folder.resolve().name}/{path.relative_to(folder).as_posix()}"
                archive.add(path, arcname=name, recursive=False)
    return buffer.getvalue()


class PackLoader:
    """Brings packs into the store; `on_change` is called after each one that changed anything."""

    def __init__(self, store: Store, memo: Path | None, on_change: Callable[[], None]) -> None:
        """Remember the digests of loaded files in `memo` (None: nowhere)."""
        self._store: Final = store
        self._memo: Final = memo
        self._on_change: Final = on_change
        self.refused: Final = RefusedLoads()
        # Packs that stay as they are stored, though their files changed: those demand less.
        self.kept: Final[set[str]] = set()

    def ensure(self, folder: Path, at: datetime) -> PackLoaded | None:
        """Load a pack unless its files are those that were loaded last; None then.

        One that demands less than the stored one, which is then kept, is told in the log: None too.
        """
        digest = digest_of(folder)
        known = self._remembered().get(str(folder.resolve()), {})
        stored = {header.id for header in self._store.packs()}
        if known.get("digest") == digest and known.get("pack_id") in stored:
            return None
        try:
            return self.load([folder], by=_AT_START, at=at).packs[0]
        except LoweredError as error:
            import structlog

            structlog.get_logger("packs").warning("pack_kept", reason=str(error))
            self.kept.add(error.pack_id)
            return None

    def load(self, folders: Sequence[Path], *, by: str, at: datetime) -> PacksLoaded:
        """Load pack folders, all or nothing; the audit log says that `by` did it, and when.

        Raises: InputError naming file, line and key, or a pack id that came twice.
        """
        digests = [digest_of(folder) for folder in folders]
        packs = [read_pack(folder) for folder in folders]
        loaded = self._store_all(packs, by=by, at=at)
        for folder, digest, pack in zip(folders, digests, packs, strict=True):
            self._remember(folder, digest, pack.id)
        return loaded

    def _store_all(self, given: Sequence[DomainPack], *, by: str, at: datetime) -> PacksLoaded:
        packs = sorted(given, key=lambda pack: pack.id)
        for one, other in pairwise(packs):
            if one.id == other.id:
                raise InputError(f"pack {one.id!r} is given twice; give each pack once")
        for pack in packs:
            self._store.stage_pack(pack)
        try:
            counts = self._store.write(
                lambda tx: [_replace(tx, pack, by=by, at=at) for pack in packs]
            )
        except LoweredError as error:
            self.refused.keep(error)
            raise
        self.kept.difference_update(pack.id for pack in packs)
        if any(map(_is_new, counts)):
            self._on_change()
        loaded = [
            PackLoaded(pack_id=pack.id, **count.model_dump())
            for pack, count in zip(packs, counts, strict=True)
        ]
        return PacksLoaded(packs=tuple(loaded))

    def load_archive(self, archive: bytes, *, by: str, at: datetime) -> PacksLoaded:
        """Load every pack folder of an archive, as `load` does.

        Raises: InputError also where the archive holds no pack or may not be unpacked.
        """
        with tempfile.TemporaryDirectory(prefix="etiograph-") as temporary:
            root = Path(temporary)
            unpack(archive, root)
            folders = sorted(path.parent for path in root.rglob("pack.yaml"))
            if not folders:
                raise InputError("the archive holds no pack.yaml; pack the folder that has one")
            try:
                packs = [read_pack(folder) for folder in folders]
            except InputError as error:  # the temporary folder means nothing to the sender
                message = str(error).replace(f"{root}/", "")
                places = [
                    Detail(fault.pointer.replace(f"{root}/", ""), fault.detail)
                    for fault in error.errors
                ]
                raise InputError(message, places) from error
            return self._store_all(packs, by=by, at=at)

    def _remembered(self) -> dict[str, dict[str, str]]:
        try:
            value = json.loads(self._memo.read_text(encoding="utf-8")) if self._memo else {}
        except (OSError, ValueError):
            return {}  # only a shortcut: without it the pack is read again
        return value if isinstance(value, dict) else {}

    def _remember(self, folder: Path, digest: str, pack_id: str) -> None:
        if self._memo is None:
            return
        known = self._remembered() | {str(folder.resolve()): {"digest": digest, "pack_id": pack_id}}
        self._memo.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")


def _replace(tx: Transaction, pack: DomainPack, *, by: str, at: datetime) -> LoadCounts:
    """Store a pack, with a line in the audit log where that changes anything.

    The first load at the start of a server is no edit: nothing stood there before.
    """
    from reasoning.remediation.editing import note_load

    known = any(header.id == pack.id for header in tx.packs())
    before = tx.pack(pack.id) if known else None
    check_demands(tx, before, pack, by=by, at=at)
    counts = tx.replace_pack(pack)
    after = tx.pack(pack.id)
    if _is_new(counts) and (known or by != _AT_START):
        note_load(tx, before, after, by=by, at=at)
    return counts


def _is_new(counts: LoadCounts) -> bool:
    return bool(counts.added or counts.changed or counts.removed)


def packs_of(store: Store) -> Iterator[DomainPack]:
    """Yield every loaded pack in id order."""
    return (store.pack(header.id) for header in store.packs())


def view_pack(pack: DomainPack, header: PackHeader) -> PackView:
    """Say how much a pack brings and of which revision it is."""
    return PackView(
        id=pack.id,
        title=pack.title,
        timezone=pack.calendar.timezone,
        components=header.components,
        relations=header.relations,
        flows=len(pack.flows),
        sops=len(pack.sops),
        cases=len(pack.cases),
        topology_revision=header.topology_revision,
        library_digest=header.library_digest,
    )
