"""Kept nodes of a core, one by one, as small conditional tables.

Noisy-ORs are divorced into chains of tables of 8 entries, k-of-n rules are running counts. Folded
neighbours speak through their last messages, as they did in the engine: a folded cause is a leak, a
folded effect a reading. Nothing of the engine's own tables is reused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from reasoning.engine.arithmetic import Array
from reasoning.engine.compile import CompiledProblem
from reasoning.engine.kernels.arrays import Messages, Net
from reasoning.engine.kernels.assembly import group_is_counted
from reasoning.engine.kernels.counting import log_whole
from reasoning.engine.kernels.scalars import chance
from reasoning.engine.layout import Indices
from reasoning.engine.problem import Observation

Role = Literal["fault", "degraded", "chain", "count", "alert", "message"]
BINARY = ("no", "yes")
_LETTERS: Mapping[Role, str] = {
    "fault": "R",
    "degraded": "D",
    "chain": "C",
    "count": "N",
    "alert": "S",
    "message": "M",
}
_SLUG_CHARS = 40


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable of a core and its table: P(state | the parents' states).

    `table` has an axis for the variable's states and one for each parent, in order. `about` is the
    id of the fault, node or channel that it stands for or serves; `seen` the state it was seen in,
    empty where it was not seen.
    """

    name: str
    role: Role
    about: str
    parents: tuple[str, ...]
    table: Array
    seen: str = ""

    @property
    def states(self) -> tuple[str, ...]:
        """The names of the states: no and yes, or c0, c1, ... of a count."""
        many = self.table.shape[0]
        return tuple(f"c{k}" for k in range(many)) if self.role == "count" else BINARY


