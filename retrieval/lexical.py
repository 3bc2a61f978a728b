"""BM25 over an inverted index: a query touches only the documents that hold one of its tokens."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

K1 = 1.5
B = 0.75


class LexicalIndex:
    """Postings with the BM25 weight of every (token, document) worked out beforehand.

    Source: Robertson & Zaragoza 2009, BM25 with idf = ln(1 + (N - df + .5) / (df + .5)), never
    negative; k1 1.5 and b .75.
    """

    def __init__(self, documents: Sequence[Sequence[str]]) -> None:
        """Index the token lists; a document is known by its position."""
        self.size = len(documents)
        counts = [Counter(tokens) for tokens in documents]
        lengths = np.array([len(tokens) for tokens in documents], dtype=np.float64)
        self._postings = _postings(counts, lengths)
        self._vocabulary = [frozenset(count) for count in counts]

    def idf(self, token: str) -> float:
        """Give the rarity of a token; a token that no document holds is the rarest of all."""
        posting = self._postings.get(token)
        return _idf(0 if posting is None else len(posting[0]), self.size)

    def holds(self, position: int, token: str) -> bool:
        """Tell whether the document holds the token."""
        return token in self._vocabulary[position]

    def scores(self, weights: Mapping[str, float]) -> NDArray[np.float64]:
        """Score every document against weighted tokens; 0 where it holds none of them.

        Tokens are added in their own order, so equal queries give equal bits.
        """
        total = np.zeros(self.size, dtype=np.float64)
        for token in sorted(weights):
            posting = self._postings.get(token)
            if posting is not None:
                total[posting[0]] += weights[token] * posting[1]
        return total


def token_weights(tokens: Iterable[str], weight: float = 1.0) -> dict[str, float]:
    """Count the tokens of a query: a repeated word weighs as often as it stands there."""
    return {token: count * weight for token, count in Counter(tokens).items()}


def _idf(holders: int, size: int) -> float:
    return math.log(1.0 + (size - holders + 0.5) / (holders + 0.5))


_Posting = tuple[NDArray[np.int64], NDArray[np.float64]]


def _postings(counts: Sequence[Counter[str]], lengths: NDArray[np.float64]) -> dict[str, _Posting]:
    rows: dict[str, tuple[list[int], list[int]]] = {}
    for position, count in enumerate(counts):
        for token, times in count.items():
            held, often = rows.setdefault(token, ([], []))
            held.append(position)
            often.append(times)
    mean = float(lengths.mean()) if len(counts) else 1.0
    damping = K1 * (1.0 - B + B * lengths / (mean or 1.0))
    return {token: _posting(row, damping) for token, row in rows.items()}


def _posting(row: tuple[list[int], list[int]], damping: NDArray[np.float64]) -> _Posting:
    held = np.array(row[0], dtype=np.int64)
    often = np.array(row[1], dtype=np.float64)
    idf = _idf(len(held), len(damping))
    return held, idf * often * (K1 + 1.0) / (often + damping[held])
