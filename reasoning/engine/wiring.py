"""A problem as index arrays, for message passing and for laying observations onto it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reasoning.engine.gadgets import Array
from reasoning.engine.problem import Observation, Problem, ProblemError

Indices = NDArray[np.intp]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Wiring:
    """Arrows into noisy-ORs: links of strength > 0, then own faults, then group rules.

    The cause of an arrow is a node, a fault or a group, by position: `links` index arrays cover the
    first `len(link_cause)` arrows. Memberships are padded to a rectangle: `members[g, k]`, where
    `present[g, k]`.
    """

    nodes: int
    effect: Indices
    strength: Array
    link_cause: Indices
    link_rows: Indices
    prior: Array
    members: Indices
    present: Mask
    need: Indices

    @property
    def fault_arrows(self) -> slice:
        """Where the arrows of own faults stand, in fault order."""
        start = len(self.link_cause)
        return slice(start, start + len(self.prior))

    @property
    def group_arrows(self) -> slice:
        """Where the arrows of group rules stand, in group order."""
        return slice(len(self.link_cause) + len(self.prior), len(self.effect))


@dataclass(frozen=True, slots=True)
class Sensors:
    """Channels as arrays; `target` counts nodes first, then faults.

    Row 0 of `silent` and `active` is ln P(reading | not so), row 1 ln P(reading | so).
    """

    index: dict[str, int]
    target: Indices
    silent: Array
    active: Array


def wire(problem: Problem) -> Wiring:
    """Build the arrays of a problem; a link of strength 0 has no arrow."""
    rows = [row for row, link in enumerate(problem.links) if link.strength > 0.0]
    links = [problem.links[row] for row in rows]
    effect = [link.effect for link in links]
    effect += [fault.node for fault in problem.faults]
    effect += [group.node for group in problem.groups]
    strength = [link.strength for link in links]
    strength += [1.0] * (len(problem.faults) + len(problem.groups))
    width = max((len(group.members) for group in problem.groups), default=0)
    members = np.zeros((len(problem.groups), width), dtype=np.intp)
    present = np.zeros(members.shape, dtype=np.bool_)
    for row, group in enumerate(problem.groups):
        members[row, : len(group.members)] = group.members
        present[row, : len(group.members)] = True
    return Wiring(
        nodes=len(problem.nodes),
        effect=_indices(effect),
        strength=np.array(strength, dtype=np.float64),
        link_cause=_indices(link.cause for link in links),
        link_rows=_indices(rows),
        prior=np.array([fault.prior for fault in problem.faults], dtype=np.float64),
        members=members,
        present=present,
        need=_indices(len(group.members) - group.min_healthy + 1 for group in problem.groups),
    )


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


def log_likelihoods(sensors: Sensors, observation: Observation, places: int) -> Array:
    """Return ln P(readings | state) with shape (2, places): row 0 not so, row 1 so.

    Places are nodes, then faults. Unknown channels count for nothing.

    Raises: ProblemError for a channel that the problem lacks.
    """
    active = _rows(sensors, observation.active)
    unknown = _rows(sensors, observation.unknown)
    logs = sensors.silent.copy()
    logs[:, active] = sensors.active[:, active]
    logs[:, unknown] = 0.0
    return np.stack([totals(sensors.target, row, places) for row in logs])


def totals(target: Indices, weights: Array, places: int) -> Array:
    """Return, for each place, the sum of the weights whose target it is."""
    return np.bincount(target, weights=weights, minlength=places).astype(np.float64, copy=False)


def _rows(sensors: Sensors, channel_ids: Iterable[str]) -> Indices:
    try:
        return _indices(sensors.index[channel_id] for channel_id in channel_ids)
    except KeyError as error:
        raise ProblemError(f"unknown channel {error.args[0]!r}; name one of the problem") from None


def _indices(values: Iterable[int]) -> Indices:
    return np.array(list(values), dtype=np.intp)
