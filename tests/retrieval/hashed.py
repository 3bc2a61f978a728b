"""A model of meaning without meaning: words as fixed directions, for tests of what holds vectors.

Run as a program it indexes without end, one generation of texts after the other, and says each
that is durable: `python -m tests.retrieval.hashed FOLDER FIRST`.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from retrieval.encoders.embedding import Floats, checked, normed
from retrieval.index.vector_shelf import VectorShelf


class HashedWords:
    """An `Embedder`: the sum of a direction per word, drawn from the word's hash."""

    def __init__(self, fingerprint: str = "hashed/1", dimension: int = 32) -> None:
        """Pose as the model of this name."""
        self._fingerprint = fingerprint
        self._dimension = dimension
        self.encoded = 0

    @property
    def fingerprint(self) -> str:
        """Name the model."""
        return self._fingerprint

    @property
    def dimension(self) -> int:
        """Tell the length of a vector."""
        return self._dimension

    def encode(self, texts: Sequence[str]) -> Floats:
        """Give one unit vector per text."""
        ready = checked(texts)
        self.encoded += len(ready)
        rows = [sum(map(self._direction, text.split())) for text in ready]
        return normed(np.array(rows, dtype=np.float32).reshape(len(ready), self._dimension))

    def unread(self, text: str) -> float:
        """Read every word but those of Hebrew letters."""
        words = text.split()
        return sum("\u05d0" <= word[0] <= "\u05ea" for word in words) / max(len(words), 1)

    def _direction(self, word: str) -> Floats:
        seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8])
        drawn = np.random.default_rng(seed).normal(size=self._dimension)
        return drawn.astype(np.float32)


def generation(number: int) -> list[str]:
    """Name the texts of one generation; each holds half of the one before."""
    return [f"text {each}" for each in range(20 * number, 20 * number + 40)]


def _index_for_ever(folder: Path, first: int) -> None:
    shelf = VectorShelf(HashedWords(), folder)
    for number in range(first, first + 100_000):
        shelf.bring(generation(number))
        shelf.merge()
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _index_for_ever(Path(sys.argv[1]), int(sys.argv[2]))
