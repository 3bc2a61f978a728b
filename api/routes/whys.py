"""Why this cause, and why not that one: exact weights, computed when somebody asks."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import APIRouter, Query, Request

from api.doorway.auth import Ability, Caller
from api.doorway.doors import assistant_of, may
from api.incidents.why_views import Whys
from graph.model.why import Ahead, Why

router = APIRouter(tags=["incidents"])
Reader = Annotated[Caller, may(Ability.READ)]
Cause = Annotated[str, Query(min_length=1, max_length=200)]
CheckId = Annotated[str, Query(min_length=3, max_length=401)]


@router.get("/incidents/{incident_id}/why")
def why(request: Request, caller: Reader, incident_id: str, component: Cause | None = None) -> Why:
    """Say why a component (or `external`; default: what stands first) is the cause, or is not.

    Exact weights of groups of evidence and of single items that decide, from sums over the core
    behind the newest diagnosis: tenths of a second. 409 where evidence moved on since.
    """
    return whys_of(request).why(assistant_of(request), caller.principal, incident_id, component)


@router.get("/incidents/{incident_id}/why-not")
def why_not(request: Request, caller: Reader, incident_id: str, component: Cause) -> Why:
    """Say why any component of the graph, or `external`, is not the cause; as `why` does."""
    return whys_of(request).why(assistant_of(request), caller.principal, incident_id, component)


@router.get("/incidents/{incident_id}/what-then")
def what_then(request: Request, caller: Reader, incident_id: str, check: CheckId) -> Ahead:
    """Say what yes and no to a check (`CHECK@COMPONENT`) would make of every hypothesis.

    Two sums over the core behind the newest diagnosis. 409 where evidence moved on since.
    """
    return whys_of(request).ahead(assistant_of(request), caller.principal, incident_id, check)


def whys_of(request: Request) -> Whys:
    """Find what is kept of accounts."""
    return cast(Whys, request.app.state.whys)  # starlette's state is untyped
