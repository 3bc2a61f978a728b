"""Unpack an uploaded .zip or .tar.gz of packs into a folder, trusting nothing in it.

Refused: absolute or climbing paths, links and devices, more files or bytes than a pack can need
(whatever the headers claim: bytes are counted as they come out).
"""

from __future__ import annotations

import io
import tarfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Final

from graph.errors import InputError, MalformedError, TooLargeError

MAX_ARCHIVE_BYTES: Final = 50 * 1024 * 1024
MAX_UNPACKED_BYTES: Final = 200 * 1024 * 1024
MAX_FILES: Final = 5_000
_CHUNK: Final = 1 << 16


def unpack(archive: bytes, folder: Path) -> None:
    """Write the archive's regular files below `folder`.

    Raises: TooLargeError over 50 MB packed, 200 MB unpacked or 5,000 files; InputError for a path
        or a kind of entry that may not be; MalformedError if it is neither zip nor tar.gz.
    """
    if len(archive) > MAX_ARCHIVE_BYTES:
        raise TooLargeError(f"the archive has {len(archive)} bytes; send at most 50 MB")
    left = MAX_UNPACKED_BYTES
    try:
        for count, (name, content) in enumerate(_entries(archive), 1):
            if count > MAX_FILES:
                raise TooLargeError(f"the archive holds more than {MAX_FILES} files; split it")
            left -= _write(content, _inside(folder, name), left)
    except (tarfile.TarError, zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
        raise MalformedError(f"the archive cannot be unpacked ({error}); send it again") from error
    except (RuntimeError, NotImplementedError) as error:  # encrypted, or an odd compression
        raise MalformedError(f"the archive cannot be read ({error}); send a plain one") from error


def packed(files: Iterable[tuple[str, bytes]]) -> bytes:
    """Make a .zip of files, by name and content."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return made.getvalue()


def _entries(archive: bytes) -> Iterator[tuple[str, IO[bytes]]]:
    if archive[:2] == b"PK":
        return _zip_entries(archive)
    if archive[:2] == b"\x1f\x8b":
        return _tar_entries(archive)
    raise MalformedError("the body is neither a .zip nor a .tar.gz archive; send one of them")


def _zip_entries(archive: bytes) -> Iterator[tuple[str, IO[bytes]]]:
    with zipfile.ZipFile(io.BytesIO(archive)) as packed:
        for entry in packed.infolist():
            kind = entry.external_attr >> 28
            if entry.is_dir():
                continue
            if kind not in (0, 8):  # the file type bits of a Unix mode; 8 = regular
                raise InputError(f"{entry.filename!r} is no regular file; pack files only")
            with packed.open(entry) as content:
                yield entry.filename, content


def _tar_entries(archive: bytes) -> Iterator[tuple[str, IO[bytes]]]:
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r|gz") as packed:
        for entry in packed:
            if entry.isdir():
                continue
            content = packed.extractfile(entry) if entry.isreg() else None
            if content is None:
                raise InputError(f"{entry.name!r} is no regular file; pack files only")
            yield entry.name, content


def _inside(folder: Path, name: str) -> Path:
    path = PurePosixPath(name.replace("\\", "/"))
    bad = path.is_absolute() or ".." in path.parts or ":" in name or "\0" in name
    if bad or not path.parts or len(name) > 500:
        raise InputError(f"{name[:200]!r} is no path inside the archive; pack relative paths")
    return folder.joinpath(*path.parts)


def _write(content: IO[bytes], path: Path, left: int) -> int:
    """Write one file of at most `left` bytes; returns its size."""
    path.parent.mkdir(parents=True, exist_ok=True)
    size = 0
    with path.open("xb") as file:
        while chunk := content.read(_CHUNK):
            size += len(chunk)
            if size > left:
                raise TooLargeError("the archive unpacks to more than 200 MB; split it")
            file.write(chunk)
    return size
