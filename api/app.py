"""The HTTP application over an assistant: routes, guards, errors, one log line per call."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from typing import Any, Final, cast

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.accounts.rate_limit import FailureLimit
from api.bootstrap import Assistant
from api.doorway.auth import Gate
from api.doorway.limits import APPROVALS_PATH, Guard
from api.errors import kind_of, problem, problem_of
from api.incidents.calibration import Calibrations
from api.incidents.replay_views import Replays
from api.incidents.why_views import Whys
from api.knowledge.writing_back.faring import Fares
from api.metrics import Metrics
from api.moving.house import Spool
from api.remediations import approval_page
from api.routes import (
    access,
    by_hand,
    calibration,
    case_drafts,
    catalogue,
    docs_page,
    documents,
    feedback,
    grants,
    graph,
    handover,
    incidents,
    knowledge,
    login_page,
    moving,
    networks,
    observations,
    own_account,
    postmortem,
    remediations,
    replays,
    service,
    signals,
    unanswered,
    whys,
)
from api.threads import Threads
from graph.errors import Detail, EtiographError, RateLimitedError

_ABOUT: Final = (
    "Finds the root cause of an alert storm on a topology graph, says why, and says when it does "
    "not know. Errors are application/problem+json; lists are {items, next_cursor}. "
)


class ProblemResponse(JSONResponse):
    """An error as RFC 9457 wants it."""

    media_type = "application/problem+json"


def create_app(assistant: Assistant) -> FastAPI:
    """Make the application, served below `/api`; the caller starts and stops the assistant."""
    app = FastAPI(
        title="Etiograph",
        description=_ABOUT,
        version=version("etiograph"),
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        responses={"default": {"description": "application/problem+json (RFC 9457)"}},
    )
    app.state.assistant = assistant
    app.state.metrics = Metrics()
    app.state.threads = Threads()
    app.state.whys = Whys()
    app.state.calibrations = Calibrations()
    app.state.fares = Fares()
    app.state.replays = Replays()
    app.state.refusals = FailureLimit(attempts=assistant.settings.refusals_per_minute)
    app.state.writes = FailureLimit(attempts=assistant.settings.writes_per_minute)
    app.state.spool = Spool(assistant)
    app.state.gate = Gate(
        assistant.store, assistant.clock, assistant.signing, assistant.owner_token
    )
    for router in (
        access.router,
        own_account.router,
        grants.router,
        signals.router,
        incidents.router,
        networks.router,
        whys.router,
        observations.router,
        by_hand.router,
        calibration.router,
        replays.router,
        feedback.router,
        postmortem.router,
        graph.router,
        knowledge.router,
        documents.router,
        unanswered.router,
        case_drafts.router,
        catalogue.router,
        service.router,
        moving.router,
        handover.router,
        remediations.router,
    ):
        app.include_router(router, prefix="/v1")
    app.include_router(service.open_router)
    app.include_router(login_page.router)
    app.include_router(approval_page.router)
    app.include_router(docs_page.router)
    _answer_errors(app)
    app.add_middleware(LastResort)
    app.add_middleware(Guard, hosts=frozenset({assistant.settings.host}))
    app.add_middleware(CallLog, metrics=app.state.metrics)
    app.add_middleware(BelowApi)
    return app


def _answer_errors(app: FastAPI) -> None:
    handlers: dict[type[Exception], Callable[[Request, Any], Awaitable[Response]]] = {
        EtiographError: _known_error,
        HTTPException: _framework_error,
        RequestValidationError: _wrong_parameters,
        ClientDisconnect: _gone,
    }
    for error_class, handler in handlers.items():
        app.add_exception_handler(error_class, handler)


async def _known_error(_request: Request, error: EtiographError) -> Response:
    headers = {}
    kind = kind_of(error)
    if kind.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if kind.status == 503:
        headers["Retry-After"] = "2"
    if isinstance(error, RateLimitedError):
        headers["Retry-After"] = str(error.retry_after_s)
    return ProblemResponse(problem_of(error), kind.status, headers)


async def _framework_error(request: Request, error: HTTPException) -> Response:
    detail = f"{request.method} {request.url.path}: {error.detail}; /api/docs lists every call"
    headers = dict(error.headers or {})
    return ProblemResponse(problem(error.status_code, detail), error.status_code, headers)


async def _wrong_parameters(_request: Request, error: RequestValidationError) -> Response:
    faults = tuple(
        Detail("".join(f"/{part}" for part in fault["loc"]), str(fault["msg"]))
        for fault in error.errors()
    )
    first = f"{faults[0].pointer}: {faults[0].detail}" if faults else "the request is wrong"
    return ProblemResponse(problem(422, first, errors=faults), 422)


async def _gone(_request: Request, _error: ClientDisconnect) -> Response:
    """Note a call whose sender left before its body or its answer was whole; nobody reads this."""
    return ProblemResponse(problem(499, "the sender left before the call was done"), 499)


class LastResort:
    """Answer 500 to what nobody foresaw, and log it here and nowhere else.

    A handler of the framework would have it raised again, and the server would log it once more.
    """

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application."""
        self._app: Final = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand on; an answer that has begun cannot be changed, and ends with the connection."""
        begun = False

        async def noting(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except Exception as error:
            if begun or scope["type"] != "http":
                raise
            structlog.get_logger("http").error(
                "call_failed", method=scope["method"], path=scope["path"], exc_info=error
            )
            detail = "an internal error; the log of the server says more"
            await ProblemResponse(problem(500, detail), 500)(scope, receive, send)


class BelowApi:
    """Serve below /api, mounted there or not: the paths are the same either way."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application."""
        self._app: Final = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Tell the router which part of the path is not its own."""
        if scope["type"] == "http" and scope["path"].startswith("/api"):
            scope = {**scope, "root_path": "/api"}
        elif scope["type"] == "http" and scope["path"].startswith(APPROVALS_PATH):
            scope = {**scope, "root_path": ""}
        await self._app(scope, receive, send)


class CallLog:
    """Write one line per call and count it; who called, what came out, how long it took."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        """Wrap an application."""
        self._app: Final = app
        self._metrics: Final = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand on, and note the status."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = time.perf_counter(), 500

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            seconds = time.perf_counter() - started
            self._note(scope, status, seconds)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        method = str(scope["method"])
        route = cast(str, getattr(scope.get("route"), "path", "unknown"))
        self._metrics.count_call(method, route, status=status, seconds=seconds)
        log = structlog.get_logger("http")
        # A replayed storm is hundreds of posts at once; each stands in the ledger anyway.
        replayed = status < 400 and "x-received-at" in Headers(scope=scope)
        (log.debug if replayed else log.info)(
            "call",
            method=method,
            path=scope["path"],
            status=status,
            duration_s=round(seconds, 4),
        )
