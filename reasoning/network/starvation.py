"""Missing traffic: it travels from caller to callee, through whoever passes it on.

`c#starved`: too few requests reach c. `c#calls-less`: c sends fewer on, because it is degraded or
because it is starved itself, a proxy or a load balancer above all. That is one event for all whom c
calls, so that the calm of the others speaks of it: who starves one of ten callees alone is not
their common caller. Being starved harms nobody: no link leads from it to a component's state, so
errors never travel this way.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from graph.failure import FailureGraph
from graph.model.library import AlertType, Direction
from graph.model.topology import Component
from reasoning import parameters
from reasoning.network.causal_model import CausalModel, make_channel
from reasoning.network.death import link_death
from reasoning.network.evidence import Catalogue, Evidence
from reasoning.network.feeders import Feeders
from reasoning.network.listening import Listening
from reasoning.network.measured import false_alarm_of


@dataclass(frozen=True)
class Starvation:
    """Puts missing traffic that was seen into a model, and the callers that explain it."""

    graph: FailureGraph
    catalogue: Catalogue
    evidence: Evidence
    listening: Listening
    feeders: Feeders = field(init=False)

    def __post_init__(self) -> None:
        """Ask from whom work comes in the same evidence."""
        object.__setattr__(self, "feeders", Feeders(self.graph, self.catalogue, self.evidence))

    def add(self, model: CausalModel) -> None:
        """Add one channel for each rule of missing traffic that spoke, and what feeds its node."""
        hungry = [c for c in model.components if self.feeders.lacks_work(c)]
        for component_id in hungry:
            node = starved_node(component_id)
            for alert_type in self._spoke(self.graph.components[component_id]):
                record = self.evidence.fired[component_id][alert_type.alertname]
                model.node(node)
                channel = make_channel(node, component_id, alert_type.alertname)
                rates = alert_type.detection, false_alarm_of(record, alert_type)
                model.add_channel(channel, rates)
            # What is dead counts no requests.
            link_death(model, component_id, node, parameters.STARVED_IF_DEAD)
        self._feed(model, hungry)

    def _spoke(self, component: Component) -> list[AlertType]:
        fired = self.evidence.fired.get(component.id, {})
        types = self.catalogue.types(component.kind, Direction.STARVATION)
        return [t for t in types if t.alertname in fired]

    def _feed(self, model: CausalModel, hungry: list[str]) -> None:
        """Link all who call them, and who calls those; nobody is linked twice."""
        waiting, calling = list(hungry), set[str]()
        known = set(hungry)
        while waiting:
            starved = waiting.pop()
            for caller, share in self._callers(model, starved).items():
                model.link(less_node(caller), starved_node(starved), share)
                if caller not in calling:
                    calling.add(caller)
                    self._calls_less(model, caller)
                if caller not in known and self._callers(model, caller):
                    known.add(caller)
                    waiting.append(caller)

    def _calls_less(self, model: CausalModel, caller: str) -> None:
        """Say why a caller calls less, and who of those whom it calls misses nothing."""
        less = less_node(caller)
        model.link(model.representative[caller], less, parameters.STARVATION_SHARE)
        if self._callers(model, caller):
            model.link(starved_node(caller), less, parameters.STARVATION_PASSED)
        calm = self._calm_callees(model, caller)
        missed = math.prod(1.0 - chance for _, _, chance, _ in calm)
        # All of them together are worth at most what a component's silence is.
        share = min(1.0, math.log(1.0 - parameters.SILENCE_CAP) / math.log(missed)) if calm else 1.0
        for callee, alertname, chance, false_alarm in calm:
            channel = make_channel(less, callee, "", silent=(alertname,))
            model.add_channel(channel, (1.0 - (1.0 - chance) ** share, false_alarm))

    def _calm_callees(self, model: CausalModel, caller: str) -> list[tuple[str, str, float, float]]:
        """List (callee, rule, P(it speaks | the caller calls less), false alarm) of the calm ones.

        Of several callers each sends an even share, and so much less is noticed.
        """
        found = []
        for callee, share in self.graph.callees.get(caller, ()):
            component = self.graph.components[callee]
            if callee not in model.representative or self.feeders.lacks_work(callee):
                continue
            callers = len(self.graph.callers[callee])
            for rule in self.catalogue.types(component.kind, Direction.STARVATION):
                if self.listening.unknown_reason(component, rule) is None:
                    chance = rule.detection * self.evidence.arrived * share / callers
                    found.append((callee, rule.alertname, chance, rule.false_alarm))
        return [entry for entry in found if entry[2] > 0.0]

    def _callers(self, model: CausalModel, component_id: str) -> dict[str, float]:
        """Map who sends it work, in the network and outside its circle, to the strength."""
        own = model.representative[component_id]
        return {
            caller: share
            for caller, share in self.feeders.of(component_id)
            if model.representative.get(caller, own) != own
            and (caller, component_id) not in model.cut
        }


def starved_node(component_id: str) -> str:
    """Name the node of missing traffic."""
    return f"{component_id}#starved"


def less_node(component_id: str) -> str:
    """Name the node of a caller that sends less than it should."""
    return f"{component_id}#calls-less"
