"""BM25."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.index.lexical import K1, B, LexicalIndex
from retrieval.words.tokens import token_weights

TOKENS = st.lists(st.sampled_from("abcdef"), max_size=12)
CORPUS = st.lists(TOKENS, min_size=1, max_size=8)


def naive_score(query: list[str], document: list[str], corpus: list[list[str]]) -> float:
    """Score one document by the formula as printed, token by token."""
    mean = sum(map(len, corpus)) / len(corpus) or 1.0
    total = 0.0
    for token in query:
        holders = sum(token in other for other in corpus)
        idf = math.log(1 + (len(corpus) - holders + 0.5) / (holders + 0.5))
        often = document.count(token)
        total += idf * often * (K1 + 1) / (often + K1 * (1 - B + B * len(document) / mean))
    return total


@given(CORPUS, TOKENS)
def test_scores_equal_the_formula(corpus: list[list[str]], query: list[str]) -> None:
    """The inverted index gives what the naive formula gives."""
    scores = LexicalIndex(corpus).scores(token_weights(query))
    expected = [naive_score(query, document, corpus) for document in corpus]
    assert list(scores) == pytest.approx(expected, abs=1e-12)


@given(CORPUS, TOKENS, st.randoms(use_true_random=False))
def test_the_order_of_a_query_changes_nothing(
    corpus: list[list[str]], query: list[str], random: st.DataObject
) -> None:
    """Equal words in any order give equal bits."""
    shuffled = list(query)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis gives a random.Random
    index = LexicalIndex(corpus)
    assert (index.scores(token_weights(query)) == index.scores(token_weights(shuffled))).all()


@given(CORPUS)
def test_a_rarer_token_weighs_more(corpus: list[list[str]]) -> None:
    """The idf falls with the number of holders and is never negative."""
    index = LexicalIndex(corpus)
    by_holders = sorted("abcdef", key=lambda token: sum(token in d for d in corpus))
    weights = [index.idf(token) for token in by_holders]
    assert weights == sorted(weights, reverse=True)
    assert weights[-1] >= 0


def test_an_empty_index_and_an_unknown_token_score_nothing() -> None:
    """Nothing to find is no error."""
    assert len(LexicalIndex([]).scores({"a": 1.0})) == 0
    assert list(LexicalIndex([["a"]]).scores({"zz": 1.0})) == [0.0]
