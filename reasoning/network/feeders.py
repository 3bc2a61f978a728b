"""Who sends a component its work: its callers, or, for whoever works off a queue, who fills it.

Relations do not tell who writes to a queue from who reads of it: both stand on it. Whom nobody
calls, and whose work is missing all the same, reads; everybody else who stands on the queue may
write.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from graph.failure import Edge, FailureGraph
from graph.model.library import Direction
from reasoning import parameters
from reasoning.network.evidence import Catalogue, Evidence


@dataclass(frozen=True)
class Feeders:
    """Tells from whom the work of a component comes."""

    graph: FailureGraph
    catalogue: Catalogue
    evidence: Evidence
    _known: dict[str, tuple[Edge, ...]] = field(
        init=False, default_factory=dict, compare=False, repr=False
    )

    def of(self, component_id: str) -> tuple[Edge, ...]:
        """List who sends work here, each with the strength of the relation, in id order."""
        known = self._known.get(component_id)
        if known is None:  # asked for each alert and each step of its way
            known = self._known[component_id] = self._find(component_id)
        return known

    def lacks_work(self, component_id: str) -> bool:
        """Tell whether a rule of missing traffic spoke here."""
        fired = self.evidence.fired.get(component_id)
        component = self.graph.components.get(component_id)
        if not fired or component is None:
            return False
        types = self.catalogue.types(component.kind, Direction.STARVATION)
        return any(t.alertname in fired for t in types)

    def _find(self, component_id: str) -> tuple[Edge, ...]:
        callers = self.graph.callers.get(component_id, ())
        if self._is_queue(component_id):
            readers = {c for c, _ in callers if self._reads(c)}
            return tuple(
                e for e in callers if e[0] not in readers and not self._serves(e[0], readers)
            )
        if callers or not self.lacks_work(component_id):
            return callers
        return tuple(e for e in self.graph.causes.get(component_id, ()) if self._is_queue(e[0]))

    def _reads(self, component_id: str) -> bool:
        """Tell whether the work comes out of a queue: nobody calls, and it is missing."""
        return not self.graph.callers.get(component_id) and self.lacks_work(component_id)

    def _is_queue(self, component_id: str) -> bool:
        component = self.graph.components.get(component_id)
        return component is not None and component.kind in parameters.QUEUE_KINDS

    def _serves(self, component_id: str, readers: set[str]) -> bool:
        """Tell whether it works for one of the readers: that would close a circle."""
        waiting, seen = [component_id], {component_id}
        while waiting and readers:
            above = {c for c, _ in self.graph.callers.get(waiting.pop(), ())} - seen
            if above & readers:
                return True
            seen |= above
            waiting += above
        return False
