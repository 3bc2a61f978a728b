"""The whole of a problem, summed in the order that was found when it was compiled."""

from __future__ import annotations

import numpy as np

from reasoning.engine.arithmetic import Array
from reasoning.engine.core_sums import Core, Summed
from reasoning.engine.kernels.arrays import Order, Tables
from reasoning.engine.kernels.summation import FINE
from reasoning.engine.layout import Layout, faint_births
from reasoning.engine.loops import Loops


def whole_tables(loops: Loops, core: Core, layout: Layout, fault_odds: Array) -> Tables:
    """Write the tables of a core in which nothing is folded.

    Births that no double holds keep their logarithms.
    """
    tables = loops.assemble(*core)
    nodes, logs = faint_births(layout, fault_odds)
    for node, log in zip(nodes.tolist(), logs.tolist(), strict=True):
        start = tables.start_of[node]
        tables.unary[2 * start + 1] += log - tables.leak[node]
        tables.leak[node] = log
    return tables


def sum_whole(loops: Loops, tables: Tables, order: Order) -> Summed:
    """Sum tables as chains; in logarithms where plain doubles lose anything."""
    state, log_total, shares = loops.marginals(tables, order, True)
    if state != FINE:
        _, log_total, shares = loops.log_marginals(tables, order, True)
    return Summed(tables, log_total, np.asarray(shares), True)
