"""pyAgrum, an exact engine that shares no line with ours, asked about a core network."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.causal_rivals import agrum_model
from reasoning.core_network import CoreNetwork
from reasoning.engine.problem import Problem


def ask_agrum(network: CoreNetwork) -> dict[str, float]:
    """Return P(yes) of every fault and degraded node, by id of the fault or node."""
    gum: Any = pytest.importorskip("pyagrum", reason="pyAgrum comes with `make setup`")
    engine = gum.LazyPropagation(agrum_model(gum, network))
    for name, likely in network.readings().items():
        engine.addEvidence(name, likely.tolist())
    engine.makeInference()
    named = {**network.degraded, **{f"fault {k}": v for k, v in network.faults.items()}}
    return {key: float(engine.posterior(name)[1]) for key, name in named.items()}


def has_twins(problem: Problem) -> bool:
    """Say whether a node may be one variable with its cause, and again with another such twin.

    The engine joins a node that nothing else can strike with its cause over a link of strength 1;
    an effect of both twins is not laid out rightly yet, so random networks leave such ones out.
    """
    struck = {fault.node for fault in problem.faults if fault.prior > 0.0}
    links = [link for link in problem.links if link.strength > 0.0]
    several = [link.effect for link in links]
    return any(
        link.strength == 1.0 and link.effect not in struck and several.count(link.effect) > 1
        for link in links
    )
