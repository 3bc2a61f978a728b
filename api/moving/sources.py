"""Where an export is read from: its folder, or the archive that `GET /export` gave."""

from __future__ import annotations

import os
import stat
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
from graph.model.grant import Grant
from graph.model.moving import FORMS, line_of

_UNFINISHED: Final = "the export did not finish, or something is missing; export again"

_IRREGULAR: Final = "is no regular file; copy or export it again"
_UNREADABLE: Final = (tarfile.TarError, OSError, EOFError, ValueError, RecursionError)


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
    if path.exists() and not path.is_file():
        raise InputError(f"{path}: is neither folder nor file; name the folder of an export")
    try:
        archive = tarfile.open(path, "r:")  # noqa: SIM115 - closed below
    except FileNotFoundError as error:
        raise InputError(f"{path}: is not there; name the folder of an export") from error
    except _UNREADABLE as error:
        raise InputError(f"{path}: is no export ({error}); name its folder or .tar") from error
    with archive:
        yield _Archive(path, archive)


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
            record = form.model_validate_json(line)
        except ValidationError as error:
            fault = error.errors()[0]
            key = ".".join(str(step) for step in fault["loc"]) or "line"
            raise InputError(
                f"{place}:{number}: {key}: {fault['msg']}; copy or export it again"
            ) from error
        if not _is_as_written(record, line):
            raise InputError(f"{place}:{number}: is not as an export writes it; export it again")
        records.append(record)
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


def _is_as_written(record: Model, line: bytes) -> bool:
    """Tell whether the writer would write this line; one from before a key was added lacks it."""
    if isinstance(record, Grant) and (record.first_half or record.password_hash):
        return False
    whole = line_of(record)
    known = record.model_dump_json(by_alias=True, exclude_unset=True).encode()
    return line in (whole.removesuffix(b"\n"), known)


class _Folder:
    def __init__(self, folder: Path) -> None:
        self._folder: Final = folder

    def place(self, name: str) -> str:
        return str(self._folder / name)

    def read(self, name: str, limit: int) -> bytes | None:
        path = self._folder / name
        try:
            # A pipe is opened without waiting for its other end, and then refused.
            descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
            with os.fdopen(descriptor, "rb") as file:
                if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                    raise InputError(f"{path}: {_IRREGULAR}")
                return file.read(limit + 1)
        except FileNotFoundError:
            return None
        except IsADirectoryError as error:
            raise InputError(f"{path}: {_IRREGULAR}") from error
        except OSError as error:
            raise InputError(f"{path}: cannot be read ({error.strerror}); copy it again") from error


class _Archive:
    def __init__(self, path: Path, archive: tarfile.TarFile) -> None:
        self._path: Final = path
        self._archive: Final = archive

    def place(self, name: str) -> str:
        return f"{self._path}:{name}"

    def read(self, name: str, limit: int) -> bytes | None:
        place = self.place(name)
        try:
            member = self._archive.getmember(name)
            file = self._archive.extractfile(member) if member.isreg() else None
            if file is None:
                raise InputError(f"{place}: {_IRREGULAR}")
            return file.read(limit + 1)
        except KeyError:
            return None
        except _UNREADABLE as error:
            raise InputError(f"{place}: cannot be read ({error}); copy it again") from error
