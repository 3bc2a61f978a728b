"""The map round an incident: the worst flow's steps, top causes, their paths, alerting parts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from api.incidents.views import worst_step
from api.schemas.incidents import MapNode, MapRelation, MapView
from graph.model.access import Principal
from graph.model.diagnosis import Diagnosis
from graph.model.incident import Incident
from graph.model.pack import DomainPack
from graph.model.signals import AlertStatus
from graph.model.topology import BusinessFlow, Component, Relation, RelationType
from graph.ports import Store

MAX_NODES: Final = 60
_TOP_CAUSES: Final = 5
# Per layer, so that one crowded layer cannot push the others off the map.
_PER_LAYER: Final = 14
# A pack's library names the layer of data `data`; what is not known is drawn among the nodes.
LAYERS: Final[Mapping[str, str]] = {
    "flow": "step",
    "service": "service",
    "data": "storage",
    "storage": "storage",
    "node": "node",
    "network": "network",
}


def view_map(store: Store, principal: Principal, incident: Incident) -> MapView:
    """Draw at most 60 boxes: steps, then causes and paths, then alerting components and the rest.

    Components that the principal may not see are left out. Without a diagnosis there are only the
    alerting ones.
    """
    pack = store.pack(incident.pack_id)
    diagnosis = store.diagnosis(incident.id)
    alerting = [
        record.component_id
        for record in store.alerts_of(incident.id)
        if record.component_id and record.alert.status is AlertStatus.FIRING
    ]
    flow = _main_flow(pack, diagnosis)
    visible = {
        c.id: c for c in pack.components if principal.may_see(site=c.site, visibility=c.visibility)
    }
    wanted = [i for i in _wanted(diagnosis, alerting, flow) if i in visible]
    layers = {kind.id: LAYERS.get(kind.layer, "node") for kind in pack.library.kinds}
    room = MAX_NODES - (len(flow.steps) if flow else 0)
    must = set(_first(diagnosis))
    chosen = _fitting([visible[i] for i in wanted], layers, room=room, must=must)
    nodes = [*_step_nodes(flow, diagnosis), *_nodes(chosen, layers, diagnosis, set(alerting))]
    ids = {node.id for node in nodes}
    return MapView(
        nodes=tuple(nodes),
        relations=(*_uses(flow, ids), *_relations(pack.relations, ids)),
        paths=tuple(_paths(diagnosis, flow, ids)),
        total=len(pack.components),
    )


def _main_flow(pack: DomainPack, diagnosis: Diagnosis | None) -> BusinessFlow | None:
    worst = worst_step(diagnosis) if diagnosis else None
    flows = {flow.id: flow for flow in pack.flows}
    return flows.get(worst.flow_id) if worst else next(iter(pack.flows), None)


def _first(diagnosis: Diagnosis | None) -> list[str]:
    """List causes by rank, each followed by its path."""
    if diagnosis is None:
        return []
    causes = [h for h in diagnosis.hypotheses if h.component_id][:_TOP_CAUSES]
    ordered = [i for h in causes for i in (h.component_id or "", *h.path)]
    return list(dict.fromkeys(ordered))


def _wanted(
    diagnosis: Diagnosis | None, alerting: Iterable[str], flow: BusinessFlow | None
) -> list[str]:
    """List component ids, most telling first, each once."""
    counts: dict[str, int] = {}
    for component_id in alerting:
        counts[component_id] = counts.get(component_id, 0) + 1
    loudest = sorted(counts, key=lambda i: (-counts[i], i))
    lost = [u.component_id for u in diagnosis.unobserved] if diagnosis else []
    uses = sorted(
        (
            (use.strength, use.component_id)
            for step in (flow.steps if flow else ())
            for use in step.uses
        ),
        key=lambda pair: (-pair[0], pair[1]),
    )
    return list(dict.fromkeys([*_first(diagnosis), *loudest, *lost, *(i for _, i in uses)]))


def _fitting(
    components: Iterable[Component], layers: Mapping[str, str], *, room: int, must: set[str]
) -> list[Component]:
    """Take components in order while there is room on the map and in their layer."""
    taken: list[Component] = []
    filled: dict[str, int] = {}
    for component in components:
        layer = layers.get(component.kind, "node")
        if len(taken) < room and (component.id in must or filled.get(layer, 0) < _PER_LAYER):
            taken.append(component)
            filled[layer] = filled.get(layer, 0) + 1
    return taken


def _step_id(flow_id: str, step_id: str) -> str:
    return f"{flow_id}/{step_id}"


def _step_nodes(flow: BusinessFlow | None, diagnosis: Diagnosis | None) -> Iterable[MapNode]:
    impacts = diagnosis.impact if diagnosis else ()
    known = {(i.flow_id, i.step_id): i.probability_degraded for i in impacts}
    for step in flow.steps if flow else ():
        yield MapNode(
            id=_step_id(flow.id if flow else "", step.id),
            name=step.name,
            kind="step",
            layer="step",
            probability=known.get((flow.id if flow else "", step.id)),
        )


def _nodes(
    components: Iterable[Component],
    layers: Mapping[str, str],
    diagnosis: Diagnosis | None,
    alerting: set[str],
) -> Iterable[MapNode]:
    causes = {h.component_id: h for h in diagnosis.hypotheses} if diagnosis else {}
    lost = {u.component_id for u in diagnosis.unobserved} if diagnosis else set()
    for component in components:
        cause = causes.get(component.id)
        yield MapNode(
            id=component.id,
            name=component.name,
            kind=component.kind,
            layer=layers.get(component.kind, "node"),
            probability=cause.posterior if cause else None,
            alerting=component.id in alerting,
            unobserved=component.id in lost and component.id not in alerting,
            rank=cause.rank if cause else None,
        )


def _uses(flow: BusinessFlow | None, ids: set[str]) -> Iterable[MapRelation]:
    for step in flow.steps if flow else ():
        for use in step.uses:
            if use.component_id in ids:
                yield MapRelation(
                    source=_step_id(flow.id if flow else "", step.id),
                    type=RelationType.USES,
                    target=use.component_id,
                )


def _relations(relations: Iterable[Relation], ids: set[str]) -> Iterable[MapRelation]:
    return (
        MapRelation(source=r.source, type=r.type, target=r.target)
        for r in relations
        if r.source in ids and r.target in ids
    )


def _paths(
    diagnosis: Diagnosis | None, flow: BusinessFlow | None, ids: set[str]
) -> Iterable[tuple[str, ...]]:
    """Give the paths of the first two causes, carried on to the worst step that uses their end."""
    worst = worst_step(diagnosis) if diagnosis else None
    for cause in [h for h in diagnosis.hypotheses if h.path][:2] if diagnosis else ():
        path = tuple(i for i in cause.path if i in ids)
        end = [
            _step_id(flow.id, step.id)
            for step in (flow.steps if flow else ())
            if flow and worst and step.id == worst.step_id
            for use in step.uses
            if path and use.component_id == path[-1]
        ]
        yield (*path, *end[:1])
