"""Remediations: request, decide, execute, settle; the emergency stop; the audit chain."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import JsonValue

from api.audit_views import verify_audit
from api.doorway.auth import Ability, Caller
from api.doorway.doors import assistant_of, body_schema, json_of, may
from api.doorway.slowing import slowed
from api.doorway.trying import Actor, tried
from api.remediations.deciding import decide_on
from api.remediations.views import view_remediation
from api.schemas.incidents import Items
from api.schemas.remediations import (
    AuditVerification,
    Bundle,
    DecisionRequest,
    EndingRequest,
    RemediationRequest,
    RemediationView,
    ResolutionRequest,
    StopRequest,
    StopView,
    UndoRequest,
)
from graph.errors import NotFoundError
from graph.model.audit import AuditEvent
from graph.model.remediation import EmergencyStop, Ending, Remediation, RemediationStatus
from graph.ports import Store

router = APIRouter(tags=["remediations"])
Reader = Annotated[Caller, may(Ability.READ)]
Auditor = Annotated[Caller, may(Ability.READ, Ability.ADMIN)]
_CHUNK = 500


@router.post(
    "/incidents/{incident_id}/remediations",
    status_code=201,
    openapi_extra=body_schema(RemediationRequest),
)
def request_remediation(
    request: Request,
    caller: Actor,
    incident_id: str,
    wanted: Annotated[RemediationRequest, Depends(tried(RemediationRequest, "request"))],
) -> RemediationView:
    """Plan an action and ask for the approvals that its policy demands."""
    assistant = assistant_of(request)
    with slowed(request, caller):
        made = assistant.desk.request(
            caller.principal,
            incident_id,
            action_id=wanted.action_id,
            target_ids=wanted.target_ids,
            parameters=wanted.parameters,
            reason=wanted.reason,
            at=assistant.clock.now(),
        )
    return _view(request, caller, made)


@router.get("/remediations")
def remediations(
    request: Request,
    caller: Reader,
    status: Annotated[list[RemediationStatus] | None, Query()] = None,
    incident: str | None = None,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Items[RemediationView]:
    """Page over remediations, newest request first."""
    assistant = assistant_of(request)
    assistant.desk.expire_due(assistant.clock.now())
    page = assistant.store.remediations(
        caller.principal,
        statuses=frozenset(status) if status else None,
        incident_id=incident,
        cursor=cursor,
        limit=limit,
    )
    found = [item for item in page.items if isinstance(item, Remediation)]
    views = tuple(_view(request, caller, item) for item in found)
    return Items(items=views, next_cursor=page.next_cursor)


@router.get("/remediations/{remediation_id}")
def remediation(request: Request, caller: Reader, remediation_id: str) -> RemediationView:
    """Show one remediation as it stands now."""
    assistant = assistant_of(request)
    assistant.desk.expire_due(assistant.clock.now())
    found = assistant.store.remediation(caller.principal, remediation_id)
    return _view(request, caller, found)


@router.post("/remediations/{remediation_id}/approvals", openapi_extra=body_schema(DecisionRequest))
def decide(
    request: Request,
    caller: Actor,
    remediation_id: str,
    wanted: Annotated[DecisionRequest, Depends(tried(DecisionRequest, "decide"))],
) -> RemediationView:
    """Agree or refuse; only a signed-in person, and the desk says who may."""
    assistant = assistant_of(request)
    with slowed(request, caller):
        decided = decide_on(assistant, caller, remediation_id, wanted)
    return _view(request, caller, decided)


@router.delete("/remediations/{remediation_id}/approvals/mine")
def withdraw(request: Request, caller: Actor, remediation_id: str) -> RemediationView:
    """Take one's own approval back, as long as nothing runs."""
    assistant = assistant_of(request)
    with slowed(request, caller):
        left = assistant.desk.withdraw(caller.principal, remediation_id, at=assistant.clock.now())
    return _view(request, caller, left)


@router.post("/remediations/{remediation_id}/execution", status_code=202)
def execute(request: Request, caller: Actor, remediation_id: str) -> RemediationView:
    """Start it; 409 unless every demanded approval stands and every precondition holds."""
    assistant = assistant_of(request)
    with slowed(request, caller):
        started = assistant.desk.start(caller.principal, remediation_id, at=assistant.clock.now())
    assistant.hands.wake()
    return _view(request, caller, started)


@router.post(
    "/remediations/{remediation_id}/resolution", openapi_extra=body_schema(ResolutionRequest)
)
def resolve(
    request: Request,
    caller: Actor,
    remediation_id: str,
    wanted: Annotated[ResolutionRequest, Depends(tried(ResolutionRequest, "resolve"))],
) -> RemediationView:
    """Settle an unknown or held outcome."""
    assistant = assistant_of(request)
    with slowed(request, caller):
        settled = assistant.desk.resolve(
            caller.principal,
            remediation_id,
            outcome=wanted.outcome,
            note=wanted.note,
            at=assistant.clock.now(),
        )
    return _view(request, caller, settled)


