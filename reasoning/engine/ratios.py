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
from reasoning.engine.kernels.arrays import Net
from reasoning.engine.layout import Indices, totals
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
    both = _forward(compiled, [*chosen, *chosen], [1.0] * len(chosen) + [0.0] * len(chosen))
    born, absent = both[: len(chosen)], both[len(chosen) :]
    channels = [channel for channel in problem.channels if channel.id not in unknown]
    ratios = _log10_ratios(problem, channels, active, born, absent)
    ids = [channel.id for channel in channels]
    return {
        fault_id: dict(zip(ids, told, strict=True))
        for fault_id, told in zip(fault_ids, ratios.tolist(), strict=True)
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
    return _forward(compiled, chosen, [state] * len(chosen))


def _forward(compiled: CompiledProblem, chosen: Sequence[int], states: Sequence[float]) -> Array:
    """Pass once from causes to effects, all nodes of one depth together."""
    layout, count = compiled.layout, len(compiled.problem.nodes)
    net = layout.net
    prior = np.tile(compiled.prior, (len(chosen), 1))
    prior[np.arange(len(chosen)), list(chosen)] = states
    so = np.zeros((len(chosen), count))
    log_miss = np.zeros((len(chosen), count))
    _add(log_miss, layout.fault_at, _log_miss(prior))
    for nodes, arrows in _depths(net):
        cause, effect = net.cause[arrows], net.effect[arrows]
        _add(log_miss, effect, _log_miss(so[:, cause] * net.strength[arrows]))
        for node in nodes[net.need[nodes] > 0]:
            members = net.cause[net.split[node] : net.in_ptr[node + 1]]
            log_miss[:, node] += _log_miss(_at_least(so[:, members], int(net.need[node])))
        so[:, nodes] = -np.expm1(log_miss[:, nodes])
    by_index = np.empty_like(so)
    by_index[:, layout.nodes] = so
    return np.concatenate((by_index, prior), axis=1)


def _log_miss(fires: Array) -> Array:
    return np.asarray(np.log1p(-np.minimum(fires, 1.0 - 1e-16)))


def _add(sums: Array, target: Indices, weights: Array) -> None:
    """Add each column of the weights to the column of its target, in order."""
    for row, total in enumerate(sums):
        total += totals(target, weights[row], len(total))


def _depths(net: Net) -> list[tuple[Indices, Indices]]:
    """Return, by the longest way from a cause of nothing, (nodes, links into them), ascending."""
    depth = [0] * len(net.need)
    cause = net.cause.tolist()
    ends = net.in_ptr.tolist()
    for node in range(len(depth)):
        first, last = ends[node], ends[node + 1]
        if last > first:
            depth[node] = 1 + max([depth[at] for at in cause[first:last]])
    depths = np.array(depth, dtype=np.int64)
    links = np.flatnonzero(np.arange(len(net.cause)) < net.split[net.effect])
    of_link = depths[net.effect[links]]
    return [
        (np.flatnonzero(depths == level), links[of_link == level])
        for level in range(int(depths.max(initial=0)) + 1)
    ]


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
