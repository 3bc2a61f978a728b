"""Solve the uncertain part exactly, under loopy messages from the near-certain rest.

After loopy propagation most nodes are almost surely fine. They are folded: a folded cause becomes
a leak, a folded effect a likelihood, both by its last message. What remains is narrow and is solved
by elimination. Nodes that are almost surely degraded stay, because their certainty may rest on the
very nodes in question. Then the folded are judged again by the exact answer; who turns out likelier
than thought is freed and the core solved again. Where a core is too wide, some of the kept are
folded too (`thinning.py`), and the answer says `thinned`; so it does where the messages found no
rest, or where rounding may have cost more than is promised.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from reasoning.engine.arithmetic import Array
from reasoning.engine.compile import CompiledProblem
from reasoning.engine.core_sums import Core, Summed, sum_core
from reasoning.engine.keeping import (
    FOLD_BELOW,
    FREE_ABOVE,
    beyond_messages,
    chances,
    coupling,
    doubtful,
)
from reasoning.engine.kernels.arrays import Tables
from reasoning.engine.layout import Indices, Readings, totals
from reasoning.engine.propagation import Beliefs
from reasoning.engine.thinning import Mask, capped, thinned

_CHECKS = 3
_THIN_ROUNDS = 18
_UNCUT_ROOM = 1.75
_FAINT = 1e-200


@dataclass(frozen=True, slots=True)
class CoreAnswer:
    """Posteriors by topological position and by fault."""

    method: Literal["core", "thinned", "loopy"]
    log_evidence: float
    node: Array
    fault: Array


@dataclass(frozen=True, slots=True)
class _Solution:
    """Who was kept, P(variable is 1), and the tables that say which variable is what."""

    kept: Mask
    shares: Array
    tables: Tables


@dataclass(frozen=True, slots=True)
class _Solved:
    """One solution and ln of its sum.

    `heard` and `log_off` are the messages' with this answer in place of the kept neighbours'.
    `sure` is False where rounding may have cost too much.
    """

    solution: _Solution
    log_total: float
    heard: Array
    log_off: Array
    sure: bool


def solve_core(
    compiled: CompiledProblem, readings: Readings, beliefs: Beliefs, *, late: Callable[[], bool]
) -> CoreAnswer:
    """Return the answer of an exactly solved core, or the loopy one where no core fits.

    Once it is `late`, whoever is in doubt least goes by large steps, and nobody is freed again.
    """
    kept = doubtful(compiled, beliefs)
    cut = not beliefs.settled or beyond_messages(compiled, beliefs, kept)
    solved = None
    if compiled.max_width >= 0:
        kept, few = capped(compiled, kept, beliefs)
        cut |= few
        for _ in range(_CHECKS):
            solved, gone = _solve(compiled, readings, beliefs, kept, late)
            cut |= gone or (solved is not None and not solved.sure)
            if solved is None or gone:
                break
            freed = _violators(beliefs, solved)
            rushed = bool(freed.any()) and late()
            cut |= rushed
            if rushed or not freed.any():
                break
            kept = solved.solution.kept | freed
            kept = kept | coupling(compiled, beliefs, kept)
    return _answer(compiled, readings, beliefs, solved, "thinned" if cut else "core")


def _solve(
    compiled: CompiledProblem,
    readings: Readings,
    beliefs: Beliefs,
    kept: Mask,
    late: Callable[[], bool],
) -> tuple[_Solved | None, bool]:
    """Solve the kept nodes, fewer where they are too wide; say whether some had to go."""
    loops = compiled.loops
    own_off, logs = loops.listed(readings.own_off), loops.listed(readings.logs)
    for turn in range(_THIN_ROUNDS):
        flags = loops.listed(kept.astype(np.int64))
        core = Core(compiled.net, beliefs.messages, own_off, logs, flags)
        found = sum_core(loops, core, compiled.max_width, room=1.0 if turn else _UNCUT_ROOM)
        if found is None:
            return None, True
        if isinstance(found, Summed):
            solution = _Solution(kept, found.shares, found.tables)
            thoughts = _second_thoughts(compiled, beliefs, solution)
            return _Solved(solution, found.log_total, *thoughts, found.sure), turn > 0
        kept = thinned(compiled, beliefs, kept, found, turn=turn, late=late())
    return None, True


def _violators(beliefs: Beliefs, solved: _Solved) -> Mask:
    """Return the folded nodes that the exact answer makes likelier than folding bears."""
    found = chances(_odds(solved.heard, solved.log_off))
    risen = found - chances(beliefs.belief)
    return np.asarray(~solved.solution.kept & (found > FREE_ABOVE) & (risen > FOLD_BELOW))


def _odds(heard: Array, log_off: Array) -> Array:
    with np.errstate(under="ignore"):
        return np.asarray(heard + np.log(np.maximum(-np.expm1(log_off), 1e-300)) - log_off)


def _second_thoughts(
    compiled: CompiledProblem, beliefs: Beliefs, solution: _Solution
) -> tuple[Array, Array]:
    """Return `heard` and `log_off` with the exact answer in place of kept neighbours' messages."""
    net, kept = compiled.layout.net, solution.kept
    count = len(kept)
    kept_cause, kept_effect = kept[net.cause], kept[net.effect]
    struck = np.flatnonzero(compiled.layout.is_link & kept_effect & ~kept_cause)
    gains = _gains(compiled, beliefs, solution, struck) - beliefs.backward[struck]
    causing = np.flatnonzero(compiled.layout.is_link & kept_cause & ~kept_effect)
    exact = np.clip(_shares(solution.tables.state_of, solution, net.cause[causing]), 0.0, 1.0)
    fires = np.minimum(net.strength[causing] * exact, 1.0 - 1e-15)
    misses = np.log1p(-fires) - beliefs.miss[causing]
    heard = beliefs.heard + totals(net.cause[struck], gains, count)
    log_off = np.minimum(beliefs.log_off + totals(net.effect[causing], misses, count), 0.0)
    return np.clip(heard, -500.0, 500.0), log_off


