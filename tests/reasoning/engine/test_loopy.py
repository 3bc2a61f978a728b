"""Loopy propagation: exact on trees, finite everywhere, the same every time."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings

from reasoning.engine.compile import compile_problem
from reasoning.engine.posterior import Posterior, infer
from reasoning.engine.problem import Observation, Problem
from reasoning.engine.problem_files import parse_problem
from tests.reasoning.engine.networks import channel, link, observed, problem_of


def loopy(problem: Problem, observation: Observation) -> Posterior:
    """Return what propagation alone says, whatever the width."""
    return infer(compile_problem(problem, max_width=-1), observation)


@given(observed(nodes=6))
@settings(max_examples=200)
def test_every_figure_is_a_probability(drawn: tuple[dict[str, object], Observation]) -> None:
    """0/1 strengths and priors never give NaN; p_no_fault lies in [0,1], ln P(e) at most 0."""
    document, observation = drawn
    problem = parse_problem(document, source="test")

    posterior = loopy(problem, observation)

    assert posterior.method == "loopy"
    assert not posterior.exact
    for p in (*posterior.faults.values(), *posterior.degraded.values(), posterior.p_no_fault):
        assert 0.0 <= p <= 1.0
    assert -math.inf < posterior.log_evidence <= 0.0
    assert posterior.p_no_fault <= 1.0 - max(posterior.faults.values(), default=0.0) + 1e-12
    assert posterior == loopy(problem, observation)


def test_a_tree_with_a_group_is_solved_exactly() -> None:
    """Where the model is a tree, propagation agrees with elimination in all four figures."""
    nodes = [
        {"id": "a", "prior": 0.02},
        {"id": "b", "prior": 0.01},
        {"id": "c", "faults": [{"id": "c/x", "prior": 0.1}, {"id": "c/y", "prior": 0.03}]},
        {"id": "d", "prior": 0.001, "group": {"members": ["a", "b", "c"], "min_healthy": 2}},
        {"id": "e", "prior": 0.05},
    ]
    problem = problem_of(
        nodes,
        [link("d", "e", 0.7)],
        [
            channel("a!", "a", 0.9, 0.1),
            channel("c!", "c/x", 0.8, 0.05, on="fault"),
            channel("e!", "e", 0.9, 0.01),
        ],
    )
    observation = Observation("i0", ("a!", "e!"))

    found = loopy(problem, observation)
    true = infer(compile_problem(problem), observation)

    assert found.log_evidence == pytest.approx(true.log_evidence, abs=1e-4)
    assert found.p_no_fault == pytest.approx(true.p_no_fault, abs=1e-4)
    assert found.faults == pytest.approx(dict(true.faults), abs=1e-4)
    assert found.degraded == pytest.approx(dict(true.degraded), abs=1e-4)


def test_wide_problems_do_not_claim_to_be_exact() -> None:
    """Beyond the width a problem is still answered, with every figure a probability."""
    causes = [f"c{index:02d}" for index in range(30)]
    effects = [f"e{index:02d}" for index in range(30)]
    problem = problem_of(
        [{"id": name, "prior": 0.01} for name in causes + effects],
        [link(cause, effect, 0.3) for cause in causes for effect in effects],
        [channel(f"{effect}/x", effect, 0.9, 0.01) for effect in effects],
    )

    posterior = infer(compile_problem(problem), Observation("i0", ("e00/x", "e01/x")))

    assert posterior.method in ("core", "thinned", "loopy")
    assert not posterior.exact
    assert all(0.0 <= p <= 1.0 for p in posterior.faults.values())
