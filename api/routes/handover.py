"""The four-line report, and the change of shift."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from api.doorway.auth import Ability, Caller
from api.doorway.doors import assistant_of, body_schema, json_of, may
from api.incidents.briefing import brief
from api.incidents.handover import accept_handover, view_handover
from api.schemas.handover import Briefing, HandoverNote, HandoverView
from graph.model.remediation import Remediation

router = APIRouter(tags=["handover"])
Reader = Annotated[Caller, may(Ability.READ)]
Operator = Annotated[Caller, may(Ability.OPERATE)]


@router.get("/incidents/{incident_id}/briefing")
def briefing(request: Request, caller: Reader, incident_id: str) -> Briefing:
    """Tell those who call: hit, known and unknown, being done, next news at."""
    assistant = assistant_of(request)
    store = assistant.store
    incident = store.incident(caller.principal, incident_id)
    page = store.remediations(caller.principal, incident_id=incident.id, limit=20)
    remediations = [item for item in page.items if isinstance(item, Remediation)]
    return brief(
        store.pack(incident.pack_id),
        incident,
        store.diagnosis(incident.id),
        remediations,
        now=assistant.clock.now(),
    )


@router.get("/handover")
def handover(request: Request, caller: Reader) -> HandoverView:
    """Show what a successor must know."""
    assistant = assistant_of(request)
    return view_handover(assistant.store, caller.principal, now=assistant.clock.now())


@router.post("/handover", openapi_extra=body_schema(HandoverNote))
def accept(
    request: Request,
    caller: Operator,
    note: Annotated[HandoverNote, Depends(json_of(HandoverNote))],
) -> HandoverView:
    """Take over by name, the temporary measures with it; it stands in the audit log."""
    assistant = assistant_of(request)
    accept_handover(assistant, caller.principal, note=note.note)
    return view_handover(assistant.store, caller.principal, now=assistant.clock.now())
