"""The facets of a component's work: what is slow for pages need not be slow for playback."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from graph.model.library import AlertType, Direction
from graph.model.topology import Component
from reasoning import parameters
from reasoning.network.causal_model import CausalModel
from reasoning.network.evidence import Catalogue


@dataclass(frozen=True)
class Facets:
    """Which state of a component a cause harms and a rule watches.

    Where some rule of a kind watches one facet, the component has a state per facet, and `c@all`
    for what harms all of them; it is degraded when any of its facets is. Once some rule of it has
    spoken, what harms it in part (`PARTIAL_BELOW`, a crowd) strikes `c@some` instead.
    """

    catalogue: Catalogue
    _known: dict[str, tuple[str, ...]] = field(default_factory=dict, compare=False, repr=False)

    def of(self, kind: str) -> tuple[str, ...]:
        """Return the facets of a kind, in id order; none where every rule watches everything."""
        known = self._known.get(kind)
        if known is None:  # asked for every link of the network
            types = self.catalogue.types(kind, Direction.DEPENDANT)
            known = tuple(sorted({t.facet for t in types if t.facet is not None}))
            self._known[kind] = known
        return known

    def entry(self, model: CausalModel, component: Component) -> str:
        """Name the state that general harm strikes; its facets hang below it."""
        node = model.representative[component.id]
        return f"{node}@all" if self.split(model, component) else node

    def link(self, model: CausalModel, component: Component) -> None:
        """Add the states of a component with facets."""
        node = model.representative[component.id]
        if self.split(model, component):
            for facet in self.of(component.kind):
                model.link(f"{node}@all", f"{node}@{facet}", 1.0)
                model.link(f"{node}@{facet}", node, 1.0)

    def strike_partly(
        self, model: CausalModel, component: Component, silent: Mapping[str, float]
    ) -> None:
        """Hang the facets below `c@some`, where something strikes it in part (`struck`).

        `silent` maps the states of facets that are silent beside one that spoke to P(one of their
        rules is heard | it is harmed). All of them together speak against partial harm by a
        factor of 1 / (1 - `BESIDE_CAP`) at most, each by an equal share.
        """
        node = model.representative[component.id]
        if f"{node}@some" not in model.nodes:
            return
        for facet in self.of(component.kind):
            heard, harmed = silent.get(f"{node}@{facet}"), 1.0
            if heard is not None:
                share = 1.0 - (1.0 - parameters.BESIDE_CAP) ** (1.0 / len(silent))
                harmed = min(1.0, share / heard)
            model.link(f"{node}@some", f"{node}@{facet}", harmed)

    def states(self, model: CausalModel, component: Component) -> list[str]:
        """Name every facet's state, or the one state of a component without facets."""
        node = model.representative[component.id]
        if not self.split(model, component):
            return [node]
        return [f"{node}@{facet}" for facet in self.of(component.kind)]

    def struck(
        self, model: CausalModel, component: Component, cause: Component, *, partly: bool = False
    ) -> list[str]:
        """Name the states that a cause harms: those of the facets that it serves, or the entry.

        `partly`: as `general` says.
        """
        node = model.representative[component.id]
        if not self.split(model, component):
            return [node]
        served = str(cause.attributes.get("serves", "")).split()
        hit = [f"{node}@{facet}" for facet in self.of(component.kind) if facet in served]
        return hit or [self.general(model, component, partly=partly)]

    def general(self, model: CausalModel, component: Component, *, partly: bool) -> str:
        """Name the state that harm of all work strikes: `c@some` where it harms in part, or entry.

        `partly`: a little of all its work is harmed, and some facet has spoken; that shows first in
        what is most easily harmed.
        """
        split = self.split(model, component)
        return f"{component.id}@some" if partly and split else self.entry(model, component)

    def watched(self, model: CausalModel, component: Component, alert_type: AlertType) -> str:
        """Name the state that a rule watches."""
        node = model.representative[component.id]
        split = alert_type.facet is not None and self.split(model, component)
        return f"{node}@{alert_type.facet}" if split else node

    def split(self, model: CausalModel, component: Component) -> bool:
        """A component that is told as one with its cycle keeps one state."""
        return model.representative[component.id] == component.id and bool(self.of(component.kind))
