"""Prepare a problem once; the result serves any number of observations and threads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reasoning.engine.bucket_tree import BucketTree, plant
from reasoning.engine.elimination import MAX_WIDTH, TooWide, elimination_order
from reasoning.engine.gadgets import build_network
from reasoning.engine.problem import Problem
from reasoning.engine.wiring import Sensors, Wiring, mount, wire


@dataclass(frozen=True, slots=True)
class ExactPlan:
    """Where to read the answers of variable elimination: variable numbers by node and fault."""

    tree: BucketTree
    node_variables: tuple[int, ...]
    fault_variables: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CompiledProblem:
    """A problem ready to be asked. `exact` is None where no order within the width was found.

    `max_width` bounds elimination, of the whole as of a core. `log_no_fault` is ln P(no fault is
    born) before any evidence.
    """

    problem: Problem
    wiring: Wiring
    sensors: Sensors
    exact: ExactPlan | None
    max_width: int
    log_no_fault: float


def compile_problem(problem: Problem, *, max_width: int = MAX_WIDTH) -> CompiledProblem:
    """Build arrays and, where the width allows, the elimination plan.

    Args:
        problem: checked.
        max_width: variable elimination is used up to this width (a table of 2^(width + 1)
            entries), for the whole as for a core; -1 leaves loopy propagation alone.
    """
    with np.errstate(divide="ignore"):
        log_no_fault = float(sum(np.log1p(-fault.prior) for fault in problem.faults))
    return CompiledProblem(
        problem=problem,
        wiring=wire(problem),
        sensors=mount(problem),
        exact=_plan(problem, max_width),
        max_width=max_width,
        log_no_fault=log_no_fault,
    )


def _plan(problem: Problem, max_width: int) -> ExactPlan | None:
    if max_width < 0:
        return None
    network = build_network(problem)
    scopes = [factor.scope for factor in network.factors]
    order = elimination_order(network.cards, scopes, max_width=max_width)
    if isinstance(order, TooWide):
        return None
    tree = plant(network.cards, network.factors, order)
    return ExactPlan(
        tree,
        tuple(network.node_variables[node] for node in range(len(problem.nodes))),
        tuple(network.fault_variables[row] for row in range(len(problem.faults))),
    )
