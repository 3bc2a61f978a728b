"""What dies with what it runs on: what is dead beneath rings as if it had died by itself.

A host that is lost takes its database along, and the database's own rule of being down rings. That
rule hangs on the database's own modes (`c!Alert`), as no slow host raises it; a dead one does. So
what one of a component's muting modes raises, a muting mode of what it runs on raises as well, as
often as the component falls with it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from graph.failure import FailureGraph
from reasoning.network.causal_model import CausalModel
from reasoning.network.priors import ModePrior
from reasoning.network.timing import Timing


def add_deaths(model: CausalModel, graph: FailureGraph, timing: Timing) -> None:
    """Link the deaths beneath a component to what it says of its own; modes have to be there.

    What spoke well before whatever lies beneath did is explained by that as little as its harm is.
    """
    for component_id in sorted(model.jointly):
        signs = [*_signs(model, component_id)]
        for beneath, share in graph.beneath(component_id) if signs else ():
            falls = timing.strength(beneath, component_id, share)
            for node, detection in signs:
                link_death(model, beneath, node, falls * detection)


def link_death(model: CausalModel, component_id: str, node: str, strength: float) -> None:
    """Link the faults that leave nothing running in a component to what follows from that.

    Where its modes need no telling apart, P(one is born) is linked by their share of it.
    """
    priors = model.modes.get(component_id, ())
    muting = [prior for prior in priors if prior.mode.mutes]
    if component_id in model.jointly:
        for prior in muting:
            model.link(f"{component_id}/{prior.mode.id}", node, strength)
    elif muting:
        part = _some(muting) / max(_some(priors), 1e-12)
        model.link(f"{component_id}#born", node, part * strength)


def _signs(model: CausalModel, component_id: str) -> Iterator[tuple[str, float]]:
    """Yield the own alerts that spoke, as nodes, with P(it rings | the component is dead)."""
    found: dict[str, float] = {}
    for prior in model.modes.get(component_id, ()):
        for sign in prior.mode.signatures if prior.mode.mutes else ():
            node = f"{component_id}!{sign.alertname}"
            if node in model.nodes:
                found[node] = max(sign.detection, found.get(node, 0.0))
    yield from sorted(found.items())


def _some(priors: Iterable[ModePrior]) -> float:
    return math.fsum(prior.conditioned for prior in priors)
