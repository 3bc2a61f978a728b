"""BM25 over an inverted index: a query touches only the documents that hold one of its tokens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from retrieval.index.postings import Ints, Postings, count_tokens

K1 = 1.5
B = 0.75
_MOST_TIMES: Final = np.iinfo(np.uint16).max

_Floats = NDArray[np.float64]


class Rarity(Protocol):
    """What BM25 must know of all documents: how many, how long, and who holds a token."""

    @property
    def size(self) -> int:
        """Count the documents."""

    @property
    def mean(self) -> float:
        """Tell the mean length of a document, in tokens."""

    def holders(self, token: str) -> int:
        """Count the documents that hold a token."""


class LexicalIndex:
    """Postings with the BM25 weight of every (token, document) worked out beforehand.

    Source: Robertson & Zaragoza 2009, BM25 with idf = ln(1 + (N - df + .5) / (df + .5)), never
    negative; k1 1.5 and b .75.
    """

    def __init__(self, documents: Sequence[Sequence[str]]) -> None:
        """Index the token lists; a document is known by its position."""
        self.size = len(documents)
        self._lengths = np.array([len(tokens) for tokens in documents], dtype=np.float64)
        self.mean = float(self._lengths.mean()) if documents else 1.0
        counted = count_tokens(documents)
        self._postings = Postings(counted)
        order, counts = self._postings.order, self._postings.counts
        # As often as that: 65,535 times in one document weigh as much as more.
        self._times = np.minimum(counted.times[order], _MOST_TIMES).astype(np.uint16)
        self._damping = _damping(self._lengths, self.mean)
        idf = _idf(counts, self.size)[counted.tokens[order]]
        self._postings.weights = _weigh(idf, self._times, self._damping[counted.owners[order]])
        self.length = float(self._lengths.sum())
        self._rarity: Rarity = self
        self._rarities: dict[int, float] = {}

    def beside(self, rarity: Rarity) -> LexicalIndex:
        """Give the same documents as a part of more, which `rarity` knows all of."""
        found = copy(self)
        found._rarity, found._rarities = rarity, {}
        found._damping = _damping(self._lengths, rarity.mean)
        return found

    def number(self, token: str) -> int | None:
        """Give the number of a token; None for one that no document holds."""
        return self._postings.number(token)

    def holders(self, token: str) -> int:
        """Count the documents of this index that hold a token."""
        return self._postings.holders(token)

    def idf(self, token: str) -> float:
        """Give the rarity of a token; a token that no document holds is the rarest of all."""
        holders = self._rarity.holders(token)
        known = self._rarities.get(holders)
        if known is None:  # asked for every token of every document that is looked at
            known = float(_idf(np.array([holders]), self._rarity.size)[0])
            self._rarities[holders] = known
        return known

    def holding(self, positions: NDArray[np.int32], token: str) -> NDArray[np.bool_]:
        """Tell of each of these documents whether it holds the token."""
        return self._postings.holding(positions, token)

    def scores(self, weights: Mapping[str, float]) -> _Floats:
        """Score every document against weighted tokens; 0 where it holds none of them.

        Tokens are added in their own order, so equal queries give equal bits; a part of more gives
        the bits that an index of all would.
        """
        if self._rarity is self:
            return self._postings.scores(weights)
        return self._postings.scores(weights, self._weighed)

    def _weighed(self, token: str, rows: slice, positions: NDArray[np.intp]) -> _Floats:
        damping = self._damping[positions]
        return _weigh(np.float64(self.idf(token)), self._times[rows], damping)


def _weigh(idf: _Floats | np.float64, times: NDArray[np.uint16], damping: _Floats) -> _Floats:
    often = times.astype(np.float64)
    weights: _Floats = idf * often * (K1 + 1.0) / (often + damping)
    return weights


def _damping(lengths: _Floats, mean: float) -> _Floats:
    damping: _Floats = K1 * (1.0 - B + B * lengths / (mean or 1.0))
    return damping


def _idf(holders: Ints, size: int) -> _Floats:
    rarity: _Floats = np.log(1.0 + (size - holders + 0.5) / (holders + 0.5))
    return rarity
