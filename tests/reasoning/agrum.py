"""pyAgrum, an exact engine that shares no line with ours, asked about a core network."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.causal_rivals import agrum_model
from reasoning.public_form.core_network import CoreNetwork


def ask_agrum(network: CoreNetwork) -> dict[str, float]:
    """Return P(yes) of every fault and degraded node, by id of the fault or node."""
    gum: Any = pytest.importorskip("pyagrum", reason="pyAgrum comes with `make setup`")
    engine = gum.LazyPropagation(agrum_model(gum, network))
    for name, likely in network.readings().items():
        engine.addEvidence(name, likely.tolist())
    engine.makeInference()
    named = {**network.degraded, **{f"fault {k}": v for k, v in network.faults.items()}}
    return {key: float(engine.posterior(name)[1]) for key, name in named.items()}
