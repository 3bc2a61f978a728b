"""The way in for files: from an archive or a command, to documents or to past cases."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from api.archives import unpack
from api.bootstrap import Assistant
from api.knowledge.documents.wish import Import
from api.packs.loading import packs_of
from api.schemas.documents import ImportReport, Incoming
from graph.errors import InputError, NotFoundError
from graph.model.pack import DomainPack
from graph.words import visible

FILES_AT_MOST: Final = 500


def pack_named(assistant: Assistant, pack_id: str | None) -> DomainPack:
    """Give the pack that an import is for: the named one, or the only one.

    Raises: NotFoundError; InputError where several are loaded and none is named.
    """
    loaded = {pack.id: pack for pack in packs_of(assistant.store)}
    if pack_id is not None:
        if pack_id not in loaded:
            raise NotFoundError(f"no pack {pack_id!r} is loaded; `etiograph load` loads one")
        return loaded[pack_id]
    if len(loaded) != 1:
        named = ", ".join(loaded) or "none"
        raise InputError(f"pack: several or none are loaded ({named}); name one")
    return next(iter(loaded.values()))


def files_of(archive: bytes) -> list[tuple[str, bytes]]:
    """Give the files of an archive by name.

    Raises: as `api.archives.unpack`; InputError for none or too many.
    """
    with TemporaryDirectory(prefix="etiograph-") as temporary:
        root = Path(temporary)
        unpack(archive, root)
        paths = sorted(path for path in root.rglob("*") if path.is_file())
        if not 0 < len(paths) <= FILES_AT_MOST:
            raise InputError(f"the archive holds {len(paths)} files; send 1 to {FILES_AT_MOST}")
        return [(path.relative_to(root).as_posix(), path.read_bytes()) for path in paths]


def import_files(assistant: Assistant, wanted: Incoming, *, by: str) -> ImportReport:
    """Take documents (`sops`) or past cases (`cases`) in, in the name of `by`.

    Reports name files with control and hidden characters made visible (safety rule 7).
    """
    from api.knowledge.documents.case_imports import import_cases
    from api.knowledge.documents.taking_in import import_sops

    pack = pack_named(assistant, wanted.pack)
    wish = Import(pack, by, assistant.clock.now(), wanted.dry_run)
    run = import_sops if wanted.kind == "sops" else import_cases
    return run(assistant, [(visible(name), raw) for name, raw in wanted.files], wish)
