"""Sums over small tables in numpy, on the same flat arrays as the compiled loops."""

from __future__ import annotations

import numpy as np

from reasoning.engine.arithmetic import Array
from reasoning.engine.bucket_tree import (
    BucketTree,
    Factor,
    Marginals,
    plant,
    solve,
    solve_signed,
)
from reasoning.engine.kernels.arrays import Order, Tables
from reasoning.engine.kernels.summation import FINE, UNDERFLOW

_NEVER = -1e200


def plain_marginals(tables: Tables, order: Order, careful: bool) -> tuple[int, float, Array]:
    """Return (FINE, ln of the sum over all states, P(variable is 1) by variable).

    Runs in plain doubles, and again in logarithms where those do not suffice.

    Args:
        tables: binary variables.
        order: complete.
        careful: whether any entry that vanishes counts as failure of plain doubles, or only a whole
            table.
    """
    tree, readings = _planted(tables, order)
    found = solve(tree, readings, underflow="raise" if careful else "ignore")
    return FINE, found.log_total, _ones(found)


def plain_signed(tables: Tables, order: Order) -> tuple[int, float, float, Array]:
    """Return what `kernels.signed.signed_marginals` returns."""
    tree, readings = _planted(tables, order)
    solved = solve_signed(tree, readings)
    if solved is None:
        return UNDERFLOW, 0.0, np.inf, np.zeros(tables.variables)
    found, lost = solved
    return FINE, found.log_total, lost, _ones(found)


def _ones(found: Marginals) -> Array:
    return np.array([found.shares[variable][1] for variable in range(len(found.shares))])


def _planted(tables: Tables, order: Order) -> tuple[BucketTree, dict[int, Array]]:
    scope, table = np.asarray(tables.scope), np.asarray(tables.table, dtype=np.float64)
    factors = []
    for row in range(len(tables.scope_ptr) - 1):
        places = scope[tables.scope_ptr[row] : tables.scope_ptr[row + 1]]
        entries = table[tables.table_ptr[row] : tables.table_ptr[row + 1]]
        factors.append(Factor(tuple(places[::-1].tolist()), entries.reshape((2,) * len(places))))
    clique, ends = list(order.clique), order.clique_ptr
    cliques = [tuple(clique[ends[at] : ends[at + 1]]) for at in range(tables.variables)]
    unary = np.asarray(tables.unary, dtype=np.float64).reshape(-1, 2)
    unary = np.where(unary < _NEVER, -np.inf, unary)
    tree = plant([2] * tables.variables, factors, cliques)
    return tree, dict(enumerate(unary))
