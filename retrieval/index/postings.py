"""An inverted index: for every token who holds it, and with which weight."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Weights = NDArray[np.float64] | NDArray[np.float32]
Scores = NDArray[np.float64]
Ints = NDArray[np.int64]
# A token, the rows that hold it, and whose they are -> their weights.
Weigh = Callable[[str, slice, NDArray[np.intp]], Scores]


class Counted(NamedTuple):
    """Every different token of every document: its number, how often, and whose it is.

    `numbers` names the tokens in the order of their first place; rows stand in order of documents.
    """

    numbers: dict[str, int]
    tokens: Ints
    times: Scores
    owners: Ints
    size: int


def count_tokens(documents: Iterable[Iterable[str]]) -> Counted:
    """Count the tokens of each document, one document in memory at a time."""
    numbers: dict[str, int] = {}
    tokens, times, sizes = array("q"), array("d"), array("q")
    for document in documents:
        counts = Counter(document)
        tokens.extend(numbers.setdefault(token, len(numbers)) for token in counts)
        times.extend(counts.values())
        sizes.append(len(counts))
    lengths = np.array(sizes, dtype=np.int64)
    owners = np.repeat(np.arange(len(lengths)), lengths)
    return Counted(numbers, np.array(tokens, dtype=np.int64), np.array(times), owners, len(lengths))


class Postings:
    """Weights of (token, document) pairs, by token; a question touches only its own tokens."""

    def __init__(self, counted: Counted) -> None:
        """Sort the rows by token; `weights`, in the order of `order`, are set before the first use.

        `counts` says how many documents hold each token.
        """
        self.order = np.argsort(counted.tokens, kind="stable")
        self.counts = np.bincount(counted.tokens, minlength=len(counted.numbers))
        self.weights: Weights = np.empty(0)
        self._numbers = counted.numbers
        self._ends = np.cumsum(self.counts)
        self._positions = counted.owners[self.order].astype(np.int32)
        self._size = counted.size

    def number(self, token: str) -> int | None:
        """Give the number of a token; None for one that no document holds."""
        return self._numbers.get(token)

    def holders(self, token: str) -> int:
        """Count the documents that hold a token."""
        number = self._numbers.get(token)
        return 0 if number is None else int(self.counts[number])

    def holding(self, positions: NDArray[np.int32], token: str) -> NDArray[np.bool_]:
        """Tell of each of these documents whether it holds a token."""
        number = self._numbers.get(token)
        if number is None:
            return np.zeros(len(positions), dtype=np.bool_)
        held = self._positions[self._rows(number)]
        at = np.minimum(np.searchsorted(held, positions), len(held) - 1)
        found: NDArray[np.bool_] = held[at] == positions
        return found

    def scores(self, weights: Mapping[str, float], weigh: Weigh | None = None) -> Scores:
        """Sum weighted tokens for every document; 0 where it holds none of them.

        Tokens are added in their own order, so equal questions give equal bits. `weigh`: works out
        the weights of rows, where those at hand are of another time.
        """
        total = np.zeros(self._size)
        for token in sorted(weights):
            number = self._numbers.get(token)
            if number is not None:
                rows = self._rows(number)
                held = self._positions[rows].astype(np.intp)  # once, not at each use
                found = self.weights[rows] if weigh is None else weigh(token, rows, held)
                total[held] += weights[token] * found
        return total

    def _rows(self, number: int) -> slice:
        end = int(self._ends[number])
        return slice(end - int(self.counts[number]), end)
