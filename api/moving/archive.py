"""An export as one stream of bytes: a plain tar, the parts in order and the manifest last."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from api.moving.export import Progress, part_file, put_manifest, put_part, writing
from api.moving.manifest import MANIFEST, MAX_PART_BYTES, Manifest, parse_manifest, sha256_of
from graph.errors import InputError, StoreError

_BLOCK: Final = 512
_CHUNK: Final = 1 << 16
_END: Final = bytes(2 * _BLOCK)
_BROKEN_OFF: Final = "the transfer broke off before the manifest came; repeat it"


def packed(folder: Path, manifest: Manifest) -> Iterator[bytes]:
    """Yield the archive of an export; equal exports give equal bytes."""
    at = int(manifest.created_at.timestamp())
    for name in (*(part.name for part in manifest.parts), MANIFEST):
        path = folder / name
        header = tarfile.TarInfo(name)
        header.size, header.mtime, header.mode = path.stat().st_size, at, 0o600
        yield header.tobuf(tarfile.USTAR_FORMAT)
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                yield chunk
        yield bytes(-header.size % _BLOCK)
    yield _END


def unpack_export(chunks: Iterable[bytes], folder: Path, progress: Progress) -> Manifest:
    """Write an archive's export to a folder; the manifest stands only once every part does.

    Raises:
        InputError: the folder holds something else.
        StoreError: the stream broke off or is no export, or the folder cannot be written.
    """
    with writing(folder):
        try:
            with tarfile.open(fileobj=_Stream(chunks), mode="r|") as archive:
                manifest = _unpack(archive, folder)
        except (tarfile.TarError, EOFError) as error:
            raise StoreError(f"{folder}: {_BROKEN_OFF} ({error})") from error
        counts = dict.fromkeys((part.kind for part in manifest.parts), 0)
        for part in manifest.parts:
            _check_part(folder / part.name, part.sha256)
            counts[part.kind] += part.lines
            progress(part.kind, counts[part.kind])
        put_manifest(folder, manifest)
    return manifest


def _unpack(archive: tarfile.TarFile, folder: Path) -> Manifest:
    for entry in archive:
        content = archive.extractfile(entry) if entry.isreg() else None
        if content is None or entry.size > MAX_PART_BYTES:
            raise StoreError(f"the server sent {entry.name[:100]!r}, which is no part; repeat")
        if entry.name == MANIFEST:
            return _parsed(content.read())
        if not part_file(entry.name):
            raise StoreError(f"the server sent {entry.name[:100]!r}, which is no part; repeat")
        put_part(folder, entry.name, content.read())
    raise StoreError(f"{folder}: {_BROKEN_OFF}")


def _parsed(content: bytes) -> Manifest:
    try:
        return parse_manifest(content, MANIFEST)
    except InputError as error:
        raise StoreError(f"the server sent no manifest of ours ({error})") from error


def _check_part(path: Path, sha256: str) -> None:
    if not path.is_file() or sha256_of(path.read_bytes()) != sha256:
        raise StoreError(f"{path}: did not come whole; repeat")


class _Stream(io.RawIOBase):
    """Chunks as a file that is only read forward."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks: Final = iter(chunks)
        self._left = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """Return `size` bytes, fewer only at the end."""
        gathered = bytearray(self._left)
        while size < 0 or len(gathered) < size:
            chunk = next(self._chunks, None)
            if chunk is None:
                break
            gathered += chunk
        wanted = len(gathered) if size < 0 else size
        self._left = bytes(gathered[wanted:])
        return bytes(gathered[:wanted])
