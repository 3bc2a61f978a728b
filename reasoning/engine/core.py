"""Solve the uncertain part exactly, under loopy messages from the near-certain rest.

After loopy propagation most nodes are almost surely fine. They are folded: a folded cause becomes
a leak, a folded effect a likelihood, both by its last message. What remains is narrow and is solved
by elimination. Nodes that are almost surely degraded stay, because their certainty may rest on the
very nodes in question. Measured on the shared sets, the answers then lie within 2e-3 of the truth.
Where even that is too wide, what is unlikelier than 1e-3 or has heard no evidence is folded, then
the least uncertain nodes of the clique that breaks the budget, and the answer says `thinned`; so it
does where the messages across the border found no rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from reasoning.engine.bucket_tree import plant, solve
from reasoning.engine.elimination import MAX_WIDTH, Order, TooWide, elimination_order
from reasoning.engine.gadgets import Array, Border, Network, build_network
from reasoning.engine.loopy import Beliefs, bethe, log_misses, probability
from reasoning.engine.problem import Problem
from reasoning.engine.wiring import Mask, Wiring, totals

_FOLD_BELOW = 1e-4
_THIN_BELOW = 1e-3
_ROUNDS = 6
_UNMOVED = 1e-6
_SURE = 60.0
_RESTING = 1e-2


@dataclass(frozen=True, slots=True)
class CoreAnswer:
    """Posteriors by position; folded nodes keep what loopy propagation said."""

    method: Literal["core", "thinned"]
    log_evidence: float
    node: Array
    fault: Array


def solve_core(
    problem: Problem,
    wiring: Wiring,
    likelihoods: Array,
    beliefs: Beliefs,
    *,
    max_width: int = MAX_WIDTH,
) -> CoreAnswer | None:
    """Return the answer of an exactly solved core, or None where no core fits the width.

    Args:
        problem: checked.
        wiring: its arrows.
        likelihoods: shape (2, nodes + faults), as for `propagate`.
        beliefs: what `propagate` found.
        max_width: of the core's elimination.
    """
    cut = _Cut(problem, wiring, likelihoods, beliefs)
    kept = beliefs.node > _FOLD_BELOW
    network = cut.network(kept)
    order = _order(network, max_width)
    if not isinstance(order, TooWide):
        return cut.answer(kept, network, order, "core" if cut.is_settled(kept) else "thinned")
    kept = (beliefs.node > _THIN_BELOW) & (np.abs(beliefs.heard) > _UNMOVED)
    doubt = np.minimum(beliefs.node, 1.0 - beliefs.node)
    for turn in range(_ROUNDS):
        network = cut.network(kept)
        order = _order(network, max_width)
        if not isinstance(order, TooWide):
            return cut.answer(kept, network, order, "thinned")
        clique = {network.owners[variable] for variable in order.clique}
        ranked = sorted(clique, key=lambda node: (doubt[node], node))
        kept[ranked[: 4 << turn]] = False
    return None


def _order(network: Network, max_width: int) -> Order | TooWide:
    scopes = [factor.scope for factor in network.factors]
    return elimination_order(network.cards, scopes, max_width=max_width)


@dataclass(frozen=True, slots=True)
class _Cut:
    """Takes kept nodes out of a problem and puts their exact answers back."""

    problem: Problem
    wiring: Wiring
    likelihoods: Array
    beliefs: Beliefs

    def network(self, kept: Mask) -> Network:
        """Build the gadgets of the kept nodes; folded causes are leaks."""
        chances = probability(self.beliefs.member_forward)
        border = Border(
            kept.tolist(),
            self._leaks(kept).tolist(),
            {group.node: chances[row].tolist() for row, group in enumerate(self.problem.groups)},
        )
        return build_network(self.problem, border)

    def answer(
        self, kept: Mask, network: Network, order: Order, method: Literal["core", "thinned"]
    ) -> CoreAnswer:
        """Solve the kept part; its posteriors replace the loopy ones."""
        tree = plant(network.cards, network.factors, order)
        solved = solve(tree, self._evidence(kept, network), underflow="ignore")
        node, fault = self.beliefs.node.copy(), self.beliefs.fault.copy()
        for place, variable in network.node_variables.items():
            node[place] = solved.shares[variable][1]
        for place, variable in network.fault_variables.items():
            fault[place] = solved.shares[variable][1]
        outside = bethe(self.wiring, self.likelihoods, self.beliefs, kept)
        return CoreAnswer(method, solved.log_total + outside, node, fault)

    def is_settled(self, kept: Mask) -> bool:
        """Say whether the messages that cross into the kept part have come to rest."""
        wiring, beliefs = self.wiring, self.beliefs
        if beliefs.converged or wiring.members.size:
            return beliefs.converged
        links = len(wiring.link_cause)
        effect = wiring.effect[:links]
        told = beliefs.arrow_drift[:links][kept[wiring.link_cause] & ~kept[effect]]
        struck = wiring.link_cause[~kept[wiring.link_cause] & kept[effect]]
        moved = beliefs.node_drift[struck] * beliefs.node[struck]
        return bool((told < _RESTING).all() and (moved < _FOLD_BELOW * _RESTING).all())

    def _leaks(self, kept: Mask) -> Array:
        wiring = self.wiring
        links = len(wiring.link_cause)
        effect = wiring.effect[:links]
        crossing = kept[effect] & ~kept[wiring.link_cause]
        misses = log_misses(wiring.strength, self.beliefs.forward)[:links]
        return -np.expm1(totals(effect[crossing], misses[crossing], wiring.nodes))

    def _evidence(self, kept: Mask, network: Network) -> dict[int, Array]:
        """Channels of kept nodes and faults, and what folded effects and groups tell them."""
        wiring, beliefs = self.wiring, self.beliefs
        links = len(wiring.link_cause)
        logs = self.likelihoods.copy()
        crossing = kept[wiring.link_cause] & ~kept[wiring.effect[:links]]
        told = beliefs.backward[:links][crossing]
        logs[1, : wiring.nodes] += totals(wiring.link_cause[crossing], told, wiring.nodes)
        folded = ~kept[wiring.effect[wiring.group_arrows], np.newaxis]
        joined = wiring.present & kept[wiring.members] & folded
        told = beliefs.member_backward[joined]
        logs[1, : wiring.nodes] += totals(wiring.members[joined], told, wiring.nodes)
        places = dict(network.node_variables.items())
        places |= {wiring.nodes + row: v for row, v in network.fault_variables.items()}
        evidence: dict[int, Array] = {}
        for place, variable in places.items():
            column = np.maximum(logs[:, place], logs[:, place].max() - _SURE)
            evidence[variable] = evidence[variable] + column if variable in evidence else column
        return evidence
