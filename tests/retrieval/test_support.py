"""The bar between an answer and a refusal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.documents import plain_document
from retrieval.ranking.fusion import Ranked
from retrieval.ranking.support import confidence_of, support_of
from retrieval.searching.corpus import CorpusDocument, CorpusSearch
from retrieval.words.tokens import Lang

QUESTION = "how do I fail over the exam database"
SHARE = st.floats(0.0, 1.0)
LANGS: st.SearchStrategy[Lang] = st.sampled_from(["zh", "en"])


def hit(lexical: float, coverage: float, *, named: float = 1.0) -> Ranked:
    """Make a found document with these facts."""
    document = plain_document("d", "t", "x", "en")
    return Ranked(document, "", 1.0, share=lexical, coverage=coverage, named=named)


@given(SHARE, SHARE, SHARE, LANGS)
def test_more_words_never_lower_the_confidence(
    lexical: float, coverage: float, more: float, lang: Lang
) -> None:
    """The confidence lies in [0, 1] and rises with either fact."""
    base = confidence_of(hit(lexical, coverage), lang, QUESTION)
    assert 0.0 <= base <= 1.0
    assert confidence_of(hit(max(lexical, more), coverage), lang, QUESTION) >= base
    assert confidence_of(hit(lexical, max(coverage, more)), lang, QUESTION) >= base


@pytest.mark.parametrize(
    "question", ["怎么处理", "如何处理？？", "请问怎么办呢", "What should we do?"]
)
def test_words_that_only_ask_are_no_question(question: str) -> None:
    """Whatever a translation of them finds, nothing was asked."""
    assert confidence_of(hit(1.0, 1.0), "zh", question) == 0.0


@given(SHARE, SHARE, SHARE, SHARE, LANGS)
def test_more_known_names_never_lower_the_confidence(
    lexical: float, coverage: float, named: float, more: float, lang: Lang
) -> None:
    """A question that names what no document mentions is trusted less."""
    base = confidence_of(hit(lexical, coverage, named=named), lang, QUESTION)
    assert confidence_of(hit(lexical, coverage, named=max(named, more)), lang, QUESTION) >= base


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("how to restart the pool of MySQL", 1.0),
        ("how to restart the pool of TiDB", 0.0),
        ("how to restart the MySQL pool on ESXi", 0.5),
        ("how to restart the RedisCache pool", 1.0),
        ("MySQL 连接池怎么重启", 1.0),
        ("Oracle 连接池怎么重启", 0.0),
        ("how to restart the pool", 1.0),
    ],
)
def test_names_are_known_where_any_document_mentions_them(question: str, named: float) -> None:
    """Written otherwise, in another language or in another document than the best one, too."""
    texts = {"a": "restart the pool of mysql", "b": "a cache named redis", "c": "重启连接池"}
    search = CorpusSearch(
        [CorpusDocument(id=name, title="pool", text=text) for name, text in texts.items()]
    )
    assert search.find(question).ranked[0].named == named


def test_nothing_found_is_no_support() -> None:
    """Without a document there is nothing to trust."""
    assert support_of(confidence_of(None, "zh", QUESTION)) == "none"


@pytest.mark.parametrize(
    ("question", "support"),
    [
        ("1+1", "none"),
        ("42", "none"),
        ("drop", "possible"),
        ("磁盘", "possible"),
        ("磁盘写满怎么办", "strong"),
        (QUESTION, "strong"),
    ],
)
def test_one_word_is_never_strong_and_figures_are_no_question(question: str, support: str) -> None:
    """A document that holds the one word asked for covers it whole; that proves little."""
    assert support_of(confidence_of(hit(1.0, 1.0), "zh", question)) == support


@pytest.mark.parametrize(
    ("confidence", "support"),
    [(0.0, "none"), (0.4999, "none"), (0.5, "possible"), (0.8499, "possible"), (0.85, "strong")],
)
def test_the_bars(confidence: float, support: str) -> None:
    """Possible from .5, strong from .85."""
    assert support_of(confidence) == support
