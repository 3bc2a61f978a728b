"""Several arms, one order: weighted min-max fusion, and the soft boost of a diagnosis.

Source: the weights were chosen on four foreign sets (docs/retrieval.md) and hold for every corpus.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

from retrieval.documents import Document
from retrieval.index.knowledge import Candidate, KnowledgeIndex
from retrieval.question import Question

DENSE_SHARE: Final = 0.3  # of meaning, for a document in the question's language
DENSE_SHARE_ACROSS: Final = 0.5  # and for one in another, where words say less
DENSE_SHARE_CASES: Final = 0.7  # and for a symptom in a few words against past cases
GRAM_SHARE: Final = 0.2  # of letters, in what words and letters say
GRAPH_BOOST: Final = 0.2  # of the best score, for a document that a cause of posterior 1 links
COMPARED: Final = 50  # the best of each arm, between which it is stretched to [0, 1]
_DIGITS: Final = 6
_SYMPTOM_CHARS: Final = 80  # a symptom in a few words is no longer


class Boosts(Protocol):
    """What lifts a document, by its id: weights in [0, 1]."""

    def get(self, document_id: str, default: float, /) -> float:
        """Give the weight; `default` for what nothing lifts."""


@dataclass(frozen=True)
class Ranked:
    """A found document with what each arm gave to its score.

    `lexical`, `dense` (None without a model of meaning) and `graph` sum to the score. As facts:
    `share`, BM25 as a share of what a document with every piece of the question could reach;
    `coverage` in [0, 1], the share of the question, by rarity, that the document speaks about;
    `cosine` of its best passage, and `nearest`, of the best passage of all; `crossed`: not in the
    question's language; `named` in [0, 1]: of the names that the question calls, the share that
    any document of those searched mentions, 1 without names. `section`: the passage that speaks of
    the question.
    """

    document: Document
    section: str
    lexical: float
    dense: float | None = None
    graph: float = 0.0
    share: float = 0.0
    coverage: float = 0.0
    cosine: float | None = None
    nearest: float | None = None
    crossed: bool = False
    named: float = 1.0

    @property
    def score(self) -> float:
        """Sum the arms."""
        return round(self.lexical + (self.dense or 0.0) + self.graph, _DIGITS)


def rank(
    indexes: Sequence[KnowledgeIndex],
    question: Question,
    *,
    limit: int,
    keep: Callable[[Document], bool],
    boosts: Boosts | None = None,
    symptom: bool = False,
) -> list[Ranked]:
    """Rank what `keep` lets through, best first, ties by id; an id stands once.

    `boosts` (document id -> posterior) lift what an arm found by at most `GRAPH_BOOST` of the best
    score, and never bring in another. `symptom`: a few words, looked for in past cases.
    """
    found = [(index, one) for index in indexes for one in index.candidates(question, keep=keep)]
    told = _weighed([one for _, one in found], question, symptom=symptom)
    lift = GRAPH_BOOST * max((lexical + (dense or 0.0) for lexical, dense in told), default=0.0)
    nearest = max((one.near.cosine for _, one in found if one.near), default=None)
    lifts: Boosts = {} if boosts is None else boosts
    rows = []
    for at, ((_, one), (lexical, dense)) in enumerate(zip(found, told, strict=True)):
        name = one.document.id
        graph = round(lift * lifts.get(name, 0.0), _DIGITS)
        rows.append((-round(lexical + (dense or 0.0) + graph, _DIGITS), name, at, graph))
    best = sorted(rows)[:limit]
    covered = _coverages([found[at] for _, _, at, _ in best], question)
    facts = _Facts(nearest, _named(indexes, question))
    return [
        _told(found[at][1], told[at], question, graph=graph, covered=share, facts=facts)
        for (_, _, at, graph), share in zip(best, covered, strict=True)
    ]


class _Facts(NamedTuple):
    """What is the same for all that a question finds."""

    nearest: float | None
    named: float


class Strongest:
    """The best of several boosts of a document, looked up once it is found; 0 without any."""

    def __init__(self, *boosts: Boosts) -> None:
        """Ask all of them."""
        self._boosts: Final = boosts

    def get(self, document_id: str, default: float, /) -> float:
        """Give the best."""
        return max((one.get(document_id, default) for one in self._boosts), default=default)


def is_symptom(text: str) -> bool:
    """Tell whether a text is short enough to be a symptom in somebody's own words."""
    return len(text) <= _SYMPTOM_CHARS


