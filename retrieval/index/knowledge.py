"""Documents in two languages: a shelf per language, and what each arm finds on it, per id."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from functools import cache, cached_property
from itertools import groupby
from typing import NamedTuple

from retrieval.documents import LANGS, Document
from retrieval.encoders.embedding import Floats, Ints
from retrieval.index.passages import Passages
from retrieval.index.shelf import Keep, Shelf
from retrieval.question import Question
from retrieval.words.tokens import Lang

CROSS_SHARE = 0.5  # of a translated match beside a match in the question's own words
CANDIDATES = 50  # per arm and language
_NEAREST = 256  # vectors asked for at first: some documents have many passages
NEAREST_MOST = 2_048  # where most of what is near may not be seen


class Candidate(NamedTuple):
    """A document with what every arm says of it; `crossed`: not in the question's language.

    `words`: BM25 as a share of what a document with every piece of the question could reach.
    `grams` in [0, 1]: the cosine of letters. `near`: what a model of meaning says; None without
    one, and where it is not among the nearest.
    """

    hits: tuple[Hit, ...]
    words: float
    grams: float
    near: Near | None
    crossed: bool

    @property
    def document(self) -> Document:
        """Give the document in its best language."""
        return self.best.document

    @property
    def best(self) -> Hit:
        """Give the language in which the question finds it best."""
        return max(self.hits, key=lambda hit: (hit.share * hit.words, hit.share))


class Hit(NamedTuple):
    """A document found on one shelf; `share` is what its language weighs for the question."""

    shelf: Shelf
    position: int
    words: float
    grams: float
    share: float

    @property
    def document(self) -> Document:
        """Give the document in this language."""
        return self.shelf.documents[self.position]


class Near(NamedTuple):
    """How near in meaning the best passage of a document is, in [-1, 1], and its section."""

    cosine: float
    section: str


class KnowledgeIndex:
    """Every document, searchable in both languages."""

    def __init__(
        self, documents: Iterable[Document], *, like: KnowledgeIndex | None = None
    ) -> None:
        """Index the documents; their order does not matter. `like`: see `Shelf`."""
        ordered = sorted(documents, key=lambda document: document.id)
        known = {shelf.lang: shelf for shelf in like.shelves} if like is not None else {}
        self._shelves = tuple(
            Shelf(
                lang,
                [document for document in ordered if document.lang == lang],
                like=known.get(lang),
            )
            for lang in LANGS
            if any(document.lang == lang for document in ordered)
        )
        self._languages: dict[str, tuple[Lang, ...]] = {}
        for shelf in self._shelves:
            for name in shelf.places:
                self._languages[name] = (*self._languages.get(name, ()), shelf.lang)

    def __len__(self) -> int:
        """Count the documents, each language by itself."""
        return sum(map(len, self._shelves))

    def candidates(self, question: Question, *, keep: Keep) -> list[Candidate]:
        """Give what any arm finds among its best of each language that `keep` lets through."""
        near = self._near(question, keep)
        found = {name: tuple(hits) for name, hits in self._hits(question, keep, near).items()}
        return [
            Candidate(
                hits=hits,
                words=self._mean(hits, [hit.words for hit in hits], question.lang),
                grams=self._mean(hits, [hit.grams for hit in hits], question.lang),
                near=near.get(name),
                crossed=question.lang not in self._languages[name],
            )
            for name, hits in found.items()
        ]

    def lexical(self, question: Question, *, limit: int, keep: Keep) -> dict[str, float]:
        """Give the words' share alone, by document id, of those that hold most of them."""
        found: dict[str, list[Hit]] = {}
        for shelf in self._shelves:
            share = _share(shelf.lang, question.lang)
            for position, words in shelf.best(question, max(limit, CANDIDATES), keep):
                hit = Hit(shelf, position, words, 0.0, share)
                found.setdefault(hit.document.id, []).append(hit)
        scores = {
            name: self._mean(hits, [hit.words for hit in hits], question.lang)
            for name, hits in found.items()
        }
        ordered = sorted(scores, key=lambda name: (-scores[name], name))
        return {name: scores[name] for name in ordered[:limit]}

    def coverages(self, found: Sequence[Candidate], question: Question) -> list[float]:
        """Give the share of the question, by rarity, that each document speaks about, in [0, 1]."""
        covered: dict[tuple[Lang, int], float] = {}
        for shelf in self._shelves:
            hits = (hit for one in found for hit in one.hits)
            places = [hit.position for hit in hits if hit.shelf is shelf]
            told = zip(places, shelf.coverages(places, question), strict=True)
            covered |= {(shelf.lang, place): share for place, share in told}
        return [
            self._mean(
                one.hits, [covered[hit.shelf.lang, hit.position] for hit in one.hits], question.lang
            )
            for one in found
        ]

    def mentions(self, token: str) -> bool:
        """Tell whether any document holds a token."""
        return any(shelf.lexical[0].number(token) is not None for shelf in self._shelves)

    def documents_of(self, document_id: str) -> tuple[Document, ...]:
        """Give a document in every language in which it can be found."""
        places = ((shelf, shelf.place(document_id)) for shelf in self._shelves)
        return tuple(shelf.documents[at] for shelf, at in places if at is not None)

    def beside(self, shelves: Iterable[Shelf]) -> KnowledgeIndex:
        """Give an index of these shelves, each this one's as a part of more."""
        found = copy(self)
        found._shelves = tuple(shelves)
        found.__dict__.pop("texts", None)  # of what was held before
        return found

    @property
    def shelves(self) -> tuple[Shelf, ...]:
        """Give the shelves, a language each."""
        return self._shelves

    @cached_property
    def texts(self) -> Passages:
        """Give what a model of meaning encodes: every passage with its title."""
        return Passages(self._shelves)

    def _hits(self, question: Question, keep: Keep, nearest: Iterable[str]) -> dict[str, list[Hit]]:
        """Look at what any arm puts among its best, in every language in which it exists."""
        seen = [(shelf, *shelf.look(question)) for shelf in self._shelves]
        names = set(nearest)
        for shelf, words, grams in seen:
            among = None if question.seen is None else shelf.among(question.seen, keep)
            for scores in (words, grams):
                told = scores if among is None else scores * among
                names.update(one.id for one in shelf.first(told, CANDIDATES, keep))
        found: dict[str, list[Hit]] = {}
        ordered = sorted(names)
        for shelf, words, grams in seen:
            share = _share(shelf.lang, question.lang)
            for name in ordered:
                at = shelf.place(name)
                if at is not None:
                    hit = Hit(shelf, at, float(words[at]), float(grams[at]), share)
                    found.setdefault(name, []).append(hit)
        return found

    def _near(self, question: Question, keep: Keep) -> dict[str, Near]:
        """Give the best passage of the `CANDIDATES` documents that are nearest in meaning."""
        sense, k = question.sense, _NEAREST
        while sense is not None and self._shelves:
            ids, cosines = sense.nearest(k)
            best: dict[str, Near] = {}
            for document, near in self._by_nearness(ids, cosines):
                if document.id not in best and keep(document):
                    best[document.id] = near
                    if len(best) >= CANDIDATES:
                        return best
            if len(ids) < k or k >= NEAREST_MOST:
                return best
            k *= 8
        return {}

    def _by_nearness(self, ids: Ints, cosines: Floats) -> Iterator[tuple[Document, Near]]:
        """Yield the passages of content ids in their order; equal cosines by document id."""
        for cosine, same in groupby(
            zip(ids.tolist(), cosines.tolist(), strict=True), key=lambda pair: pair[1]
        ):
            held = [
                found for one, _ in same for shelf in self._shelves for found in shelf.parts(one)
            ]
            if len(held) > 1:
                held.sort(key=lambda found: found[0].id)
            for document, section in held:
                yield document, Near(cosine, section)

    def _mean(self, hits: Sequence[Hit], values: Sequence[float], lang: Lang) -> float:
        """Average the languages in which the document exists, each by its share."""
        whole = _whole(self._languages[hits[0].document.id], lang)
        told = 0.0
        for hit, value in zip(hits, values, strict=True):
            told += hit.share * value
        return round(told / whole, 12)


def _share(lang: Lang, asked: Lang) -> float:
    return 1.0 if lang == asked else CROSS_SHARE


@cache
def _whole(languages: tuple[Lang, ...], asked: Lang) -> float:
    """Sum the shares of the languages that a document exists in."""
    return sum(_share(held, asked) for held in languages)
