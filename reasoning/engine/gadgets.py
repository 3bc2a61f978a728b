"""A problem as small tables: noisy-OR and k-of-n rules divorced into chains of helper variables.

Every table is a product of non-negative numbers and no step subtracts, so that a probability of
1e-17 keeps its relative precision. Source: parent divorcing, Olesen et al. 1989; noisy-OR chains,
Heckerman and Breese 1996.
"""

from __future__ import annotations

from collections.abc import Sequence
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

    def any_of(self, causes: Sequence[tuple[int, float]]) -> int:
        """Add the noisy-OR of binary causes, each firing with its strength; return its variable.

        A single cause of strength 1 is returned as it is. Causes join the chain in the given order.
        """
        chain = self._first(causes)
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

    def _first(self, causes: Sequence[tuple[int, float]]) -> int:
        if not causes:
            return self.born(0.0)
        cause, strength = causes[0]
        if strength == 1.0:
            return cause
        fired = self.variable(2)
        table = np.array([[1.0, 0.0], [1.0 - strength, strength]])
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
class Network:
    """A whole problem as gadgets: which variable is each node's state and each fault's birth."""

    cards: tuple[int, ...]
    factors: tuple[Factor, ...]
    node_variables: tuple[int, ...]
    fault_variables: tuple[int, ...]


def build_network(problem: Problem) -> Network:
    """Turn a problem into gadgets; causes join a node's chain in topological order."""
    gadgets = Gadgets()
    fault_variables = [gadgets.born(fault.prior) for fault in problem.faults]
    own: dict[int, list[int]] = {}
    for fault, variable in zip(problem.faults, fault_variables, strict=True):
        own.setdefault(fault.node, []).append(variable)
    incoming: dict[int, list[tuple[int, float]]] = {}
    for link in problem.links:
        if link.strength > 0.0:
            incoming.setdefault(link.effect, []).append((link.cause, link.strength))
    groups = {group.node: group for group in problem.groups}
    rank = {node: position for position, node in enumerate(problem.topological)}
    state: dict[int, int] = {}
    for node in problem.topological:
        causes = [(variable, 1.0) for variable in own.get(node, [])]
        if node in groups:
            causes.append((_broken(gadgets, groups[node], state), 1.0))
        found = sorted(incoming.get(node, []), key=lambda entry: rank[entry[0]])
        causes += [(state[cause], strength) for cause, strength in found]
        state[node] = gadgets.any_of(causes)
    node_variables = tuple(state[node] for node in range(len(problem.nodes)))
    return Network(
        tuple(gadgets.cards), tuple(gadgets.factors), node_variables, tuple(fault_variables)
    )


def _broken(gadgets: Gadgets, group: Group, state: dict[int, int]) -> int:
    members = [state[member] for member in group.members]
    return gadgets.fewer_than(members, group.min_healthy)
