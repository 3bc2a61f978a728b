"""Knowledge in words: search, one SOP, and the chat that only quotes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, cast

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import JsonValue

from api.doorway.auth import Ability, Caller
from api.doorway.doors import assistant_of, body_schema, json_of, may
from api.doorway.slowing import paced
from api.knowledge.asking import chat, chat_events, check_question
from api.knowledge.gated import Guard, reveal_step
from api.knowledge.writing_back.faring import Fares, record_of, records_beside
from api.knowledge.writing_back.ticks import tick_step
from api.routes.whys import whys_of
from api.schemas.chat import (
    MAX_QUESTION_CHARS,
    ChatModelView,
    ChatQuestion,
    RevealedStep,
    RevealRequest,
)
from api.schemas.incidents import Items
from api.schemas.sop_records import FlaggedSop, SopRecord
from api.schemas.ticks import SopTick, SopTickView, ticks_of
from api.threads import Threads
from graph.model.knowledge import Sop

if TYPE_CHECKING:  # loaded at the first question
    from retrieval.results import SearchResults

router = APIRouter(tags=["knowledge"])
Reader = Annotated[Caller, may(Ability.READ)]
Operator = Annotated[Caller, may(Ability.OPERATE)]
Asked = Annotated[str, Query(min_length=1, max_length=MAX_QUESTION_CHARS)]
Limit = Annotated[int, Query(ge=1, le=50)]
_STREAM = "text/event-stream"


def _threads_of(request: Request) -> Threads:
    return cast(Threads, request.app.state.threads)  # starlette's state is untyped


def fares_of(request: Request) -> Fares:
    """Give what is kept about how SOPs have fared."""
    return cast(Fares, request.app.state.fares)


@router.get("/sops/search")
def search_sops(request: Request, caller: Reader, q: Asked, limit: Limit = 10) -> JsonValue:
    """Find SOPs for a question in words, as search/v1."""
    search = assistant_of(request).knowledge.search()
    found = search.find_sops(caller.principal, q, limit=limit)
    return _told(request, caller, found)


@router.get("/cases/search")
def search_cases(request: Request, caller: Reader, q: Asked, limit: Limit = 10) -> JsonValue:
    """Find past cases for a question in words, as search/v1."""
    search = assistant_of(request).knowledge.search()
    answer: JsonValue = search.find_cases(caller.principal, q, limit=limit).model_dump(mode="json")
    return answer


@router.get("/knowledge/search")
def search_knowledge(request: Request, caller: Reader, q: Asked, limit: Limit = 10) -> JsonValue:
    """Find SOPs and past cases together for a question in words, as search/v1."""
    search = assistant_of(request).knowledge.search()
    return _told(request, caller, search.search(caller.principal, q, limit=limit))


def _told(request: Request, caller: Caller, found: SearchResults) -> JsonValue:
    """Write search/v1; an SOP that should be looked at again says why in `flags`."""
    sops = frozenset(hit.id for hit in found.results if hit.kind == "sop")
    kinds = fares_of(request).kinds_of(assistant_of(request), caller.principal, sops)
    written: dict[str, JsonValue] = found.model_dump(mode="json")
    hits = written["results"]
    for hit in hits if isinstance(hits, list) else ():
        if isinstance(hit, dict) and (flags := kinds.get(str(hit["id"]))):
            hit["flags"] = [*flags]
    return written


@router.get("/flagged-sops")
def flagged(request: Request, caller: Reader) -> Items[FlaggedSop]:
    """List SOPs to look at again: a step or a fix that failed, or SOPs that disagree."""
    assistant = assistant_of(request)
    return Items(items=fares_of(request).flagged(assistant, caller.principal))


@router.get("/sops/{sop_id}/record")
def record(
    request: Request, caller: Reader, sop_id: str, incident_id: str | None = None
) -> SopRecord:
    """Tell when an SOP was reviewed and last worked, what changed since, and what is wrong."""
    assistant = assistant_of(request)
    return record_of(
        assistant,
        caller.principal,
        fares_of(request),
        sop_id=sop_id,
        incident_id=incident_id,
        now=assistant.clock.now(),
    )


@router.get("/incidents/{incident_id}/sop-records")
def records(request: Request, caller: Reader, incident_id: str) -> Items[SopRecord]:
    """Tell how the SOPs of the newest diagnosis have fared, in its order; it stays as it is."""
    assistant, fares = assistant_of(request), fares_of(request)
    now = assistant.clock.now()
    found = records_beside(assistant, caller.principal, fares, incident_id=incident_id, now=now)
    return Items(items=found)


@router.get("/sops/{sop_id}")
def sop(request: Request, caller: Reader, sop_id: str) -> Sop:
    """Show one SOP in both languages; commands that belong to a gated action are folded."""
    assistant = assistant_of(request)
    found = assistant.knowledge.search().sop(caller.principal, sop_id)
    return Guard(assistant.store, assistant.clock.now()).sop(found)


@router.post(
    "/sops/{sop_id}/reveals",
    openapi_extra=body_schema(RevealRequest),
    dependencies=[Depends(paced)],
)
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

    While a language model still chooses, an event `quoted` comes first: the answer without it.

    With an incident, questions about it (status, why, why not X, since when, what next, who is
    hit) are answered from its newest diagnosis: `about` is `diagnosis`, each step names its
    `evidence_ids`.

    `thread_id` joins the answers of one talk, which `GET /chat/{thread_id}` gives back; a question
    that leans on an earlier one is read after it.

    With a language model in the settings `llm` says whether it selected the steps, what was taken
    out before anything was sent, and why it did not help; every step is the SOP's own sentence.
    """
    assistant, threads, whys = assistant_of(request), _threads_of(request), whys_of(request)
    check_question(assistant, caller.principal, asked)
    at = assistant.clock.now()
    if _STREAM in request.headers.get("accept", ""):
        events = chat_events(assistant, caller.principal, asked, threads=threads, at=at, whys=whys)
        return StreamingResponse(events, media_type=_STREAM)
    return chat(assistant, caller.principal, asked, threads=threads, at=at, whys=whys)


@router.get("/chat-model")
def chat_model(request: Request, _: Reader) -> ChatModelView:
    """Say which language model selects steps; None where answers only quote and nothing is sent."""
    return ChatModelView(model=assistant_of(request).settings.llm_model)


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
    "/incidents/{incident_id}/sop-runs",
    status_code=201,
    openapi_extra=body_schema(SopTick),
    dependencies=[Depends(paced)],
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