def _gains(
    compiled: CompiledProblem, beliefs: Beliefs, solution: _Solution, struck: Indices
) -> Array:
    """Return ln of P(e | the cause is so) / P(e | it is not), through one kept effect.

    The sum over all states is linear in the effect's leak: its value with the leak forced follows
    from P(the leak fired | e).
    """
    net = compiled.layout.net
    effect = net.effect[struck]
    leak = _leaks(solution, effect)
    fired = np.maximum(_shares(solution.tables.start_of, solution, effect), 0.0)
    forced = np.divide(fired, leak, out=np.ones_like(fired), where=leak > _FAINT)
    miss = beliefs.miss[struck]
    spared = np.maximum(1.0 + np.expm1(miss) * forced, 1e-12) / np.exp(miss)
    strength = net.strength[struck]
    return np.asarray(np.log(np.maximum((1.0 - strength) + strength * forced / spared, 1e-300)))


def _leaks(solution: _Solution, nodes: NDArray[np.int64]) -> Array:
    """Return, for kept nodes, P(a start fires) before evidence; 0 for those without a start."""
    start = np.asarray(solution.tables.start_of)[nodes]
    leak = np.asarray(solution.tables.leak, dtype=np.float64)[nodes]
    return np.asarray(np.where(start >= 0, np.exp(leak), 0.0))


def _shares(variable_of: object, solution: _Solution, nodes: NDArray[np.int64]) -> Array:
    if len(nodes) == 0:
        return np.zeros(0)
    variable = np.asarray(variable_of)[nodes]
    return np.asarray(np.where(variable >= 0, np.asarray(solution.shares)[variable], 0.0))


def _answer(
    compiled: CompiledProblem,
    readings: Readings,
    beliefs: Beliefs,
    solved: _Solved | None,
    method: Literal["core", "thinned"],
) -> CoreAnswer:
    """Join exact answers of the kept with second thoughts about the folded, if nobody had to go."""
    count = len(compiled.layout.nodes)
    silent = compiled.loops.listed(readings.logs[0::2])
    if solved is None:
        none = compiled.loops.listed(np.zeros(count, dtype=np.int64))
        outside = compiled.loops.bethe(compiled.net, beliefs.messages, silent, none)
        node = chances(beliefs.belief)
        fault = _folded_faults(compiled, readings, beliefs.heard, beliefs.log_off)
        return CoreAnswer("loopy", outside + readings.log_faults, node, fault)
    solution = solved.solution
    kept = compiled.loops.listed(solution.kept.astype(np.int64))
    outside = compiled.loops.bethe(compiled.net, beliefs.messages, silent, kept)
    # Who was folded for want of room keeps what the messages say: several kept neighbours would
    # each count the same evidence for it.
    told = beliefs if method == "thinned" else solved
    node = chances(_odds(told.heard, told.log_off))
    fault = _folded_faults(compiled, readings, told.heard, told.log_off)
    inside = np.flatnonzero(solution.kept)
    node[inside] = np.clip(_shares(solution.tables.state_of, solution, inside), 0.0, 1.0)
    own = solution.kept[compiled.layout.fault_at]
    fault[own] = kept_faults(compiled, readings, solution.tables, solution.shares)[own]
    return CoreAnswer(method, solved.log_total + outside + readings.log_faults, node, fault)


def kept_faults(
    compiled: CompiledProblem, readings: Readings, tables: Tables, shares: Array
) -> Array:
    """Return P(fault born | e) of faults whose node is kept: its share of the node's start."""
    if tables.variables == 0:
        return np.zeros(len(readings.fault_odds))
    start = np.asarray(tables.start_of)[compiled.layout.fault_at]
    leak = np.asarray(tables.leak, dtype=np.float64)[compiled.layout.fault_at]
    with np.errstate(under="ignore", over="ignore"):
        log_born = -np.logaddexp(0.0, -readings.fault_odds)
        share = np.exp(np.minimum(log_born - leak, 0.0))
    found = np.where(start >= 0, np.asarray(shares)[start] * share, 0.0)
    return np.asarray(np.clip(found, 0.0, 1.0))


def _folded_faults(
    compiled: CompiledProblem, readings: Readings, heard: Array, log_off: Array
) -> Array:
    at = compiled.layout.fault_at
    own = readings.fault_odds
    with np.errstate(under="ignore", over="ignore", invalid="ignore"):
        others = np.minimum(log_off[at] + np.logaddexp(0.0, own), 0.0)
        others = np.where(np.isnan(others), 0.0, others)
        heard = heard[at]
        told = heard - np.log(np.maximum(np.exp(others) - np.exp(heard) * np.expm1(others), 1e-300))
        return chances(own + told)
