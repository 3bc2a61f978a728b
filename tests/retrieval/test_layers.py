"""What changed is found beside what did not, as an index of everything would find it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from graph.model.base import Text
from graph.model.knowledge import PastCase, Sop
from retrieval.documents import LANGS, NOTHING, Document, Kind, Passage, write_anew
from retrieval.index.knowledge import KnowledgeIndex
from retrieval.index.layers import MOST, layered, words_of_layers
from retrieval.index.passages import Passages
from retrieval.question import Question, ask
from retrieval.ranking.fusion import rank
from retrieval.searching.library_index import LibraryIndex
from retrieval.searching.search import KnowledgeSearch
from retrieval.words.glossary import load_glossary
from retrieval.words.tokens import Lang, detect_language
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


def told_after(before: Sequence[Document], after: Sequence[Document]) -> dict[str, list[Document]]:
    """Write down, by id, what is held after of everything that was held before or is after."""
    told: dict[str, list[Document]] = {one.id: [] for one in (*before, *after)}
    for one in after:
        told[one.id].append(one)
    return told


def contents_of(layers: Sequence[KnowledgeIndex]) -> frozenset[int]:
    """Name what a model of meaning reads of all layers."""
    return Passages(shelf for index in layers for shelf in index.shelves).contents


@settings(max_examples=60, deadline=None)
@given(houses(), houses(), _TEXT)
def test_words_weigh_bit_for_bit_as_in_an_index_of_everything(
    before: list[Document], changed: list[Document], question: str
) -> None:
    """Whatever came, went or changed; a diagnosis cannot tell how the index came about."""
    kept = [one for one in before if one.id not in {other.id for other in changed}][:-1]
    after = [*kept, *changed]
    main = KnowledgeIndex(before)
    layers = layered(main, told_after(before, after), least=1)
    if layers is None:
        return
    assert contents_of(layers) == KnowledgeIndex(after).texts.contents
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
    before, after = (
        [one for shelf in index.shelves for one in shelf.held] for index in (main, new)
    )
    layers = layered(main, told_after(before, after), least=1)

    assert layers is not None and len(layers) == 2
    assert contents_of(layers) == new.texts.contents
    assert len(new.texts) == len(layers[0].texts) + len(layers[1].texts)
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

    assert layered(main, {documents[-1].id: ()}) is None
    assert layered(main, told_after((), documents), least=1) == (main,)
    few = layered(main, {documents[-1].id: ()}, least=1)
    assert few is not None and len(few) == 1
    assert layered(main, {one.id: () for one in documents[: MOST + 5]}, least=1) is None


def test_a_search_after_another_answers_the_same() -> None:
    """Small houses are indexed anew; the way is the same for big ones."""
    before = KnowledgeSearch(pack().sops[1:], pack().cases)
    before.find_sops(ANYBODY, "磁盘满了")
    after = KnowledgeSearch(pack().sops, pack().cases, after=before)
    fresh = KnowledgeSearch(pack().sops, pack().cases)

    assert after.find_sops(ANYBODY, "磁盘满了") == fresh.find_sops(ANYBODY, "磁盘满了")


def test_what_stays_is_not_written_again() -> None:
    """What changed, or is made of another part, is; what is gone goes."""
    told, beside = {"a": "text a", "b": "text b", "c": "text c"}, {"a": "case 1"}
    first, made = write_anew(NOTHING, (told, beside), lambda name: [_plain(name)])
    again, unmade = write_anew(first, (dict(told), dict(beside)), lambda name: [])
    assert made == told.keys() and not unmade and again.documents == first.documents

    moved = {"a": "text a", "b": "text b", "d": "text d"}
    second, changed = write_anew(first, (moved, {}), lambda name: [_plain(name)])
    assert changed == {"a", "c", "d"}
    assert second.documents.keys() == moved.keys()
    assert second.documents["b"][0] is first.documents["b"][0]
    assert second.documents["a"][0] is not first.documents["a"][0]


def _plain(name: str) -> Document:
    return Document(name, "sop", "en", name, (Passage("", name),))


_PART = st.sampled_from(range(8))


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.sets(_PART), st.sets(_PART), _PART), min_size=2, max_size=5),
    st.sampled_from(["磁盘满了", "connection pool exhausted", "restart"]),
)
def test_a_house_that_grew_change_by_change_answers_as_one_that_was_always_so(
    houses_of: list[tuple[set[int], set[int], int]], question: str
) -> None:
    """SOPs and cases come, go and change, with questions between or not; words are bit for bit."""
    library: LibraryIndex | None = None
    asked = ask(question, detect_language(question), load_glossary())
    for chosen, told, retitled in houses_of:
        sops, cases = _house(chosen, told, retitled)
        library = LibraryIndex(sops, cases, {}, after=library, least=1)
        if len(chosen) % 2:
            continue  # nobody asks before the next change
        fresh = LibraryIndex(sops, cases, {})
        for kind in _KINDS:
            mine, theirs = library.layers(kind), fresh.layers(kind)
            assert contents_of(mine) == contents_of(theirs)
            assert _covered(mine, asked) == _covered(theirs, asked)
            assert _words(mine, asked) == _words(theirs, asked)


_KINDS: Final[tuple[Kind, ...]] = ("sop", "case")


def _house(
    chosen: set[int], told: set[int], retitled: int
) -> tuple[dict[str, Sop], dict[str, PastCase]]:
    """Give some SOPs and cases of the pack; one SOP has another name in some houses."""
    sops = {one.id: one for at, one in enumerate(pack().sops[:8]) if at in chosen}
    if retitled in chosen:
        one = pack().sops[retitled]
        sops[one.id] = one.model_copy(update={"title": Text(zh="磁盘", en="disk")})
    return sops, {one.id: one for at, one in enumerate(pack().cases[:8]) if at in told}


def _words(layers: Sequence[KnowledgeIndex], asked: Question) -> dict[str, float]:
    return words_of_layers(layers, asked, keep=lambda _: True)


def test_a_second_change_keeps_the_first() -> None:
    """One document more, then another: both are found, and the index of the many stays."""
    sops, cases = pack().sops, pack().cases
    known = {one.id: one for one in sops[2:]}
    library = LibraryIndex(known, {}, {}, least=1)
    many = library.layers("sop")[0]
    for one in sops[:2]:
        known = {**known, one.id: one}
        library = LibraryIndex(known, {}, {}, after=library, least=1)
    layers = library.layers("sop")

    assert len(layers) == 2 and library.late == 4
    assert layers[0].shelves[0].documents is many.shelves[0].documents
    handled = next(case for case in cases if set(case.sop_ids) & known.keys())
    with_case = LibraryIndex(known, {handled.id: handled}, {}, after=library, least=1)
    fresh = LibraryIndex(known, {handled.id: handled}, {})
    assert contents_of(with_case.layers("sop")) == contents_of(fresh.layers("sop"))
