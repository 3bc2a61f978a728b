"""The port to a model of meaning: text in, unit vectors out; and what of a passage is encoded."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from graph.errors import InputError
from retrieval.words.tokens import normalise

ENCODED_CHARS = 400  # title, newline and body; longer input was measured to add nothing

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


class Embedder(Protocol):
    """A model of meaning; safe for threads. Never alone: it sees neither negation nor codes."""

    @property
    def fingerprint(self) -> str:
        """Name model and weights: vectors of different fingerprints are never compared."""

    @property
    def dimension(self) -> int:
        """Tell the length of a vector."""

    def encode(self, texts: Sequence[str]) -> Floats:
        """Give one unit vector per text, in order: float32, len(texts) x dimension.

        Texts are cut to `ENCODED_CHARS`. Vectors of equal texts may differ in their last bits
        (batch, processor): round cosines before breaking ties. InputError for an empty text.
        """

    def unread(self, text: str) -> float:
        """Tell which share of a text, in [0, 1], is in no language that the model can read."""


def passage_text(title: str, body: str) -> str:
    r"""Give what of a passage is encoded: title, newline, body, readable, cut.

    >>> passage_text("连接池", "1. 看\u200b一眼")
    '连接池\n1. 看一眼'
    """
    return readable(f"{title}\n{body}")


def readable(text: str) -> str:
    """Give a text as a model reads it: NFKC, no control characters or surrogates, cut."""
    # Cut before and after: what is dropped must not make a book worth normalising.
    return normalise(text[: 4 * ENCODED_CHARS])[:ENCODED_CHARS].strip()


def checked(texts: Sequence[str]) -> list[str]:
    """Give the texts as a model reads them.

    Raises: InputError for a text without anything to read; a model would give it a vector.
    """
    ready = [readable(text) for text in texts]
    for position, text in enumerate(ready):
        if not text:
            raise InputError(f"text {position} is empty; encode what has at least one character")
    return ready


def content_id(text: str) -> int:
    """Name an encoded text by its content: 63 bits of sha256, so equal texts share a vector."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]) >> 1


def normed(vectors: Floats) -> Floats:
    """Scale every row to length 1."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.ascontiguousarray(vectors / np.maximum(lengths, 1e-12), dtype=np.float32)