@router.post(
    "/remediations/{remediation_id}/undo",
    status_code=202,
    responses={201: {"description": "a request was made, which has to be agreed to"}},
    openapi_extra=body_schema(UndoRequest),
)
def undo(
    request: Request,
    response: Response,
    caller: Actor,
    remediation_id: str,
    wanted: Annotated[UndoRequest, Depends(tried(UndoRequest, "undo"))],
) -> RemediationView:
    """Take back what is held: at once where its approvals cover that, else by a request.

    A temporary measure is always taken back by a request; asked again, the one under way is given.
    """
    assistant = assistant_of(request)
    with slowed(request, caller):
        found = assistant.desk.measures.undo(
            caller.principal, remediation_id, reason=wanted.reason, at=assistant.clock.now()
        )
    if found.id == remediation_id:
        assistant.hands.wake()
    else:
        response.status_code = 201
    return _view(request, caller, found)


@router.post("/remediations/{remediation_id}/ending", openapi_extra=body_schema(EndingRequest))
def end_measure(
    request: Request,
    caller: Actor,
    remediation_id: str,
    wanted: Annotated[EndingRequest, Depends(tried(EndingRequest, "end_measure"))],
) -> RemediationView:
    """Say that a temporary measure stays for good, or was undone by hand."""
    assistant = assistant_of(request)
    with slowed(request, caller):
        ended = assistant.desk.measures.end(
            caller.principal,
            remediation_id,
            how=Ending(wanted.how),
            reason=wanted.reason,
            at=assistant.clock.now(),
        )
    return _view(request, caller, ended)


@router.get("/remediations/{remediation_id}/bundle")
def bundle(request: Request, caller: Reader, remediation_id: str) -> Bundle:
    """Give the record, its diagnosis and its lines of the audit chain."""
    store = assistant_of(request).store
    found = store.remediation(caller.principal, remediation_id)
    diagnosis = store.diagnosis(found.incident_id, found.plan.diagnosis_revision)
    told: JsonValue = diagnosis.model_dump(mode="json", by_alias=True) if diagnosis else None
    lines = tuple(line for line in _chain(store) if line.subject == found.id)
    return Bundle(remediation=_view(request, caller, found), audit=lines, diagnosis=told)


@router.get("/emergency-stop")
def emergency_stop(request: Request, caller: Auditor) -> StopView:
    """Tell whether the emergency stop holds."""
    return _stop_view(assistant_of(request).store.emergency_stop())


@router.post("/emergency-stop", openapi_extra=body_schema(StopRequest))
def pull_stop(
    request: Request,
    caller: Actor,
    wanted: Annotated[StopRequest, Depends(json_of(StopRequest))],
) -> StopView:
    """Let nothing more start; whoever may do so is never slowed."""
    assistant = assistant_of(request)
    right = Ability.OPERATE in caller.abilities
    with nullcontext() if right else slowed(request, caller):
        assistant.desk.pull_stop(caller.principal, wanted.reason, at=assistant.clock.now())
    return _stop_view(assistant.store.emergency_stop())


@router.delete("/emergency-stop")
def release_stop(request: Request, caller: Actor) -> StopView:
    """Agree to lift the emergency stop; two distinct people lift it."""
    assistant = assistant_of(request)
    with slowed(request, caller):
        assistant.desk.release_stop(caller.principal, at=assistant.clock.now())
    return _stop_view(assistant.store.emergency_stop())


@router.get("/audit")
def audit(
    request: Request,
    caller: Auditor,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Items[AuditEvent]:
    """Page over the audit log, newest first; whole for people of every site only."""
    if caller.principal.sites is not None:
        raise NotFoundError("the audit log is shown to people of all sites; ask one of them")
    page = assistant_of(request).store.audit(cursor=cursor, limit=limit)
    found = tuple(item for item in page.items if isinstance(item, AuditEvent))
    return Items(items=found, next_cursor=page.next_cursor)


@router.get("/audit/verification")
def verification(request: Request, caller: Auditor) -> AuditVerification:
    """Read the whole chain and tell whether it holds."""
    return verify_audit(assistant_of(request).store)


def _chain(store: Store) -> list[AuditEvent]:
    lines: list[AuditEvent] = []
    while True:
        part = store.audit_chain(after=lines[-1].seq if lines else 0, limit=_CHUNK)
        lines += part
        if len(part) < _CHUNK:
            return lines


def _stop_view(stop: EmergencyStop | None) -> StopView:
    if stop is None:
        return StopView(held=False)
    return StopView(held=True, stop=stop, release_needs=max(1, 2 - len(stop.released_by)))


def _view(request: Request, caller: Caller, found: Remediation) -> RemediationView:
    assistant = assistant_of(request)
    return view_remediation(assistant.store, caller, found, now=assistant.clock.now())
