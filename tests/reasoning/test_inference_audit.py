"""The verdict of an audit: agreement only where all was recomputed and nothing differs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reasoning.engine.compile import compile_problem
from reasoning.engine.problem import Observation
from reasoning.public_form.core_network import CoreNetwork, core_network
from reasoning.public_form.inference_audit import (
    CORE_WITHIN,
    EXACT_WITHIN,
    audit_network,
    network_behind,
)
from tests.reasoning.engine.networks import channel, document, link, problem_of

DOCUMENT = document(
    [{"id": name, "prior": 0.1} for name in "abcd"],
    [link("a", "b", 0.5), link("a", "c", 0.5), link("b", "d", 0.9), link("c", "d", 0.9)],
    [channel("d!", "d", 0.9, 0.01)],
)


def still() -> float:
    """Tell no time."""
    return 0.0


def behind(*active: str) -> CoreNetwork:
    """Return the network behind a small answer."""
    network = network_behind({**DOCUMENT}, active)  # type: ignore[dict-item]
    assert network.method == "exact"
    return network


def test_a_right_answer_agrees() -> None:
    """Everything is recomputed, the shown cause among it, and the bound is rounding."""
    network = behind("d!")
    shown = network.posterior.faults["a"]

    audit = audit_network(network, [("faults", "a", shown)], clock=still, seconds=1.0)

    assert audit.agrees
    assert (audit.bound, audit.causes) == (EXACT_WITHIN, 1)
    assert (audit.nodes, audit.core_nodes, audit.recomputed.wanted) == (4, 4, 8)
    assert audit.largest is not None
    assert audit.largest.gap <= 1e-12
    assert [pair.kind for pair in audit.whole] == ["log_evidence", "p_no_fault"]


def test_a_cause_shown_wrongly_is_named() -> None:
    """A stored posterior that pgmpy does not find is the largest difference: no agreement."""
    network = behind("d!")

    audit = audit_network(network, [("degraded", "b", 0.9)], clock=still, seconds=1.0)

    assert not audit.agrees
    assert audit.largest is not None
    assert (audit.largest.kind, audit.largest.about, audit.largest.shown) == ("degraded", "b", 0.9)


def test_what_was_not_recomputed_is_no_agreement() -> None:
    """Without time nothing is asked, nothing differs, and still nothing is agreed."""
    audit = audit_network(behind(), [], clock=still, seconds=-1.0)

    assert not audit.agrees
    assert audit.largest is None
    assert (len(audit.recomputed.marginals), audit.recomputed.calls) == (0, 0)


@pytest.mark.parametrize("width", [0, 1])
def test_a_thinned_core_is_audited_as_such(width: int) -> None:
    """The audit is of the thinned core and says thinned; its bound is not that of rounding."""
    names = [f"n{number}" for number in range(5)]
    problem = problem_of(
        [{"id": name, "prior": 0.3} for name in names],
        [link(a, b, 0.5) for i, a in enumerate(names) for b in names[i + 1 :]],
        [channel(f"{name}!", name, 0.7, 0.3) for name in names],
    )
    compiled = replace(compile_problem(problem, max_width=-1), max_width=width)
    network = core_network(compiled, Observation("i0", ("n4!",)))
    assert network is not None

    audit = audit_network(network, [], clock=still, seconds=1.0)

    assert (audit.method, audit.bound) == ("thinned", CORE_WITHIN)
    assert audit.agrees
    assert audit.core_nodes < audit.nodes
