"""From observations to posteriors: the one function that every caller of the engine uses."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from reasoning.engine.arithmetic import Array
from reasoning.engine.compile import CompiledProblem, settled_calm
from reasoning.engine.core import kept_faults, solve_core
from reasoning.engine.core_sums import Core
from reasoning.engine.kernels.arrays import Order
from reasoning.engine.layout import Readings, read
from reasoning.engine.problem import Observation
from reasoning.engine.propagation import believe, blank_messages
from reasoning.engine.shares import Shares
from reasoning.engine.whole_sums import sum_whole, whole_tables

Method = Literal["exact", "core", "thinned", "loopy"]


@dataclass(frozen=True, slots=True)
class Posterior:
    """The engine's answer for one incident.

    `faults` is P(the fault was born | e) by fault id, `degraded` P(the node is degraded | e) by
    node id, both in id order and mere arrays until somebody asks by id. `log_evidence` is
    ln P(every channel that is not unknown).
    `duration_ms` is what the caller's clock measured, 0.0 without one.
    """

    id: str
    method: Method
    exact: bool
    log_evidence: float
    p_no_fault: float
    faults: Mapping[str, float]
    degraded: Mapping[str, float]
    duration_ms: float


@dataclass(frozen=True, slots=True)
class _Answer:
    """Posteriors by position, before ids are put on."""

    method: Method
    log_evidence: float
    node: Array
    fault: Array


def infer(
    compiled: CompiledProblem,
    observation: Observation,
    *,
    clock: Callable[[], float] | None = None,
    within_s: float = math.inf,
) -> Posterior:
    """Return the posteriors of one incident; pure but for the clock, safe in threads.

    Elimination of the whole where its width allows (`exact`); else loopy propagation and then
    elimination of the uncertain core (`core`, or `thinned` where more had to be folded); `loopy`
    where even that fails.

    Args:
        compiled: from `compile_problem`.
        observation: channels by id.
        clock: seconds, for `duration_ms` and `within_s`.
        within_s: after so many seconds by the clock only what fits at once is solved, and the
            answer says `thinned`. Without it, or without a clock, work alone is bounded, and the
            answer depends on nothing else.

    Raises: ProblemError for a channel that the problem lacks.
    """
    started = clock() if clock else 0.0
    readings = read(compiled.layout, compiled.sensors, observation)
    late = (lambda: clock() - started > within_s) if clock else _never
    found = conclude(compiled, readings, observation.id, late=late)
    return replace(found, duration_ms=(clock() - started) * 1000.0) if clock else found


def _never() -> bool:
    return False


def conclude(
    compiled: CompiledProblem,
    readings: Readings,
    incident_id: str,
    *,
    late: Callable[[], bool] = _never,
) -> Posterior:
    """Return the posteriors of readings that are laid out already; see `infer`."""
    answer = _answer(compiled, readings, late)
    log_evidence, p_no_fault = _no_fault(compiled, readings, answer)
    node = answer.node if answer.method == "exact" else _held(answer.node, p_no_fault)
    return Posterior(
        id=incident_id,
        method=answer.method,
        exact=answer.method == "exact",
        log_evidence=log_evidence,
        p_no_fault=p_no_fault,
        faults=Shares(compiled.fault_ids, answer.fault),
        degraded=Shares(compiled.problem.nodes, node),
        duration_ms=0.0,
    )


def _no_fault(
    compiled: CompiledProblem, readings: Readings, answer: _Answer
) -> tuple[float, float]:
    """Return (ln P(e), P(no fault | e)).

    P(no fault | e) = P(e, no fault) / P(e), where the numerator has a closed form: no fault, no
    degraded node, every alert false. Outside a core P(e) is the Bethe value; it is held at or above
    the numerator, and the ratio within what the faults' own posteriors allow.
    """
    log_quiet = compiled.log_no_fault + readings.log_quiet
    log_evidence = min(max(answer.log_evidence, log_quiet), 0.0)
    p_no_fault = math.exp(log_quiet - log_evidence)
    if answer.method != "exact" and len(answer.fault):
        p_no_fault = _between_bounds(p_no_fault, answer.fault)
    return log_evidence, p_no_fault


def _held(node: Array, p_no_fault: float) -> Array:
    """Hold P(degraded) at or below P(some fault): without a fault nothing is degraded.

    The messages take the causes of a folded effect for independent, and where many hang on one
    fault they find the effect far too likely.
    """
    return np.asarray(np.minimum(node, 1.0 - p_no_fault))


def _between_bounds(p_no_fault: float, fault: Array) -> float:
    """Hold P(no fault) between 1 - sum and 1 - maximum of the faults' posteriors."""
    most = 1.0 - float(fault.max())
    return min(max(p_no_fault, 1.0 - float(fault.sum())), most)


def _answer(compiled: CompiledProblem, readings: Readings, late: Callable[[], bool]) -> _Answer:
    if compiled.whole is not None:
        return _exact_answer(compiled, compiled.whole, readings)
    net, loops = compiled.net, compiled.loops
    calm = compiled.calm or settled_calm(compiled.layout, compiled.sensors, net, loops)
    beliefs = believe(net, loops, calm, readings)
    core = solve_core(compiled, readings, beliefs, late=late)
    return _Answer(core.method, core.log_evidence, _by_index(compiled, core.node), core.fault)


def _exact_answer(compiled: CompiledProblem, order: Order, readings: Readings) -> _Answer:
    """Eliminate the whole."""
    loops, layout = compiled.loops, compiled.layout
    core = Core(
        compiled.net,
        blank_messages(layout, loops),
        loops.listed(readings.own_off),
        loops.listed(readings.logs),
        loops.listed(np.ones(len(layout.nodes), dtype=np.int64)),
    )
    found = sum_whole(loops, whole_tables(loops, core, layout, readings.fault_odds), order)
    node = found.shares[np.asarray(found.tables.state_of)]
    fault = kept_faults(compiled, readings, found.tables, found.shares)
    return _Answer("exact", found.log_total + readings.log_faults, _by_index(compiled, node), fault)


def _by_index(compiled: CompiledProblem, by_position: Array) -> Array:
    found = np.empty_like(by_position)
    found[compiled.layout.nodes] = by_position
    return found
