"""The ranking over both languages."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.documents import Document, Passage, plain_document
from retrieval.index.knowledge import KnowledgeIndex
from retrieval.question import ask
from retrieval.ranking.fusion import GRAPH_BOOST, Ranked, rank
from retrieval.words.glossary import Glossary
from retrieval.words.tokens import detect_language

GLOSSARY = Glossary([(["连接池"], ["connection pool"]), (["证书"], ["certificate"])])
TEXTS = st.lists(st.sampled_from(["pool", "disk", "slow", "node", "证书", "连接池"]), max_size=6)


def found(index: KnowledgeIndex, text: str, **boosts: float) -> list[Ranked]:
    """Rank for a question in the language that it looks like."""
    question = ask(text, detect_language(text), GLOSSARY)
    return rank([index], question, limit=10, keep=lambda document: True, boosts=boosts)


def test_equal_scores_stand_in_id_order() -> None:
    """Ties are broken by id."""
    index = KnowledgeIndex(plain_document(name, "disk", "disk full", "en") for name in "cab")
    assert [hit.document.id for hit in found(index, "disk full")] == ["a", "b", "c"]


@settings(max_examples=40)
@given(st.lists(TEXTS, min_size=1, max_size=6), TEXTS, st.integers(1, 4))
def test_the_words_alone_weigh_what_a_ranking_tells(
    texts: list[list[str]], asked: list[str], limit: int
) -> None:
    """What the diagnosis reads of a document is the share of words that people are told."""
    index = KnowledgeIndex(
        plain_document(f"d{number}", words[0] if words else "x", " ".join(words), "en")
        for number, words in enumerate(texts)
    )
    question = ask(" ".join(asked) or "x", "en", GLOSSARY)
    ranked = rank([index], question, limit=10, keep=lambda document: True)
    words = index.lexical(question, limit=limit, keep=lambda document: True)
    shares = {hit.document.id: hit.share for hit in ranked}
    assert list(words.values()) == sorted(words.values(), reverse=True)
    assert words.items() <= shares.items()


@settings(max_examples=40)
@given(st.lists(TEXTS, min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_documents_changes_nothing(
    texts: list[list[str]], random: st.DataObject
) -> None:
    """The same documents in any order give the same ranking, bit for bit."""
    documents = [
        plain_document(f"d{number}", words[0] if words else "x", " ".join(words), "en")
        for number, words in enumerate(texts)
    ]
    shuffled = list(documents)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis gives a random.Random
    first, second = KnowledgeIndex(documents), KnowledgeIndex(shuffled)
    for question in ("pool", "slow disk node", "证书"):
        assert found(first, question) == found(second, question)


def test_a_question_is_carried_across_languages() -> None:
    """A Chinese question finds an English document through the glossary, and the other way."""
    english = KnowledgeIndex([plain_document("e", "Pools", "the connection pool is full", "en")])
    chinese = KnowledgeIndex([plain_document("z", "证书", "证书过期", "zh")])
    assert [hit.document.id for hit in found(english, "连接池")] == ["e"]
    assert [hit.document.id for hit in found(chinese, "certificate")] == ["z"]


def test_both_languages_of_a_document_are_one_hit() -> None:
    """An id stands once, however many languages it exists in."""
    index = KnowledgeIndex(
        [
            plain_document("d", "连接池", "连接池耗尽", "zh"),
            plain_document("d", "Connection pool", "connection pool exhausted", "en"),
        ]
    )
    assert [hit.document.id for hit in found(index, "连接池耗尽")] == ["d"]


def test_a_boost_lifts_but_never_brings_in() -> None:
    """A boost adds at most its share of the best score, and only to what words found."""
    index = KnowledgeIndex(
        plain_document(name, name, text, "en")
        for name, text in (("a", "disk disk full"), ("b", "disk"), ("c", "nothing"))
    )
    plain = {hit.document.id: hit.score for hit in found(index, "disk full")}
    lifted = {hit.document.id: hit for hit in found(index, "disk full", b=1.0, c=1.0)}
    assert lifted.keys() == plain.keys() == {"a", "b"}
    assert abs(lifted["b"].graph - GRAPH_BOOST * plain["a"]) < 1e-9


def test_what_may_not_be_kept_leaves_its_place_to_the_next() -> None:
    """A hidden best hit does not shorten the list."""
    index = KnowledgeIndex(plain_document(name, "disk", "disk", "en") for name in "abc")
    question = ask("disk", "en", GLOSSARY)
    kept = rank([index], question, limit=2, keep=lambda document: document.id != "a")
    assert [hit.document.id for hit in kept] == ["b", "c"]


def test_the_section_is_the_passage_that_speaks_of_the_question() -> None:
    """The passage with most of the question names the section, not the shortest one."""
    passages = (Passage("first", "disk"), Passage("second", "disk full purge logs"))
    index = KnowledgeIndex([Document("d", "sop", "en", "Disk", passages)])
    assert found(index, "purge disk logs")[0].section == "second"


def test_an_empty_question_finds_nothing() -> None:
    """No words, no hits, no error."""
    assert found(KnowledgeIndex([plain_document("d", "t", "x", "en")]), "?!") == []
    assert found(KnowledgeIndex([]), "disk") == []
