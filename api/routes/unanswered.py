"""Questions that no SOP answered: listed for those who write SOPs, wished for, ended, exported."""

from __future__ import annotations

from datetime import UTC, date, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request

from api.doorway.auth import Ability, Caller
from api.doorway.doors import assistant_of, body_schema, json_of, may
from api.doorway.slowing import paced
from api.knowledge.writing_back import unanswered
from api.schemas.incidents import Items
from api.schemas.unanswered import QuestionEnding, SopWished, UnansweredReport, UnansweredView
from graph.model.document import QuestionStatus

router = APIRouter(tags=["knowledge"])
Editor = Annotated[Caller, may(Ability.APPROVE, Ability.ADMIN)]
Days = Annotated[int | None, Query(ge=1, le=400)]


@router.get("/unanswered-questions")
def questions(
    request: Request, _: Editor, status: QuestionStatus | None = None, days: Days = None
) -> Items[UnansweredView]:
    """List questions that no SOP answered, most often asked first; of the last `days`, or ever."""
    assistant = assistant_of(request)
    today = assistant.clock.now().astimezone(UTC).date()
    since = today - timedelta(days=days - 1) if days else None
    return Items(items=unanswered.list_unanswered(assistant.store, status=status, since=since))


@router.get("/unanswered-questions/report")
def report(
    request: Request, _: Editor, lang: Literal["zh", "en"] = "zh", until: date | None = None
) -> UnansweredReport:
    """Report on the fortnight up to a UTC day, as figures and as Markdown."""
    assistant = assistant_of(request)
    now = assistant.clock.now()
    return unanswered.report_unanswered(assistant.store, lang=lang, until=until, now=now)


@router.post(
    "/unanswered-questions/{question_id}/wishes",
    status_code=201,
    openapi_extra=body_schema(SopWished),
    dependencies=[Depends(paced)],
)
def wish(
    request: Request,
    caller: Annotated[Caller, may(Ability.OPERATE)],
    question_id: str,
    wanted: Annotated[SopWished, Depends(json_of(SopWished))],
) -> UnansweredView:
    """Record that an SOP is missing, with a few words on what it should say."""
    assistant = assistant_of(request)
    at = assistant.clock.now()
    return unanswered.wish_sop(assistant, caller.principal, question_id, wanted=wanted, at=at)


@router.post(
    "/unanswered-questions/{question_id}/ending",
    openapi_extra=body_schema(QuestionEnding),
    dependencies=[Depends(paced)],
)
def end(
    request: Request,
    caller: Editor,
    question_id: str,
    wanted: Annotated[QuestionEnding, Depends(json_of(QuestionEnding))],
) -> UnansweredView:
    """End a question: an SOP answers it now, or none is needed."""
    assistant = assistant_of(request)
    at = assistant.clock.now()
    return unanswered.end_question(assistant, caller.principal, question_id, wanted=wanted, at=at)
