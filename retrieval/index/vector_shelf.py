"""Texts -> an index of their vectors: what is known by content is kept, the rest is encoded.

Adding a document writes one small segment; `merge` makes one of many, meant for the background.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path
from typing import Final

import numpy as np

from retrieval.encoders.embedding import Embedder, Floats, checked
from retrieval.index.files import IndexFolder, UnfitIndexError
from retrieval.index.passages import Passages
from retrieval.index.vectors import Segment, VectorIndex, make_segment

SEGMENTS_AT_MOST: Final = 16
_UNWANTED_AT_MOST: Final = 0.25  # of all vectors; beyond, `merge` drops them
_BATCH: Final = 256
_BATCH_HERE: Final = 16  # within a process that serves: a tenth of a second, then others go first
_WORTH_PROCESSES: Final = 4 * _BATCH  # a process takes a second to load the model

Progress = Callable[[int, int], None]


class VectorShelf:
    """The vectors of everything searchable, in a folder or in memory; safe for threads."""

    def __init__(self, embedder: Embedder, folder: Path | None = None, *, workers: int = 1) -> None:
        """Keep the vectors in `folder`; `workers` processes encode where there is much to do.

        Of more than one process the embedder must go through pickle.
        """
        self._embedder: Final = embedder
        self._folder: Final = (
            None
            if folder is None
            else IndexFolder(folder, model=embedder.fingerprint, dimension=embedder.dimension)
        )
        self._workers: Final = workers
        self._lock: Final = threading.Lock()
        self._segments: tuple[Segment, ...] | None = None
        self._wanted: frozenset[int] = frozenset()
        self.rebuilt_because: str | None = None  # why the stored index could not serve

    def bring(self, texts: Collection[str], progress: Progress | None = None) -> VectorIndex:
        """Give the index of exactly these texts; an id is `content_id` of a readable text.

        What is new is encoded, `progress(done, total)` told after each batch, and saved as one
        segment before it answers. InputError for an empty text.
        """
        return self._bring(texts, frozenset(), progress)

    def stored(self, texts: Collection[str]) -> VectorIndex | None:
        """Give the index of exactly these texts where all are kept; None where one is not.

        Nothing is encoded and nothing written.
        """
        wanted = _passages(texts).contents
        with self._lock:
            known = self._known()
            if not all(_holds(known, one) for one in wanted):
                return None
            self._wanted = wanted
            return VectorIndex(self._embedder.dimension, known, wanted)

    def add(self, texts: Collection[str], progress: Progress | None = None) -> VectorIndex:
        """Give the index of what was brought before and these texts; else as `bring`."""
        with self._lock:
            before = self._wanted
        return self._bring(texts, before, progress)

    def _bring(
        self, texts: Collection[str], before: frozenset[int], progress: Progress | None
    ) -> VectorIndex:
        told = _passages(texts)
        wanted = told.contents
        with self._lock:
            known = self._known()
            new = wanted - self._wanted  # what is wanted already is held
            missing = sorted(one for one in new if not _holds(known, one))
            if missing:
                vectors = self._encode([told.text_of(one) for one in missing], progress)
                known = self._save((*known, make_segment(np.array(missing), vectors)))
            self._segments, self._wanted = known, before | wanted
            return VectorIndex(self._embedder.dimension, known, self._wanted)

    def merge_is_due(self) -> bool:
        """Tell whether many segments, or vectors for nobody, make `merge` worth its time."""
        index = self._index()
        held = len(index) + index.unwanted
        many = len(index.segments) > SEGMENTS_AT_MOST
        return many or index.unwanted > _UNWANTED_AT_MOST * max(held, 1)

    def merge(self) -> VectorIndex:
        """Make one segment of what is wanted and give the new index; old ones go on answering.

        The work is done beside; what was brought meanwhile stays a segment of its own, and where
        that makes the merged one lack something, all stays as it is.
        """
        index = self._index()
        ids = sorted(index.ids)
        merged = (make_segment(np.array(ids, dtype=np.int64), index.rows(ids)),) if ids else ()
        with self._lock:
            known = self._known()
            new = merged + known[len(index.segments) :]
            lacking = any(not _holds(new, one) for one in self._wanted)
            if known[: len(index.segments)] == index.segments and not lacking:
                self._segments = self._save(new)
            return VectorIndex(self._embedder.dimension, self._known(), self._wanted)

    def _index(self) -> VectorIndex:
        with self._lock:
            return VectorIndex(self._embedder.dimension, self._known(), self._wanted)

    def _known(self) -> tuple[Segment, ...]:
        """Give the segments, read from the folder at first; none where they do not fit."""
        if self._segments is None:
            self._segments = ()
            if self._folder is not None:
                try:
                    self._segments = self._folder.read()
                except UnfitIndexError as error:
                    self.rebuilt_because = str(error)
        return self._segments

    def _save(self, segments: tuple[Segment, ...]) -> tuple[Segment, ...]:
        return segments if self._folder is None else self._folder.save(segments)

    def _encode(self, texts: Sequence[str], progress: Progress | None) -> Floats:
        size = _BATCH if self._across(len(texts)) else _BATCH_HERE
        batches = [texts[at : at + size] for at in range(0, len(texts), size)]
        rows: list[Floats] = []
        done = 0
        for vectors in self._encoded(batches, len(texts)):
            rows.append(vectors)
            done += len(vectors)
            if progress is not None:
                progress(done, len(texts))
        return np.concatenate(rows)

    def _across(self, texts: int) -> bool:
        """Tell whether so many texts are worth processes of their own."""
        return self._workers >= 2 and texts >= _WORTH_PROCESSES

    def _encoded(self, batches: Sequence[Sequence[str]], texts: int) -> Iterator[Floats]:
        if not self._across(texts):
            yield from map(self._embedder.encode, batches)
            return
        # A fresh interpreter each: a forked one would inherit locks that threads of ours hold.
        context = get_context("spawn")
        with ProcessPoolExecutor(
            self._workers, context, initializer=_begin, initargs=(self._embedder,)
        ) as pool:
            yield from pool.map(_encode_here, batches)


def _passages(texts: Collection[str]) -> Passages:
    """Raise InputError for an empty text."""
    return texts if isinstance(texts, Passages) else Passages.of(checked(list(texts)))


def _holds(segments: Sequence[Segment], one: int) -> bool:
    return any(one in segment.ids for segment in segments)


_HERE: Final[list[Embedder]] = []  # of an encoding process: its model, loaded once


def _begin(embedder: Embedder) -> None:
    with suppress(IndexError):
        _HERE.pop()
    _HERE.append(embedder)


def _encode_here(texts: Sequence[str]) -> Floats:
    return _HERE[0].encode(texts)
