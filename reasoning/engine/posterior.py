"""From observations to posteriors: the one function that every caller of the engine uses."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from reasoning.engine.bucket_tree import solve
from reasoning.engine.compile import CompiledProblem, ExactPlan
from reasoning.engine.core import solve_core
from reasoning.engine.gadgets import Array
from reasoning.engine.loopy import Beliefs, bethe, propagate
from reasoning.engine.problem import Observation
from reasoning.engine.wiring import log_likelihoods

Method = Literal["exact", "core", "thinned", "loopy"]


@dataclass(frozen=True, slots=True)
class Posterior:
    """The engine's answer for one incident.

    `faults` is P(the fault was born | e) by fault id, `degraded` P(the node is degraded | e) by
    node id, both in id order. `log_evidence` is ln P(every channel that is not unknown).
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
) -> Posterior:
    """Return the posteriors of one incident; pure but for the clock, safe in threads.

    Elimination of the whole where its width allows (`exact`); else loopy propagation and then
    elimination of the uncertain core (`core`, or `thinned` where more had to be folded); `loopy`
    where even that fails.

    Args:
        compiled: from `compile_problem`.
        observation: channels by id.
        clock: seconds of CPU time, for `duration_ms`.

    Raises: ProblemError for a channel that the problem lacks.
    """
    started = clock() if clock else 0.0
    problem = compiled.problem
    places = len(problem.nodes) + len(problem.faults)
    likelihoods = log_likelihoods(compiled.sensors, observation, places)
    answer = _answer(compiled, likelihoods)
    log_evidence, p_no_fault = _no_fault(compiled, likelihoods, answer)
    return Posterior(
        id=observation.id,
        method=answer.method,
        exact=answer.method == "exact",
        log_evidence=log_evidence,
        p_no_fault=p_no_fault,
        faults={f.id: float(p) for f, p in zip(problem.faults, answer.fault, strict=True)},
        degraded={n: float(p) for n, p in zip(problem.nodes, answer.node, strict=True)},
        duration_ms=(clock() - started) * 1000.0 if clock else 0.0,
    )


def _no_fault(
    compiled: CompiledProblem, likelihoods: Array, answer: _Answer
) -> tuple[float, float]:
    """Return (ln P(e), P(no fault | e)).

    P(no fault | e) = P(e, no fault) / P(e), where the numerator has a closed form: no fault, no
    degraded node, every alert false. Outside a core P(e) is the Bethe value; it is held at or above
    the numerator, and the ratio within what the faults' own posteriors allow.
    """
    log_quiet = compiled.log_no_fault + float(likelihoods[0].sum())
    log_evidence = min(max(answer.log_evidence, log_quiet), 0.0)
    p_no_fault = math.exp(log_quiet - log_evidence)
    if answer.method != "exact" and len(answer.fault):
        p_no_fault = _between_bounds(p_no_fault, answer.fault)
    return log_evidence, p_no_fault


def _between_bounds(p_no_fault: float, fault: Array) -> float:
    """Hold P(no fault) between 1 - sum and 1 - maximum of the faults' posteriors."""
    most = 1.0 - float(fault.max())
    return min(max(p_no_fault, 1.0 - float(fault.sum())), most)


def _answer(compiled: CompiledProblem, likelihoods: Array) -> _Answer:
    if compiled.exact is not None:
        return _exact_answer(compiled.exact, likelihoods)
    beliefs = propagate(compiled.wiring, likelihoods)
    core = _core_answer(compiled, likelihoods, beliefs)
    if core is not None:
        return core
    nothing = np.zeros(len(beliefs.node), dtype=np.bool_)
    log_evidence = bethe(compiled.wiring, likelihoods, beliefs, nothing)
    return _Answer("loopy", log_evidence, beliefs.node, beliefs.fault)


def _core_answer(compiled: CompiledProblem, likelihoods: Array, beliefs: Beliefs) -> _Answer | None:
    if compiled.max_width < 0:
        return None
    core = solve_core(
        compiled.problem, compiled.wiring, likelihoods, beliefs, max_width=compiled.max_width
    )
    if core is None:
        return None
    return _Answer(core.method, core.log_evidence, core.node, core.fault)


def _exact_answer(plan: ExactPlan, likelihoods: Array) -> _Answer:
    """Lay the evidence on the plan's variables (aliased ones add up) and eliminate."""
    evidence: dict[int, Array] = {}
    for place, variable in enumerate((*plan.node_variables, *plan.fault_variables)):
        logs = likelihoods[:, place]
        if logs.any():
            evidence[variable] = evidence[variable] + logs if variable in evidence else logs
    marginals = solve(plan.tree, evidence)
    node = np.array([marginals.shares[variable][1] for variable in plan.node_variables])
    fault = np.array([marginals.shares[variable][1] for variable in plan.fault_variables])
    return _Answer("exact", marginals.log_total, node, fault)
