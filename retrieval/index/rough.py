"""Many vectors once more with a byte a dimension: a quarter is read, and the answer is exact.

A rough cosine differs from the true one by at most the length of what rounding took off. So the
best by rough cosine are compared truly, and more of them until no other can be among the nearest.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

import numpy as np

from retrieval.encoders.embedding import Floats, Ints

ROUGH_FROM: Final = 10_000  # vectors; fewer are compared one by one in a millisecond
_STEPS: Final = 127  # either side of 0, in a byte
_AT_ONCE: Final = 8_192  # rows that are rounded together
_BEYOND: Final = 512  # compared truly beside half as many more as are wanted
_SLACK: Final = 1e-5  # of cosines added up in 32 bits
_LEAST: Final = 1e-12


# A question, a row of length 1, and positions of vectors -> their true cosines, in that order.
Compare = Callable[[Floats, Ints], Floats]


class ByteIndex(Protocol):
    """Keeps whole numbers from -127 to 127, a byte each, and multiplies them with such."""

    def add(self, rows: Floats) -> None:
        """Keep rows behind those that are there."""

    def search(self, rows: Floats, k: int) -> tuple[Floats, Ints]:
        """Give the products of the `k` best for each row, best first, and their positions."""


class RoughVectors:
    """Vectors and their rounded form; immutable and safe for threads."""

    def __init__(self, rows: Floats, index: ByteIndex, cosines: Compare) -> None:
        """Round the rows, of length 1 each, into an empty `index`; `cosines` compares truly."""
        self._cosines: Final = cosines
        self._size: Final = len(rows)
        self._step: Final = max(float(rows.max()), -float(rows.min()), _LEAST) / _STEPS
        lost = [self._add(index, rows[at : at + _AT_ONCE]) for at in range(0, len(rows), _AT_ONCE)]
        self._lost: Final = max(lost, default=0.0)
        self._index: Final = index

    def _add(self, index: ByteIndex, rows: Floats) -> float:
        """Add rounded rows; the length of the most that rounding took off one."""
        rounded = np.rint(rows / self._step)
        index.add(rounded)
        return float(np.linalg.norm(rows - rounded * self._step, axis=1).max())

    def nearest(self, question: Floats, k: int) -> tuple[Ints, Floats]:
        """Give positions and true cosines of the `k` nearest rows, in no order; fewer where few.

        `question`: one row of length 1. FAISS multiplies whole numbers, so it is rounded as well.
        """
        step = max(float(np.abs(question).max()), _LEAST) / _STEPS
        rounded = np.rint(question / step)
        lost = float(np.linalg.norm(question - rounded * step))
        unsure = self._lost + lost * (1.0 + self._lost) + _SLACK
        most, among = self._size, k + k // 2 + _BEYOND
        while True:
            among = min(among, most)
            told, at = self._index.search(rounded, among)
            cosines = self._cosines(question, at[0])
            if k >= among:
                return at[0], cosines
            bar = np.partition(cosines, -k)[-k]
            if among == most or told[0, -1] * step * self._step + unsure < bar:
                best = np.argpartition(cosines, -k)[-k:]
                return at[0][best], cosines[best]
            among *= 2
