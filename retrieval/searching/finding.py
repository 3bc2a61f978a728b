"""One question over any number of indexes: the way of the store, of a corpus and of benchmarks."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from graph.errors import InputError
from graph.model.base import Text
from retrieval.documents import Document, Kind
from retrieval.index.knowledge import NEAREST_MOST, KnowledgeIndex
from retrieval.question import ask
from retrieval.ranking.fusion import Boosts, Ranked, is_symptom, rank
from retrieval.ranking.support import Support, confidence_of, support_of
from retrieval.searching.meaning import Meaning
from retrieval.searching.store_arms import ArmsOfStore
from retrieval.words.glossary import Glossary
from retrieval.words.tokens import Lang, detect_language, normalise

MAX_QUESTION_CHARS: Final = 2000
KINDS: Final[tuple[Kind, ...]] = ("sop", "case")


@dataclass(frozen=True)
class Found:
    """What was found for a question, best first, and how far it can be trusted.

    `note` says why words answered alone; None where meaning took part.
    """

    text: str
    lang: Lang
    ranked: tuple[Ranked, ...]
    confidence: float
    note: Text | None

    @property
    def support(self) -> Support:
        """Name the support."""
        return support_of(self.confidence)


@dataclass(frozen=True)
class Wish:
    """What is looked for: how many, in which language the question is, of which kinds.

    `boosts`: see `ranking.fusion.rank`. `known`: tokens of names that are no foreign ones, though
    no document may mention them.
    """

    limit: int = 10
    lang: Lang | None = None
    kinds: tuple[Kind, ...] = KINDS
    boosts: Boosts | None = None
    known: frozenset[str] = frozenset()


def readable_question(text: str) -> str:
    """Give the question as it is read: NFKC, no control or bidi characters, at most 2,000 long.

    Raises: InputError if nothing readable is left.
    """
    readable = " ".join(normalise(text[: 2 * MAX_QUESTION_CHARS]).split())[:MAX_QUESTION_CHARS]
    if not readable:
        raise InputError("the question is empty; ask in words, in Chinese or English")
    return readable


def find(
    text: str,
    indexes: Sequence[KnowledgeIndex],
    *,
    wish: Wish,
    keep: Callable[[Document], bool],
    glossary: Glossary,
    meaning: Meaning,
    arms: ArmsOfStore | None = None,
) -> Found:
    """Rank documents for a readable question, best first, ties by id.

    Where the store's own `arms` hold the same documents, theirs are ranked, else all of them.
    """
    lang = wish.lang or detect_language(text)
    # What is few among many stands seldom among the nearest: then all are asked for.
    several = sum(map(bool, map(len, indexes))) > 1
    sense = meaning.sense(text, at_once=NEAREST_MOST if several else 0)
    question = ask(text, lang, glossary, sense, known=wish.known)
    if arms is not None:
        question = arms.look(question, sense, indexes)
    ranked = rank(
        indexes,
        question,
        limit=max(wish.limit, 1),
        keep=keep,
        boosts=wish.boosts,
        symptom=wish.kinds == ("case",) and is_symptom(text),
    )
    confidence = confidence_of(ranked[0] if ranked else None, lang, text)
    told = tuple(ranked[: wish.limit])
    return Found(text, lang, told, confidence, meaning.told(question.sense))


def words_of(text: str) -> frozenset[str]:
    """Give what may be an id in a question."""
    return frozenset(re.findall(r"[a-z0-9_.:\-]+", text.casefold()))
