"""Incidents written back as past cases: the draft, what somebody makes of it, its publication."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from api.doorway.auth import Ability, Caller
from api.doorway.doors import assistant_of, body_schema, json_of, may
from api.doorway.slowing import paced
from api.knowledge.writing_back import case_drafts
from api.schemas.case_drafts import CaseDraft, CasePublication, CaseWritten
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


@router.put(
    "/incidents/{incident_id}/case-draft",
    openapi_extra=body_schema(CaseWritten),
    dependencies=[Depends(paced)],
)
def save(
    request: Request,
    caller: Annotated[Caller, may(Ability.OPERATE)],
    incident_id: str,
    wanted: Annotated[CaseWritten, Depends(json_of(CaseWritten))],
) -> CaseDraft:
    """Keep what somebody made of the draft that they saw; 409 where it is another by now."""
    assistant = assistant_of(request)
    return case_drafts.save_draft(
        assistant,
        caller.principal,
        incident_id,
        wanted=wanted.words,
        seen=wanted.content_sha256,
        at=assistant.clock.now(),
    )


@router.post(
    "/incidents/{incident_id}/case",
    openapi_extra=body_schema(CasePublication),
    dependencies=[Depends(paced)],
)
def publish(
    request: Request,
    caller: Annotated[Caller, may(Ability.APPROVE)],
    incident_id: str,
    wanted: Annotated[CasePublication, Depends(json_of(CasePublication))],
) -> CaseDraft:
    """Put the draft that was seen among the past cases; 409 where it is another by now."""
    assistant = assistant_of(request)
    at, seen = assistant.clock.now(), wanted.content_sha256
    return case_drafts.publish_case(assistant, caller.principal, incident_id, seen=seen, at=at)
