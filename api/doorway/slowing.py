"""Who is refused or writes too often waits a little: only they, only there, and never long.

A person is counted by session, and by token apart from it: whoever holds a stolen token, or guesses
in another browser, slows nobody's own page down. The emergency stop is never slowed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Final, cast

from fastapi import Depends, Request

from api.accounts.rate_limit import FailureLimit
from api.doorway.auth import Caller
from api.doorway.doors import assistant_of, find_caller
from graph.errors import (
    ConflictError,
    GoneError,
    InputError,
    NotAllowedError,
    NotFoundError,
    RateLimitedError,
)

_REFUSALS: Final = (ConflictError, GoneError, InputError, NotAllowedError, NotFoundError)


@contextmanager
def slowed(request: Request, caller: Caller) -> Iterator[None]:
    """Count the refusals of what is tried within, and refuse to try while they are too many.

    Raises: RateLimitedError `too_many_refused`; it writes nothing, so that a flood of attempts
        does not become one of audit lines.
    """
    limit = cast(FailureLimit, request.app.state.refusals)  # starlette's state is untyped
    key = _key(caller)
    now = assistant_of(request).clock.now()
    wait_s = limit.wait_s(key, now)
    if wait_s:
        raise RateLimitedError(f"too many refused attempts; try again in {wait_s} s", wait_s).told(
            zh=f"被拒绝的尝试太多，请 {wait_s} 秒后再试", code="too_many_refused"
        )
    try:
        yield
    except _REFUSALS:
        limit.fail(key, now)
        raise


def paced(request: Request, caller: Annotated[Caller, Depends(find_caller)]) -> None:
    """Count what somebody writes down beside an incident, before it is; each is a line for good.

    Raises: RateLimitedError `too_many_written`; nothing is written then.
    """
    limit = cast(FailureLimit, request.app.state.writes)
    key, now = _key(caller), assistant_of(request).clock.now()
    wait_s = limit.wait_s(key, now)
    if wait_s:
        raise RateLimitedError(f"too much written at once; try again in {wait_s} s", wait_s).told(
            zh=f"一下子写得太多，请 {wait_s} 秒后再试", code="too_many_written"
        )
    limit.fail(key, now)


def _key(caller: Caller) -> tuple[str, str]:
    return caller.principal.name, caller.principal.session_id or "token"
