"""Ruled out by evidence: only by one decisive fact, and only what was worth a look without it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.model.base import Text
from graph.model.diagnosis import EvidenceWeight, HypothesisKind, HypothesisResult
from reasoning.answer.excluded import ruled_out_by_evidence


def _cause(posterior: float, *weights: float) -> HypothesisResult:
    items = tuple(
        EvidenceWeight(
            evidence_id=f"silent:{i}", text=Text(zh=f"甲{i}", en=f"a{i}"), log10_bayes_factor=w
        )
        for i, w in enumerate(weights)
    )
    return HypothesisResult(
        rank=2,
        kind=HypothesisKind.COMPONENT,
        component_id="small:cdn-b",
        fault_mode_id="lib:m",
        name=Text(zh="乙", en="b"),
        posterior=posterior,
        prior=0.003,
        evidence_against=items,
    )


def test_a_silence_that_took_a_suspect_away_is_named_with_its_factor() -> None:
    """From one in six to one in a hundred by one silence of factor 20: ruled out by that."""
    (found,) = ruled_out_by_evidence([_cause(0.01, -0.3, -1.3)])
    assert isinstance(found, dict)
    assert (found["by"], found["evidence_id"]) == ("evidence", "silent:1")
    assert found["text"] == {
        "zh": "甲1（仅此一条就使它的可能性降到约 1/19）",
        "en": "a1 (this alone makes it about 19 times less likely)",
    }


@pytest.mark.parametrize(
    "cause",
    [
        _cause(0.2, -2.0),
        _cause(0.001, -1.0),
        _cause(0.04, -0.9, -0.9),
        _cause(0.01),
        _cause(0.0, -9.0),
    ],
)
def test_others_are_not_ruled_out(cause: HypothesisResult) -> None:
    """Still worth a look; never was; many small facts; no fact at all; impossible before."""
    assert ruled_out_by_evidence([cause]) == ()


@given(st.lists(st.floats(0.0, 1.0), max_size=9), st.floats(-6.0, -1.0))
def test_what_is_ruled_out_was_worth_a_look_without_the_fact(
    posteriors: list[float], weight: float
) -> None:
    """Whatever the figures: below one in twenty now, above one in ten before; at most five."""
    found = ruled_out_by_evidence([_cause(p, weight) for p in posteriors])
    wanted = [p for p in posteriors if 0 < p < 0.05 and p / (1 - p) * 10**-weight >= 1 / 9]
    assert len(found) == min(len(wanted), 5)
