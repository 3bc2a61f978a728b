"""The server itself: packs, questions, doctor, health, readiness, metrics."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import JsonValue

from api.doctor import examine
from api.doorway.auth import Ability, Caller
from api.doorway.doors import assistant_of, body_schema, find_caller, json_of, may, raw_body
from api.metrics import CONTENT_TYPE, Metrics
from api.packs.loading import view_pack
from api.schemas.admin import DoctorReport, Health, PacksLoaded, PackView, Question
from api.schemas.incidents import Items

router = APIRouter(tags=["service"])
open_router = APIRouter(tags=["service"])
_JSON = "application/json"
_ARCHIVE = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.get("/packs")
def packs(
    request: Request, _: Annotated[Caller, may(Ability.READ, Ability.ADMIN)]
) -> Items[PackView]:
    """List the loaded packs with their counts and revisions, by id."""
    store = assistant_of(request).store
    return Items(items=tuple(view_pack(store.pack(h.id), h) for h in store.packs()))


@router.post("/packs", openapi_extra=_ARCHIVE)
def load_packs(
    request: Request,
    caller: Annotated[Caller, may(Ability.ADMIN)],
    body: Annotated[bytes, Depends(raw_body)],
) -> PacksLoaded:
    """Load the packs of a .zip or .tar.gz archive of at most 50 MB, all or nothing.

    Whoever loads a change counts for a day as requester of actions on what it touches.
    """
    assistant = assistant_of(request)
    return assistant.packs.load_archive(body, by=caller.principal.name, at=assistant.clock.now())


@router.post("/ask", openapi_extra=body_schema(Question))
def ask(
    request: Request,
    caller: Annotated[Caller, may(Ability.READ)],
    question: Annotated[Question, Depends(json_of(Question))],
) -> JsonValue:
    """Answer with cited SOP steps, or refuse; what `etiograph ask` uses."""
    from api.knowledge.asking import answer_question

    return answer_question(assistant_of(request), caller.principal, question)


@router.get("/doctor")
def doctor(
    request: Request, _: Annotated[Caller, may(Ability.READ, Ability.ADMIN)]
) -> DoctorReport:
    """Examine the store, the packs, the engine and the set-up."""
    return examine(assistant_of(request), serving=True)


@open_router.get("/metrics")
def metrics(request: Request, caller: Annotated[Caller, Depends(find_caller)]) -> Response:
    """Give counters in Prometheus text form."""
    caller.demand(Ability.READ, Ability.ADMIN)
    counted: Metrics = request.app.state.metrics
    return Response(counted.render(assistant_of(request)), media_type=CONTENT_TYPE)


@open_router.get("/healthz")
def healthz() -> Health:
    """Tell that the process answers."""
    return Health(status="ok")


@open_router.head("/healthz", include_in_schema=False)
def head_healthz() -> Response:
    """Tell the same by headers alone."""
    return _headers_of(Response(Health(status="ok").model_dump_json(), media_type=_JSON))


@open_router.get("/readyz", responses={503: {"model": Health}})
def readyz(request: Request) -> Response:
    """Tell whether the store answers and packs are loaded."""
    assistant = assistant_of(request)
    status = "loading"
    if assistant.ready.is_set():
        status = "ok" if assistant.answers() else "store lost"
    body = Health(status=status).model_dump_json()
    return Response(body, 200 if status == "ok" else 503, media_type=_JSON)


@open_router.head("/readyz", include_in_schema=False)
def head_readyz(request: Request) -> Response:
    """Tell the same by status and headers alone."""
    return _headers_of(readyz(request))


def _headers_of(response: Response) -> Response:
    """Take the body away; its length stays told, as for GET."""
    response.body = b""
    return response
