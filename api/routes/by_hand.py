"""What people did by hand during an incident: write it down, read it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from api.doorway.auth import Ability, Caller
from api.doorway.doors import assistant_of, body_schema, json_of, may
from api.incidents.by_hand import note_action
from api.incidents.taken_back import verify_action, withdraw_action
from api.schemas.by_hand import ActionTaken, ActionTakenView, actions_of
from api.schemas.incidents import Items

router = APIRouter(tags=["incidents"])
Reader = Annotated[Caller, may(Ability.READ)]
Operator = Annotated[Caller, may(Ability.OPERATE)]


@router.get("/incidents/{incident_id}/actions-taken")
def actions_taken(request: Request, caller: Reader, incident_id: str) -> Items[ActionTakenView]:
    """List what was done by hand, by (at, evidence_id)."""
    store = assistant_of(request).store
    store.incident(caller.principal, incident_id)
    return Items(items=actions_of(store.ledger(incident_id)))


@router.post(
    "/incidents/{incident_id}/actions-taken",
    status_code=201,
    openapi_extra=body_schema(ActionTaken),
)
def take(
    request: Request,
    caller: Operator,
    incident_id: str,
    wanted: Annotated[ActionTaken, Depends(json_of(ActionTaken))],
) -> ActionTakenView:
    """Write down what was done by hand; when this answers, a diagnosis counts it as a change."""
    assistant = assistant_of(request)
    noted = note_action(assistant, caller.principal, incident_id, wanted=wanted)
    # In this call: a person waits, and the worker may be busy with a storm.
    assistant.diagnoser.diagnose_incident(incident_id, computed_at=assistant.clock.now())
    assistant.diagnosed.ring()
    return noted


@router.delete("/incidents/{incident_id}/actions-taken/{evidence_id}")
def withdraw(
    request: Request, caller: Operator, incident_id: str, evidence_id: str
) -> ActionTakenView:
    """Take a wrong entry back; when this answers, a diagnosis counts it no more."""
    assistant = assistant_of(request)
    now = assistant.clock.now()
    taken_back = withdraw_action(
        assistant.store, caller.principal, incident_id, evidence_id=evidence_id, at=now
    )
    assistant.diagnoser.diagnose_incident(incident_id, computed_at=now)
    assistant.diagnosed.ring()
    return taken_back


@router.post("/incidents/{incident_id}/actions-taken/{evidence_id}/verification")
def verify(
    request: Request, caller: Operator, incident_id: str, evidence_id: str
) -> ActionTakenView:
    """Vouch, as somebody else than who noted it, that it was done."""
    assistant = assistant_of(request)
    now = assistant.clock.now()
    return verify_action(
        assistant.store, caller.principal, incident_id, evidence_id=evidence_id, at=now
    )
