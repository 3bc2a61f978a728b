"""How well a question is supported by what was found: the only home of the thresholds.

Four facts decide: the share of the question, by rarity, that the best document speaks about
(`coverage`), its BM25 score as a share of the best that a document could reach (`share`), of the
names that it calls the share that any document mentions (`named`: a question about another system
names it), and how near in meaning the nearest passage of all is (`nearest`). A logistic curve joins
them: one per language where question and document share it, one for across languages, and the same
again for search by words alone. None is fitted to a corpus in use.

Source: `python -m benchmarks.support`, on the shared sets k8s_en, tidb_zh and x_tidbop in both
directions, and on the `calibration` list of tests/retrieval/questions.yaml against the pack's
SOPs; the `held_out` list took no part. docs/retrieval.md has the figures, each of a curve that was
fitted without the corpus in question.
"""

from __future__ import annotations

import math
from typing import Final, Literal, NamedTuple

from retrieval.ranking.fusion import Ranked
from retrieval.words.tokens import Lang, question_tokens

Support = Literal["strong", "possible", "none"]


class Curve(NamedTuple):
    """The log-odds that the documents answer a question: an intercept, and a weight per fact."""

    intercept: float
    coverage: float
    share: float
    named: float
    nearest: float = 0.0


# By language, and whether meaning took part.
CURVES: Final[dict[str, dict[bool, Curve]]] = {
    "en": {
        True: Curve(-7.22, 0.0, 10.14, 4.0, 0.93),
        False: Curve(-6.85, 0.0, 10.54, 3.88),
    },
    "zh": {
        True: Curve(-9.05, 0.71, 17.8, 4.0, 7.93),
        False: Curve(-6.68, 0.97, 21.8, 4.0),
    },
    "across": {
        True: Curve(-7.31, 2.22, 8.1, 4.0, 7.08),
        False: Curve(-5.59, 3.23, 11.57, 4.0),
    },
}
POSSIBLE_FROM = 0.5
STRONG_FROM = 0.85
_ONE_WORD_MOST = 0.8


def confidence_of(best: Ranked | None, lang: Lang, question: str) -> float:
    """Give P(the documents answer the question) in [0, 1], rounded to 4 digits; 0 without a hit.

    One word alone is covered whole by any document that holds it: it supports `possible` at most.
    Figures and signs without a letter are no question, nor is what only asks (怎么处理).
    """
    if best is None or not _says_something(question):
        return 0.0
    curve = CURVES["across" if best.crossed else lang][best.nearest is not None]
    pull = sum(weight * fact for weight, fact in zip(curve[1:], facts_of(best), strict=True))
    confidence = round(1.0 / (1.0 + math.exp(-(curve.intercept + pull))), 4)
    return min(confidence, _ONE_WORD_MOST) if _is_one_word(question) else confidence


def facts_of(best: Ranked) -> tuple[float, float, float, float]:
    """Give the facts that a curve weighs, in its order."""
    return best.coverage, best.share, best.named, best.nearest or 0.0


def _says_something(question: str) -> bool:
    return any(map(str.isalpha, question)) and bool(question_tokens(question))


def _is_one_word(question: str) -> bool:
    """Tell `drop` from `how do I drop a node`; two Han characters are one word."""
    letters = [character for character in question if character.isalpha()]
    return len(question.split()) == 1 and (question.isascii() or len(letters) <= 2)


def support_of(confidence: float) -> Support:
    """Name the support: strong from .85, possible from .5, else none."""
    if confidence >= STRONG_FROM:
        return "strong"
    return "possible" if confidence >= POSSIBLE_FROM else "none"
