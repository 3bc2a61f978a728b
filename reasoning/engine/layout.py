"""A problem as flat arrays, nodes in topological order, and observations laid onto them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reasoning.engine.arithmetic import Array
from reasoning.engine.kernels.arrays import Net
from reasoning.engine.problem import Observation, Problem, ProblemError

Indices = NDArray[np.int64]

_FAINTEST = 1e-300


@dataclass(frozen=True, slots=True)
class Layout:
    """Arrows and faults of a problem; all positions are topological.

    `nodes[p]` is the index in `problem.nodes` of the node at position p; `is_link` marks the arrows
    that are links, not memberships. `fault_at` is the position of each fault's node, `prior` its
    prior, `prior_odds` its log odds; `prior_off` is ln P(no own fault is born) by node.
    """

    nodes: Indices
    net: Net
    is_link: NDArray[np.bool_]
    fault_at: Indices
    prior: Array
    prior_odds: Array
    prior_off: Array


@dataclass(frozen=True, slots=True)
class Sensors:
    """Channels as arrays; `target` counts nodes first, then faults, by index in the problem.

    Row 0 of `silent` and `active` is ln P(reading | not so), row 1 ln P(reading | so).
    """

    index: dict[str, int]
    target: Indices
    silent: Array
    active: Array


@dataclass(frozen=True, slots=True)
class Readings:
    """What an observation says by itself, before any cause is thought of.

    `logs` by position: ln P(readings | not degraded), ln P(readings | degraded), by turns; `odds`
    their difference. `fault_odds` are each fault's log odds from prior and own channels, `own_off`
    is ln P(none of a node's faults is born) by those, `log_faults` ln P(readings of all faults);
    `log_quiet` is ln P(all readings | nothing is so).
    """

    logs: Array
    odds: Array
    fault_odds: Array
    own_off: Array
    log_faults: float
    log_quiet: float


def lay_out(problem: Problem) -> Layout:
    """Build the arrays of a problem; a link of strength 0 has no arrow."""
    nodes = np.array(problem.topological, dtype=np.int64)
    position = np.empty(len(nodes), dtype=np.int64)
    position[nodes] = np.arange(len(nodes))
    links = [link for link in problem.links if link.strength > 0.0]
    fault_at = position[_indices(fault.node for fault in problem.faults)]
    prior = np.array([fault.prior for fault in problem.faults], dtype=np.float64)
    with np.errstate(divide="ignore"):
        prior_odds = np.log(prior) - np.log1p(-prior)
        prior_off = none_born(fault_at, prior_odds, len(nodes))
    members = [(m, group.node) for group in problem.groups for m in group.members]
    cause = position[_indices([link.cause for link in links] + [m for m, _ in members])]
    effect = position[_indices([link.effect for link in links] + [g for _, g in members])]
    strength = np.array([link.strength for link in links] + [1.0] * len(members), dtype=np.float64)
    is_member = np.arange(len(cause)) >= len(links)
    order = np.lexsort((cause, is_member, effect))
    need = np.zeros(len(nodes), dtype=np.int64)
    for group in problem.groups:
        need[position[group.node]] = len(group.members) - group.min_healthy + 1
    net = _net(cause[order], effect[order], strength[order], is_member[order], need)
    return Layout(nodes, net, ~is_member[order], fault_at, prior, prior_odds, prior_off)


def _net(
    cause: Indices, effect: Indices, strength: Array, is_member: NDArray[np.bool_], need: Indices
) -> Net:
    count = len(need)
    in_ptr = _pointer(effect, count)
    split = in_ptr[1:] - np.bincount(effect[is_member], minlength=count)
    out_arrow = np.lexsort((effect, cause))
    return Net(in_ptr, split, cause, effect, strength, _pointer(cause, count), out_arrow, need)


def _pointer(values: Indices, count: int) -> Indices:
    return np.concatenate(([0], np.cumsum(np.bincount(values, minlength=count)))).astype(np.int64)


def mount(problem: Problem) -> Sensors:
    """Build the arrays of a problem's channels."""
    offset = len(problem.nodes)
    target = [
        channel.node if channel.fault is None else offset + channel.fault
        for channel in problem.channels
    ]
    rates = np.array(
        [(channel.false_alarm, channel.detection) for channel in problem.channels],
        dtype=np.float64,
    ).reshape(-1, 2)
    return Sensors(
        index={channel.id: row for row, channel in enumerate(problem.channels)},
        target=_indices(place for place in target if place is not None),
        silent=np.log1p(-rates.T),
        active=np.log(rates.T),
    )


def read(layout: Layout, sensors: Sensors, observation: Observation) -> Readings:
    """Lay an observation onto the arrays; unknown channels count for nothing.

    Raises: ProblemError for a channel that the problem lacks.
    """
    active = rows(sensors, observation.active)
    unknown = rows(sensors, observation.unknown)
    logs = sensors.silent.copy()
    logs[:, active] = sensors.active[:, active]
    logs[:, unknown] = 0.0
    places = len(layout.nodes) + len(layout.prior)
    off, on = (totals(sensors.target, row, places) for row in logs)
    return join(layout, off, on)


def join(layout: Layout, off: Array, on: Array) -> Readings:
    """Join what is said of each place, nodes by index and then faults.

    `off` and `on` are ln P(its readings | not so) and ln P(its readings | so).
    """
    count = len(layout.nodes)
    node_off, node_on = off[:count][layout.nodes], on[:count][layout.nodes]
    both = np.empty(2 * count)
    both[0::2], both[1::2] = node_off, node_on
    fault_odds, own_off, log_faults = _faults(layout, off[count:], on[count:])
    return Readings(both, node_on - node_off, fault_odds, own_off, log_faults, float(off.sum()))


def _faults(layout: Layout, off: Array, on: Array) -> tuple[Array, Array, float]:
    """Return `fault_odds`, `own_off` and `log_faults`; at once where no fault has a reading."""
    if not on.any() and not off.any():
        return layout.prior_odds, layout.prior_off, 0.0
    fault_odds = layout.prior_odds + (on - off)
    with np.errstate(divide="ignore", under="ignore"):
        log_faults = np.logaddexp(np.log1p(-layout.prior) + off, np.log(layout.prior) + on)
    own_off = none_born(layout.fault_at, fault_odds, len(layout.nodes))
    return fault_odds, own_off, float(log_faults.sum())


def none_born(fault_at: Indices, fault_odds: Array, nodes: int) -> Array:
    """Return, by node, ln P(none of its faults is born); below 0 wherever one may be.

    A thousand silent channels press a fault's odds below the least double. It stays possible all
    the same: which variables there are depends on the problem alone. See `faint_births`.
    """
    with np.errstate(under="ignore"):
        off = totals(fault_at, -np.logaddexp(0.0, fault_odds), nodes)
    may = np.zeros(nodes, dtype=np.bool_)
    may[fault_at[fault_odds > -np.inf]] = True
    return np.asarray(np.where(may, np.minimum(off, -_FAINTEST), off))


def faint_births(layout: Layout, fault_odds: Array) -> tuple[Indices, Array]:
    """Return the nodes whose own faults no double holds, and ln P(one of them is born)."""
    count = len(layout.nodes)
    nodes = np.flatnonzero(none_born(layout.fault_at, fault_odds, count) == -_FAINTEST)
    logs = np.full(count, -np.inf)
    if len(nodes):
        with np.errstate(under="ignore"):
            np.logaddexp.at(logs, layout.fault_at, fault_odds)
    return nodes, logs[nodes]


def totals(target: Indices, weights: Array, places: int) -> Array:
    """Return, for each place, the sum of the weights whose target it is."""
    return np.bincount(target, weights=weights, minlength=places).astype(np.float64, copy=False)


def rows(sensors: Sensors, channel_ids: Iterable[str]) -> Indices:
    """Return the rows of channels by id.

    Raises: ProblemError for a channel that the problem lacks.
    """
    try:
        return _indices(sensors.index[channel_id] for channel_id in channel_ids)
    except KeyError as error:
        raise ProblemError(f"unknown channel {error.args[0]!r}; name one of the problem") from None


def _indices(values: Iterable[int]) -> Indices:
    return np.array(list(values), dtype=np.int64)
