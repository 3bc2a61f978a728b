"""Which model of meaning: by the name that the settings give it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from graph.errors import InputError
from graph.model.base import Text
from retrieval.encoders.embedding import Embedder
from retrieval.searching.meaning import Meaning

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
        from retrieval.encoders.multilingual import MultilingualEncoder

        return MultilingualEncoder()
    if name.startswith(_LOCAL):
        from retrieval.encoders.local_model import LocalModel

        return LocalModel(Path(name.removeprefix(_LOCAL)))
    raise InputError(
        f"embedder {name!r} is unknown; use {DEFAULT!r}, {NONE!r} or 'sentence-transformers:PATH'"
    )


def open_meaning(name: str, folder: Path | None = None, *, workers: int = 1) -> Meaning:
    """Make the arm of meaning of the model of this name, its vectors kept in `folder`.

    Where the model cannot be had, the arm is off and tells why: words answer alone.
    """
    try:
        return Meaning(open_embedder(name), folder, workers=workers)
    except InputError as error:
        why = Text(
            zh=f"编码器不可用，只按字词检索：{error}",
            en=f"the encoder cannot be had, words answer alone: {error}",
        )
        return Meaning(None, folder, why_off=why, lacking=True)
