"""Vectors by id, and the nearest of them: FAISS over segments that never change.

An id is the content of a text (`embedding.content_id`), so equal texts share a vector. An index
is one big segment and small ones for what came later; a new version of it shares the old ones.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from retrieval.encoders.embedding import Floats, Ints, normed
from retrieval.index.rough import ROUGH_FROM, Compare, RoughVectors

if TYPE_CHECKING:
    import faiss

SQ8_ABOVE: Final = (
    200_000  # vectors; above, a byte a dimension: a quarter of the memory, .995 found
)
_DIGITS: Final = 6  # batches and processors differ by 3e-7


@dataclass(frozen=True)
class Segment:
    """Vectors with their ids in one FAISS index; `name` = the file that it is mapped from.

    `order` names them in the order of the index. `rough`: of many, by which they are found faster.
    """

    index: faiss.IndexIDMap2
    ids: frozenset[int]
    order: Ints
    rough: RoughVectors | None = None
    name: str | None = None


def make_segment(
    ids: Ints, vectors: Floats, *, sq8_above: int = SQ8_ABOVE, rough_from: int = ROUGH_FROM
) -> Segment:
    """Put vectors under their ids, distinct; the order of the rows does not matter.

    More than `sq8_above` are kept with a byte a dimension; `rough_from`: as of `segment_of`.
    """
    import faiss

    order = np.argsort(ids, kind="stable")
    rows = normed(vectors[order])
    dimension = rows.shape[1]
    held: faiss.Index = faiss.IndexFlatIP(dimension)
    if len(ids) > sq8_above:
        kind = faiss.ScalarQuantizer.QT_8bit
        held = faiss.IndexScalarQuantizer(dimension, kind, faiss.METRIC_INNER_PRODUCT)
        held.train(rows)
    index = faiss.IndexIDMap2(held)
    index.add_with_ids(rows, ids[order])
    return segment_of(index, rough_from=rough_from)


def segment_of(
    index: faiss.IndexIDMap2, name: str | None = None, *, rough_from: int = ROUGH_FROM
) -> Segment:
    """Take a FAISS index as it is; so many whole vectors or more are kept roughly beside."""
    import faiss

    order, flat = ids_in(index), faiss.downcast_index(index.index)
    rough = None
    if isinstance(flat, faiss.IndexFlat) and len(order) >= max(rough_from, 1):
        values = faiss.rev_swig_ptr(flat.get_xb(), len(order) * flat.d)
        kind = faiss.ScalarQuantizer.QT_8bit_direct_signed
        held = faiss.IndexScalarQuantizer(flat.d, kind, faiss.METRIC_INNER_PRODUCT)
        rough = RoughVectors(values.reshape(len(order), flat.d), held, _comparing(flat))
    return Segment(index, frozenset(order.tolist()), order, rough, name)


def _comparing(flat: faiss.IndexFlat) -> Compare:
    """Compare a few of many: in FAISS, since numpy's product sets more threads to work."""
    import faiss

    def compare(question: Floats, positions: Ints) -> Floats:
        found, told = np.empty(len(positions), dtype=np.float32), positions.astype(np.int64)
        asked, places = faiss.swig_ptr(question), faiss.swig_ptr(told)
        compare_all = flat.compute_distance_subset  # type: ignore[attr-defined]  # not in its stubs
        compare_all(1, asked, len(told), faiss.swig_ptr(found), places)
        return found

    return compare


def write_segment(segment: Segment, path: Path) -> None:
    """Write the FAISS index to a file, not yet flushed."""
    import faiss

    faiss.write_index(segment.index, str(path))


def open_segment(path: Path) -> faiss.IndexIDMap2 | None:
    """Map a file into memory; None for an index of another kind. RuntimeError from FAISS."""
    import faiss

    index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
    return index if isinstance(index, faiss.IndexIDMap2) else None


def ids_in(index: faiss.IndexIDMap2) -> Ints:
    """Read the ids of a FAISS index, in its own order."""
    import faiss

    return np.array(faiss.vector_to_array(index.id_map), dtype=np.int64)


