"""The confirmed outcome of an incident: say it, read it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from api.doorway.auth import Ability, Caller
from api.doorway.doors import assistant_of, body_schema, json_of, may
from api.incidents.feedback import give_feedback
from api.schemas.feedback import Feedback, FeedbackPage, feedback_of

router = APIRouter(tags=["feedback"])
Reader = Annotated[Caller, may(Ability.READ)]
Operator = Annotated[Caller, may(Ability.OPERATE)]


@router.get("/incidents/{incident_id}/feedback")
def feedback(request: Request, caller: Reader, incident_id: str) -> FeedbackPage:
    """List what people say it was, and whether that is confirmed."""
    store = assistant_of(request).store
    store.incident(caller.principal, incident_id)
    return feedback_of(store.ledger(incident_id))


@router.post("/incidents/{incident_id}/feedback", openapi_extra=body_schema(Feedback))
def give(
    request: Request,
    caller: Operator,
    incident_id: str,
    wanted: Annotated[Feedback, Depends(json_of(Feedback))],
) -> FeedbackPage:
    """Say what it was; at P0 a second person must say the same before it is confirmed."""
    assistant = assistant_of(request)
    at = assistant.clock.now()
    return give_feedback(assistant.store, caller.principal, incident_id, wanted=wanted, at=at)
