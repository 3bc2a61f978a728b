"""BM25 over an inverted index: a query touches only the documents that hold one of its tokens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

K1 = 1.5
B = 0.75

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]


class LexicalIndex:
    """Postings with the BM25 weight of every (token, document) worked out beforehand.

    Source: Robertson & Zaragoza 2009, BM25 with idf = ln(1 + (N - df + .5) / (df + .5)), never
    negative; k1 1.5 and b .75.
    """

    def __init__(self, documents: Sequence[Sequence[str]]) -> None:
        """Index the token lists; a document is known by its position."""
        self.size = len(documents)
        counts = [Counter(tokens) for tokens in documents]
        self._held = [frozenset(count) for count in counts]
        self._numbers = _number_tokens(counts)
        tokens = np.array([self._numbers[t] for count in counts for t in count], dtype=np.int64)
        times = np.array([n for count in counts for n in count.values()], dtype=np.float64)
        sizes = np.array([len(count) for count in counts], dtype=np.int64)
        order = np.argsort(tokens, kind="stable")
        self._holders = np.bincount(tokens, minlength=len(self._numbers))
        self._ends = np.cumsum(self._holders)
        self._positions = np.repeat(np.arange(self.size), sizes)[order]
        self._weights = self._weigh(tokens[order], times[order], _damping(documents))
        self._rarities: dict[int, float] = {}

    def idf(self, token: str) -> float:
        """Give the rarity of a token; a token that no document holds is the rarest of all."""
        number = self._numbers.get(token)
        holders = 0 if number is None else int(self._holders[number])
        known = self._rarities.get(holders)
        if known is None:  # asked for every token of every document that is looked at
            known = float(_idf(np.array([holders]), self.size)[0])
            self._rarities[holders] = known
        return known

    def holds(self, position: int, token: str) -> bool:
        """Tell whether the document holds the token."""
        return token in self._held[position]

    def scores(self, weights: Mapping[str, float]) -> _Floats:
        """Score every document against weighted tokens; 0 where it holds none of them.

        Tokens are added in their own order, so equal queries give equal bits.
        """
        total = np.zeros(self.size)
        for token in sorted(weights):
            number = self._numbers.get(token)
            if number is not None:
                end = int(self._ends[number])
                rows = slice(end - int(self._holders[number]), end)
                total[self._positions[rows]] += weights[token] * self._weights[rows]
        return total

    def _weigh(self, tokens: _Ints, times: _Floats, damping: _Floats) -> _Floats:
        idf = _idf(self._holders, self.size)
        weights: _Floats = idf[tokens] * times * (K1 + 1.0) / (times + damping[self._positions])
        return weights


def token_weights(tokens: Iterable[str], weight: float = 1.0) -> dict[str, float]:
    """Count the tokens of a query: a repeated word weighs as often as it stands there."""
    return {token: count * weight for token, count in Counter(tokens).items()}


def _number_tokens(counts: Iterable[Counter[str]]) -> dict[str, int]:
    known = dict.fromkeys(token for count in counts for token in count)
    return {token: number for number, token in enumerate(known)}


def _damping(documents: Sequence[Sequence[str]]) -> _Floats:
    lengths = np.array([len(tokens) for tokens in documents], dtype=np.float64)
    mean = float(lengths.mean()) if documents else 1.0
    damping: _Floats = K1 * (1.0 - B + B * lengths / (mean or 1.0))
    return damping


def _idf(holders: _Ints, size: int) -> _Floats:
    rarity: _Floats = np.log(1.0 + (size - holders + 0.5) / (holders + 0.5))
    return rarity
