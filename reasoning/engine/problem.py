"""The bare engine's vocabulary: a causal problem (`causal/v1`) as plain data.

Nodes, faults, links and channels stand in id order whatever order they were written in, so that
equal input gives equal answers to the last bit. Build a `Problem` with
`problem_files.parse_problem` (the one door, for files and for code): all here is checked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from graph.errors import InputError


class ProblemError(InputError):
    """A causal problem or an observation that breaks the `causal/v1` contract."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One way of failing: born in the node at index `node` with probability `prior`."""

    id: str
    node: int
    prior: float


class Group(NamedTuple):
    """A replica rule: the node is degraded when fewer than `min_healthy` members are not."""

    node: int
    members: tuple[int, ...]
    min_healthy: int


class Link(NamedTuple):
    """A degraded `cause` degrades `effect` with probability `strength` (noisy-OR)."""

    cause: int
    effect: int
    strength: float


class Channel(NamedTuple):
    """A sensor on one node's degraded state or on one fault: exactly one index is not None."""

    id: str
    node: int | None
    fault: int | None
    detection: float
    false_alarm: float


@dataclass(frozen=True, slots=True)
class Problem:
    """A checked causal problem; numbers are indices into `nodes` and `faults`.

    `nodes` and `faults` (ids) and `channels` stand in id order, `links` in (effect, cause) order,
    `groups` in node order. `topological` lists the nodes, causes and members before effects.
    """

    nodes: tuple[str, ...]
    faults: tuple[Fault, ...]
    groups: tuple[Group, ...]
    links: tuple[Link, ...]
    channels: tuple[Channel, ...]
    topological: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Observation:
    """What was seen in one incident; a channel in neither tuple was silent, which is evidence."""

    id: str
    active: tuple[str, ...]
    unknown: tuple[str, ...] = ()