class Scribe:
    """Writes the tables of kept nodes, causes first."""

    def __init__(
        self,
        compiled: CompiledProblem,
        observation: Observation,
        messages: Messages,
        kept: Indices,
    ) -> None:
        self.variables: list[Variable] = []
        self.faults: dict[str, str] = {}
        self.degraded: dict[int, str] = {}
        self._problem = compiled.problem
        self._layout = compiled.layout
        self._net: Net = compiled.layout.net
        self._messages = messages
        self._kept = kept
        self._active = frozenset(observation.active)
        self._unknown = frozenset(observation.unknown)
        self._channels = _by_target(compiled)
        self._own: dict[int, list[int]] = {}
        for index, fault in enumerate(self._problem.faults):
            self._own.setdefault(fault.node, []).append(index)

    def write(self, position: int) -> None:
        """Write one node: its faults, its chain, its alerts, and what folded effects say."""
        index = int(self._layout.nodes[position])
        node_id = self._problem.nodes[index]
        causes = [(self._fault(f), 1.0) for f in self._own.get(index, ())]
        counts = group_is_counted(self._net, self._kept, position)
        if counts:
            causes.append((self._group(position, node_id), 1.0))
        causes += self._linked(position)
        name = self._chain(causes, self._log_off(position, counts), node_id)
        self.degraded[index] = name
        self._alerts(index, name)
        told = self._told(position)
        if told != 0.0:
            self._reading("message", node_id, name, *_scaled(told), seen="yes")

    def _fault(self, index: int) -> str:
        fault = self._problem.faults[index]
        name = self._add("fault", fault.id, (), np.array([1.0 - fault.prior, fault.prior]))
        self.faults[fault.id] = name
        self._alerts(len(self._problem.nodes) + index, name)
        return name

    def _linked(self, position: int) -> Iterator[tuple[str, float]]:
        for arrow in range(self._net.in_ptr[position], self._net.split[position]):
            cause = self._net.cause[arrow]
            if self._kept[cause]:
                name = self.degraded[int(self._layout.nodes[cause])]
                yield name, float(self._net.strength[arrow])

    def _log_off(self, position: int, counts: bool) -> float:
        """Return ln P(nothing that was folded strikes the node)."""
        log_off = 0.0
        for arrow in range(self._net.in_ptr[position], self._net.split[position]):
            if not self._kept[self._net.cause[arrow]]:
                log_off += float(self._messages.miss[arrow])
        if self._net.need[position] > 0 and not counts:
            log_off += log_whole(self._net, self._messages, position)
        return log_off

    def _chain(self, causes: list[tuple[str, float]], log_off: float, about: str) -> str:
        """Write a noisy-OR of any number of causes; no table has more than two parents."""
        first, rest = causes[:2], causes[2:]
        role: Role = "chain" if rest else "degraded"
        name = self._or(role, about, first, log_off)
        for number, cause in enumerate(rest, start=1):
            role = "chain" if number < len(rest) else "degraded"
            name = self._or(role, about, [(name, 1.0), cause], 0.0)
        return name

    def _or(self, role: Role, about: str, causes: list[tuple[str, float]], log_off: float) -> str:
        logs = np.full((2,) * len(causes), log_off)
        with np.errstate(divide="ignore"):
            for axis, (_, strength) in enumerate(causes):
                logs = logs + _along(axis, len(causes), (0.0, float(np.log1p(-strength))))
        table = np.stack([np.exp(logs), -np.expm1(logs)])
        return self._add(role, about, tuple(name for name, _ in causes), table)

    def _group(self, position: int, about: str) -> str:
        """Count degraded or healthy members, whichever needs less; return whether it broke."""
        first, last = int(self._net.split[position]), int(self._net.in_ptr[position + 1])
        need = int(self._net.need[position])
        state = 1 if need <= last - first - need + 1 else 0
        enough = min(need, last - first - need + 1)
        steps = _steps(state, enough)
        base, low = "", np.eye(enough + 1)[0]
        for arrow in range(first, last):
            base, low = self._count(arrow, base, low, about, steps)
        reached = np.zeros((2, enough + 1))
        reached[1 - state, :enough] = 1.0
        reached[state, enough] = 1.0
        return self._add("chain", about, (base,), reached)

    def _count(
        self, arrow: int, base: str, low: Array, about: str, steps: Array
    ) -> tuple[str, Array]:
        """Write one member's step of a count; `low` are the shares of a count of folded ones."""
        member = self._net.cause[arrow]
        if self._kept[member]:
            parent = self.degraded[int(self._layout.nodes[member])]
            if base:
                return self._add("count", about, (base, parent), steps), low
            return self._add("count", about, (parent,), np.einsum("acv,c->av", steps, low)), low
        odds = float(self._messages.forward[arrow])
        folded = steps @ np.array([chance(-odds), chance(odds)])
        if base:
            return self._add("count", about, (base,), folded), low
        return "", folded @ low

    def _told(self, position: int) -> float:
        """Return the log ratio that folded effects leave at a node."""
        told = 0.0
        for slot in range(self._net.out_ptr[position], self._net.out_ptr[position + 1]):
            arrow = self._net.out_arrow[slot]
            effect = self._net.effect[arrow]
            is_member = arrow >= self._net.split[effect]
            counts = not is_member or group_is_counted(self._net, self._kept, effect)
            if not self._kept[effect] or not counts:
                told += float(self._messages.backward[arrow])
        return told

    def _alerts(self, target: int, parent: str) -> None:
        for row in self._channels.get(target, ()):
            channel = self._problem.channels[row]
            seen = "yes" if channel.id in self._active else "no"
            seen = "" if channel.id in self._unknown else seen
            rates = (channel.false_alarm, channel.detection)
            self._reading("alert", channel.id, parent, *rates, seen=seen)

    def _reading(
        self, role: Role, about: str, parent: str, not_so: float, so: float, *, seen: str
    ) -> None:
        table = np.array([[1.0 - not_so, 1.0 - so], [not_so, so]])
        self._add(role, about, (parent,), table, seen=seen)

    def _add(
        self, role: Role, about: str, parents: tuple[str, ...], table: Array, *, seen: str = ""
    ) -> str:
        name = f"{_LETTERS[role]}{len(self.variables)}_{_slug(about)}".rstrip("_")
        self.variables.append(Variable(name, role, about, parents, table, seen))
        return name


def _by_target(compiled: CompiledProblem) -> dict[int, list[int]]:
    """Return the channels by what they watch: nodes first, then faults, by index."""
    found: dict[int, list[int]] = {}
    for row, target in enumerate(compiled.sensors.target.tolist()):
        found.setdefault(target, []).append(row)
    return found


def _along(axis: int, axes: int, pair: Iterable[float]) -> Array:
    shape = [1] * axes
    shape[axis] = 2
    return np.array(list(pair)).reshape(shape)


def _steps(state: int, enough: int) -> Array:
    """Return P(new count | old count, member): members in `state` are counted, up to `enough`."""
    steps = np.zeros((enough + 1, enough + 1, 2))
    for count in range(enough + 1):
        for value in range(2):
            steps[min(enough, count + (value == state)), count, value] = 1.0
    return steps


def _scaled(told: float) -> tuple[float, float]:
    """Return two rates, the larger 1, whose log ratio is `told`."""
    return float(np.exp(min(-told, 0.0))), float(np.exp(min(told, 0.0)))


def _slug(about: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "_", about)[:_SLUG_CHARS].strip("_")
