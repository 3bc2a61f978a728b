"""Truth by enumeration: every birth of every fault and every state of every node, summed."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from reasoning.engine.problem import Observation, Problem


@dataclass(frozen=True)
class Truth:
    """The four figures of a posterior, by brute force."""

    faults: dict[str, float]
    degraded: dict[str, float]
    evidence: float
    p_no_fault: float


@dataclass(frozen=True)
class World:
    """One state of everything: its births and states, P(world, e), and P(struck) by node."""

    births: tuple[int, ...]
    states: tuple[int, ...]
    weight: float
    struck: tuple[float, ...]


def worlds(problem: Problem, observation: Observation) -> list[World]:
    """List every world that may be, with its weight under the evidence."""
    nodes = range(len(problem.nodes))
    return [
        World(
            births,
            states,
            p * _likelihood(problem, observation, births, states),
            tuple(_struck(problem, node, births, states) for node in nodes),
        )
        for births, states, p in _joint(problem)
    ]


def _struck(problem: Problem, node: int, births: tuple[int, ...], states: tuple[int, ...]) -> float:
    on = (*states[:node], 1, *states[node + 1 :])
    return _node_probability(problem, node, births, on)


def enumerate_truth(problem: Problem, observation: Observation) -> Truth:
    """Sum the joint over 2^(faults + nodes) states; for a dozen of both at most."""
    weights = [
        (births, states, p * _likelihood(problem, observation, births, states))
        for births, states, p in _joint(problem)
    ]
    evidence = math.fsum(p for _, _, p in weights)
    faults = {
        fault.id: math.fsum(p for births, _, p in weights if births[index]) / evidence
        for index, fault in enumerate(problem.faults)
    }
    degraded = {
        node: math.fsum(p for _, states, p in weights if states[index]) / evidence
        for index, node in enumerate(problem.nodes)
    }
    quiet = math.fsum(p for births, _, p in weights if not any(births)) / evidence
    return Truth(faults, degraded, evidence, quiet)


def _joint(problem: Problem) -> Iterator[tuple[tuple[int, ...], tuple[int, ...], float]]:
    for births in product((0, 1), repeat=len(problem.faults)):
        p_births = math.prod(
            fault.prior if born else 1.0 - fault.prior
            for fault, born in zip(problem.faults, births, strict=True)
        )
        if p_births == 0.0:
            continue
        for states in product((0, 1), repeat=len(problem.nodes)):
            p_states = math.prod(
                _node_probability(problem, node, births, states)
                for node in range(len(problem.nodes))
            )
            if p_states > 0.0:
                yield births, states, p_births * p_states


def _node_probability(
    problem: Problem, node: int, births: tuple[int, ...], states: tuple[int, ...]
) -> float:
    miss = 1.0
    for fault, born in zip(problem.faults, births, strict=True):
        if fault.node == node and born:
            miss = 0.0
    for link in problem.links:
        if link.effect == node and states[link.cause]:
            miss *= 1.0 - link.strength
    for group in problem.groups:
        healthy = sum(1 - states[member] for member in group.members)
        if group.node == node and healthy < group.min_healthy:
            miss = 0.0
    return 1.0 - miss if states[node] else miss


def _likelihood(
    problem: Problem,
    observation: Observation,
    births: tuple[int, ...],
    states: tuple[int, ...],
) -> float:
    likelihood = 1.0
    for channel in problem.channels:
        if channel.id in observation.unknown:
            continue
        so = births[channel.fault] if channel.fault is not None else states[channel.node or 0]
        p_active = channel.detection if so else channel.false_alarm
        likelihood *= p_active if channel.id in observation.active else 1.0 - p_active
    return likelihood
