"""A problem as small tables: noisy-OR and k-of-n rules divorced into chains of helper variables.

Every table is a product of non-negative numbers and no step subtracts, so that a probability of
1e-17 keeps its relative precision. Source: parent divorcing, Olesen et al. 1989; noisy-OR chains,
Heckerman and Breese 1996.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from reasoning.engine.problem import Group, Problem

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Factor:
    """A table over `scope`, one axis a variable, in the order of `scope`."""

    scope: tuple[int, ...]
    table: Array


@dataclass(slots=True)
class Gadgets:
    """Discrete variables (state counts in `cards`) and the factors whose product is the model."""

    cards: list[int] = field(default_factory=list)
    factors: list[Factor] = field(default_factory=list)

    def variable(self, states: int) -> int:
        """Add a variable and return its number."""
        self.cards.append(states)
        return len(self.cards) - 1

    def born(self, prior: float) -> int:
        """Add a binary variable that is 1 with probability `prior`."""
        fault = self.variable(2)
        self.factors.append(Factor((fault,), np.array([1.0 - prior, prior])))
        return fault

    def any_of(self, causes: Sequence[tuple[int, float]], *, leak: float = 0.0) -> int:
        """Add the noisy-OR of binary causes, each firing with its strength; return its variable.

        `leak` is the chance that it is 1 without any cause. A single cause of strength 1 is
        returned as it is. Causes join the chain in the given order.
        """
        chain = self._first(causes, leak)
        for cause, strength in causes[1:]:
            chain = self._or(chain, cause, strength)
        return chain

    def fewer_than(self, members: Sequence[int], least: int) -> int:
        """Add a variable that is 1 when fewer than `least` of the binary members are 0.

        The chain counts the degraded or the healthy members, whichever needs fewer states.
        """
        need = len(members) - least + 1
        if need <= least:
            return self._count(members, state=1, enough=need, then=1)
        return self._count(members, state=0, enough=least, then=0)

    def _first(self, causes: Sequence[tuple[int, float]], leak: float) -> int:
        if not causes:
            return self.born(leak)
        cause, strength = causes[0]
        if strength == 1.0 and leak == 0.0:
            return cause
        fired = self.variable(2)
        spared = 1.0 - leak
        struck = [(1.0 - strength) * spared, strength + (1.0 - strength) * leak]
        table = np.array([[spared, leak], struck])
        self.factors.append(Factor((cause, fired), table))
        return fired

    def _or(self, chain: int, cause: int, strength: float) -> int:
        joined = self.variable(2)
        table = np.zeros((2, 2, 2))
        table[1, :, 1] = 1.0
        table[0, 0, 0] = 1.0
        table[0, 1] = (1.0 - strength, strength)
        self.factors.append(Factor((chain, cause, joined), table))
        return joined

    def _count(self, members: Sequence[int], *, state: int, enough: int, then: int) -> int:
        counter = self.variable(1)
        self.factors.append(Factor((counter,), np.ones(1)))
        for index, member in enumerate(members[:-1]):
            counter = self._step(counter, member, state, min(enough, index + 1))
        held = self.cards[counter]
        result = self.variable(2)
        table = np.zeros((held, 2, 2))
        for count in range(held):
            for value in (0, 1):
                reached = count + (value == state) >= enough
                table[count, value, then if reached else 1 - then] = 1.0
        self.factors.append(Factor((counter, members[-1], result), table))
        return result

    def _step(self, counter: int, member: int, state: int, cap: int) -> int:
        held = self.cards[counter]
        following = self.variable(cap + 1)
        table = np.zeros((held, 2, cap + 1))
        for count in range(held):
            for value in (0, 1):
                table[count, value, min(cap, count + (value == state))] = 1.0
        self.factors.append(Factor((counter, member, following), table))
        return following


@dataclass(frozen=True, slots=True)
class Border:
    """What stays of a problem when the rest is folded away, and how the rest still speaks.

    Per node: whether it is `kept`, and its `leaks`, the chance that some folded cause strikes it.
    Per group node: the chance that each member is degraded, used for the folded ones.
    """

    kept: Sequence[bool]
    leaks: Sequence[float]
    member_chances: Mapping[int, Sequence[float]]


@dataclass(frozen=True, slots=True)
class Network:
    """A problem, or its kept part, as gadgets.

    `node_variables` and `fault_variables` say which variable is each node's state and each fault's
    birth; `owners` which node each variable was made for.
    """

    cards: tuple[int, ...]
    factors: tuple[Factor, ...]
    node_variables: Mapping[int, int]
    fault_variables: Mapping[int, int]
    owners: tuple[int, ...]


def build_network(problem: Problem, border: Border | None = None) -> Network:
    """Turn a problem, or what a border keeps of it, into gadgets.

    Own faults come first in a node's chain, then its group rule, then linked causes in topological
    order.
    """
    border = border or Border((True,) * len(problem.nodes), (0.0,) * len(problem.nodes), {})
    builder = _Builder(problem, border)
    for node in problem.topological:
        if border.kept[node]:
            builder.add(node)
    return builder.finish()


class _Builder:
    """Adds one node after the other, causes first."""

    def __init__(self, problem: Problem, border: Border) -> None:
        self.problem = problem
        self.border = border
        self.gadgets = Gadgets()
        self.state: dict[int, int] = {}
        self.births: dict[int, int] = {}
        self.owners: list[int] = []
        self.groups = {group.node: group for group in problem.groups}
        self.own: dict[int, list[int]] = {}
        for row, fault in enumerate(problem.faults):
            self.own.setdefault(fault.node, []).append(row)
        rank = {node: position for position, node in enumerate(problem.topological)}
        self.incoming: dict[int, list[tuple[int, float]]] = {}
        for link in sorted(problem.links, key=lambda link: rank[link.cause]):
            if link.strength > 0.0 and border.kept[link.cause] and border.kept[link.effect]:
                self.incoming.setdefault(link.effect, []).append((link.cause, link.strength))

    def add(self, node: int) -> None:
        causes: list[tuple[int, float]] = []
        for row in self.own.get(node, []):
            self.births[row] = self.gadgets.born(self.problem.faults[row].prior)
            causes.append((self.births[row], 1.0))
        if node in self.groups:
            causes.append((self._broken(self.groups[node]), 1.0))
        linked = self.incoming.get(node, [])
        causes += [(self.state[cause], strength) for cause, strength in linked]
        self.state[node] = self.gadgets.any_of(causes, leak=self.border.leaks[node])
        self.owners += [node] * (len(self.gadgets.cards) - len(self.owners))

    def finish(self) -> Network:
        return Network(
            tuple(self.gadgets.cards),
            tuple(self.gadgets.factors),
            self.state,
            self.births,
            tuple(self.owners),
        )

    def _broken(self, group: Group) -> int:
        members = [
            self.state[member]
            if self.border.kept[member]
            else self.gadgets.born(self.border.member_chances[group.node][position])
            for position, member in enumerate(group.members)
        ]
        return self.gadgets.fewer_than(members, group.min_healthy)
