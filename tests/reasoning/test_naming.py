"""A cause beside a figure: the fault only where it is as sure as the figure says."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from graph.model.base import Text
from graph.model.diagnosis import HypothesisKind, HypothesisResult
from reasoning.answer.naming import mode_is_open, standing_name

_PLACE = Text(zh="CDN 节点 cdn-7", en="CDN node cdn-7")


def _cause(posterior: float, mode: float | None) -> HypothesisResult:
    return HypothesisResult(
        rank=1,
        kind=HypothesisKind.COMPONENT,
        component_id="p:cdn-7",
        fault_mode_id="lib:origin",
        name=Text(zh="CDN 节点 cdn-7 回源链路中断", en="CDN node cdn-7 origin link down"),
        posterior=posterior,
        prior=0.001,
        mode_name=Text(zh="回源链路中断", en="Origin link down"),
        mode_posterior=mode,
    )


@given(posterior=st.floats(0.0, 1.0), share=st.floats(0.0, 1.0))
def test_a_figure_stands_beside_a_fault_only_where_it_is_that_faults(
    posterior: float, share: float
) -> None:
    """Of an open fault the place is named, with what it is most like."""
    cause = _cause(posterior, posterior * share)
    name = standing_name(cause, _PLACE)
    assert (name == cause.name) == (not mode_is_open(cause))


def test_an_open_fault_is_called_the_same_in_both_languages() -> None:
    """The place first, then what it is most like."""
    name = standing_name(_cause(0.99, 0.4), _PLACE)
    assert name.zh == "CDN 节点 cdn-7（最像回源链路中断）"
    assert name.en == "CDN node cdn-7 (most like origin link down)"


def test_what_nobody_told_of_is_not_open() -> None:
    """A revision from before faults were told apart, or a component without a name, stays as is."""
    old = _cause(0.99, None)
    assert standing_name(old, _PLACE) == old.name
    assert standing_name(_cause(0.99, 0.4), None) == old.name
