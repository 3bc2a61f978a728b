"""A user's own sentence-transformers model, from a folder of this machine; never from a hub."""

from __future__ import annotations

import hashlib
import importlib.util
import threading
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np

from graph.errors import InputError
from retrieval.encoders.embedding import Floats, checked, normed, readable

_PACKAGE: Final = "sentence_transformers"
_MARKS: Final = ("modules.json", "config.json")
_BLOCK: Final = 1 << 20


class LocalModel:
    """`Embedder` over sentence-transformers, no part of the install; loaded at the first text."""

    def __init__(self, folder: Path) -> None:
        """Look at the folder, load nothing.

        Raises: InputError where the package is missing or the folder holds no model.
        """
        if not any((folder / mark).is_file() for mark in _MARKS):
            raise InputError(
                f"{str(folder)!r} holds no sentence-transformers model; name a folder on this "
                "machine that has modules.json, since nothing is fetched from a hub"
            )
        if importlib.util.find_spec(_PACKAGE) is None:
            raise InputError(
                "sentence-transformers is not installed; `.venv/bin/pip install --require-hashes "
                "-r constraints-dense.txt` (6 GB), or leave ETIOGRAPH_EMBEDDER as it was"
            )
        self._folder: Final = folder
        self._lock: Final = threading.Lock()

    def __reduce__(self) -> tuple[type[LocalModel], tuple[Path]]:
        """Go to another process by its folder: the model is loaded there."""
        return LocalModel, (self._folder,)

    @cached_property
    def fingerprint(self) -> str:
        """Name every file of the model by content."""
        digest = hashlib.sha256()
        for path in sorted(path for path in self._folder.rglob("*") if path.is_file()):
            digest.update(path.relative_to(self._folder).as_posix().encode() + b"\0")
            with path.open("rb") as file:
                while block := file.read(_BLOCK):
                    digest.update(block)
        return f"sentence-transformers/{digest.hexdigest()[:32]}"

    @cached_property
    def dimension(self) -> int:
        """Tell the length of a vector."""
        return int(self._model.get_sentence_embedding_dimension())

    def encode(self, texts: Sequence[str]) -> Floats:
        """Give one unit vector per text, in order; see `Embedder.encode`."""
        ready = checked(texts)
        if not ready:
            return np.empty((0, self.dimension), dtype=np.float32)
        with self._lock:
            found = self._model.encode(ready, convert_to_numpy=True, show_progress_bar=False)
        return normed(np.asarray(found, dtype=np.float32))

    def unread(self, text: str) -> float:
        """Tell which share of a text the vocabulary lacks; see `Embedder.unread`."""
        tokenizer = self._model.tokenizer
        with self._lock:
            told = tokenizer.tokenize(readable(text))
        unknown = getattr(tokenizer, "unk_token", None)
        return sum(piece == unknown for piece in told) / len(told) if told else 1.0

    @cached_property
    def _model(self) -> Any:
        from sentence_transformers import (  # type: ignore[import-not-found]  # no part of the install
            SentenceTransformer,
        )

        # Never the hub: a name that is no folder would be asked for over the network for minutes.
        return SentenceTransformer(str(self._folder), local_files_only=True, device="cpu")
