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
GRAPH_BOOST = 0.2


@dataclass(frozen=True)
class Question:
    """A question made ready: its own words, and their translation for the other shelf."""

    lang: Lang
    own: Mapping[str, float]
    units: tuple[Unit, ...]
    translated: Mapping[str, float]

    def weights(self, lang: Lang) -> Mapping[str, float]:
        """Give the weighted tokens to look for on the shelf of a language."""
        if lang == self.lang:
            return self.own
        return {**self.own, **{t: max(w, self.own.get(t, 0.0)) for t, w in self.translated.items()}}

    def units_in(self, lang: Lang) -> tuple[Unit, ...]:
        """Give the pieces that a document of a language should cover."""
        if lang == self.lang:
            return self.units
        shared = (unit for unit in self.units if unit.tokens[0].isascii())
        words = [unit for unit in shared if unit.tokens[0] not in self.translated]
        return (*words, *(Unit((token,)) for token in self.translated))


def ask(text: str, lang: Lang, glossary: Glossary) -> Question:
    """Make a question ready for every shelf."""
    own = token_weights(question_tokens(text))
    translated = token_weights(glossary.translate(text, lang), GLOSSARY_WEIGHT)
    return Question(lang, own, tuple(question_units(text)), translated)


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
        found: dict[str, Ranked] = {}
        for shelf in self._shelves:
            for hit in shelf.rank(question, limit=limit, keep=keep):
                _keep_best(found, hit)
        top = max((hit.lexical for hit in found.values()), default=0.0)
        lifted = (_lift(hit, top, boosts or {}) for hit in found.values())
        return sorted(lifted, key=lambda hit: (-hit.score, hit.document.id))[:limit]


class Shelf:
    """The documents of one language: an index of documents, and one of passages."""

    def __init__(self, lang: Lang, documents: Sequence[Document]) -> None:
        """Index documents and passages; both carry the title twice."""
        self._lang = lang
        self._documents = documents
        self._sections: list[str] = []
        owners: list[int] = []
        whole: list[list[str]] = []
        parts: list[list[str]] = []
        for position, document in enumerate(documents):
            title = tokenize(document.title) * TITLE_WEIGHT
            texts = [tokenize(passage.text) for passage in document.passages]
            whole.append([*title, *(t for text in texts for t in text), *_labels(document)])
            parts.extend([*title, *text] for text in texts)
            owners.extend(position for _ in texts)
            self._sections.extend(passage.section for passage in document.passages)
        self._owners = np.array(owners, dtype=np.int64)
        self._whole = LexicalIndex(whole)
        self._parts = LexicalIndex(parts)

    def rank(
        self, question: Question, *, limit: int, keep: Callable[[Document], bool]
    ) -> Iterator[Ranked]:
        """Yield the best documents that may be kept, best first, ties by id."""
        units = question.units_in(self._lang)
        rarity = [self._rarity(unit) for unit in units]
        mass = sum(rarity)
        scores, passages = self._scores(question.weights(self._lang))
        kept = 0
        for position in self._best_first(scores):
            document = self._documents[position]
            if kept == limit or not mass:
                return
            if keep(document):
                kept += 1
                lexical = min(1.0, float(scores[position]) / (mass * (K1 + 1.0)))
                covered = self._covered(int(position), units, rarity) / mass
                section = self._section(int(position), passages)
                yield Ranked(document, section, round(lexical, 12), round(covered, 12))

    def _scores(
        self, weights: Mapping[str, float]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        passages = self._parts.scores(weights)
        best = np.zeros(len(self._documents))
        np.maximum.at(best, self._owners, passages)
        whole = self._whole.scores(weights)
        return DOCUMENT_SHARE * whole + (1.0 - DOCUMENT_SHARE) * best, passages

    @staticmethod
    def _best_first(scores: NDArray[np.float64]) -> NDArray[np.int64]:
        found = np.flatnonzero(scores)
        return found[np.argsort(-scores[found], kind="stable")]

    def _section(self, position: int, passages: NDArray[np.float64]) -> str:
        first, end = np.searchsorted(self._owners, [position, position + 1])
        return self._sections[int(first + np.argmax(passages[first:end]))]

    def _rarity(self, unit: Unit) -> float:
        return min(self._whole.idf(token) for token in unit.tokens)

    def _covered(self, position: int, units: Sequence[Unit], rarity: Sequence[float]) -> float:
        return sum(
            weight
            for unit, weight in zip(units, rarity, strict=True)
            if any(self._whole.holds(position, token) for token in unit.tokens)
        )


def _labels(document: Document) -> list[str]:
    return tokenize(document.labels)


def _keep_best(found: dict[str, Ranked], hit: Ranked) -> None:
    known = found.get(hit.document.id)
    if known is None:
        found[hit.document.id] = hit
        return
    better = hit if hit.lexical > known.lexical else known
    found[hit.document.id] = replace(better, coverage=max(hit.coverage, known.coverage))


def _lift(hit: Ranked, top: float, boosts: Mapping[str, float]) -> Ranked:
    boost = GRAPH_BOOST * top * boosts.get(hit.document.id, 0.0)
    return replace(hit, graph=round(boost, 12)) if boost else hit
