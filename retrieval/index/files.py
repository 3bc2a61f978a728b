"""A folder of vectors that survives `kill -9`: checksummed files, and a manifest that names them.

A file is written beside, flushed and renamed; the manifest last, so that a reader sees the state
before or the state after. A file never changes once it is named. What does not fit (another model,
another form, a wrong checksum) is not read at all: it is built anew, never mixed.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final, Literal

import numpy as np
from pydantic import Field, ValidationError

from graph.errors import StoreError
from graph.model.base import Model
from retrieval.encoders.embedding import Ints
from retrieval.index.vectors import Segment, open_segment, segment_of, write_segment
from retrieval.words.tokens import TOKENIZER_VERSION

_MANIFEST: Final = "manifest.json"
_LOCK: Final = "lock"
_ENDING: Final = ".faiss"
_BESIDE: Final = ".part"
_BLOCK: Final = 1 << 20


class SegmentFile(Model):
    """A file of vectors: its size and sha256, how many vectors, and the digest of their ids."""

    name: str = Field(pattern=r"^[0-9a-f]{32}\.faiss$")
    size: int = Field(ge=1)
    sha256: str
    vectors: int = Field(ge=1)
    ids_sha256: str


class Manifest(Model):
    """What a folder holds, and for which build; the big segment first, newer ones after it."""

    form: Literal["vectors/v1"] = "vectors/v1"
    tokenizer: str = TOKENIZER_VERSION
    model: str
    dimension: int = Field(ge=1)
    segments: tuple[SegmentFile, ...]


class UnfitIndexError(StoreError):
    """The files cannot serve and are to be built anew; the message says why."""


class IndexFolder:
    """The vectors of one model in one folder, which one process writes."""

    def __init__(self, path: Path, *, model: str, dimension: int) -> None:
        """Name the folder; it need not exist yet."""
        self._path: Final = path
        self._model: Final = model
        self._dimension: Final = dimension
        self._files: Final[dict[str, SegmentFile]] = {}  # known good, by name

    def read(self) -> tuple[Segment, ...]:
        """Open every segment, checked against the manifest; none where nothing was ever saved.

        Raises: UnfitIndexError; the files are left as they are.
        """
        manifest = self._manifest()
        segments = () if manifest is None else tuple(map(self._open, manifest.segments))
        different = len(frozenset[int]().union(*(segment.ids for segment in segments)))
        if different < sum(len(segment.ids) for segment in segments):
            raise UnfitIndexError(f"{self._path / _MANIFEST} names files that share ids")
        return segments

    def save(self, segments: Sequence[Segment]) -> tuple[Segment, ...]:
        """Make the folder hold exactly these segments; those it holds already are not written.

        Returns them with their names. Durable when it returns; a crash before leaves the old state.

        Raises: StoreError where the folder cannot be written.
        """
        try:
            self._path.mkdir(parents=True, exist_ok=True)
            with self._owned():
                return self._save(segments)
        except (OSError, RuntimeError) as error:  # FAISS raises RuntimeError
            raise StoreError(
                f"the index in {self._path} cannot be written ({error}); free space or let this "
                "account write there: search goes on with the words"
            ) from error

    def _save(self, segments: Sequence[Segment]) -> tuple[Segment, ...]:
        written = tuple(self._named(segment) for segment in segments)
        files = tuple(self._files[str(segment.name)] for segment in written)
        manifest = Manifest(model=self._model, dimension=self._dimension, segments=files)
        self._replace(_MANIFEST, manifest.model_dump_json(indent=1).encode())
        self._sweep({file.name for file in files})
        return written

    def _manifest(self) -> Manifest | None:
        path = self._path / _MANIFEST
        try:
            manifest = Manifest.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValidationError) as error:
            raise UnfitIndexError(f"{path} cannot be read ({type(error).__name__})") from error
        wanted = (TOKENIZER_VERSION, self._model, self._dimension)
        if (manifest.tokenizer, manifest.model, manifest.dimension) != wanted:
            raise UnfitIndexError(f"{path} is of {manifest.model!r}, wanted is {self._model!r}")
        return manifest

    def _open(self, file: SegmentFile) -> Segment:
        path = self._path / file.name
        try:
            fits = path.stat().st_size == file.size and _digest(path) == file.sha256
            index = open_segment(path) if fits else None
        except (OSError, RuntimeError) as error:  # FAISS raises RuntimeError
            raise UnfitIndexError(f"{path} cannot be read ({type(error).__name__})") from error
        if index is None or index.d != self._dimension:
            raise UnfitIndexError(f"{path} is not what {_MANIFEST} names")
        segment = segment_of(index, file.name)
        if _ids_digest(segment.order) != file.ids_sha256 or len(segment.order) != file.vectors:
            raise UnfitIndexError(f"{path} holds other ids than {_MANIFEST} names")
        self._files[file.name] = file
        return segment

    def _named(self, segment: Segment) -> Segment:
        """Write a segment that has no file yet, named by its content."""
        if segment.name in self._files:
            return segment
        beside = self._path / f"{os.getpid()}{_BESIDE}"
        write_segment(segment, beside)
        _flush(beside)
        digest = _digest(beside)
        file = SegmentFile(
            name=f"{digest[:32]}{_ENDING}",
            size=beside.stat().st_size,
            sha256=digest,
            vectors=len(segment.ids),
            ids_sha256=_ids_digest(segment.order),
        )
        beside.replace(self._path / file.name)
        self._files[file.name] = file
        return replace(segment, name=file.name)

    def _replace(self, name: str, content: bytes) -> None:
        beside = self._path / f"{os.getpid()}{_BESIDE}"
        beside.write_bytes(content)
        _flush(beside)
        _flush(self._path)  # the segments' names are durable before the manifest names them
        beside.replace(self._path / name)
        _flush(self._path)

    def _sweep(self, named: set[str]) -> None:
        """Remove what no manifest names; open files stay readable to who mapped them."""
        for path in self._path.iterdir():
            if path.suffix in {_ENDING, _BESIDE} and path.name not in named:
                path.unlink(missing_ok=True)

    @contextmanager
    def _owned(self) -> Iterator[None]:
        with (self._path / _LOCK).open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _ids_digest(ids: Ints) -> str:
    return hashlib.sha256(np.sort(ids).astype("<i8").tobytes()).hexdigest()


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
