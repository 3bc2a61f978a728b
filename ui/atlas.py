"""What the graph page asks of the server, and the last picture of this tab.

Neighbourhoods and flows change with the pack only, so the last ones are kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from api.client import ApiClient
from api.schemas.graph import CasesPage, FlowImpactView, FlowName, GraphNode, PathView
from api.schemas.incidents import IncidentDetail, MapView
from graph.errors import NotFoundError
from ui.graph_scene import MOST_BOXES, Picture, picture_of
from ui.scene import Layer
from ui.widgets.node_card import CardFacts

T = TypeVar("T")
_MOST_KEPT: Final = 32
_MOST_FOUND: Final = 8


@dataclass(frozen=True, slots=True)
class Asked:
    """What the URL asks for; `flow` None = the one that the incident hits, `-` = none."""

    root: str | None = None
    hops: int = 2
    direction: str = "both"
    flow: str | None = None
    incident: str | None = None


NO_FLOW: Final = "-"


@dataclass
class Atlas:
    """One tab's reading of the graph."""

    client: ApiClient
    seen: Picture | None = None
    _kept: dict[tuple[Any, ...], Any] = field(default_factory=dict)

    def picture(self, asked: Asked) -> Picture:
        """Fetch what the URL asks for; without a centre, that of the incident's top cause.

        Raises: NotFoundError where the centre is not to be seen.
        """
        incident, graph = self._incident(asked.incident)
        root = asked.root or (incident.top.component_id if incident and incident.top else None)
        flows = self._keep(("flows",), self.client.flows)
        flow_id = asked.flow or _flow_of(graph, flows)
        flow = None if flow_id in (None, NO_FLOW) else self._flow(str(flow_id), flows)
        around = None
        if root is not None:
            key = ("around", root, asked.hops, asked.direction)
            around = self._keep(
                key,
                lambda: self.client.neighbourhood(
                    root, hops=asked.hops, direction=asked.direction, limit=MOST_BOXES
                ),
            )
        self.seen = picture_of(
            around=around, flow=flow, flows=flows, incident=incident, graph=graph
        )
        return self.seen

    def facts(self, picture: Picture, node_id: str) -> CardFacts | None:
        """Fetch the card of a component; None for one that is not in the picture."""
        node = picture.node(node_id)
        if node is None or (node.kind_name is None and node.layer is Layer.STEP):
            return None
        detail = self.client.component(node_id)
        return CardFacts(node, detail, self._path(picture.root, node_id))

    def find(self, words: str) -> tuple[GraphNode, ...]:
        """Search components by id, alias or name, the best fit first."""
        return self._keep(
            ("find", words), lambda: self.client.find_components(words, limit=_MOST_FOUND).items
        )

    def cases(self, words: str, *, kind: str | None, mode: str | None, limit: int) -> CasesPage:
        """Fetch the first `limit` past cases that fit, newest first."""
        return self.client.cases(words, kind=kind, mode=mode, limit=limit)

    def _incident(self, incident_id: str | None) -> tuple[IncidentDetail | None, MapView | None]:
        if incident_id is None:
            return None, None
        try:
            return self.client.incident(incident_id), self.client.map(incident_id)
        except NotFoundError:
            return None, None

    def _flow(self, flow_id: str, flows: tuple[FlowName, ...]) -> FlowImpactView | None:
        if flow_id not in {flow.id for flow in flows}:
            return None
        return self._keep(("flow", flow_id), lambda: self.client.flow_impact(flow_id))

    def _path(self, root: str | None, node_id: str) -> PathView | None:
        """Find the way of failure between the centre and a box, whichever way it goes."""
        if root is None or root == node_id:
            return None
        return self._keep(
            ("path", root, node_id),
            lambda: self._way(root, node_id) or self._way(node_id, root),
        )

    def _way(self, source: str, target: str) -> PathView | None:
        try:
            return self.client.path(source, target)
        except NotFoundError:
            return None

    def _keep(self, key: tuple[Any, ...], fetch: Callable[[], T]) -> T:
        if key not in self._kept:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            self._kept[key] = fetch()
        kept: T = self._kept[key]
        return kept


def _flow_of(graph: MapView | None, flows: tuple[FlowName, ...]) -> str | None:
    """Choose the flow to lay over: the incident's, else the main one."""
    steps = [node.id for node in graph.nodes if node.layer == Layer.STEP.value] if graph else []
    if steps:
        return steps[0].partition("/")[0]
    return next((flow.id for flow in flows if flow.main), None)
