"""pgmpy asked about a core whose noisy-ORs are stars: what is too wide as chains, and the sum."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from reasoning.engine.arithmetic import Array
from reasoning.public_form.core_network import CoreNetwork
from reasoning.public_form.core_stars import Potential, potentials
from reasoning.public_form.core_tables import BINARY
from reasoning.public_form.public_order import order_of


class Stars:
    """A core as pgmpy's Markov networks, one for each connected part; made when first asked."""

    def __init__(self, network: CoreNetwork, max_entries: int) -> None:
        """Write the tables; no elimination makes one of more than `max_entries`."""
        readings, self._log_scale = _scaled(network)
        tables = [*potentials(network.inner()), *readings]
        self._max_entries = max_entries
        self._cards = {
            name: table.table.shape[axis]
            for table in tables
            for axis, name in enumerate(table.scope)
        }
        self._part_of = _parts(self._cards, tables)
        self._tables: dict[str, list[Potential]] = {}
        for table in tables:
            self._tables.setdefault(self._part_of[table.scope[0]], []).append(table)
        self._engines: dict[str, Any] = {}

    def order(self, kept: list[str]) -> list[str] | None:
        """Return an elimination order of the others; None where a table would be too large."""
        scopes = [table.scope for tables in self._tables.values() for table in tables]
        return order_of(self._cards, scopes, kept, self._max_entries)

    def query(self, batch: list[str], order: list[str]) -> dict[str, float]:
        """Return P(yes) of each, part by part."""
        found: dict[str, float] = {}
        yes = BINARY.index("yes")
        for part in sorted({self._part_of[name] for name in batch}):
            here = [name for name in batch if self._part_of[name] == part]
            for name, weights in self._weights(part, here, order).items():
                found[name] = float(weights[yes] / weights.sum())
        return found

    def log_sum(self) -> float | None:
        """Return ln of the sum over all states; None where a table would be too large."""
        total = self._log_scale
        for part in sorted(self._tables):
            tables = self._tables[part]
            inside = {n: self._cards[n] for table in tables for n in table.scope}
            order = order_of(inside, [t.scope for t in tables], [part], self._max_entries)
            if order is None:
                return None
            (weights,) = self._weights(part, [part], order).values()
            whole = float(weights.sum())
            if not whole > 0.0:
                return None
            total += math.log(whole)
        return total

    def _weights(self, part: str, kept: list[str], order: Sequence[str]) -> dict[str, Array]:
        if part not in self._engines:
            self._engines[part] = _engine(self._tables[part], self._cards)
        here = [n for n in order if self._part_of[n] == part and n not in kept]
        if not here and len(kept) == 1:
            weights = np.ones(self._cards[part])
            for table in self._tables[part]:
                weights = weights * table.table
            return {part: weights}
        answers = self._engines[part].query(
            kept, elimination_order=here, joint=False, show_progress=False
        )
        return {name: np.asarray(answers[name].values) for name in kept}


def _scaled(network: CoreNetwork) -> tuple[list[Potential], float]:
    """Return readings as tables, divided by about what they weigh, and ln of all divisors.

    A product of hundreds of rates is no double any more. The divisor is the mean under the shown
    posterior: it moves no result.
    """
    shown = {name: network.posterior.faults[key] for key, name in network.faults.items()}
    shown |= {name: network.posterior.degraded[key] for key, name in network.degraded.items()}
    tables, total = [], 0.0
    for name, logs in network.log_readings().items():
        p = min(max(shown[name], 1e-6), 1.0 - 1e-6)
        divisor = float(np.logaddexp(math.log1p(-p) + logs[0], math.log(p) + logs[1]))
        tables.append(Potential((name,), np.exp(logs - divisor)))
        total += divisor
    return tables, total


def _parts(names: Sequence[str] | dict[str, int], tables: Sequence[Potential]) -> dict[str, str]:
    """Return, by variable, the first name of its connected part."""
    near: dict[str, set[str]] = {name: {name} for name in names}
    for table in tables:
        for name in table.scope:
            near[name] |= set(table.scope)
    part_of: dict[str, str] = {}
    for first in sorted(near):
        waiting = [first] if first not in part_of else []
        while waiting:
            name = waiting.pop()
            if name not in part_of:
                part_of[name] = first
                waiting += sorted(near[name])
    return part_of


def _engine(tables: Sequence[Potential], cards: dict[str, int]) -> Any:
    from pgmpy.factors.discrete import DiscreteFactor  # type: ignore[import-untyped]
    from pgmpy.inference import VariableElimination  # type: ignore[import-untyped]
    from pgmpy.models import DiscreteMarkovNetwork  # type: ignore[import-untyped]

    model = DiscreteMarkovNetwork()
    model.add_nodes_from(sorted({name for table in tables for name in table.scope}))
    model.add_edges_from(
        (one, other)
        for table in tables
        for one in table.scope
        for other in table.scope
        if one < other
    )
    model.add_factors(
        *(
            DiscreteFactor(list(table.scope), [cards[name] for name in table.scope], table.table)
            for table in tables
        )
    )
    return VariableElimination(model)
