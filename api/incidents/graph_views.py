"""The graph as the graph page needs it: neighbourhoods, paths, flows, search by name.

What the principal may not see is neither shown nor walked through.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Final

from api.incidents.map_view import LAYERS
from api.packs.walks import WalkShelf
from api.schemas.graph import (
    FlowImpactView,
    FlowName,
    FlowStepView,
    GraphNode,
    GraphRelation,
    NeighbourhoodView,
    PathStep,
    PathView,
    ReachedNode,
    UsedComponent,
)
from graph.errors import NotFoundError
from graph.harm import Way
from graph.model.access import Principal
from graph.model.base import Text, pack_of_id
from graph.model.library import ComponentKind
from graph.model.pack import DomainPack
from graph.model.topology import Basis, BusinessFlow, Component, FlowStep, RelationType
from graph.ports import Store

_MOST_FOUND: Final = 50


class Atlas:
    """One pack as one principal may see it, with names and layers at hand."""

    def __init__(self, store: Store, shelf: WalkShelf, principal: Principal, pack_id: str) -> None:
        self.pack: Final[DomainPack] = store.pack(pack_id)
        self.walks: Final = shelf.walks(store, pack_id)
        self.components: Final[Mapping[str, Component]] = {
            c.id: c
            for c in self.pack.components
            if principal.may_see(site=c.site, visibility=c.visibility)
        }
        self._kinds: Final = {kind.id: kind for kind in self.pack.library.kinds}

    @cached_property
    def hidden(self) -> frozenset[str]:
        """Name what this principal may not see."""
        return frozenset(c.id for c in self.pack.components if c.id not in self.components)

    def kind_of(self, component: Component) -> ComponentKind:
        """Give the kind of a component; one that the library lacks is called by its id."""
        bare = Text(zh=component.kind, en=component.kind)
        return self._kinds.get(
            component.kind, ComponentKind(id=component.kind, name=bare, layer="")
        )

    def box(self, component_id: str) -> dict[str, object]:
        """Describe a visible component as a `GraphNode` does."""
        component = self.components[component_id]
        kind = self.kind_of(component)
        return {
            "id": component.id,
            "name": component.name,
            "kind": component.kind,
            "kind_name": kind.name,
            "layer": LAYERS.get(kind.layer, "node"),
            "single_point": component.id in self.walks.single_points,
        }


def open_atlas(store: Store, shelf: WalkShelf, principal: Principal, component_id: str) -> Atlas:
    """Open the pack of a component.

    Raises: NotFoundError if it is not stored, or may not be seen.
    """
    store.component(principal, component_id)
    pack_ids = {header.id for header in store.packs()}
    own = pack_of_id(component_id)
    if own not in pack_ids:
        raise NotFoundError(f"component {component_id!r} belongs to no loaded pack; check the id")
    return Atlas(store, shelf, principal, own)


def view_neighbourhood(
    atlas: Atlas,
    component_id: str,
    *,
    hops: int,
    way: Way,
    types: frozenset[RelationType] | None,
    limit: int,
    members: bool,
) -> NeighbourhoodView:
    """Show what lies up- and downstream of a component, and every relation among it."""
    reach = atlas.walks.around(
        component_id,
        hops=hops,
        way=way,
        types=types,
        limit=limit,
        hidden=atlas.hidden,
        members=members,
    )
    nodes = tuple(
        ReachedNode.model_validate(atlas.box(i) | {"distance": distance})
        for i, distance in reach.distance.items()
    )
    return NeighbourhoodView(
        id=component_id,
        hops=hops,
        direction=way,
        nodes=nodes,
        relations=tuple(_relations(atlas, set(reach.distance), types)),
        found=reach.found,
        folded=reach.folded,
        total=len(atlas.components),
    )


def view_path(atlas: Atlas, source: str, target: str) -> PathView:
    """Show the likeliest way on which `source` harms `target`.

    Raises: NotFoundError if one of them may not be seen, or if there is no such way.
    """
    if target not in atlas.components:
        raise NotFoundError(f"component {target!r} is not stored; check the id")
    steps = atlas.walks.likeliest_path(source, target, hidden=atlas.hidden)
    if steps is None:
        raise NotFoundError(
            f"no failure travels from {source!r} to {target!r}; try the other direction"
        )
    odds, shown = 1.0, []
    for place, step in enumerate(steps):
        odds *= step.probability
        before = steps[place - 1].component_id if place else ""
        types = _types_between(atlas, before, step.component_id)
        box = atlas.box(step.component_id)
        shown.append(
            PathStep.model_validate(box | {"probability": step.probability, "types": types})
        )
    return PathView(source=source, target=target, probability=odds, steps=tuple(shown))


def view_flow(store: Store, shelf: WalkShelf, principal: Principal, flow_id: str) -> FlowImpactView:
    """Show a flow with the components on which each of its steps stands, strongest first.

    Raises: NotFoundError if no pack has such a flow.
    """
    for header in store.packs():
        pack = store.pack(header.id)
        flow = next((flow for flow in pack.flows if flow.id == flow_id), None)
        if flow is not None:
            atlas = Atlas(store, shelf, principal, header.id)
            steps = tuple(_step(atlas, step) for step in flow.steps)
            return FlowImpactView(id=flow.id, name=flow.name, steps=steps)
    raise NotFoundError(f"flow {flow_id!r} is not stored; GET /api/v1/flows lists them")


def list_flows(store: Store) -> tuple[FlowName, ...]:
    """List the flows of every pack in id order, the main one of each pack first."""
    return tuple(
        FlowName(
            id=flow.id, pack_id=header.id, name=flow.name, steps=len(flow.steps), main=not place
        )
        for header in store.packs()
        for place, flow in enumerate(sorted(store.pack(header.id).flows, key=_flow_order))
    )


def find_components(
    store: Store, shelf: WalkShelf, principal: Principal, wanted: str, *, limit: int
) -> tuple[GraphNode, ...]:
    """Search by id, alias and name in both languages, case-folded; the best fit first.

    Whole matches come before beginnings, those before a part in the middle; then by id.
    """
    folded = wanted.strip().casefold()
    found: list[tuple[int, int, str, Atlas]] = []
    for header in store.packs() if folded else ():
        atlas = Atlas(store, shelf, principal, header.id)
        for component in atlas.components.values():
            rank = _fit(component, folded)
            if rank is not None:
                found.append((rank, len(component.id), component.id, atlas))
    found.sort(key=lambda item: item[:3])
    kept = found[: min(limit, _MOST_FOUND)]
    return tuple(GraphNode.model_validate(atlas.box(i)) for _, _, i, atlas in kept)


def _fit(component: Component, folded: str) -> int | None:
    """Rank how well a component fits: 0 whole, 1 beginning, 2 somewhere; None not at all."""
    names = (
        component.id,
        component.id.partition(":")[2],
        component.name.zh,
        component.name.en,
        *component.aliases,
    )
    texts = [name.casefold() for name in names]
    if folded in texts:
        return 0
    if any(text.startswith(folded) for text in texts):
        return 1
    return 2 if any(folded in text for text in texts) else None


def _flow_order(flow: BusinessFlow) -> tuple[int, int, str]:
    """Put the flow first on which most of exam, credits and study hang; then the longer one."""
    matters = (
        any(step.affects_exam for step in flow.steps),
        any(step.affects_credits for step in flow.steps),
        any(step.affects_study for step in flow.steps),
    )
    return -sum(matters), -len(flow.steps), flow.id


def _step(atlas: Atlas, step: FlowStep) -> FlowStepView:
    uses = sorted(step.uses, key=lambda use: (-use.strength, use.component_id))
    return FlowStepView(
        id=step.id,
        name=step.name,
        affects_exam=step.affects_exam,
        affects_credits=step.affects_credits,
        affects_study=step.affects_study,
        uses=tuple(
            UsedComponent.model_validate(atlas.box(use.component_id) | {"strength": use.strength})
            for use in uses
            if use.component_id in atlas.components
        ),
    )


def _relations(
    atlas: Atlas, ids: set[str], types: frozenset[RelationType] | None
) -> Iterable[GraphRelation]:
    for relation in (r for r in atlas.pack.relations if r.confidence > 0.0):
        if {relation.source, relation.target} <= ids and (types is None or relation.type in types):
            yield GraphRelation.model_validate(relation.model_dump())
    for group, kind, cause, weight in atlas.walks.shared:
        if {group, cause} <= ids and (types is None or kind in types):
            yield GraphRelation(
                source=group,
                type=kind,
                target=cause,
                strength=min(weight, 1.0),
                confidence=1.0,
                basis=Basis.ASSUMED,
                discovered_from="members",
                through_members=True,
            )


def _types_between(atlas: Atlas, one: str, other: str) -> tuple[RelationType, ...]:
    """List the relations between two components; the members' where it has only those."""
    ends = {one, other}
    found = {r.type for r in atlas.pack.relations if {r.source, r.target} == ends}
    found |= {kind for group, kind, cause, _ in atlas.walks.shared if {group, cause} == ends}
    return tuple(sorted(found))
