"""Missing traffic: it travels from caller to callee, through whoever passes it on.

`c#starved`: too few requests reach c. A caller that is degraded calls less, and one that is starved
itself, a proxy or a load balancer above all, has nothing to pass on. Being starved harms nobody:
no link leads from it to a component's state, so errors never travel this way.
"""

from __future__ import annotations

from dataclasses import dataclass

from graph.failure import FailureGraph
from graph.model.library import AlertType, Direction
from graph.model.topology import Component
from reasoning import parameters
from reasoning.network.causal_model import CausalModel, make_channel
from reasoning.network.evidence import Catalogue, Evidence
from reasoning.network.measured import false_alarm_of


@dataclass(frozen=True)
class Starvation:
    """Puts missing traffic that was seen into a model, and the callers that explain it."""

    graph: FailureGraph
    catalogue: Catalogue
    evidence: Evidence

    def add(self, model: CausalModel) -> None:
        """Add one channel for each rule of missing traffic that spoke, and what feeds its node."""
        for component_id in model.components:
            for alert_type in self._spoke(self.graph.components[component_id]):
                node = starved_node(component_id)
                record = self.evidence.fired[component_id][alert_type.alertname]
                model.node(node)
                channel = make_channel(node, component_id, alert_type.alertname)
                rates = alert_type.detection, false_alarm_of(record, alert_type)
                model.add_channel(channel, rates)
                self._feed(model, component_id)

    def _spoke(self, component: Component) -> list[AlertType]:
        fired = self.evidence.fired.get(component.id, {})
        types = self.catalogue.types(component.kind, Direction.STARVATION)
        return [t for t in types if t.alertname in fired]

    def _feed(self, model: CausalModel, component_id: str) -> None:
        """Link all who call it, and who calls those; nobody is linked twice."""
        waiting, known = [component_id], {component_id}
        while waiting:
            starved = waiting.pop()
            callers = self._callers(model, starved)
            if any(
                (model.representative[c], starved_node(starved)) in model.links for c in callers
            ):
                continue  # another alert came this way
            for caller, share in callers.items():
                harm = share * parameters.STARVATION_SHARE
                model.link(model.representative[caller], starved_node(starved), harm)
                if self._callers(model, caller):
                    passed = share * parameters.STARVATION_PASSED
                    model.link(starved_node(caller), starved_node(starved), passed)
                    waiting += [caller] if caller not in known else []
                    known.add(caller)

    def _callers(self, model: CausalModel, component_id: str) -> dict[str, float]:
        """Map who calls it, in the network and outside its circle, to the strength."""
        own = model.representative[component_id]
        return {
            caller: share
            for caller, share in self.graph.callers.get(component_id, ())
            if model.representative.get(caller, own) != own
            and (caller, component_id) not in model.cut
        }


def starved_node(component_id: str) -> str:
    """Name the node of missing traffic."""
    return f"{component_id}#starved"