def _weighed(
    found: Sequence[Candidate], question: Question, *, symptom: bool
) -> list[tuple[float, float | None]]:
    """Give each the part of its score from words and letters, and from meaning."""
    words = _stretched([one.words for one in found], least=0.0)
    grams = _stretched([one.grams for one in found], least=0.0)
    dense = _stretched([None if one.near is None else one.near.cosine for one in found])
    parts: list[tuple[float, float | None]] = []
    for one, by_words, by_grams, by_meaning in zip(found, words, grams, dense, strict=True):
        share = _dense_share(one, question, symptom)
        lexical = (1.0 - GRAM_SHARE) * by_words + GRAM_SHARE * by_grams
        told = None if question.sense is None else round(share * by_meaning, _DIGITS)
        parts.append((round((1.0 - share) * lexical, _DIGITS), told))
    return parts


def _dense_share(found: Candidate, question: Question, symptom: bool) -> float:
    if question.sense is None:
        return 0.0
    if symptom:
        return DENSE_SHARE_CASES
    return DENSE_SHARE_ACROSS if found.crossed else DENSE_SHARE


def _stretched(values: Sequence[float | None], *, least: float | None = None) -> list[float]:
    """Stretch the best `COMPARED` to [0, 1], 0 for all others and where nothing is told.

    Where fewer are told, 0 is `least`, or what the last of them has.
    """
    told = sorted((value for value in values if value is not None), reverse=True)
    if not told or told[0] <= (least or 0.0):
        return [0.0 for _ in values]
    last = told[-1] if least is None else least
    low = told[COMPARED - 1] if len(told) >= COMPARED else last
    width = told[0] - low
    return [
        _within((value - low) / width if width else 1.0) if value is not None else 0.0
        for value in values
    ]


def _within(value: float) -> float:
    return min(max(value, 0.0), 1.0)


def _coverages(
    found: Sequence[tuple[KnowledgeIndex, Candidate]], question: Question
) -> list[float]:
    """Give the share of the question that each speaks about; an index is asked once for all."""
    told: dict[int, float] = {}
    for index in dict.fromkeys(index for index, _ in found):
        mine = [at for at, (held_by, _) in enumerate(found) if held_by is index]
        shares = index.coverages([found[at][1] for at in mine], question)
        told |= zip(mine, shares, strict=True)
    return [told[at] for at in range(len(found))]


def _named(indexes: Sequence[KnowledgeIndex], question: Question) -> float:
    """Give the share of the names that are known, each whole or in all of its parts."""
    if not question.names:
        return 1.0

    def known(token: str) -> bool:
        return token in question.known or any(index.mentions(token) for index in indexes)

    told = [
        known(whole) or (bool(parts) and all(map(known, parts))) for whole, *parts in question.names
    ]
    return sum(told) / len(told)


def _told(
    found: Candidate,
    parts: tuple[float, float | None],
    question: Question,
    *,
    graph: float,
    covered: float,
    facts: _Facts,
) -> Ranked:
    best = found.best
    held = best.shelf.section(best.position, question)
    near = found.near.section if found.near else best.shelf.opening(best.position)
    return Ranked(
        document=best.document,
        section=near if held is None else held,
        lexical=parts[0],
        dense=parts[1],
        graph=graph,
        share=found.words,
        coverage=covered,
        cosine=found.near.cosine if found.near else None,
        nearest=facts.nearest,
        crossed=found.crossed,
        named=facts.named,
    )
