"""Documents in two languages behind one ranking: a shelf per language, merged per id."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from retrieval.documents import LANGS, Document
from retrieval.glossary import Glossary
from retrieval.lexical import K1, LexicalIndex, token_weights
from retrieval.tokens import Lang, Unit, question_tokens, question_units, tokenize

TITLE_WEIGHT = 2
DOCUMENT_SHARE = 0.5  # the rest is the best passage; .5 was best or equal on k8s_en and tidb_zh
GLOSSARY_WEIGHT = 0.7
CROSS_SHARE = 0.5  # of a translated match beside a match in the question's own words
GRAPH_BOOST = 0.2
CANDIDATES = 50  # per language


@dataclass(frozen=True)
class Question:
    """A question made ready: its own words, and their translation for the other shelf."""

    lang: Lang
    own: Mapping[str, float]
    own_units: tuple[Unit, ...]
    translated: Mapping[str, float]
    translated_units: tuple[Unit, ...]

    def weights(self, lang: Lang) -> Mapping[str, float]:
        """Give the weighted tokens to look for on the shelf of a language."""
        return self.own if lang == self.lang else self.translated

    def units(self, lang: Lang) -> tuple[Unit, ...]:
        """Give the pieces that a document of a language should cover."""
        return self.own_units if lang == self.lang else self.translated_units


def ask(text: str, lang: Lang, glossary: Glossary) -> Question:
    """Make a question ready for every shelf.

    On the other shelf its own words count too (product names, codes), translations by
    `GLOSSARY_WEIGHT`; what could not be translated stays a piece that nothing covers.
    """
    own = token_weights(question_tokens(text))
    translation = glossary.translate(text, lang)
    tokens = dict.fromkeys(token for term in translation.terms for token in term)
    translated = {**own, **{token: max(GLOSSARY_WEIGHT, own.get(token, 0.0)) for token in tokens}}
    units = (*(Unit(term) for term in translation.terms), *translation.rest)
    return Question(lang, own, tuple(question_units(text)), translated, units)


@dataclass(frozen=True)
class Ranked:
    """A found document with what each arm gave it.

    `lexical`: BM25 as a share of what a document with every piece of the question could reach;
    compounds and synonyms may lift it a little above 1. `coverage` in [0, 1]: the share of the
    question, by rarity, that the document speaks about. `section`: its best passage.
    """

    document: Document
    section: str
    lexical: float
    coverage: float
    graph: float = 0.0

    @property
    def score(self) -> float:
        """Sum the arms."""
        return self.lexical + self.graph


class KnowledgeIndex:
    """Every document, searchable in both languages."""

    def __init__(self, documents: Iterable[Document]) -> None:
        """Index the documents; their order does not matter."""
        ordered = sorted(documents, key=lambda document: document.id)
        self._shelves = tuple(
            Shelf(lang, [document for document in ordered if document.lang == lang])
            for lang in LANGS
            if any(document.lang == lang for document in ordered)
        )
        self._languages: dict[str, set[Lang]] = {}
        for document in ordered:
            self._languages.setdefault(document.id, set()).add(document.lang)

    def rank(
        self,
        question: Question,
        *,
        limit: int,
        keep: Callable[[Document], bool],
        boosts: Mapping[str, float] | None = None,
    ) -> list[Ranked]:
        """Rank what `keep` lets through, best first, ties by id; an id stands once.

        `boosts` (document id -> posterior) lift a document that was found by words by at most
        `GRAPH_BOOST` of the best score, and never bring in another.
        """
        found = self._found(question, limit, keep)
        scores = {name: self._mean(hits, question.lang) for name, hits in found.items()}
        lift = GRAPH_BOOST * max(scores.values(), default=0.0)
        graph = {name: round(lift * (boosts or {}).get(name, 0.0), 12) for name in found}
        ordered = sorted(found, key=lambda name: (-scores[name] - graph[name], name))
        return [
            self._told(found[name], question, scores[name], graph[name]) for name in ordered[:limit]
        ]

    def lexical(
        self, question: Question, *, limit: int, keep: Callable[[Document], bool]
    ) -> dict[str, float]:
        """Give the words' share alone, by document id, of those that `rank` would put first."""
        found = self._found(question, limit, keep)
        scores = {name: self._mean(hits, question.lang) for name, hits in found.items()}
        ordered = sorted(scores, key=lambda name: (-scores[name], name))
        return {name: scores[name] for name in ordered[:limit]}

    def _found(
        self, question: Question, limit: int, keep: Callable[[Document], bool]
    ) -> dict[str, list[_Hit]]:
        """Find what may be kept on every shelf, by document id."""
        found: dict[str, list[_Hit]] = {}
        for shelf in self._shelves:
            for position, lexical in shelf.best(question, max(limit, CANDIDATES), keep):
                hit = _Hit(shelf, position, lexical, _share(shelf.lang, question.lang))
                found.setdefault(hit.document.id, []).append(hit)
        return found

    def _mean(self, hits: Sequence[_Hit], lang: Lang) -> float:
        """Average the languages in which the document exists, each by its share."""
        whole = sum(_share(held, lang) for held in self._languages[hits[0].document.id])
        return round(sum(hit.share * hit.lexical for hit in hits) / whole, 12)

    def _told(
        self, hits: Sequence[_Hit], question: Question, lexical: float, graph: float
    ) -> Ranked:
        best = max(hits, key=lambda hit: hit.share * hit.lexical)
        whole = sum(_share(held, question.lang) for held in self._languages[best.document.id])
        covered = sum(hit.share * hit.shelf.coverage(hit.position, question) for hit in hits)
        section = best.shelf.section(best.position, question)
        return Ranked(best.document, section, lexical, round(covered / whole, 12), graph)


