"""Which model of meaning: by the name that the settings give it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from graph.errors import InputError
from retrieval.embedding import Embedder

DEFAULT: Final = "use-multilingual"
NONE: Final = "none"
_LOCAL: Final = "sentence-transformers:"


def open_embedder(name: str) -> Embedder | None:
    """Find the model `use-multilingual`, `sentence-transformers:PATH`, or `none`: None.

    Nothing heavy is loaded before the first text.

    Raises: InputError for another name, a package that is missing, or a path that holds no model.
    """
    if name == NONE:
        return None
    if name == DEFAULT:
        from retrieval.multilingual import MultilingualEncoder

        return MultilingualEncoder()
    if name.startswith(_LOCAL):
        from retrieval.local_model import LocalModel

        return LocalModel(Path(name.removeprefix(_LOCAL)))
    raise InputError(
        f"embedder {name!r} is unknown; use {DEFAULT!r}, {NONE!r} or 'sentence-transformers:PATH'"
    )
