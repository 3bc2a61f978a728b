"""What a user could pick instead of the engine: other exact engines, and quick ways to score.

Exact rivals get the very core that the engine solved, ready made: explicit faults, and what was
seen on a variable as one scaled reading. Their time begins with their own engine on that network:
neither locating the core nor writing it counts for them.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from reasoning.engine.compile import CompiledProblem, compile_problem
from reasoning.engine.posterior import infer
from reasoning.engine.problem import Observation
from reasoning.engine.ratios import predict
from reasoning.public_form.core_network import CoreNetwork
from reasoning.public_form.pgmpy_model import BATCH, recompute

SCORERS = ("loopy", "single_fault", "most_alerts", "prior")
RIVALS = ("lazy", "pgmpy")

Ranking = Mapping[str, float]
Scorer = Callable[[Observation], Ranking]


@dataclass(frozen=True)
class Solved:
    """A rival's answer: P(yes) by variable, CPU seconds, and how many it was asked for.

    `expected` is `seconds` for all of them: where the time ran out, by their share.
    """

    marginals: Mapping[str, float]
    seconds: float
    wanted: int

    @property
    def expected(self) -> float:
        """CPU seconds for all that was wanted."""
        return self.seconds * self.wanted / max(len(self.marginals), 1)


Rival = Callable[[CoreNetwork], Solved]


def rivals(names: tuple[str, ...], *, seconds: float) -> dict[str, Rival]:
    """Return the exact engines of these names; pgmpy stops after so many CPU seconds."""
    known: dict[str, Rival] = {
        "lazy": _lazy,
        "pgmpy": lambda network: _pgmpy(network, seconds),
    }
    return {name: known[name] for name in RIVALS if name in names}


def _pgmpy(network: CoreNetwork, seconds: float) -> Solved:
    """Ask pgmpy's VariableElimination, 16 marginals a call, in our min-degree order."""
    assert BATCH == 16
    found = recompute(network, clock=time.process_time, seconds=seconds)
    return Solved(found.marginals, found.seconds, found.wanted)


def _lazy(network: CoreNetwork) -> Solved:
    """Ask pyAgrum's LazyPropagation on one thread, all at once."""
    import pyagrum

    gum: Any = pyagrum
    model = agrum_model(gum, network)
    named = [*network.faults.values(), *network.degraded.values()]
    readings = {name: likely.tolist() for name, likely in network.readings().items()}
    began = time.process_time()
    engine = gum.LazyPropagation(model)
    engine.setNumberOfThreads(1)
    for name, likely in readings.items():
        engine.addEvidence(name, likely)
    engine.makeInference()
    found = {name: float(engine.posterior(name)[1]) for name in named}
    return Solved(found, time.process_time() - began, len(named))


def agrum_model(gum: Any, network: CoreNetwork) -> Any:
    """Write a core as pyAgrum's `BayesNet`; `gum` is the module."""
    model = gum.BayesNet()
    for variable in network.inner():
        model.add(gum.LabelizedVariable(variable.name, variable.name, list(variable.states)))
    for variable in network.inner():
        for parent in variable.parents:
            model.addArc(parent, variable.name)
        scope = [variable.name, *variable.parents]
        cpt = model.cpt(variable.name)
        axes = [scope.index(name) for name in reversed(cpt.names)]
        cpt[:] = np.ascontiguousarray(variable.table.transpose(axes))
    return model


def scorers(compiled: CompiledProblem, names: tuple[str, ...]) -> dict[str, Scorer]:
    """Return the quick ways to score of these names, prepared for one problem.

    `loopy` is damped, change-driven propagation alone; `single_fault` scores each fault as if it
    were the only one; `most_alerts` counts those of the fault's own node; `prior` does not look.
    """
    problem = compiled.problem
    prior = {fault.id: fault.prior for fault in problem.faults}
    known: dict[str, Callable[[], Scorer]] = {
        "loopy": lambda: _loopy(compiled),
        "single_fault": lambda: _single_fault(compiled),
        "most_alerts": lambda: _most_alerts(compiled),
        "prior": lambda: lambda _observation: prior,
    }
    return {name: known[name]() for name in SCORERS if name in names}


def _loopy(compiled: CompiledProblem) -> Scorer:
    alone = compile_problem(compiled.problem, max_width=-1, using=compiled.loops)
    return lambda observation: infer(alone, observation).faults


def _single_fault(compiled: CompiledProblem) -> Scorer:
    """Score each fault by its prior odds times every channel's own ratio, one forward pass each."""
    problem = compiled.problem
    every = np.arange(len(problem.faults))
    target = compiled.sensors.target
    prior = compiled.prior
    not_so, so = np.exp(compiled.sensors.active)
    active, silent = [], []
    for chosen in np.array_split(every, max(1, len(every) // 500)):
        rows = []
        for state in (1.0, 0.0):
            reached = predict(compiled, chosen.tolist(), state)[:, target]
            rows.append(reached * so + (1.0 - reached) * not_so)
        active.append(np.log(rows[0]) - np.log(rows[1]))
        silent.append(np.log1p(-rows[0]) - np.log1p(-rows[1]))
    speaks, quiet = np.concatenate(active), np.concatenate(silent)
    with np.errstate(divide="ignore"):
        odds = np.log(prior) - np.log1p(-prior)

    def score(observation: Observation) -> Ranking:
        weights = np.ones(len(target))
        on = [compiled.sensors.index[channel] for channel in observation.active]
        weights[on] = 0.0
        weights[[compiled.sensors.index[channel] for channel in observation.unknown]] = 0.0
        total = odds + quiet @ weights + speaks[:, on].sum(axis=1)
        return {fault.id: float(total[row]) for row, fault in enumerate(problem.faults)}

    return score


def _most_alerts(compiled: CompiledProblem) -> Scorer:
    problem = compiled.problem
    node_of = {
        channel.id: problem.faults[channel.fault].node
        if channel.fault is not None
        else channel.node
        for channel in problem.channels
    }

    def score(observation: Observation) -> Ranking:
        alerts = Counter(node_of[channel] for channel in observation.active)
        return {fault.id: float(alerts[fault.node]) for fault in problem.faults}

    return score
