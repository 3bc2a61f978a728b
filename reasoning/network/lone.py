"""If exactly one component is at fault and the cause is in the graph: which one?

Where that is known, P(cause | evidence, exactly one) is the answer to rank by: with many faults
allowed, every drifting leaf is a small cause of its own and nobody has to explain the rest.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from reasoning.engine.compile import compile_problem
from reasoning.engine.posterior import infer
from reasoning.engine.problem import Observation, Problem
from reasoning.engine.problem_files import parse_problem
from reasoning.network.causal_model import CausalModel


def lone_causes(model: CausalModel) -> dict[str, float]:
    """Return P(the fault was born in c | evidence, born in one component and not outside).

    The values sum to 1, in component id order; empty where no component can fail. One inference of
    the network for each component: weight = P(evidence and born in c | nowhere else).
    """
    problem = parse_problem(model.document(), source="lone")
    observation = Observation(id="one", active=tuple(model.active_channels()), unknown=())
    logs: dict[str, float] = {}
    for component_id in sorted(c for c in model.components if model.modes.get(c)):
        alone = _alone(problem, set(_faults(model, component_id)))
        answer = infer(compile_problem(alone), observation)
        born = _born(model, component_id, answer.faults, answer.degraded)
        if born > 0.0:
            elsewhere = _calm_elsewhere(model, component_id)
            logs[component_id] = answer.log_evidence + math.log(born) + elsewhere
    top = max(logs.values(), default=0.0)
    weights = {c: math.exp(value - top) for c, value in logs.items()}
    whole = math.fsum(weights.values())
    return {c: weight / whole for c, weight in weights.items()}


def _faults(model: CausalModel, component_id: str) -> Iterator[str]:
    if component_id in model.jointly:
        yield from (f"{component_id}/{prior.mode.id}" for prior in model.modes[component_id])
    else:
        yield f"{component_id}#born"


def _alone(problem: Problem, kept: set[str]) -> Problem:
    """Copy a problem with every prior 0 but those of these faults."""
    faults = (f if f.id in kept else replace(f, prior=0.0) for f in problem.faults)
    return replace(problem, faults=tuple(faults))


def _born(
    model: CausalModel,
    component_id: str,
    faults: Mapping[str, float],
    degraded: Mapping[str, float],
) -> float:
    answers = degraded if component_id in model.jointly else faults
    return answers[f"{component_id}#born"]


def _calm_elsewhere(model: CausalModel, component_id: str) -> float:
    """Return ln P(no fault elsewhere), up to what is the same for every component."""
    return -math.log1p(-min(_some(p.conditioned for p in model.modes[component_id]), 0.999999))


def _some(priors: Iterable[float]) -> float:
    return 1.0 - math.prod(1.0 - prior for prior in priors)
