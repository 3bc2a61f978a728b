"""Budgets of width, entries and time: whatever runs out, an answer comes and says so."""

from __future__ import annotations

import itertools
import random
import time

import pytest

from reasoning.engine.compile import compile_problem
from reasoning.engine.posterior import infer
from reasoning.engine.problem import Observation, Problem
from tests.reasoning.engine.networks import channel, link, problem_of

NODES = 3_000


def tangle(seed: int) -> tuple[Problem, Observation]:
    """Draw a random dense graph of 3,000 nodes, and an observation of it."""
    dice = random.Random(seed)
    names = [f"n{at:04d}" for at in range(NODES)]
    pairs = {
        tuple(sorted(dice.sample(range(NODES), 2)))
        for _ in range(dice.choice((6_000, 30_000, 90_000)))
    }
    prior, false_alarm = dice.choice((1e-4, 0.01, 0.3)), dice.choice((0.001, 0.05))
    problem = problem_of(
        [{"id": name, "prior": prior} for name in names],
        [link(names[a], names[b], dice.choice((0.05, 0.5, 1.0))) for a, b in sorted(pairs)],
        [channel(f"{name}!", name, 0.9, false_alarm) for name in names],
    )
    heard = dice.sample(names, dice.choice((3, 300, NODES)))
    return problem, Observation(f"t{seed}", tuple(sorted(f"{name}!" for name in heard)))


@pytest.mark.parametrize("seed", range(4))
def test_a_tangle_ends_in_an_answer(seed: int) -> None:
    """Random dense graphs never hang: every figure is a probability within 30 s of CPU time."""
    problem, seen = tangle(seed)
    began = time.process_time()

    found = infer(compile_problem(problem), seen)

    assert time.process_time() - began < 30.0
    assert found.method in ("core", "thinned", "loopy")
    assert all(0.0 <= p <= 1.0 for p in (*found.faults.values(), *found.degraded.values()))


def grid() -> Problem:
    """Return thirty doubtful causes of thirty effects: no core of it fits a width of 8."""
    causes, effects = [f"c{at:02d}" for at in range(30)], [f"e{at:02d}" for at in range(30)]
    return problem_of(
        [{"id": name, "prior": 0.2} for name in causes + effects],
        [link(cause, effect, 0.05) for cause in causes for effect in effects],
        [channel(f"{effect}/x", effect, 0.9, 0.2) for effect in effects],
    )


def test_who_has_no_time_gets_less_and_is_told() -> None:
    """Past its seconds an answer is thinned by large steps; with time to spare it is as ever."""
    compiled = compile_problem(grid(), max_width=8)
    seen = Observation("i", ("e00/x",))
    asked = itertools.count()

    hurried = infer(compiled, seen, clock=lambda: float(next(asked)), within_s=0.0)
    asked_in_a_hurry = next(asked)
    at_leisure = infer(compiled, seen, clock=lambda: 0.0, within_s=60.0)

    assert hurried.method == "thinned"
    assert asked_in_a_hurry < 20
    assert all(0.0 <= p <= 1.0 for p in hurried.faults.values())
    assert at_leisure == infer(compiled, seen)
