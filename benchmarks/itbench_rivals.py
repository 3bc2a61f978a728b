"""What ITBench's rankings are compared with, on the same alerts and the same graph."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from ingest.call_graph import CallGraph

# Alerts of missing traffic speak of callers; every other alert speaks of the component itself.
STARVING: Final = ("NoRequestsReceived", "NoRequestsOpened", "NoDatabaseOperations")
# The noisy-OR of the naive rival: every alert alike, every relation alike, one fault.
DETECTION: Final = 0.8
FALSE_ALARM: Final = 0.01
STRENGTH: Final = 0.8
Alerted = Mapping[str, Sequence[str]]


def random_alerted(alerted: Alerted) -> dict[str, float]:
    """Every component with an alert is as good as another."""
    return dict.fromkeys(alerted, 1.0)


def most_alerts(alerted: Alerted) -> dict[str, float]:
    """Score by the number of alerts."""
    return {component: float(len(names)) for component, names in alerted.items()}


def deepest_erring(alerted: Alerted, graph: CallGraph) -> dict[str, float]:
    """Score what errs, is slow or is not ready by how many calls it lies below the way in."""
    erring = [c for c, names in alerted.items() if any(n not in STARVING for n in names)]
    depth = _depths(graph)
    return {component: float(depth(component)) for component in erring}


def naive_noisy_or(alerted: Alerted, graph: CallGraph) -> dict[str, float]:
    """Score by the likelihood of who alerts and who is silent, given one fault there.

    Every alert says the same and travels from callee to caller; a caller is hit with the product of
    strengths along the shortest way.
    """
    nodes = sorted({end for call in graph.calls for end in call})
    return {root: _likelihood(root, nodes, alerted, graph) for root in nodes}


def _likelihood(root: str, nodes: Sequence[str], alerted: Alerted, graph: CallGraph) -> float:
    hit = {root: 1.0}
    layer = [root]
    while layer:
        above = [(a, b) for a, b in graph.calls if b in layer and a not in hit]
        hit |= {caller: STRENGTH * hit[callee] for caller, callee in above}
        layer = [caller for caller, _ in dict.fromkeys(above)]
    likelihood = 1.0
    for node in nodes:
        speaks = FALSE_ALARM + (DETECTION - FALSE_ALARM) * hit.get(node, 0.0)
        likelihood *= speaks if node in alerted else 1.0 - speaks
    return likelihood


def _depths(graph: CallGraph) -> Callable[[str], int]:
    callers: dict[str, list[str]] = {}
    for caller, callee in graph.calls:
        callers.setdefault(callee, []).append(caller)

    @functools.cache
    def depth(name: str) -> int:
        return 1 + max((depth(caller) for caller in callers.get(name, ())), default=-1)

    return depth
