"""How much single items speak: channel ratios, and the information of a check.

These are first-order readings beside the posterior: each item alone, every other fault at its
prior. They explain a ranking; they do not make one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from reasoning.engine.arithmetic import Array
from reasoning.engine.compile import CompiledProblem
from reasoning.engine.problem import Channel, Observation, Problem, ProblemError


def channel_ratios(
    compiled: CompiledProblem, fault_ids: Sequence[str], observation: Observation
) -> dict[str, dict[str, float]]:
    """Return, per fault and per channel not unknown, log10 of the reading's ratio for that fault.

    The ratio is P(reading | fault born) / P(reading | fault not born), every other fault at its
    prior and no other reading known: one forward pass a fault, exact where causes of one effect
    share no ancestor. A channel that the fault cannot reach has 0.0.

    Raises: ProblemError for an unknown fault or channel.
    """
    problem = compiled.problem
    active, unknown = _states(problem, observation)
    position = {fault.id: index for index, fault in enumerate(problem.faults)}
    for fault_id in fault_ids:
        if fault_id not in position:
            raise ProblemError(f"unknown fault {fault_id!r}; name one of the problem")
    chosen = [position[fault_id] for fault_id in fault_ids]
    born, absent = (predict(compiled, chosen, state) for state in (1.0, 0.0))
    channels = [channel for channel in problem.channels if channel.id not in unknown]
    ratios = _log10_ratios(problem, channels, active, born, absent)
    return {
        fault_id: {channel.id: float(ratios[row, at]) for at, channel in enumerate(channels)}
        for row, fault_id in enumerate(fault_ids)
    }


def mutual_information_bits(p: float, *, detection: float, false_alarm: float) -> float:
    """Return how many bits a yes/no check tells on average about a variable of probability `p`.

    Args:
        p: P(the variable is so), in [0,1].
        detection: P(the check says yes | so), in [0,1].
        false_alarm: P(the check says yes | not so), in [0,1].

    Source: I = H(p d + (1-p) f) - p H(d) - (1-p) H(f), Cover and Thomas, ch. 2.

    >>> mutual_information_bits(0.5, detection=1.0, false_alarm=0.0)
    1.0
    """
    says_yes = p * detection + (1.0 - p) * false_alarm
    told = _entropy(says_yes) - p * _entropy(detection) - (1.0 - p) * _entropy(false_alarm)
    return max(told, 0.0)


def _states(problem: Problem, observation: Observation) -> tuple[frozenset[str], frozenset[str]]:
    known = frozenset(channel.id for channel in problem.channels)
    for channel_id in (*observation.active, *observation.unknown):
        if channel_id not in known:
            raise ProblemError(f"unknown channel {channel_id!r}; name one of the problem")
    return frozenset(observation.active), frozenset(observation.unknown)


def predict(compiled: CompiledProblem, chosen: Sequence[int], state: float) -> Array:
    """Return P(so) before evidence, a row a chosen fault, columns nodes and then faults.

    In each row the row's own fault (a position in `problem.faults`) has P(born) = `state`, every
    other its prior. Causes of one effect are taken as independent.
    """
    problem = compiled.problem
    nodes = len(problem.nodes)
    so = np.zeros((len(chosen), nodes + len(problem.faults)))
    so[:, nodes:] = compiled.prior
    so[np.arange(len(chosen)), [nodes + fault for fault in chosen]] = state
    arrows = _arrows_by_effect(problem)
    members = {group.node: group for group in problem.groups}
    for node in problem.topological:
        causes, strengths = arrows[node]
        log_miss = np.zeros(len(chosen))
        if causes:
            fires = so[:, causes] * np.array(strengths)
            log_miss = np.log1p(-np.minimum(fires, 1.0 - 1e-16)).sum(axis=1)
        if node in members:
            group = members[node]
            need = len(group.members) - group.min_healthy + 1
            broken = _at_least(so[:, list(group.members)], need)
            log_miss = log_miss + np.log1p(-np.minimum(broken, 1.0 - 1e-16))
        so[:, node] = -np.expm1(log_miss)
    return so


def _arrows_by_effect(problem: Problem) -> list[tuple[list[int], list[float]]]:
    arrows: list[tuple[list[int], list[float]]] = [([], []) for _ in problem.nodes]
    for link in problem.links:
        arrows[link.effect][0].append(link.cause)
        arrows[link.effect][1].append(link.strength)
    for index, fault in enumerate(problem.faults):
        arrows[fault.node][0].append(len(problem.nodes) + index)
        arrows[fault.node][1].append(1.0)
    return arrows


def _at_least(chances: Array, need: int) -> Array:
    """Return P(at least `need` of the columns) per row, columns independent."""
    counts = np.zeros((len(chances), need + 1))
    counts[:, 0] = 1.0
    for column in chances.T:
        yes = column[:, np.newaxis]
        following = counts * (1.0 - yes)
        following[:, 1:] += counts[:, :-1] * yes
        following[:, -1] += counts[:, -1] * column
        counts = following
    return np.minimum(counts[:, -1], 1.0)


def _log10_ratios(
    problem: Problem,
    channels: Sequence[Channel],
    active: frozenset[str],
    born: Array,
    absent: Array,
) -> Array:
    """Return log10 of P(reading | born) / P(reading | absent), a row a fault."""
    target = [
        channel.node if channel.node is not None else len(problem.nodes) + (channel.fault or 0)
        for channel in channels
    ]
    detection = np.array([channel.detection for channel in channels])
    false_alarm = np.array([channel.false_alarm for channel in channels])
    speaks = np.array([channel.id in active for channel in channels], dtype=np.bool_)
    so = np.where(speaks, detection, 1.0 - detection)
    not_so = np.where(speaks, false_alarm, 1.0 - false_alarm)
    above = born[:, target] * so + (1.0 - born[:, target]) * not_so
    below = absent[:, target] * so + (1.0 - absent[:, target]) * not_so
    return np.asarray(np.log10(above) - np.log10(below))


def _entropy(p: float) -> float:
    return -sum(x * math.log2(x) for x in (p, 1.0 - p) if x > 0.0)
