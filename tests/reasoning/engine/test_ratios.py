"""Readings of single items: a fault's ratios, and the information of a check."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reasoning.engine.compile import compile_problem
from reasoning.engine.problem import Observation, Problem, ProblemError
from reasoning.engine.ratios import channel_ratios, mutual_information_bits
from tests.reasoning.engine.networks import channel, link, problem_of
from tests.reasoning.engine.oracle import enumerate_truth


@pytest.fixture
def tree() -> Problem:
    """A root over two services, one of them over a group of two."""
    return problem_of(
        [
            {
                "id": "root",
                "faults": [{"id": "root/a", "prior": 0.1}, {"id": "root/b", "prior": 0.2}],
            },
            {"id": "web", "prior": 0.05},
            {"id": "spare", "prior": 0.3},
            {"id": "pool", "group": {"members": ["web", "spare"], "min_healthy": 1}},
        ],
        [link("root", "web", 0.6)],
        [
            channel("root!", "root/a", 0.9, 0.01, on="fault"),
            channel("web!", "web", 0.8, 0.02),
            channel("pool!", "pool", 0.7, 0.1),
        ],
    )


def test_channel_ratios_are_exact_on_a_tree(tree: Problem) -> None:
    """Each ratio is what enumeration gives with the fault's prior set to 1 and to 0."""
    compiled = compile_problem(tree)
    observation = Observation("i0", ("web!", "pool!"))

    ratios = channel_ratios(compiled, ["root/a", "web"], observation)

    for fault_id, row in ratios.items():
        for channel_id, found in row.items():
            others = tuple(c.id for c in tree.channels if c.id != channel_id)
            active = tuple({channel_id} & set(observation.active))
            alone = Observation("i0", active, others)
            born, absent = (_with_prior(tree, fault_id, prior) for prior in (1.0, 0.0))
            expected = math.log10(
                enumerate_truth(born, alone).evidence / enumerate_truth(absent, alone).evidence
            )
            assert found == pytest.approx(expected, abs=1e-9)


def _with_prior(problem: Problem, fault_id: str, prior: float) -> Problem:
    faults = tuple(
        replace(fault, prior=prior) if fault.id == fault_id else fault for fault in problem.faults
    )
    return replace(problem, faults=faults)


def test_unreachable_channels_say_nothing(tree: Problem) -> None:
    """A channel that the fault cannot reach has the ratio 1, logarithm 0."""
    ratios = channel_ratios(compile_problem(tree), ["spare"], Observation("i0", ("web!",)))

    assert ratios["spare"]["web!"] == 0.0
    assert ratios["spare"]["root!"] == 0.0
    assert ratios["spare"]["pool!"] < 0.0


def test_unknown_faults_and_channels_are_refused(tree: Problem) -> None:
    """Names that the problem lacks are errors."""
    compiled = compile_problem(tree)

    with pytest.raises(ProblemError, match="unknown fault 'zz'"):
        channel_ratios(compiled, ["zz"], Observation("i0", ()))
    with pytest.raises(ProblemError, match="unknown channel 'zz'"):
        channel_ratios(compiled, ["web"], Observation("i0", ("zz",)))


@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_information_lies_between_nothing_and_the_doubt(p: float, d: float, f: float) -> None:
    """A check never tells more than the variable's own entropy, and nothing if d equals f."""
    told = mutual_information_bits(p, detection=d, false_alarm=f)
    doubt = mutual_information_bits(p, detection=1.0, false_alarm=0.0)

    assert 0.0 <= told <= doubt + 1e-9
    assert mutual_information_bits(p, detection=d, false_alarm=d) == pytest.approx(0.0, abs=1e-9)
