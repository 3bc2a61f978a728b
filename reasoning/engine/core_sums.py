"""One core, summed: noisy-ORs as stars where their signs cost nothing, else as chains.

A star holds far less at once than a chain, but sums with signs may cancel; how much they may have
lost is known (`kernels/signed.py`). Where that is more than `LOST_AT_MOST` the same core is summed
as chains, which lose nothing, and where those do not fit, the star's answer stands and says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from reasoning.engine.arithmetic import Array
from reasoning.engine.compile import MAX_ENTRIES
from reasoning.engine.kernels.arrays import Order, Tables
from reasoning.engine.kernels.summation import FINE
from reasoning.engine.loops import Loops

LOST_AT_MOST = 5e-4
STAR_ENTRIES = 2**21
_STAR_WIDER = 2
_WORTHLESS = 0.1
_SURE = 60.0
Cut = Sequence[tuple[int, int]]


class Core(NamedTuple):
    """What a core's tables are made from: arguments of `assemble`, as the loops want them."""

    net: Any
    messages: Any
    own_off: Any
    logs: Any
    kept: Any


@dataclass(frozen=True, slots=True)
class Summed:
    """ln of the sum over all states, P(variable is 1), and the tables that say which is what.

    `sure` is False where rounding may have cost more than is promised.
    """

    tables: Tables
    log_total: float
    shares: Array
    sure: bool


@dataclass(frozen=True, slots=True)
class Broken:
    """Tables that are too wide, and the order up to where it broke."""

    tables: Tables
    order: Order


def sum_core(
    loops: Loops,
    core: Core,
    max_width: int,
    *,
    min_degree: Callable[..., Order] | None = None,
    room: float = 1.0,
    worn: bool = False,
) -> Summed | Broken | None:
    """Sum a core; `Broken` where neither form fits, None where there is no sum.

    Args:
        loops: what to run.
        core: its parts.
        max_width: of chains; stars may be wider by two.
        min_degree: finds orders in place of the loops' own.
        room: how many times the usual number of entries is borne, at least 1; of chains the whole
            part counts.
        worn: whether a star's sum stands however much it may have lost, where chains do not fit.
    """
    find = min_degree or loops.min_degree
    tables, cut = bounded(loops.assemble_stars(*core), loops.listed)
    budget = max_width + _STAR_WIDER, int(room * STAR_ENTRIES)
    order = find(tables, *budget)
    if order.broken >= 0:
        mirrored = _mirrored_order(loops, tables, budget, find)
        if mirrored.broken >= 0:
            return Broken(tables, order)
        order = mirrored
    state, log_total, lost, shares = loops.signed_marginals(tables, order)
    lost += _weight(cut, shares)
    if state == FINE and lost <= LOST_AT_MOST:
        return Summed(tables, log_total, np.asarray(shares), True)
    star = Summed(tables, log_total, np.asarray(shares), False)
    chains = loops.assemble(*core)
    order = find(chains, max_width, int(room) * MAX_ENTRIES)
    if order.broken >= 0:
        return star if state == FINE and (worn or lost <= _WORTHLESS) else Broken(chains, order)
    return _sum_chains(loops, chains, order)


def _sum_chains(loops: Loops, chains: Tables, order: Order) -> Summed | None:
    """Sum chains, in logarithms where doubles do not suffice."""
    tables, cut = bounded(chains, loops.listed)
    state, log_total, shares = loops.marginals(tables, order, False)
    if state != FINE or _weight(cut, shares) > LOST_AT_MOST:
        _, log_total, shares = loops.log_marginals(chains, order, True)
    return Summed(chains, log_total, np.asarray(shares), True) if np.isfinite(log_total) else None


def _mirrored_order(
    loops: Loops, tables: Tables, budget: tuple[int, int], find: Callable[..., Order]
) -> Order:
    """Return an order whose ties go to the higher number: effects before causes.

    Where the lower number needs 26 variables at once this has needed 18, and seldom more.
    """
    last = tables.variables - 1
    order = find(tables._replace(scope=loops.listed(last - np.asarray(tables.scope))), *budget)
    return order._replace(clique=loops.listed(last - np.asarray(order.clique)))


def bounded(tables: Tables, listed: Callable[[Array], object]) -> tuple[Tables, Cut]:
    """Cut the readings of each variable where they differ by more than e^60; say whose rose."""
    unary = np.asarray(tables.unary, dtype=np.float64).reshape(-1, 2)
    if float(np.abs(unary[:, 1] - unary[:, 0]).max(initial=0.0)) <= _SURE:
        return tables, ()
    least = unary.max(axis=1, keepdims=True) - _SURE
    bounded = np.where(unary < -1e200, unary, np.maximum(unary, least))
    risen = tuple(zip(*np.nonzero(bounded > unary), strict=True))
    return tables._replace(unary=listed(bounded.ravel())), risen


def _weight(cut: Cut, shares: object) -> float:
    """Return how much of the sum lies in states that a cut raised: more than was added to it."""
    found = np.asarray(shares)
    return float(sum(abs(found[at] if state else 1.0 - found[at]) for at, state in cut))
