"""What changed is found beside what did not, as an index of everything would find it."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.documents import LANGS, Document, Passage, write_sops
from retrieval.glossary import load_glossary
from retrieval.index.knowledge import KnowledgeIndex
from retrieval.index.layers import MOST, layered
from retrieval.question import Question, ask
from retrieval.ranking.fusion import rank
from retrieval.search import KnowledgeSearch
from retrieval.tokens import Lang, detect_language
from tests.retrieval.library import ANYBODY, pack

_WORDS = st.sampled_from(
    ["disk", "full", "pool", "exam-db", "restart", "磁盘", "满了", "连接池", "重启"]
)
_TEXT = st.lists(_WORDS, min_size=1, max_size=12).map(" ".join)


@st.composite
def houses(draw: st.DrawFn) -> list[Document]:
    """Some documents in one or two languages, under few ids, so that two houses share them."""
    ids = draw(st.sets(st.integers(0, 12), min_size=2, max_size=10))
    languages: tuple[tuple[Lang, ...], ...] = (("zh",), ("en",), ("zh", "en"))
    return [
        Document(
            f"d{one}",
            "sop",
            lang,
            draw(_TEXT),
            tuple(Passage(f"s{n}", draw(_TEXT)) for n in range(draw(st.integers(1, 3)))),
            labels=draw(_TEXT),
        )
        for one in sorted(ids)
        for lang in draw(st.sampled_from(languages))
    ]


@settings(max_examples=60, deadline=None)
@given(houses(), houses(), _TEXT)
def test_words_weigh_bit_for_bit_as_in_an_index_of_everything(
    before: list[Document], changed: list[Document], question: str
) -> None:
    """Whatever came, went or changed; a diagnosis cannot tell how the index came about."""
    kept = [one for one in before if one.id not in {other.id for other in changed}][:-1]
    after = [*kept, *changed]
    main = KnowledgeIndex(before)
    layers = layered(main, after, least=1)
    if layers is None:
        return
    for lang in LANGS:
        asked = ask(question, lang, load_glossary())
        fresh = KnowledgeIndex(after)
        told = [index.lexical(asked, limit=50, keep=lambda _: True) for index in layers]
        assert {name: score for one in told for name, score in one.items()} == fresh.lexical(
            asked, limit=50, keep=lambda _: True
        )
        assert _covered(layers, asked) == _covered([fresh], asked)


def _covered(indexes: Sequence[KnowledgeIndex], asked: Question) -> dict[str, tuple[float, str]]:
    ranked = rank(indexes, asked, limit=50, keep=lambda _: True)
    return {one.document.id: (one.coverage, one.section) for one in ranked if one.share}


def test_nothing_that_went_is_found_and_all_that_came_is() -> None:
    """By words, letters and the texts that a model of meaning reads."""
    sops, cases = pack().sops, pack().cases
    main = KnowledgeSearch(sops[1:], cases).indexes[0]
    new = KnowledgeSearch(sops[:-1], cases).indexes[0]
    documents = [one for shelf in new.shelves for one in shelf.held]
    layers = layered(main, documents, least=1)

    assert layers is not None and len(layers) == 2
    assert sorted(text for index in layers for text in index.texts) == sorted(new.texts)
    for title in (sops[0].title.zh, sops[-1].title.en):
        asked = ask(title, detect_language(title), load_glossary())
        runs = [
            [one.document.id for one in rank(those, asked, limit=5, keep=lambda _: True)]
            for those in (layers, [new])
        ]
        assert runs[0][0] == runs[1][0]
        assert sops[-1].id not in runs[0]


def test_many_changes_are_worth_an_index_of_everything() -> None:
    """And so are few documents."""
    documents = [
        Document(f"d{at:04}", "sop", "en", f"title {at}", (Passage("", f"text {at}"),))
        for at in range(2 * MOST + 10)
    ]
    main = KnowledgeIndex(documents)

    assert layered(main, documents[:-1]) is None
    assert layered(main, documents, least=1) == (main,)
    few = layered(main, documents[:-1], least=1)
    assert few is not None and len(few) == 1
    assert layered(main, documents[: MOST + 5], least=1) is None


def test_a_search_after_another_answers_the_same() -> None:
    """Small houses are indexed anew; the way is the same for big ones."""
    before = KnowledgeSearch(pack().sops[1:], pack().cases)
    before.find_sops(ANYBODY, "磁盘满了")
    after = KnowledgeSearch(pack().sops, pack().cases, after=before)
    fresh = KnowledgeSearch(pack().sops, pack().cases)

    assert after.find_sops(ANYBODY, "磁盘满了") == fresh.find_sops(ANYBODY, "磁盘满了")


def test_an_sop_that_stays_is_not_cut_again() -> None:
    """What changed, or was handled with another case, is; together it is as if all were new."""
    sops, cases = pack().sops, pack().cases
    first = write_sops(sops, cases, {})
    again = write_sops(sops, cases, first)
    assert all(again[name] is first[name] for name in first)

    case = next(one for one in cases if one.sop_ids)
    told = [one for one in cases if one is not case]
    retitled = sops[0].model_copy(update={"revision": "2026-01-01"})
    moved = write_sops([retitled, *sops[1:]], told, first)
    assert moved == write_sops([retitled, *sops[1:]], told, {})
    anew = {name for name in moved if moved[name] is not first[name]}
    assert anew == {retitled.id, *(case.sop_ids)} & set(moved)
