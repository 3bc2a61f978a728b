"""Where an export is read from: its folder, or the archive that `GET /export` gave."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol

from pydantic import ValidationError

from api.moving.manifest import (
    MANIFEST,
    MAX_PART_BYTES,
    Manifest,
    Part,
    parse_manifest,
    sha256_of,
)
from graph.errors import InputError
from graph.model.base import Model
from graph.model.moving import FORMS

_UNFINISHED: Final = "the export did not finish, or something is missing; export again"


class Source(Protocol):
    """The files of one export."""

    def place(self, name: str) -> str:
        """Say where a file is, for messages."""
        ...

    def read(self, name: str, limit: int) -> bytes | None:
        """Return a file of at most `limit` bytes (more is cut after one byte), None if missing."""
        ...


@contextmanager
def opened_source(path: Path) -> Iterator[Source]:
    """Open an export in a folder or in an archive.

    Raises: InputError.
    """
    if path.is_dir():
        yield _Folder(path)
        return
    try:
        with tarfile.open(path, "r:") as archive:
            yield _Archive(path, archive)
    except FileNotFoundError as error:
        raise InputError(f"{path}: is not there; name the folder of an export") from error
    except (tarfile.TarError, OSError) as error:
        raise InputError(f"{path}: is no export ({error}); name its folder or .tar") from error


def read_manifest(source: Source) -> Manifest:
    """Read and check the manifest.

    Raises: InputError.
    """
    content = source.read(MANIFEST, MAX_PART_BYTES)
    if content is None:
        raise InputError(f"{source.place(MANIFEST)}: is missing: {_UNFINISHED}")
    return parse_manifest(content, source.place(MANIFEST))


def read_part(source: Source, part: Part) -> tuple[bytes, list[Model]]:
    """Read a part and check every line, their number and the digest; returns bytes and records.

    Raises: InputError naming file and, where it can be told, line.
    """
    place = source.place(part.name)
    content = source.read(part.name, part.bytes)
    if content is None:
        raise InputError(f"{place}: is missing: {_UNFINISHED}")
    form = FORMS[part.kind]
    lines = content.removesuffix(b"\n").split(b"\n")
    records: list[Model] = []
    for number, line in enumerate(lines, 1):
        try:
            records.append(form.model_validate_json(line))
        except ValidationError as error:
            fault = error.errors()[0]
            key = ".".join(str(step) for step in fault["loc"]) or "line"
            raise InputError(
                f"{place}:{number}: {key}: {fault['msg']}; copy or export it again"
            ) from error
    if len(records) != part.lines:
        raise InputError(
            f"{place}:{len(records)}: ends here, the manifest says {part.lines} lines; copy or "
            "export it again"
        )
    if sha256_of(content) != part.sha256:
        raise InputError(
            f"{place}: is not as it was written (sha256 differs); copy or export it again"
        )
    return content, records


class _Folder:
    def __init__(self, folder: Path) -> None:
        self._folder: Final = folder

    def place(self, name: str) -> str:
        return str(self._folder / name)

    def read(self, name: str, limit: int) -> bytes | None:
        try:
            with (self._folder / name).open("rb") as file:
                return file.read(limit + 1)
        except FileNotFoundError:
            return None


class _Archive:
    def __init__(self, path: Path, archive: tarfile.TarFile) -> None:
        self._path: Final = path
        self._archive: Final = archive

    def place(self, name: str) -> str:
        return f"{self._path}:{name}"

    def read(self, name: str, limit: int) -> bytes | None:
        try:
            file = self._archive.extractfile(name)
        except KeyError:
            return None
        return None if file is None else file.read(limit + 1)
