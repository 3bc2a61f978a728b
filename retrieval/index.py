"""Documents in two languages behind one ranking: a shelf per language, merged per id."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

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

    `lexical` in [0, 1]: BM25 as a share of the best possible. `coverage` in [0, 1]: the share of
    the question, by rarity, that the document speaks about. `section`: its best passage.
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
        found: dict[str, list[tuple[float, Ranked]]] = {}
        for shelf in self._shelves:
            share = 1.0 if shelf.lang == question.lang else CROSS_SHARE
            for hit in shelf.rank(question, limit=max(limit, CANDIDATES), keep=keep):
                found.setdefault(hit.document.id, []).append((share, hit))
        merged = [self._merge(hits, question.lang) for hits in found.values()]
        top = max((hit.lexical for hit in merged), default=0.0)
        lifted = (_lift(hit, top, boosts or {}) for hit in merged)
        return sorted(lifted, key=lambda hit: (-hit.score, hit.document.id))[:limit]

    def _merge(self, hits: Sequence[tuple[float, Ranked]], lang: Lang) -> Ranked:
        """Take the weighted mean over the languages in which the document exists."""
        best = max(hits, key=lambda weighed: weighed[0] * weighed[1].lexical)[1]
        shares = {shelf.lang: 1.0 if shelf.lang == lang else CROSS_SHARE for shelf in self._shelves}
        languages = self._languages[best.document.id]
        whole = sum(shares[held] for held in languages)
        if len(languages) == 1:
            return best
        return replace(
            best,
            lexical=round(sum(share * hit.lexical for share, hit in hits) / whole, 12),
            coverage=round(sum(share * hit.coverage for share, hit in hits) / whole, 12),
        )


class Shelf:
    """The documents of one language: an index of documents, and one of passages."""

    def __init__(self, lang: Lang, documents: Sequence[Document]) -> None:
        """Index documents and passages; both carry the title twice."""
        self.lang = lang
        self._documents = documents
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

    def rank(
        self, question: Question, *, limit: int, keep: Callable[[Document], bool]
    ) -> Iterator[Ranked]:
        """Yield the best documents that may be kept, best first, ties by id."""
        units = question.units(self.lang)
        rarity = [self._rarity(unit) for unit in units]
        mass = sum(rarity)
        weights = question.weights(self.lang)
        scores = self._scores(weights)
        kept = 0
        for position in self._best_first(scores):
            document = self._documents[position]
            if kept == limit or not mass:
                return
            if keep(document):
                kept += 1
                lexical = min(1.0, float(scores[position]) / (mass * (K1 + 1.0)))
                covered = self._covered(int(position), units, rarity) / mass
                section = self._section(int(position), weights)
                yield Ranked(document, section, round(lexical, 12), round(covered, 12))

    def _scores(self, weights: Mapping[str, float]) -> NDArray[np.float64]:
        best = np.zeros(len(self._documents))
        np.maximum.at(best, self._owners, self._parts.scores(weights))
        whole = self._whole.scores(weights)
        return DOCUMENT_SHARE * whole + (1.0 - DOCUMENT_SHARE) * best

    @staticmethod
    def _best_first(scores: NDArray[np.float64]) -> NDArray[np.int64]:
        found = np.flatnonzero(scores)
        return found[np.argsort(-scores[found], kind="stable")]

    def _section(self, position: int, weights: Mapping[str, float]) -> str:
        """Name the passage whose own text, the title apart, holds most of the question."""
        first, end = np.searchsorted(self._owners, [position, position + 1])
        held = [
            sum(w * self._parts.idf(t) for t, w in weights.items() if t in self._bodies[part])
            for part in range(int(first), int(end))
        ]
        return self._sections[int(first) + held.index(max(held))]

    def _rarity(self, unit: Unit) -> float:
        return min(self._whole.idf(token) for token in unit.tokens)

    def _covered(self, position: int, units: Sequence[Unit], rarity: Sequence[float]) -> float:
        return sum(
            weight
            for unit, weight in zip(units, rarity, strict=True)
            if any(self._whole.holds(position, token) for token in unit.tokens)
        )


def _lift(hit: Ranked, top: float, boosts: Mapping[str, float]) -> Ranked:
    boost = GRAPH_BOOST * top * boosts.get(hit.document.id, 0.0)
    return replace(hit, graph=round(boost, 12)) if boost else hit
