"""Truth in rational numbers: right to the last digit, however small the numbers are."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from itertools import product

from reasoning.engine.problem import Observation, Problem
from tests.reasoning.engine.oracle import Truth

Weight = tuple[tuple[int, ...], dict[int, int], Fraction]


def rational_truth(problem: Problem, observation: Observation) -> tuple[Truth, float]:
    """Return the four figures and ln P(e), which may be far below the least double."""
    found = list(_worlds(problem, observation))
    evidence = sum((w for _, _, w in found), Fraction())

    def share(weights: Iterator[Fraction]) -> float:
        return float(sum(weights, Fraction()) / evidence)

    faults = {f.id: share(w for b, _, w in found if b[i]) for i, f in enumerate(problem.faults)}
    degraded = {n: share(w for _, s, w in found if s[i]) for i, n in enumerate(problem.nodes)}
    quiet = share(w for b, _, w in found if not any(b))
    log_evidence = math.log(evidence.numerator) - math.log(evidence.denominator)
    return Truth(faults, degraded, float(evidence), quiet), log_evidence


def _worlds(problem: Problem, observation: Observation) -> Iterator[Weight]:
    for births in product((0, 1), repeat=len(problem.faults)):
        weight = Fraction(1)
        for at, (fault, born) in enumerate(zip(problem.faults, births, strict=True)):
            prior = Fraction(fault.prior)
            weight *= prior if born else 1 - prior
            weight *= _said(problem, observation, born, fault=at)
        yield from _states(problem, observation, births, {}, weight)


def _states(
    problem: Problem,
    observation: Observation,
    births: tuple[int, ...],
    states: dict[int, int],
    weight: Fraction,
) -> Iterator[Weight]:
    if weight == 0:
        return
    if len(states) == len(problem.nodes):
        yield births, states, weight
        return
    node = problem.topological[len(states)]
    calm = _calm(problem, node, births, states)
    for state, p in ((0, calm), (1, 1 - calm)):
        said = _said(problem, observation, state, node=node)
        yield from _states(problem, observation, births, {**states, node: state}, weight * p * said)


def _calm(problem: Problem, node: int, births: tuple[int, ...], states: dict[int, int]) -> Fraction:
    if any(born and f.node == node for f, born in zip(problem.faults, births, strict=True)):
        return Fraction(0)
    for group in problem.groups:
        if group.node == node and sum(1 - states[m] for m in group.members) < group.min_healthy:
            return Fraction(0)
    struck = [x.strength for x in problem.links if x.effect == node and states[x.cause]]
    return math.prod((1 - Fraction(strength) for strength in struck), start=Fraction(1))


def _said(
    problem: Problem,
    observation: Observation,
    state: int,
    *,
    node: int | None = None,
    fault: int | None = None,
) -> Fraction:
    said = Fraction(1)
    for channel in problem.channels:
        if (channel.node, channel.fault) != (node, fault) or channel.id in observation.unknown:
            continue
        p = Fraction(channel.detection if state else channel.false_alarm)
        said *= p if channel.id in observation.active else 1 - p
    return said
