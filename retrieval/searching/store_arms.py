"""The indexes of a store beside ours: they find, and what they find is scored here.

A store that keeps none is searched in memory; so is one whose indexes hold something else, are
being written, or cannot be asked. `state` says which.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar

import numpy as np

from graph.errors import EtiographError
from graph.model.base import Text
from graph.search_ports import AskedShelf, FoundByArms, HeldText, HeldVector, SearchArms
from retrieval.documents import Document
from retrieval.encoders.embedding import Floats, Ints
from retrieval.index.grams import READ_CHARS, grams, head_grams
from retrieval.index.knowledge import KnowledgeIndex
from retrieval.index.shelf import Shelf, pieces_of, spelled
from retrieval.index.vectors import VectorIndex
from retrieval.question import Question
from retrieval.searching.meaning import IndexedSense, Meaning
from retrieval.words.tokens import TOKENIZER_VERSION

T = TypeVar("T")
_FORM: Final = "arms/v1"
_AT_ONCE: Final = 200  # texts or vectors that are written together
_NEAREST: Final = 256  # as many as are asked for of our own vectors
_SPACE: Final = "_"  # stands for a space in a piece of letters, which holds neither

_UNMADE: Final = Text(
    zh="图数据库的检索索引还没有写好，由本进程的索引检索",
    en="the store's own search indexes are not written yet, the index of this process answers",
)
_READY: Final = Text(
    zh="由图数据库的全文与向量索引检索", en="the store's full-text and vector index find"
)
_WORDS_READY: Final = Text(
    zh="由图数据库的全文索引检索，语义由本进程的索引检索",
    en="the store's full-text index finds, the index of this process answers by meaning",
)
_CHANGED: Final = Text(
    zh="图数据库的检索索引与本进程不一致，由本进程的索引检索",
    en="the store's search indexes hold something else, the index of this process answers",
)


@dataclass(frozen=True)
class _Whole:
    """What the store holds: these indexes, under this digest."""

    indexes: tuple[KnowledgeIndex, ...]
    digest: str

    def holds(self, indexes: Sequence[KnowledgeIndex]) -> bool:
        return all(any(one is held for held in self.indexes) for one in indexes)


@dataclass(frozen=True)
class _Wanted:
    """What the store is to hold."""

    texts: Mapping[str, tuple[str, Document]]  # key -> shelf, document
    contents: frozenset[int]
    model: str
    digest: str


class ArmsOfStore:
    """Lets a store's indexes follow what is searched, and asks them; safe for threads."""

    def __init__(self, arms: SearchArms) -> None:
        """Ask nothing yet."""
        self._arms: Final = arms
        self._whole: _Whole | None = None
        self.state: Text = _UNMADE

    def bring(
        self,
        indexes: Sequence[KnowledgeIndex],
        meaning: Meaning,
        progress: Callable[[int, int], object] | None = None,
    ) -> None:
        """Let the store hold exactly these documents and their vectors; returns when it does.

        Only what is new is written; nobody asks it meanwhile. `progress(done, total)`.

        Raises: StoreError; the next call goes on.
        """
        vectors = self._fitting(meaning)
        wanted = _wanted(indexes, meaning, vectors)
        if self._arms.mark() != wanted.digest:
            self._whole, self.state = None, _UNMADE
            self._write(wanted, vectors, progress)
        self._serve(indexes, wanted)

    def open(self, indexes: Sequence[KnowledgeIndex], meaning: Meaning) -> None:
        """Ask the store from now on where it holds exactly this; nothing is written."""
        try:
            wanted = _wanted(indexes, meaning, self._fitting(meaning))
            if self._arms.mark() == wanted.digest:
                self._serve(indexes, wanted)
        except EtiographError as error:
            self._fail(error)

    def look(
        self, question: Question, sense: IndexedSense | None, indexes: Sequence[KnowledgeIndex]
    ) -> Question:
        """Give the question with what the store found for it; as it was where it cannot answer."""
        whole = self._whole
        if whole is None or not whole.holds(indexes):
            return question
        shelves = {shelf.name: shelf for index in indexes for shelf in index.shelves}
        asked = [_asked(shelf, question) for shelf in shelves.values()]
        vector = None
        if sense is not None and sense.vector.size == self._arms.dimension:
            vector = sense.vector.reshape(-1).tolist()
        try:
            found = self._arms.look(whole.digest, asked, vector=vector, near=_NEAREST)
        except EtiographError as error:
            self._fail(error)
            return question
        if found is None:
            self._whole, self.state = None, _CHANGED
            return question
        again = (
            None
            if vector is None
            else lambda k: self._arms.look(whole.digest, (), vector=vector, near=k)
        )
        seen = _SeenByStore(found, again)
        return replace(question, seen=seen, sense=question.sense if vector is None else seen)

    def _fitting(self, meaning: Meaning) -> VectorIndex | None:
        vectors = meaning.vectors
        fits = vectors is not None and vectors.dimension == self._arms.dimension
        return vectors if fits else None

    def _write(
        self,
        wanted: _Wanted,
        vectors: VectorIndex | None,
        progress: Callable[[int, int], object] | None,
    ) -> None:
        texts, contents = self._arms.begin(wanted.texts, wanted.contents, model=wanted.model)
        new_texts = sorted(wanted.texts.keys() - texts)
        new_contents = sorted(wanted.contents - contents)
        done, total = 0, len(new_texts) + len(new_contents)
        for keys in _batches(new_texts):
            held = [_held(key, *wanted.texts[key]) for key in keys]
            self._arms.write(held, (), model=wanted.model)
            done += len(keys)
            if progress is not None:
                progress(done, total)
        for ids in _batches(new_contents):
            assert vectors is not None  # there is nothing to write without
            rows = zip(ids, vectors.rows(ids).tolist(), strict=True)
            self._arms.write((), [HeldVector(*row) for row in rows], model=wanted.model)
            done += len(ids)
            if progress is not None:
                progress(done, total)
        self._arms.finish(wanted.digest)

    def _serve(self, indexes: Sequence[KnowledgeIndex], wanted: _Wanted) -> None:
        self._whole = _Whole(tuple(indexes), wanted.digest)
        self.state = _READY if wanted.contents else _WORDS_READY

    def _fail(self, error: EtiographError) -> None:
        self.state = Text(
            zh=f"图数据库的检索索引不能用，由本进程的索引检索：{error}",
            en=f"the store's search indexes fail, the index of this process answers: {error}",
        )


