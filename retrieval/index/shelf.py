"""The documents of one language, as words, as letters and as passages with a meaning."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from copy import copy
from functools import cached_property, lru_cache
from itertools import islice

import numpy as np

from retrieval.documents import Document
from retrieval.encoders.embedding import content_id, passage_text
from retrieval.index.grams import GramIndex
from retrieval.index.lexical import K1, LexicalIndex, Rarity
from retrieval.index.postings import Scores
from retrieval.question import Question, Seen
from retrieval.words.tokens import Lang, Unit, tokenize

TITLE_WEIGHT = 2
DOCUMENT_SHARE = 0.5  # the rest is the best passage; .5 was best or equal on k8s_en and tidb_zh
ENOUGH = 50  # documents of a store's index that may be kept: as many as an arm gives
_AT_ONCE = 128  # of the best are sorted at once; the rest only where more is wanted

_REMEMBERED = 16_384  # texts whose tokens are kept: those of a house with a thousand SOPs

Keep = Callable[[Document], bool]


class Shelf:
    """The documents of one language: an index of documents, and one of passages."""

    def __init__(
        self, lang: Lang, documents: Sequence[Document], *, like: Shelf | None = None
    ) -> None:
        """Index documents, no id twice, and passages; both carry the title twice.

        `like`: a shelf of many, that knows how rare pieces of letters are.
        """
        self.lang = lang
        self._like = like
        self.name = f"{documents[0].kind}_{lang}" if documents else lang
        self.documents = documents
        self.places = {document.id: at for at, document in enumerate(documents)}
        self._gone: frozenset[str] = frozenset()  # of documents that are found no more
        self._gone_at = np.empty(0, dtype=np.int64)  # and their positions
        self._sections: list[str] = []
        bodies: list[set[str]] = []
        owners: list[int] = []
        whole: list[list[str]] = []
        parts: list[list[str]] = []
        for position, document in enumerate(documents):
            title, texts, labels = _pieces(document)
            whole.append([*title, *(t for text in texts for t in text), *labels])
            parts.extend([*title, *text] for text in texts)
            bodies.extend(set(text) if len(texts) > 1 else set() for text in texts)
            owners.extend(position for _ in texts)
            self._sections.extend(passage.section for passage in document.passages)
        self._owners = np.array(owners, dtype=np.int64)
        self._told, self._starts = np.unique(self._owners, return_index=True)
        self._whole = LexicalIndex(whole)
        self._parts = LexicalIndex(parts)
        self._bodies = [array("q", map(self._numbered, body)) for body in bodies]

    def beside(self, whole: Rarity, parts: Rarity, *, gone: Collection[str] = ()) -> Shelf:
        """Give this shelf as a part of more: without documents, and with what all of it knows.

        `whole`, `parts`: how rare tokens are among all documents, and all passages.
        """
        _ = self._grams, self._parts_by_id, self._contents  # made once, for every such shelf
        found = copy(self)
        found._whole, found._parts = self._whole.beside(whole), self._parts.beside(parts)
        found._gone = frozenset(gone)
        found._gone_at = np.array(sorted(self.places[one] for one in gone), dtype=np.int64)
        return found

    def __len__(self) -> int:
        """Count the documents that can be found."""
        return len(self.documents) - len(self._gone)

    def place(self, document_id: str) -> int | None:
        """Give the position of a document; None for one that cannot be found."""
        return None if document_id in self._gone else self.places.get(document_id)

    @property
    def held(self) -> Iterator[Document]:
        """Give the documents that can be found, in order."""
        return (one for one in self.documents if one.id not in self._gone)

    @property
    def lexical(self) -> tuple[LexicalIndex, LexicalIndex]:
        """Give the index of whole documents, and that of passages."""
        return self._whole, self._parts

    def best(self, question: Question, limit: int, keep: Keep) -> Iterator[tuple[int, float]]:
        """Yield (position, score) of the best that may be kept, best first, ties by id.

        The score is BM25 as a share of what a document that holds every piece could reach.
        """
        shares = self._shares(question)
        for position in self._first(shares, limit, keep):
            yield position, float(shares[position])

    def look(self, question: Question) -> tuple[Scores, Scores]:
        """Give words and letters of every document, by position: BM25 share, cosine of grams."""
        grams = np.round(self._grams.scores(question.spelling(self.lang)), 6)
        grams[self._gone_at] = 0.0
        return self._shares(question), grams

    def first(self, scores: Scores, limit: int, keep: Keep) -> Iterator[Document]:
        """Yield the best above 0 that may be kept, best first, ties by id."""
        return (self.documents[at] for at in self._first(scores, limit, keep))

    def among(self, seen: Seen, keep: Keep) -> Scores | None:
        """Give 1 for each document that a store's indexes found, else 0.

        None where they found too few that may be kept, and may hold more.
        """
        places = (self.place(one) for one in seen.ids(self.name))
        found = sorted(at for at in places if at is not None)
        kept = [at for at in found if keep(self.documents[at])]
        if seen.is_cut(self.name) and len(kept) < ENOUGH:
            return None
        told = np.zeros(len(self.documents))
        told[kept] = 1.0
        return told

    def parts(self, content: int) -> list[tuple[Document, str]]:
        """Give (document, section) of every passage with this content id."""
        parts = self._parts_by_id.get(content, ())
        told = ((self.documents[self._owners[part]], self._sections[part]) for part in parts)
        return [(document, section) for document, section in told if document.id not in self._gone]

    def coverages(self, positions: Sequence[int], question: Question) -> list[float]:
        """Give the share of the question, by rarity, that each of these documents speaks about."""
        units = question.units(self.lang)
        rarities = [self._rarity(unit) for unit in units]
        mass = sum(rarities)
        if not mass:
            return [0.0 for _ in positions]
        places = np.array(positions, dtype=np.int32)
        tokens = dict.fromkeys(token for unit in units for token in unit.tokens)
        held = {token: self._whole.holding(places, token) for token in tokens}
        told = [np.logical_or.reduce([held[token] for token in unit.tokens]) for unit in units]
        return [
            sum(rarity for rarity, holds in zip(rarities, told, strict=True) if holds[at]) / mass
            for at in range(len(positions))
        ]

    def section(self, position: int, question: Question) -> str | None:
        """Name the passage whose own text, the title apart, holds most of the question.

        None where no passage holds any.
        """
        first, end = map(int, np.searchsorted(self._owners, [position, position + 1]))
        if end - first == 1:
            return self._sections[first]
        told = {
            number: weight * self._parts.idf(token)
            for token, weight in question.weights(self.lang).items()
            if (number := self._parts.number(token)) is not None
        }
        held = [
            sum(told[number] for number in sorted(told.keys() & set(self._bodies[part])))
            for part in range(first, end)
        ]
        most = max(held)
        return self._sections[first + held.index(most)] if most else None

    def opening(self, position: int) -> str:
        """Name the first section of a document."""
        return self.documents[position].passages[0].section

    @property
    def contents(self) -> frozenset[int]:
        """Give what a model of meaning reads of the passages, by content, without the empty one."""
        if not self._gone:
            return self._contents
        lost = (
            content
            for at in self._gone_at.tolist()
            for content in map(content_id, texts_of(self.documents[at]))
        )
        return self._contents - {content for content in lost if not self.parts(content)}

    def text_of(self, content: int) -> str:
        """Give the text of this content; KeyError where no passage ever had it."""
        part = self._parts_by_id[content][0]
        document = self.documents[self._owners[part]]
        first = int(np.searchsorted(self._owners, self._owners[part]))
        return passage_text(document.title, document.passages[part - first].text)

    @cached_property
    def _contents(self) -> frozenset[int]:
        return frozenset(self._parts_by_id) - {content_id("")}

    @cached_property
    def _parts_by_id(self) -> dict[int, list[int]]:
        parts: dict[int, list[int]] = {}
        texts = (text for document in self.documents for text in texts_of(document))
        for part, text in enumerate(texts):
            parts.setdefault(content_id(text), []).append(part)
        return parts

    @cached_property
    def _grams(self) -> GramIndex:
        like = None if self._like is None else self._like._grams
        return GramIndex([spelled(document) for document in self.documents], like)

    def _shares(self, question: Question) -> Scores:
        mass = sum(self._rarity(unit) for unit in question.units(self.lang))
        if not mass:
            return np.zeros(len(self.documents))
        weights = question.weights(self.lang)
        whole, best = self._whole.scores(weights), self._best_parts(weights)
        scores = DOCUMENT_SHARE * whole + (1.0 - DOCUMENT_SHARE) * best
        shares: Scores = scores / (mass * (K1 + 1.0))
        shares[self._gone_at] = 0.0
        return shares

    def _best_parts(self, weights: Mapping[str, float]) -> Scores:
        """Give the score of the best passage of each document; 0 for one without any."""
        scores = self._parts.scores(weights)
        if len(self._owners) == len(self.documents) == len(self._told):  # one passage each
            return scores
        best = np.zeros(len(self.documents))
        if len(scores):
            best[self._told] = np.maximum.reduceat(scores, self._starts)
        return best

    def _first(self, scores: Scores, limit: int, keep: Keep) -> Iterator[int]:
        kept = (at for at in _best_first(scores) if keep(self.documents[at]))
        return islice(kept, limit)

    def _numbered(self, token: str) -> int:
        return self._parts.number(token) or 0

    def _rarity(self, unit: Unit) -> float:
        return min(self._whole.idf(token) for token in unit.tokens)


@lru_cache(maxsize=_REMEMBERED)
def _tokens(text: str) -> tuple[str, ...]:
    """Cut a text; one that stays as it was costs nothing when another one is added."""
    return tuple(tokenize(text))


def texts_of(document: Document) -> Iterator[str]:
    """Give what a model of meaning reads of each passage of a document."""
    return (passage_text(document.title, passage.text) for passage in document.passages)


def tokens_of(document: Document) -> tuple[list[str], list[list[str]]]:
    """Give the tokens of a whole document, and those of each of its passages."""
    title, texts, labels = _pieces(document)
    whole = [*title, *(token for text in texts for token in text), *labels]
    return whole, [[*title, *text] for text in texts]


def pieces_of(document: Document) -> list[str]:
    """Give the tokens of a whole document: its title twice, its text, its labels."""
    return tokens_of(document)[0]


def _pieces(
    document: Document,
) -> tuple[tuple[str, ...], list[tuple[str, ...]], tuple[str, ...]]:
    title = _tokens(document.title) * TITLE_WEIGHT
    texts = [_tokens(passage.text) for passage in document.passages]
    return title, texts, _tokens(document.labels)


def spelled(document: Document) -> str:
    """Give the text whose letters are compared: the title twice, and the passages."""
    titles = (document.title for _ in range(TITLE_WEIGHT))
    return "\n".join((*titles, *(passage.text for passage in document.passages)))


def _best_first(scores: Scores) -> Iterator[int]:
    """Yield the positions of scores above 0, best first, ties by position."""
    bar = _bar(scores)
    best = np.flatnonzero(scores >= bar if bar > 0.0 else scores)
    yield from best[np.argsort(-scores[best], kind="stable")].tolist()
    if bar > 0.0:
        rest = np.flatnonzero((scores > 0.0) & (scores < bar))
        yield from rest[np.argsort(-scores[rest], kind="stable")].tolist()


def _bar(scores: Scores) -> float:
    """Give a score that at least `_AT_ONCE` reach, and not many more; 0 where few are told.

    Of as many stretches each has a best, and the worst of these bests is such a score.
    """
    length = len(scores) // (2 * _AT_ONCE)
    if length < 2:
        return 0.0
    bests = scores[: 2 * _AT_ONCE * length].reshape(-1, length).max(axis=1)
    return float(np.partition(bests, -_AT_ONCE)[-_AT_ONCE])
