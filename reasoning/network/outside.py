"""The causes that are no component: what they would harm, and how a calm edge speaks against them.

Something outside the graph (a browser's update, a provider) reaches whatever is at the edge. A
crowd, which only a booked big live event brings, slows the learners' own work and breaks nothing:
where the probes of a region fail as well, or no event is booked, it is no explanation. Work beyond
capacity slows before it stops, at each place what is most easily slowed: a crowd harms in part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from graph.failure import FailureGraph
from graph.model.library import Direction
from graph.model.pack import DomainPack
from graph.model.topology import Component
from reasoning import parameters
from reasoning.network.causal_model import CROWD, EXTERNAL, CausalModel, make_channel
from reasoning.network.evidence import Catalogue, Evidence
from reasoning.network.facets import Facets
from reasoning.network.listening import Listening
from reasoning.network.priors import in_surge


@dataclass(frozen=True)
class _Cause:
    """A cause by node id, its prior, the kinds that it strikes strongly, and whether in part."""

    id: str
    prior: float
    strong: frozenset[str]
    partly: bool = False


@dataclass(frozen=True)
class Outside:
    """Puts the causes outside the graph into a model: strong at the edge, weak inside."""

    pack: DomainPack
    graph: FailureGraph
    catalogue: Catalogue
    evidence: Evidence

    def add(
        self,
        model: CausalModel,
        facets: Facets,
        listening: Listening,
        *,
        spoke: Callable[[Component], bool],
    ) -> None:
        """Link each to whatever it may harm: a crowd in part, the outside facet by facet.

        The outside need not harm all kinds of work. `spoke`: whether a rule of a component did.
        """
        for cause in self._causes():
            model.outside[cause.id] = cause.prior
            model.node(cause.id)["prior"] = cause.prior
            for component in self._within_reach(model):
                states = facets.states(model, component)
                if cause.partly:
                    states = [facets.general(model, component, partly=spoke(component))]
                for state in states:
                    model.link(cause.id, state, _strength(cause, component))
            self._calm_edge(model, listening, cause)

    def _causes(self) -> Iterator[_Cause]:
        yield _Cause(EXTERNAL, parameters.EXTERNAL_PRIOR, parameters.EDGE_KINDS)
        if in_surge(self.pack, self.evidence):
            yield _Cause(CROWD, parameters.CROWD_PRIOR, parameters.CROWD_KINDS, partly=True)

    def _within_reach(self, model: CausalModel) -> Iterator[Component]:
        """Yield whatever a rule watches; a member to spare is reached through its group."""
        for component_id in model.components:
            component = self.graph.components[component_id]
            types = self.catalogue.types(component.kind, Direction.DEPENDANT)
            if types and component_id not in self.graph.groups_of:
                yield component

    def _calm_edge(self, model: CausalModel, listening: Listening, cause: _Cause) -> None:
        """Let the silent edge outside the subgraph speak against an outside cause.

        An outside cause shows at the edge first. Where the subgraph holds little of the edge, the
        rest of it is summed up in one channel on the cause itself:
        P(silent | cause) = product of 1 - strength * P(an edge component's rules speak).
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
            silent *= 1.0 - _strength(cause, component) * speaks
        if silent < 1.0:
            channel = make_channel(cause.id, EXTERNAL, "")
            rates = (min(1.0 - silent, parameters.CALM_EDGE_CAP), 0.0)
            model.add_channel(channel, rates)

    def _would_speak(self, component: Component, listening: Listening) -> float:
        """P(some rule of a degraded component had spoken by now)."""
        missed = 1.0
        for alert_type in self.catalogue.speaking_of_harm(component.kind):
            if listening.unknown_reason(component, alert_type) is None:
                missed *= 1.0 - alert_type.detection
        return 1.0 - missed


def _strength(cause: _Cause, component: Component) -> float:
    strong = component.kind in cause.strong
    return parameters.EXTERNAL_EDGE_STRENGTH if strong else parameters.EXTERNAL_INNER_STRENGTH
