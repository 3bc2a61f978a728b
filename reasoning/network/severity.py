"""How badly a cause is felt: one thing for all whom it harms, not drawn anew for each of them.

A relation's strength is P(harmed | its cause is degraded), and for each who stands on it that stays
so. But a failure is felt by few of them or by most of them: a dead login server by every client
group or, behind a cache, by hardly any. So the share that is felt is one of two equally likely
points, mild and bad, of mean s (`parameters.SEVERITY_CASES`). `c#badly`: c is degraded, and badly.

That is said of the client groups and regions that stand on one component, where they are many
(`parameters.SHARED_FROM`), and of a crowd. The outside strikes those each by itself (who has the
new browser, who is with that provider); whether it reaches further inside is one thing.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Set

from graph.model.topology import Component
from reasoning import parameters
from reasoning.network.causal_model import CROWD, EXTERNAL, CausalModel


def badly_node(cause: str) -> str:
    """Name the node of a cause that is felt badly."""
    return f"{cause}#badly"


def share_severity(model: CausalModel, components: Mapping[str, Component]) -> None:
    """Split the links of each cause to those who feel it alike; all links have to be there.

    A strength s becomes `mild` from the cause and what is missing to `bad` from `c#badly`.
    """
    links = model.links
    for cause, effects in _alike(model, components).items():
        if len({_place(effect) for effect in effects}) < parameters.SHARED_FROM:
            continue
        badly = badly_node(cause)
        model.link(cause, badly, 0.5)
        for effect in effects:
            mild, bad = levels(links.pop((cause, effect)))
            if mild > 0.0:
                links[cause, effect] = mild
            links[badly, effect] = (bad - mild) / (1.0 - mild)


@functools.lru_cache(maxsize=1024)
def levels(strength: float) -> tuple[float, float]:
    """Return the two points, mild first, of mean `strength` (between 0 and 1, both excluded).

    Their variance is that of a Beta of this mean over `SEVERITY_CASES` cases, s(1 - s) / (n + 1),
    or as much of it as keeps both between 0 and 1. Source: method of moments.

    >>> [round(point, 3) for point in levels(0.5)]
    [0.276, 0.724]
    """
    spread = math.sqrt(strength * (1.0 - strength) / (parameters.SEVERITY_CASES + 1.0))
    mild = max(strength - spread, 0.0, 2.0 * strength - 1.0)
    return mild, 2.0 * strength - mild


def _alike(model: CausalModel, components: Mapping[str, Component]) -> dict[str, list[str]]:
    """Map each cause to the states of those who feel it alike, in the order of the links."""
    kinds = {model.representative[c]: components[c].kind for c in model.components}
    at_edge = {c for c, kind in kinds.items() if kind in parameters.EDGE_KINDS}
    edge, inner = _states(model, at_edge), _states(model, kinds.keys() - at_edge)
    felt = {cause: edge for cause in kinds} | {EXTERNAL: inner, CROWD: edge | inner}
    found: dict[str, list[str]] = {}
    for (cause, effect), strength in model.links.items():
        if effect in felt.get(cause, ()) and 0.0 < strength < 1.0 and _place(effect) != cause:
            found.setdefault(cause, []).append(effect)
    return found


def _states(model: CausalModel, places: Set[str]) -> frozenset[str]:
    """Collect the nodes that are states of these components (or circles)."""
    return frozenset(node for node in model.nodes if _place(node) in places)


def _place(state: str) -> str:
    """Name the component (or circle) of which a node is a state."""
    return state.partition("@")[0]
