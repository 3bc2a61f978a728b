"""How well a question is supported by what was found: the only home of the thresholds.

Two facts about the best document decide: the share of the question, by rarity, that the document
speaks about (`coverage`), and the BM25 score as a share of the best that a document could reach
(`lexical`). A logistic curve per language of the question joins them.

Source: fitted by penalised logistic regression on the even-numbered queries of the shared sets
k8s_en (English) and tidb_zh (Chinese), in and out of scope, and on the `calibration` list of
tests/retrieval/questions.yaml (weighing double), groups otherwise weighing the same. The
odd-numbered queries and the `held_out` list took no part. On the odd half, at the bar of
`possible`: English 99% of in-scope answered and 77% of out-of-scope refused; Chinese 93% and 95%.
Near-domain questions about another system remain hard (Chinese AUROC .72).
"""

from __future__ import annotations

import math
from typing import Literal

from retrieval.index import Ranked
from retrieval.tokens import Lang

Support = Literal["strong", "possible", "none"]

_INTERCEPT: dict[Lang, float] = {"en": -2.74, "zh": -3.05}
_PER_COVERAGE: dict[Lang, float] = {"en": 2.17, "zh": 3.72}
_PER_LEXICAL: dict[Lang, float] = {"en": 7.03, "zh": 14.94}
POSSIBLE_FROM = 0.5
STRONG_FROM = 0.85
_ONE_WORD_MOST = 0.8


def confidence_of(best: Ranked | None, lang: Lang, question: str) -> float:
    """Give P(the documents answer the question) in [0, 1], rounded to 4 digits; 0 without a hit.

    One word alone is covered whole by any document that holds it: it supports `possible` at most.
    Figures and signs without a letter are no question.
    """
    if best is None or not any(character.isalpha() for character in question):
        return 0.0
    pull = _PER_COVERAGE[lang] * best.coverage + _PER_LEXICAL[lang] * best.lexical
    confidence = round(1.0 / (1.0 + math.exp(-(_INTERCEPT[lang] + pull))), 4)
    return min(confidence, _ONE_WORD_MOST) if _is_one_word(question) else confidence


def _is_one_word(question: str) -> bool:
    """Tell `drop` from `how do I drop a node`; two Han characters are one word."""
    letters = [character for character in question if character.isalpha()]
    return len(question.split()) == 1 and (question.isascii() or len(letters) <= 2)


def support_of(confidence: float) -> Support:
    """Name the support: strong from .85, possible from .5, else none."""
    if confidence >= STRONG_FROM:
        return "strong"
    return "possible" if confidence >= POSSIBLE_FROM else "none"
