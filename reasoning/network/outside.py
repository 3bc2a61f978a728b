"""The cause outside the graph: what it would harm, and how a calm edge speaks against it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from graph.failure import FailureGraph
from graph.model.library import Direction
from graph.model.pack import DomainPack
from graph.model.topology import Component
from reasoning import parameters
from reasoning.network.causal_model import EXTERNAL, CausalModel, make_channel
from reasoning.network.evidence import Catalogue, Evidence
from reasoning.network.facets import Facets
from reasoning.network.listening import Listening
from reasoning.network.priors import external_prior, in_surge


@dataclass(frozen=True)
class Outside:
    """Puts the cause outside the graph into a model: strong at the edge, weak inside."""

    pack: DomainPack
    graph: FailureGraph
    catalogue: Catalogue
    evidence: Evidence

    def add(self, model: CausalModel, facets: Facets, listening: Listening) -> None:
        """Link it to every facet of whatever it may harm; it need not harm all kinds of work."""
        model.external_prior = external_prior(self.pack, self.evidence)
        model.node(EXTERNAL)["prior"] = model.external_prior
        for component_id in model.components:
            component = self.graph.components[component_id]
            types = self.catalogue.types(component.kind, Direction.DEPENDANT)
            if types and component_id not in self.graph.groups_of:
                for state in facets.states(model, component):
                    model.link(EXTERNAL, state, self._strength(component))
        self._calm_edge(model, listening)

    @cached_property
    def _in_surge(self) -> bool:
        return in_surge(self.pack, self.evidence)

    def _strength(self, component: Component) -> float:
        """A crowd slows the learners' own work; unlike other causes it fails no region's probes."""
        kinds = parameters.SURGE_KINDS if self._in_surge else parameters.EDGE_KINDS
        edge = component.kind in kinds
        return parameters.EXTERNAL_EDGE_STRENGTH if edge else parameters.EXTERNAL_INNER_STRENGTH

    def _calm_edge(self, model: CausalModel, listening: Listening) -> None:
        """Let the silent edge outside the subgraph speak against an outside cause.

        An outside cause shows at the edge first. Where the subgraph holds little of the edge, the
        rest of it is summed up in one channel on the cause itself:
        P(silent | external) = product of 1 - strength * P(an edge component's rules speak).
        """
        silent, kinds = 1.0, parameters.EDGE_KINDS
        known: dict[tuple[str, str | None, bool], float] = {}
        for component in self.graph.components.values():
            if component.kind not in kinds or component.id in model.representative:
                continue
            # Whoever spoke or was changed is inside: out here like components are heard alike.
            alike = component.kind, component.site, bool(component.attributes.get("standby"))
            speaks = known.get(alike) if listening.hears_alike else None
            if speaks is None:
                speaks = known[alike] = self._would_speak(component, listening)
            silent *= 1.0 - self._strength(component) * speaks
        if silent < 1.0:
            channel = make_channel(EXTERNAL, EXTERNAL, "")
            rates = (min(1.0 - silent, parameters.CALM_EDGE_CAP), 0.0)
            model.add_channel(channel, rates)

    def _would_speak(self, component: Component, listening: Listening) -> float:
        """P(some rule of a degraded component had spoken by now)."""
        missed = 1.0
        for alert_type in self.catalogue.speaking_of_harm(component.kind):
            if listening.unknown_reason(component, alert_type) is None:
                missed *= 1.0 - alert_type.detection
        return 1.0 - missed
