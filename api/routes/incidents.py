"""Incidents: list, life, diagnosis, ledger, map, and the duty board."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request, Response

from api.doorway.auth import Ability, Caller
from api.doorway.doors import assistant_of, body_schema, json_of, may
from api.incidents.board import view_board
from api.incidents.life import change_incident, etag_of, note_first_opened
from api.incidents.map_view import view_map
from api.incidents.views import detail_incident, view_incident, view_timeline
from api.incidents.waiting import MAX_WAIT_S, await_diagnosis
from api.packs.told_cases import told_diagnoses
from api.schemas.incidents import (
    BoardView,
    IncidentDetail,
    IncidentPatch,
    IncidentView,
    Items,
    MapView,
    Pending,
    TimelineView,
)
from graph.model.diagnosis import Diagnosis
from graph.model.digest import diagnosis_digest
from graph.model.incident import Incident, IncidentState, Urgency

router = APIRouter(tags=["incidents"])
Reader = Annotated[Caller, may(Ability.READ)]
Operator = Annotated[Caller, may(Ability.OPERATE)]


@router.get("/board")
def board(request: Request, caller: Reader) -> BoardView:
    """Show what the duty board needs beside its table."""
    return view_board(assistant_of(request), caller.principal)


@router.get("/incidents")
def incidents(
    request: Request,
    caller: Reader,
    state: Annotated[list[IncidentState] | None, Query()] = None,
    urgency: Urgency | None = None,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Items[IncidentView]:
    """Page over incidents: urgency (none last), then began_at, then id."""
    assistant = assistant_of(request)
    page = assistant.store.incidents(
        caller.principal,
        states=frozenset(state) if state else None,
        urgency=urgency,
        cursor=cursor,
        limit=limit,
    )
    now = assistant.clock.now()
    found = [item for item in page.items if isinstance(item, Incident)]
    views = tuple(view_incident(assistant.store, incident, now) for incident in found)
    return Items(items=views, next_cursor=page.next_cursor)


@router.get("/incidents/{incident_id}")
def incident(
    request: Request, response: Response, caller: Reader, incident_id: str
) -> IncidentDetail:
    """Show one incident with names for every id; the first person to look stands in the ledger."""
    assistant = assistant_of(request)
    found = assistant.store.incident(caller.principal, incident_id)
    now = assistant.clock.now()
    if not caller.principal.name.startswith("local:"):
        note_first_opened(assistant.store, found.id, actor=caller.principal.name, at=now)
    response.headers["ETag"] = f'"{etag_of(found)}"'
    return detail_incident(assistant.store, caller.principal, found, now=now)


@router.patch("/incidents/{incident_id}", openapi_extra=body_schema(IncidentPatch))
def patch_incident(
    request: Request,
    response: Response,
    caller: Operator,
    incident_id: str,
    patch: Annotated[IncidentPatch, Depends(json_of(IncidentPatch))],
    if_match: Annotated[str | None, Header()] = None,  # for the document; see `preconditions`
) -> IncidentDetail:
    """Set owner and state; If-Match holds the ETags (or versions) that the caller saw, or `*`."""
    assistant = assistant_of(request)
    now = assistant.clock.now()
    changed = change_incident(
        assistant.store,
        caller.principal,
        incident_id,
        patch=patch,
        if_match=request.headers.getlist("if-match"),
        at=now,
    )
    response.headers["ETag"] = f'"{etag_of(changed)}"'
    return detail_incident(assistant.store, caller.principal, changed, now=now)


@router.get(
    "/incidents/{incident_id}/diagnosis",
    response_model=Diagnosis,
    responses={202: {"model": Pending}},
)
def diagnosis(
    request: Request,
    caller: Reader,
    incident_id: str,
    wait: Annotated[float, Query(ge=0, le=MAX_WAIT_S)] = 0,
) -> Response:
    """Give the newest diagnosis once it covers all evidence stored at the call, else 202."""
    assistant = assistant_of(request)
    found, wanted = await_diagnosis(assistant, caller.principal, incident_id, wait_s=wait)
    if found is None:
        pending = Pending(evidence_revision=wanted).model_dump_json()
        return Response(pending, 202, {"Retry-After": "1"}, "application/json")
    (told,) = told_diagnoses(assistant.store, [found])
    headers = {"ETag": f'"{diagnosis_digest(told)}"'}
    body = told.model_dump_json(by_alias=True)
    return Response(body, 200, headers, "application/json")


@router.get("/incidents/{incident_id}/diagnoses", response_model_by_alias=True)
def diagnoses(
    request: Request,
    caller: Reader,
    incident_id: str,
    newest: Annotated[int | None, Query(ge=1)] = None,
) -> Items[Diagnosis]:
    """List every revision, or the newest so many, oldest first."""
    store = assistant_of(request).store
    store.incident(caller.principal, incident_id)
    found = store.diagnoses(incident_id, newest=newest)
    return Items(items=tuple(told_diagnoses(store, found)))


@router.get("/incidents/{incident_id}/timeline")
def timeline(request: Request, caller: Reader, incident_id: str) -> TimelineView:
    """Give the ledger, the onsets of alerts, and the changes."""
    store = assistant_of(request).store
    return view_timeline(store, caller.principal, store.incident(caller.principal, incident_id))


@router.get("/incidents/{incident_id}/map")
def incident_map(request: Request, caller: Reader, incident_id: str) -> MapView:
    """Give the neighbourhood that the diagnosis page draws, at most 60 boxes."""
    store = assistant_of(request).store
    found = store.incident(caller.principal, incident_id)
    return view_map(store, caller.principal, found)