@dataclass(frozen=True)
class _Hit:
    """A document found on one shelf; `share` is what its language weighs for the question."""

    shelf: Shelf
    position: int
    lexical: float
    share: float

    @property
    def document(self) -> Document:
        return self.shelf.documents[self.position]


def _share(lang: Lang, asked: Lang) -> float:
    return 1.0 if lang == asked else CROSS_SHARE


class Shelf:
    """The documents of one language: an index of documents, and one of passages."""

    def __init__(self, lang: Lang, documents: Sequence[Document]) -> None:
        """Index documents and passages; both carry the title twice."""
        self.lang = lang
        self.documents = documents
        self._sections: list[str] = []
        self._bodies: list[frozenset[str]] = []
        owners: list[int] = []
        whole: list[list[str]] = []
        parts: list[list[str]] = []
        for position, document in enumerate(documents):
            title = tokenize(document.title) * TITLE_WEIGHT
            texts = [tokenize(passage.text) for passage in document.passages]
            whole.append([*title, *(t for text in texts for t in text), *tokenize(document.labels)])
            parts.extend([*title, *text] for text in texts)
            self._bodies.extend(frozenset(text) for text in texts)
            owners.extend(position for _ in texts)
            self._sections.extend(passage.section for passage in document.passages)
        self._owners = np.array(owners, dtype=np.int64)
        self._whole = LexicalIndex(whole)
        self._parts = LexicalIndex(parts)

    def best(
        self, question: Question, limit: int, keep: Callable[[Document], bool]
    ) -> Iterator[tuple[int, float]]:
        """Yield (position, score) of the best that may be kept, best first, ties by id.

        The score is BM25 as a share of what a document that holds every piece could reach.
        """
        mass = sum(self._rarity(unit) for unit in question.units(self.lang))
        scores = self._scores(question.weights(self.lang))
        kept = (int(at) for at in _best_first(scores) if keep(self.documents[at]))
        for position in islice(kept if mass else (), limit):
            yield position, float(scores[position]) / (mass * (K1 + 1.0))

    def coverage(self, position: int, question: Question) -> float:
        """Give the share of the question, by rarity, that the document speaks about."""
        units = question.units(self.lang)
        mass = sum(self._rarity(unit) for unit in units)
        held = (unit for unit in units if any(self._whole.holds(position, t) for t in unit.tokens))
        return sum(self._rarity(unit) for unit in held) / mass

    def section(self, position: int, question: Question) -> str:
        """Name the passage whose own text, the title apart, holds most of the question."""
        weights = question.weights(self.lang)
        first, end = np.searchsorted(self._owners, [position, position + 1])
        held = [
            sum(w * self._parts.idf(t) for t, w in weights.items() if t in self._bodies[part])
            for part in range(int(first), int(end))
        ]
        return self._sections[int(first) + held.index(max(held))]

    def _scores(self, weights: Mapping[str, float]) -> NDArray[np.float64]:
        best = np.zeros(len(self.documents))
        np.maximum.at(best, self._owners, self._parts.scores(weights))
        whole = self._whole.scores(weights)
        return DOCUMENT_SHARE * whole + (1.0 - DOCUMENT_SHARE) * best

    def _rarity(self, unit: Unit) -> float:
        return min(self._whole.idf(token) for token in unit.tokens)


def _best_first(scores: NDArray[np.float64]) -> NDArray[np.int64]:
    found = np.flatnonzero(scores)
    return found[np.argsort(-scores[found], kind="stable")]