class _SeenByStore:
    """What a store found for one question: `Seen`, and the `Sense` of it."""

    def __init__(
        self, found: FoundByArms, again: Callable[[int], FoundByArms | None] | None
    ) -> None:
        self._found: Final = found
        self._again: Final = again

    def ids(self, shelf: str) -> frozenset[str]:
        return self._found.ids.get(shelf, frozenset())

    def is_cut(self, shelf: str) -> bool:
        return shelf in self._found.cut

    def nearest(self, k: int) -> tuple[Ints, Floats]:
        """Give content ids and cosines of the `k` nearest texts, best first, ties by id."""
        near = self._found.near
        if k > _NEAREST and len(near) >= _NEAREST and self._again is not None:
            more = self._again(k)
            near = near if more is None else more.near
        ids = np.array([content for content, _ in near], dtype=np.int64)
        cosines = np.array([cosine for _, cosine in near], dtype=np.float32)
        order = np.lexsort((ids, -cosines))[:k]
        return ids[order], cosines[order]


def _wanted(
    indexes: Sequence[KnowledgeIndex], meaning: Meaning, vectors: VectorIndex | None
) -> _Wanted:
    texts = {
        _key(shelf, document): (shelf.name, document)
        for index in indexes
        for shelf in index.shelves
        for document in shelf.held
    }
    contents = vectors.ids if vectors is not None else frozenset[int]()
    told = hashlib.sha256("\n".join((_FORM, meaning.model, *sorted(texts))).encode())
    told.update(np.array(sorted(contents), dtype=np.int64).tobytes())
    return _Wanted(texts, contents, meaning.model, told.hexdigest())


def _key(shelf: Shelf, document: Document) -> str:
    """Name a document by all that is searched of it."""
    parts = (TOKENIZER_VERSION, shelf.name, document.id, document.title, document.labels)
    told = "\0".join((*parts, *(passage.text for passage in document.passages)))
    return hashlib.sha256(told.encode(errors="surrogatepass")).hexdigest()[:32]


def _held(key: str, shelf: str, document: Document) -> HeldText:
    letters = (
        piece.replace(" ", _SPACE) for piece in head_grams(spelled(document)[: 2 * READ_CHARS])
    )
    return HeldText(key, document.id, shelf, " ".join(pieces_of(document)), " ".join(letters))


def _asked(shelf: Shelf, question: Question) -> AskedShelf:
    pieces = Counter(grams(question.spelling(shelf.lang)))
    letters = {
        piece.replace(" ", _SPACE): 1.0 + float(np.log(times)) for piece, times in pieces.items()
    }
    return AskedShelf(shelf.name, question.weights(shelf.lang), letters)


def _batches(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for at in range(0, len(items), _AT_ONCE):
        yield items[at : at + _AT_ONCE]
