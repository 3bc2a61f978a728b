"""Grants that need two people: list, ask, confirm, object, withdraw."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from api.doorway.auth import Ability, Caller
from api.doorway.doors import assistant_of, body_schema, json_of, may
from api.doorway.slowing import slowed
from api.doorway.trying import Actor
from api.grant_views import view_grant
from api.schemas.grants import (
    GrantConfirmation,
    GrantMoved,
    GrantObjection,
    GrantView,
    NewGrant,
)
from api.schemas.incidents import Items
from graph.model.grant import Grant, GrantStatus

router = APIRouter(tags=["access"])
Reader = Annotated[Caller, may(Ability.ADMIN, Ability.APPROVE)]


@router.get("/grants")
def grants(
    request: Request,
    caller: Reader,
    status: Annotated[list[GrantStatus] | None, Query()] = None,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Items[GrantView]:
    """Page over grants, newest asked first; for leads and admins."""
    assistant = assistant_of(request)
    assistant.grants.settle(assistant.clock.now())
    statuses = frozenset(status) if status else None
    page = assistant.store.grants(statuses=statuses, cursor=cursor, limit=limit)
    found = [item for item in page.items if isinstance(item, Grant)]
    views = tuple(_view(request, caller, item) for item in found)
    return Items(items=views, next_cursor=page.next_cursor)


@router.get("/grants/{grant_id}")
def grant(request: Request, caller: Reader, grant_id: str) -> GrantView:
    """Show one grant as it stands now."""
    assistant = assistant_of(request)
    assistant.grants.settle(assistant.clock.now())
    return _view(request, caller, assistant.store.grant(grant_id))


@router.post("/grants", status_code=201, openapi_extra=body_schema(NewGrant))
def ask(
    request: Request, caller: Actor, wanted: Annotated[NewGrant, Depends(json_of(NewGrant))]
) -> GrantMoved:
    """Ask for a grant, as a signed-in admin; half of a new password is shown this once."""
    assistant = assistant_of(request)
    assistant.grants.settle(assistant.clock.now())
    with slowed(request, caller):
        made, half = assistant.grants.ask(caller.principal, wanted, at=assistant.clock.now())
    return _moved(request, caller, made, half)


@router.post("/grants/{grant_id}/confirm", openapi_extra=body_schema(GrantConfirmation))
def confirm(
    request: Request,
    caller: Actor,
    grant_id: str,
    wanted: Annotated[GrantConfirmation, Depends(json_of(GrantConfirmation))],
) -> GrantMoved:
    """Agree to exactly this grant, as another lead or admin; it takes effect after the delay."""
    assistant = assistant_of(request)
    with slowed(request, caller):
        agreed, half = assistant.grants.confirm(
            caller.principal, grant_id, digest=wanted.digest, at=assistant.clock.now()
        )
    return _moved(request, caller, agreed, half)


@router.post("/grants/{grant_id}/object", openapi_extra=body_schema(GrantObjection))
def object_to(
    request: Request,
    caller: Actor,
    grant_id: str,
    wanted: Annotated[GrantObjection, Depends(json_of(GrantObjection))],
) -> GrantView:
    """Stop a grant before it takes effect; every lead and admin may."""
    assistant, now = assistant_of(request), assistant_of(request).clock.now()
    with slowed(request, caller):
        ended = assistant.grants.object(caller.principal, grant_id, wanted.reason, at=now)
    return _view(request, caller, ended)


@router.post("/grants/{grant_id}/withdraw")
def withdraw(request: Request, caller: Actor, grant_id: str) -> GrantView:
    """Take one's own wish back before it takes effect."""
    assistant = assistant_of(request)
    with slowed(request, caller):
        ended = assistant.grants.withdraw(caller.principal, grant_id, at=assistant.clock.now())
    return _view(request, caller, ended)


def _view(request: Request, caller: Caller, found: Grant) -> GrantView:
    assistant = assistant_of(request)
    return view_grant(assistant.store, caller, found, now=assistant.clock.now())


def _moved(request: Request, caller: Caller, found: Grant, half: str | None) -> GrantMoved:
    return GrantMoved(**_view(request, caller, found).model_dump(), half=half)
