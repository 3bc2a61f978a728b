"""The nearest vectors, held against plain arithmetic."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.encoders.embedding import Floats, content_id, normed
from retrieval.index.vectors import VectorIndex, index_of, make_segment

DIMENSION = 16


def drawn(count: int, seed: int) -> Floats:
    """Draw unit vectors."""
    return normed(np.random.default_rng(seed).normal(size=(count, DIMENSION)).astype(np.float32))


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 40),
    st.integers(0, 40),
    st.integers(0, 2**31),
    st.integers(1, 60),
    st.floats(0.0, 1.0),
)
def test_the_nearest_are_those_that_arithmetic_finds(
    first: int, second: int, seed: int, k: int, share: float
) -> None:
    """Two segments of which only a part is wanted answer as one plain table of that part would."""
    vectors = drawn(first + second, seed)
    ids = np.arange(first + second, dtype=np.int64) * 7 + 3
    wanted = ids[np.random.default_rng(seed).random(len(ids)) < share]
    parts = [(ids[:first], vectors[:first]), (ids[first:], vectors[first:])]
    index = VectorIndex(
        DIMENSION, [make_segment(*part) for part in parts if len(part[0])], wanted.tolist()
    )
    question = drawn(1, seed + 1)[0]
    found, cosines = index.nearest(question, k)
    expected = {int(one): float(row @ question) for one, row in zip(ids, vectors, strict=True)}
    best = sorted(wanted.tolist(), key=lambda one: -expected[one])[:k]
    assert len(found) == min(k, len(wanted)) == len(index.nearest(question, k)[0])
    assert set(found.tolist()) <= set(wanted.tolist())
    assert cosines.tolist() == pytest.approx([expected[one] for one in best], abs=1e-5)
    assert [expected[one] for one in found.tolist()] == pytest.approx(cosines.tolist(), abs=1e-5)
    assert index.cosines(question, found.tolist()).tolist() == pytest.approx(
        cosines.tolist(), abs=2e-6
    )


def test_equal_vectors_come_in_the_order_of_their_ids() -> None:
    """What is equally near is told apart by the id alone."""
    same = np.repeat(drawn(1, 1), 5, axis=0)
    index = index_of(DIMENSION, [50, 10, 40, 20, 30], same)
    assert index.nearest(same[0], 5)[0].tolist() == [10, 20, 30, 40, 50]


def test_nothing_is_near_to_an_empty_index() -> None:
    """No vectors, or none asked for: no answer, no error."""
    assert len(index_of(DIMENSION, [], drawn(0, 1)).nearest(drawn(1, 1)[0], 3)[0]) == 0
    assert len(index_of(DIMENSION, [1], drawn(1, 1)).nearest(drawn(1, 1)[0], 0)[0]) == 0


def test_an_unknown_id_has_no_vector() -> None:
    """A stranger's id is told, not guessed."""
    index = index_of(DIMENSION, [1], drawn(1, 1))
    with pytest.raises(KeyError):
        index.cosines(drawn(1, 2)[0], [1, 2])


def test_a_byte_a_dimension_finds_almost_the_same() -> None:
    """Above the bar the vectors are kept with 8 bits; of the ten nearest nearly all stay."""
    vectors = drawn(3000, 5)
    ids = np.arange(3000, dtype=np.int64)
    exact = VectorIndex(DIMENSION, [make_segment(ids, vectors)], ids.tolist())
    small = VectorIndex(DIMENSION, [make_segment(ids, vectors, sq8_above=100)], ids.tolist())
    questions = drawn(50, 6)
    kept = sum(
        len({*exact.nearest(q, 10)[0].tolist()} & {*small.nearest(q, 10)[0].tolist()})
        for q in questions
    )
    assert kept >= 0.95 * 500
    assert np.allclose(small.rows([5, 2999]), vectors[[5, 2999]], atol=0.02)


def test_an_id_is_the_content() -> None:
    """Equal texts share an id that fits a signed 64-bit number; others have another."""
    assert content_id("连接池") == content_id("连接池") != content_id("连接池 ")
    assert 0 <= content_id("") < 2**63


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 3000), st.integers(1, 900), st.integers(0, 2**31), st.booleans())
def test_many_vectors_are_found_by_a_rough_look_as_exactly(
    count: int, k: int, seed: int, alike: bool
) -> None:
    """A byte a dimension decides who is compared, never who is near; also where all are alike."""
    vectors = drawn(count, seed)
    if alike:
        vectors = normed(vectors[:1] + 0.001 * vectors)
    ids = np.arange(count, dtype=np.int64)
    plain = VectorIndex(DIMENSION, [make_segment(ids, vectors)], ids.tolist())
    rough = VectorIndex(DIMENSION, [make_segment(ids, vectors, rough_from=1)], ids.tolist())
    question = drawn(1, seed + 1)[0]

    found, cosines = rough.nearest(question, k)

    assert cosines.tolist() == pytest.approx(plain.nearest(question, k)[1].tolist(), abs=2e-6)
    assert len(set(found.tolist())) == min(k, count)
    assert (vectors[found] @ question).tolist() == pytest.approx(cosines.tolist(), abs=2e-6)
