"""The graph page's picture: which boxes, how they stand, what is highlighted; pure values.

Made from the API's answers; the incident's map lends states and paths to the neighbourhood.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from api.schemas.graph import FlowImpactView, FlowName, GraphNode, NeighbourhoodView
from api.schemas.incidents import IncidentDetail, MapView
from api.schemas.incidents import MapNode as NodeView
from graph.model.base import Text
from graph.model.diagnosis import DiagnosisStatus
from ui.scene import Layer, StepState
from ui.staging import steps_of

MOST_BOXES: Final = 150
_TROUBLE: Final = (StepState.BROKEN, StepState.DEGRADED, StepState.UNSURE, StepState.CLEAR)


@dataclass(frozen=True, slots=True)
class DrawnNode:
    """A box: a component, or a flow step (`kind_name` None); `share` = posterior or P(degraded)."""

    id: str
    name: Text
    layer: Layer
    state: StepState = StepState.CLEAR
    kind_name: Text | None = None
    share: float | None = None
    top: bool = False
    single: bool = False
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """What the page draws; `paths` are the incident's, most telling first.

    `found` counts what lies in reach of the centre; `judged` tells whether an incident says how
    the boxes stand.
    """

    nodes: tuple[DrawnNode, ...]
    edges: tuple[tuple[str, str], ...]
    paths: tuple[tuple[str, ...], ...]
    root: str | None
    found: int
    folded: int
    flow: FlowImpactView | None
    flows: tuple[FlowName, ...]
    status: DiagnosisStatus | None
    incident: IncidentDetail | None

    @property
    def judged(self) -> bool:
        """Tell whether an incident says how the boxes stand."""
        return self.incident is not None

    def node(self, node_id: str | None) -> DrawnNode | None:
        """Find a box, or None."""
        return next((node for node in self.nodes if node.id == node_id), None)


def picture_of(
    *,
    around: NeighbourhoodView | None,
    flow: FlowImpactView | None,
    flows: Sequence[FlowName],
    incident: IncidentDetail | None,
    graph: MapView | None,
) -> Picture:
    """Compose the picture: steps of the flow, the neighbourhood, and the incident's paths.

    Without a centre the components that the flow uses are drawn. At most 150 boxes: steps and
    paths come first, then the nearest.
    """
    steps = _step_nodes(flow, incident)
    known = {node.id: node for node in graph.nodes} if graph else {}
    paths = graph.paths[:2] if graph else ()
    on_paths = [known[i] for path in paths for i in path if i in known]
    extra = [_of_map(node) for node in on_paths if node.layer != Layer.STEP.value]
    near = [_of_graph(node) for node in (around.nodes if around else _used(flow))]
    wanted = {node.id: node for node in [*near[:1], *extra, *near]}
    wanted |= {node.id: node for node in near if node.id in wanted}
    kept = list(wanted.values())[: MOST_BOXES - len(steps)]
    nodes = [*steps, *(_judged(node, known.get(node.id)) for node in kept)]
    ids = {node.id for node in nodes}
    return Picture(
        nodes=tuple(nodes),
        edges=tuple(sorted(_edges(around, flow, graph, ids))),
        paths=tuple(tuple(i for i in path if i in ids) for path in paths),
        root=around.id if around else None,
        found=around.found if around else len(near),
        folded=around.folded if around else 0,
        flow=flow,
        flows=tuple(flows),
        status=incident.status if incident else None,
        incident=incident,
    )


def troubled_first(nodes: Iterable[DrawnNode]) -> list[DrawnNode]:
    """Order rows: the top cause, then by trouble, posterior, single points, layer, id."""
    layers = list(Layer)
    return sorted(
        nodes,
        key=lambda n: (
            not n.top,
            _TROUBLE.index(n.state),
            -(n.share or 0.0),
            not n.single,
            layers.index(n.layer),
            n.id,
        ),
    )


def step_key(flow_id: str, step_id: str) -> str:
    """Name a step as the incident's map does."""
    return f"{flow_id}/{step_id}"


def _step_nodes(flow: FlowImpactView | None, incident: IncidentDetail | None) -> list[DrawnNode]:
    if flow is None:
        return []
    judged = next((f for f in incident.flows if f.id == flow.id), None) if incident else None
    states = {step.id: step for step in steps_of(judged)} if judged else {}
    found = []
    for step in flow.steps:
        node = DrawnNode(step_key(flow.id, step.id), step.name, Layer.STEP)
        state = states.get(step.id)
        found.append(replace(node, state=state.state, share=state.probability) if state else node)
    return found


def _used(flow: FlowImpactView | None) -> list[GraphNode]:
    """List what a flow uses, strongest first, each once."""
    uses = [use for step in flow.steps for use in step.uses] if flow else []
    uses.sort(key=lambda use: (-use.strength, use.id))
    return list({use.id: use for use in uses}.values())


def _of_graph(node: GraphNode) -> DrawnNode:
    return DrawnNode(
        node.id, node.name, Layer(node.layer), kind_name=node.kind_name, single=node.single_point
    )


def _of_map(node: NodeView) -> DrawnNode:
    return DrawnNode(node.id, node.name, Layer(node.layer))


def _judged(node: DrawnNode, seen: NodeView | None) -> DrawnNode:
    """Lend a box what the incident's map knows of it."""
    if seen is None:
        return node
    state = StepState.UNSURE if seen.unobserved else StepState.CLEAR
    if seen.alerting:
        state = StepState.DEGRADED
    return replace(
        node, state=state, share=seen.probability, top=seen.rank == 1, lost=seen.unobserved
    )


def _edges(
    around: NeighbourhoodView | None,
    flow: FlowImpactView | None,
    graph: MapView | None,
    ids: set[str],
) -> set[tuple[str, str]]:
    pairs = {(r.source, r.target) for r in around.relations} if around else set()
    pairs |= {(r.source, r.target) for r in graph.relations} if graph else set()
    if flow is not None:
        pairs |= {(step_key(flow.id, step.id), use.id) for step in flow.steps for use in step.uses}
    return {pair for pair in pairs if set(pair) <= ids}
