"""Incidents written back as past cases: the draft, what somebody makes of it, its publication."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from api.doorway.auth import Ability, Caller
from api.doorway.doors import assistant_of, body_schema, json_of, may
from api.knowledge import case_drafts
from api.schemas.case_drafts import CaseDraft, CaseWritten
from api.schemas.incidents import Items

router = APIRouter(tags=["knowledge"])
Reader = Annotated[Caller, may(Ability.READ)]


@router.get("/case-drafts")
def drafts(request: Request, caller: Reader) -> Items[CaseDraft]:
    """List drafts of incidents that are over or confirmed, unpublished ones first."""
    return Items(items=case_drafts.list_drafts(assistant_of(request), caller.principal))


@router.get("/incidents/{incident_id}/case-draft")
def draft(request: Request, caller: Reader, incident_id: str) -> CaseDraft:
    """Give the case that an incident would become, written from its record or as it was saved."""
    return case_drafts.draft_of(assistant_of(request), caller.principal, incident_id)


@router.put("/incidents/{incident_id}/case-draft", openapi_extra=body_schema(CaseWritten))
def save(
    request: Request,
    caller: Annotated[Caller, may(Ability.OPERATE)],
    incident_id: str,
    wanted: Annotated[CaseWritten, Depends(json_of(CaseWritten))],
) -> CaseDraft:
    """Keep what somebody made of the draft."""
    assistant = assistant_of(request)
    at = assistant.clock.now()
    return case_drafts.save_draft(assistant, caller.principal, incident_id, wanted=wanted, at=at)


@router.post("/incidents/{incident_id}/case")
def publish(
    request: Request, caller: Annotated[Caller, may(Ability.APPROVE)], incident_id: str
) -> CaseDraft:
    """Put the draft of a confirmed incident among the past cases."""
    assistant = assistant_of(request)
    at = assistant.clock.now()
    return case_drafts.publish_case(assistant, caller.principal, incident_id, at=at)
