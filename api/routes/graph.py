"""The graph: components, neighbourhoods, paths, flows, and past cases to browse."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request

from api.doorway.auth import Ability, Caller
from api.doorway.doors import assistant_of, may
from api.incidents.case_list import CaseFilter, list_cases
from api.incidents.component_views import view_component
from api.incidents.graph_views import (
    find_components,
    list_flows,
    open_atlas,
    view_flow,
    view_neighbourhood,
    view_path,
)
from api.incidents.proposal_views import view_proposals
from api.schemas.graph import (
    CasesPage,
    ComponentDetail,
    FlowImpactView,
    FlowName,
    FoundComponents,
    NeighbourhoodView,
    PathView,
)
from api.schemas.incidents import Items
from api.schemas.proposals import ProposedRelations
from graph.harm import MAX_HOPS, MAX_NODES, Way
from graph.model.topology import RelationType

router = APIRouter(tags=["graph"])
Reader = Annotated[Caller, may(Ability.READ)]
ComponentId = Annotated[str, Query(min_length=1, max_length=200)]


@router.get("/graph/components/{component_id}")
def component(request: Request, caller: Reader, component_id: str) -> ComponentDetail:
    """Show one component with its flows, relations, incidents, changes, SOPs and cases."""
    assistant = assistant_of(request)
    atlas = open_atlas(assistant.store, assistant.walks, caller.principal, component_id)
    now = assistant.clock.now()
    return view_component(assistant.store, caller.principal, atlas, component_id, now=now)


@router.get("/graph/neighbourhood")
def neighbourhood(
    request: Request,
    caller: Reader,
    id: ComponentId,
    hops: Annotated[int, Query(ge=1, le=MAX_HOPS)] = 2,
    direction: Way = Way.BOTH,
    types: Annotated[list[RelationType] | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_NODES)] = MAX_NODES,
    members: bool = True,
) -> NeighbourhoodView:
    """Cut the graph round a component, nearest first.

    `up` walks to what can harm it, `down` to what it can harm. `members=false` draws members that
    a redundant group can spare as their group.
    """
    atlas = open_atlas(
        assistant_of(request).store, assistant_of(request).walks, caller.principal, id
    )
    return view_neighbourhood(
        atlas,
        id,
        hops=hops,
        way=direction,
        types=frozenset(types) if types else None,
        limit=limit,
        members=members,
    )


@router.get("/graph/path")
def path(
    request: Request,
    caller: Reader,
    source: Annotated[str, Query(alias="from", min_length=1, max_length=200)],
    target: Annotated[str, Query(alias="to", min_length=1, max_length=200)],
) -> PathView:
    """Give the likeliest way on which a failure travels; 404 where there is none."""
    atlas = open_atlas(
        assistant_of(request).store, assistant_of(request).walks, caller.principal, source
    )
    return view_path(atlas, source, target)


@router.get("/graph/proposed-relations")
def proposed_relations(
    request: Request,
    caller: Reader,
    incident: Annotated[str | None, Query(min_length=1, max_length=200)] = None,
) -> ProposedRelations:
    """List relations that siblings have and a component lacks, the most certain first.

    Every diagnosis takes them in with their confidence; `incident` asks whether its own used them.
    """
    return view_proposals(assistant_of(request), caller.principal, incident)


@router.get("/graph/search")
def search(
    request: Request,
    caller: Reader,
    q: Annotated[str, Query(min_length=1, max_length=200)],
    limit: Annotated[int, Query(ge=1, le=50)] = 20,
) -> FoundComponents:
    """Find components by id, alias or name in either language, the best fit first."""
    store = assistant_of(request).store
    found = find_components(store, assistant_of(request).walks, caller.principal, q, limit=limit)
    return FoundComponents(items=found)


@router.get("/flows")
def flows(request: Request, caller: Reader) -> Items[FlowName]:
    """List the business flows, the main one of each pack first."""
    return Items(items=list_flows(assistant_of(request).store))


@router.get("/flows/{flow_id}/impact")
def flow_impact(request: Request, caller: Reader, flow_id: str) -> FlowImpactView:
    """Give the steps of a flow with the components on which each stands."""
    return view_flow(
        assistant_of(request).store, assistant_of(request).walks, caller.principal, flow_id
    )


@router.get("/cases")
def cases(
    request: Request,
    caller: Reader,
    q: Annotated[str, Query(max_length=200)] = "",
    kind: str | None = None,
    mode: str | None = None,
    component: str | None = None,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> CasesPage:
    """Page over past cases, newest first, narrowed by words, kind, fault mode or component."""
    wanted = CaseFilter(words=q, kind=kind, mode=mode, component=component)
    store = assistant_of(request).store
    return list_cases(store, caller.principal, wanted, cursor=cursor, limit=limit)
