"""What the routes depend on: the assistant, the caller, and bodies read and checked."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Annotated, Any, TypeVar, cast

from fastapi import Depends, Request
from pydantic import BaseModel, ValidationError

from api.bootstrap import Assistant
from api.client import SESSION_COOKIE
from api.doorway.auth import Ability, Caller, Gate, check_csrf
from graph.errors import (
    Detail,
    EtiographError,
    InputError,
    MalformedError,
    StoreError,
    UnauthenticatedError,
    UnsupportedMediaError,
)

F = TypeVar("F", bound=BaseModel)
T = TypeVar("T")


def assistant_of(request: Request) -> Assistant:
    """Find the assistant that this application was made for."""
    return cast(Assistant, request.app.state.assistant)  # starlette's state is untyped


def ready_assistant(request: Request) -> Assistant:
    """Find the assistant once its packs are loaded; StoreError (503) before."""
    assistant = assistant_of(request)
    if not assistant.ready.is_set():
        raise StoreError("packs are still being loaded; try again in a few seconds")
    return assistant


async def raw_body(request: Request) -> bytes:
    """Read the body; the size limit is kept by `api.doorway.limits`."""
    return await request.body()


async def find_caller(request: Request) -> Caller:
    """Tell who is asking, by token, signature or session cookie, in this order.

    Raises: UnauthenticatedError; ForbiddenError for a write by cookie without X-CSRF.
    """
    from starlette.concurrency import run_in_threadpool

    gate, headers = _gate_of(request), request.headers
    if (text := _token_in(request)) is not None:
        return await run_in_threadpool(gate.by_token, text)
    if "x-signature" in headers:
        body = await request.body()
        source, signature = headers.get("x-source", ""), headers["x-signature"]
        return await run_in_threadpool(gate.by_signature, source, body, signature)
    cookie = request.cookies.get(SESSION_COOKIE)
    if not cookie:
        raise UnauthenticatedError("sign in at /api/login, or send `Authorization: Bearer TOKEN`")
    caller = await run_in_threadpool(gate.by_session, cookie)
    check_csrf(caller, request.method, headers.get("x-csrf"))
    return caller


async def find_sender(request: Request) -> Caller:
    """Tell who is asking, as `find_caller` does; an alert source that was read before is presumed.

    Raises: UnauthenticatedError; ForbiddenError for who is no alert source.
    """
    text = _token_in(request)
    caller = _gate_of(request).presumed(text) if text else None
    caller = caller or await find_caller(request)
    caller.demand(Ability.INGEST)
    ready_assistant(request)
    return caller


async def sent_body(request: Request, caller: Annotated[Caller, Depends(find_sender)]) -> bytes:
    """Read the body of a caller of `find_sender`; that it is too large is told to no other.

    Raises: TooLargeError; UnauthenticatedError.
    """
    from starlette.concurrency import run_in_threadpool

    try:
        return await request.body()
    except EtiographError:
        if caller.sender is not None:
            await run_in_threadpool(_gate_of(request).by_hash, caller.sender.token.token_hash)
        raise


def proven(request: Request, caller: Caller, act: Callable[[Caller], T]) -> T:
    """Act for a caller of `find_sender`; `act` confirms its `sender` before anything is done.

    Where that fails while the store answers, it acts for who bears the token now: a fault is told
    to nobody else.

    Raises: UnauthenticatedError; StoreError; what `act` raises.
    """
    if caller.sender is None:
        return act(caller)
    try:
        return act(caller)
    except StoreError:
        raise
    except EtiographError:
        return act(_gate_of(request).by_hash(caller.sender.token.token_hash))


def _gate_of(request: Request) -> Gate:
    return cast(Gate, request.app.state.gate)  # starlette's state is untyped


def _token_in(request: Request) -> str | None:
    """Read the token that a request bears, None where it bears none.

    Raises: UnauthenticatedError for credentials of another kind.
    """
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    if not scheme:
        return None
    if scheme.lower() != "bearer" or not text.strip():
        raise UnauthenticatedError("Authorization must be `Bearer TOKEN`")
    return text.strip()


def may(*wanted: Ability) -> Any:
    """Make a dependency that gives a caller with one of these abilities, on a ready assistant."""

    # Async, though nothing is awaited: a plain function would be handed to another thread.
    async def check(caller: Annotated[Caller, Depends(find_caller)], request: Request) -> Caller:
        caller.demand(*wanted)
        ready_assistant(request)
        return caller

    return Depends(check)


def json_of(form: type[F]) -> Callable[[Request], Any]:
    """Make a dependency that reads a JSON body as `form`.

    Raises: UnsupportedMediaError, MalformedError, InputError naming each faulty place.
    """

    async def read(request: Request) -> F:
        check_json_type(request)
        return parse_as(form, await request.body())

    return read


def check_json_type(request: Request) -> None:
    """Raise UnsupportedMediaError unless the body is said to be JSON."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):
        raise UnsupportedMediaError(
            f"content type {kind or 'missing'!r} is not supported; send application/json"
        )


def parse_as(form: type[F], body: bytes) -> F:
    """Read a JSON object as `form`.

    Raises: MalformedError; InputError.
    """
    try:
        value = json.loads(body.decode("utf-8-sig"))
    except (UnicodeDecodeError, RecursionError) as error:
        raise MalformedError("the body is not UTF-8 JSON; send plain JSON") from error
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise MalformedError(f"the body is not JSON: {error.msg} at {place}") from error
    except ValueError as error:  # Python reads no integer of more than 4,300 digits
        raise MalformedError("the body holds a number of too many digits; shorten it") from error
    try:
        return form.model_validate(value)
    except ValidationError as error:
        raise InputError(*_said(error)) from error


def _said(error: ValidationError) -> tuple[str, list[Detail]]:
    faults = [
        Detail("".join(f"/{part}" for part in fault["loc"]), fault["msg"])
        for fault in error.errors()
    ]
    return f"{faults[0].pointer or '/'}: {faults[0].detail}", faults


def body_schema(form: type[BaseModel]) -> dict[str, Any]:
    """Describe a JSON body for OpenAPI, since the routes read bodies themselves."""
    schema = form.model_json_schema(ref_template="#/components/schemas/{model}")
    schema.pop("$defs", None)
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}
