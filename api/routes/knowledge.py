"""Knowledge in words: search, one SOP, and the chat that only quotes."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import JsonValue

from api.doorway.auth import Ability, Caller
from api.doorway.doors import assistant_of, body_schema, json_of, may
from api.knowledge.asking import chat, chat_events, check_question
from api.knowledge.gated import Guard, reveal_step
from api.knowledge.ticks import tick_step
from api.routes.whys import whys_of
from api.schemas.chat import (
    MAX_QUESTION_CHARS,
    ChatQuestion,
    RevealedStep,
    RevealRequest,
)
from api.schemas.incidents import Items
from api.schemas.ticks import SopTick, SopTickView, ticks_of
from api.threads import Threads
from graph.model.knowledge import Sop

router = APIRouter(tags=["knowledge"])
Reader = Annotated[Caller, may(Ability.READ)]
Operator = Annotated[Caller, may(Ability.OPERATE)]
Asked = Annotated[str, Query(min_length=1, max_length=MAX_QUESTION_CHARS)]
Limit = Annotated[int, Query(ge=1, le=50)]
_STREAM = "text/event-stream"


def _threads_of(request: Request) -> Threads:
    return cast(Threads, request.app.state.threads)  # starlette's state is untyped


@router.get("/sops/search")
def search_sops(request: Request, caller: Reader, q: Asked, limit: Limit = 10) -> JsonValue:
    """Find SOPs for a question in words, as search/v1."""
    search = assistant_of(request).knowledge.search()
    answer: JsonValue = search.find_sops(caller.principal, q, limit=limit).model_dump(mode="json")
    return answer


@router.get("/cases/search")
def search_cases(request: Request, caller: Reader, q: Asked, limit: Limit = 10) -> JsonValue:
    """Find past cases for a question in words, as search/v1."""
    search = assistant_of(request).knowledge.search()
    answer: JsonValue = search.find_cases(caller.principal, q, limit=limit).model_dump(mode="json")
    return answer


@router.get("/sops/{sop_id}")
def sop(request: Request, caller: Reader, sop_id: str) -> Sop:
    """Show one SOP in both languages; commands that belong to a gated action are folded."""
    assistant = assistant_of(request)
    found = assistant.knowledge.search().sop(caller.principal, sop_id)
    return Guard(assistant.store, assistant.clock.now()).sop(found)


@router.post("/sops/{sop_id}/reveals", openapi_extra=body_schema(RevealRequest))
def reveal(
    request: Request,
    caller: Operator,
    sop_id: str,
    wanted: Annotated[RevealRequest, Depends(json_of(RevealRequest))],
) -> RevealedStep:
    """Show the folded commands of one step to a signed-in person, and write that down."""
    assistant = assistant_of(request)
    at = assistant.clock.now()
    text = reveal_step(assistant, caller.principal, sop_id, wanted=wanted, at=at)
    return RevealedStep(text=text)


@router.post(
    "/chat",
    openapi_extra=body_schema(ChatQuestion),
    responses={200: {"content": {_STREAM: {}}}},
    response_model=None,
)
def ask_chat(
    request: Request,
    caller: Operator,
    asked: Annotated[ChatQuestion, Depends(json_of(ChatQuestion))],
) -> Response | JsonValue:
    """Answer with cited SOP steps, or refuse: answer/v1, or events `step`, `done`, `error`.

    With an incident, questions about it (status, why, why not X, since when, what next, who is
    hit) are answered from its newest diagnosis: `about` is `diagnosis`, each step names its
    `evidence_ids`.

    `thread_id` joins the answers of one talk, which `GET /chat/{thread_id}` gives back; each
    question is answered by itself.
    """
    assistant, threads, whys = assistant_of(request), _threads_of(request), whys_of(request)
    check_question(assistant, caller.principal, asked)
    at = assistant.clock.now()
    if _STREAM in request.headers.get("accept", ""):
        events = chat_events(assistant, caller.principal, asked, threads=threads, at=at, whys=whys)
        return StreamingResponse(events, media_type=_STREAM)
    return chat(assistant, caller.principal, asked, threads=threads, at=at, whys=whys)


@router.get("/chat/{thread_id}")
def thread(request: Request, caller: Operator, thread_id: str) -> Items[dict[str, JsonValue]]:
    """Give the answers of one's own thread, oldest first, while the server holds them."""
    return Items(items=_threads_of(request).turns(caller.principal.name, thread_id))


@router.get("/incidents/{incident_id}/sop-runs")
def sop_runs(request: Request, caller: Reader, incident_id: str) -> Items[SopTickView]:
    """List the ticked SOP steps of an incident with outcome, person and time."""
    store = assistant_of(request).store
    store.incident(caller.principal, incident_id)
    return Items(items=ticks_of(store.ledger(incident_id)))


@router.post(
    "/incidents/{incident_id}/sop-runs", status_code=201, openapi_extra=body_schema(SopTick)
)
def tick(
    request: Request,
    caller: Operator,
    incident_id: str,
    wanted: Annotated[SopTick, Depends(json_of(SopTick))],
) -> Items[SopTickView]:
    """Write down how a step of an SOP went (done, failed, skipped), or take it back (open)."""
    assistant = assistant_of(request)
    at = assistant.clock.now()
    return Items(items=tick_step(assistant, caller.principal, incident_id, wanted=wanted, at=at))