class VectorIndex:
    """What the nearest vectors are; immutable and safe for threads."""

    def __init__(
        self, dimension: int, segments: Sequence[Segment], wanted: Collection[int]
    ) -> None:
        """Answer with the `wanted` ids alone; segments may hold more, and share none."""
        self.dimension: Final = dimension
        self.segments: Final = tuple(segments)
        asked = frozenset(wanted)
        self._answering: Final = tuple(segment.ids & asked for segment in self.segments)

    @cached_property
    def ids(self) -> frozenset[int]:
        """Give the ids that answer."""
        return frozenset[int]().union(*self._answering)

    def __len__(self) -> int:
        """Count the vectors that answer."""
        return sum(map(len, self._answering))

    @property
    def unwanted(self) -> int:
        """Count the vectors that are kept for nobody."""
        return sum(len(segment.ids) for segment in self.segments) - len(self)

    def nearest(self, vector: Floats, k: int) -> tuple[Ints, Floats]:
        """Give ids and cosines of the `k` nearest, best first, ties by id; fewer where there are.

        Cosines are rounded to 6 digits.
        """
        if k < 1 or not len(self):
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
        question = self._question(vector)
        found = [self._nearest_in(number, question, k) for number in range(len(self.segments))]
        ids = np.concatenate([ids for ids, _ in found])
        cosines = np.round(np.concatenate([cosines for _, cosines in found]), _DIGITS)
        order = np.lexsort((ids, -cosines))[:k]
        return ids[order], cosines[order]

    def cosines(self, vector: Floats, ids: Sequence[int]) -> Floats:
        """Give the cosine with each of these ids, in order, rounded to 6 digits.

        Raises: KeyError for an id that is not in the index.
        """
        found: Floats = self.rows(ids) @ self._question(vector)[0]
        return np.round(found, _DIGITS)

    def rows(self, ids: Sequence[int]) -> Floats:
        """Give the vectors of these ids, in order; KeyError for one that is not in the index."""
        asked = np.array(ids, dtype=np.int64)
        rows = np.empty((len(ids), self.dimension), dtype=np.float32)
        if unknown := [one for one in ids if one not in self.ids]:
            raise KeyError(unknown[0])
        for segment, answering in zip(self.segments, self._answering, strict=True):
            held = [at for at, one in enumerate(ids) if one in answering]
            if held:
                rows[held] = segment.index.reconstruct_batch(asked[held])
        return rows

    def _question(self, vector: Floats) -> Floats:
        return normed(np.asarray(vector, dtype=np.float32).reshape(1, self.dimension))

    def _nearest_in(self, number: int, question: Floats, k: int) -> tuple[Ints, Floats]:
        import faiss

        # Of this thread: for one question several wait longer for each other than one works.
        faiss.omp_set_num_threads(1)
        segment, answering = self.segments[number], self._answering[number]
        # What is kept for nobody is passed over: so many more are asked for.
        most = min(k + len(segment.ids) - len(answering), len(segment.ids))
        ids, cosines = _found(segment, question, most)
        if len(answering) == len(segment.ids):
            return ids, cosines
        kept = [one in answering for one in ids.tolist()]
        return ids[kept], cosines[kept]


def _found(segment: Segment, question: Floats, k: int) -> tuple[Ints, Floats]:
    """Give the nearest of everything that a segment holds, in no order."""
    if segment.rough is not None:
        at, cosines = segment.rough.nearest(question, k)
        return segment.order[at], cosines
    found, ids = segment.index.search(question, k)
    return ids[0], found[0]


def index_of(dimension: int, ids: Iterable[int], vectors: Floats) -> VectorIndex:
    """Hold vectors in memory only."""
    known = np.array(list(ids), dtype=np.int64)
    segments = [make_segment(known, vectors)] if len(known) else []
    return VectorIndex(dimension, segments, known.tolist())
