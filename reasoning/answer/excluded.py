"""What the evidence rules out: causes that one fact took from worth a look to not worth one."""

from __future__ import annotations

import math
from collections.abc import Sequence

from pydantic import JsonValue

from graph.model.diagnosis import EvidenceWeight, HypothesisKind, HypothesisResult
from reasoning import parameters
from reasoning.answer import words


def ruled_out_by_evidence(hypotheses: Sequence[HypothesisResult]) -> tuple[JsonValue, ...]:
    """List causes below one in twenty that without one decisive fact were above one in ten.

    In rank order, at most five. The fact's weight is that of the item alone. Such a cause stays a
    hypothesis: the next alert may bring it back.
    """
    found = ((h, _fact(h)) for h in hypotheses if h.kind is HypothesisKind.COMPONENT)
    told = [_told(hypothesis, fact) for hypothesis, fact in found if fact is not None]
    return tuple(told[: parameters.SHOWN_RULED_OUT])


def _fact(hypothesis: HypothesisResult) -> EvidenceWeight | None:
    """Return the fact that did it, or None where none did it alone."""
    facts = hypothesis.evidence_against
    if not facts or not 0.0 < hypothesis.posterior < parameters.RULED_OUT_BELOW:
        return None
    strongest = min(facts, key=lambda item: (item.log10_bayes_factor, item.evidence_id))
    if strongest.log10_bayes_factor > -parameters.DECISIVE:
        return None
    odds = hypothesis.posterior / (1.0 - hypothesis.posterior)
    before = odds * 10.0**-strongest.log10_bayes_factor
    return strongest if before / (1.0 + before) >= parameters.RULED_OUT_FROM else None


def _told(hypothesis: HypothesisResult, fact: EvidenceWeight) -> JsonValue:
    times = math.floor(10.0**-fact.log10_bayes_factor)
    return {
        "component_id": hypothesis.component_id,
        "fault_mode_id": hypothesis.fault_mode_id,
        "text": words.ruled_out_text(fact.text, times).model_dump(mode="json"),
        "by": "evidence",
        "evidence_id": fact.evidence_id,
    }
