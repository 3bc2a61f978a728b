"""Who may try to act, and what they send: a body that cannot be read is an attempt as well."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request
from pydantic import BaseModel

from api.doorway.auth import Caller
from api.doorway.doors import (
    assistant_of,
    check_json_type,
    find_caller,
    parse_as,
    raw_body,
    ready_assistant,
)
from api.doorway.slowing import slowed
from reasoning.remediation.attempts import watched
from reasoning.remediation.refusals import not_allowed

F = TypeVar("F", bound=BaseModel)


def anybody(caller: Annotated[Caller, Depends(find_caller)], request: Request) -> Caller:
    """Let every person in who is known: the desk says who may, and writes refused attempts down.

    An alert source is turned away before anything is written, so that it cannot flood the log.

    Raises: NotAllowedError `wrong_role` for a source.
    """
    if caller.principal.source is not None:
        raise not_allowed(
            "wrong_role",
            zh="告警来源的令牌只能送告警和变更，请本人登录后再操作",
            en=f"{caller.principal.name!r} is an alert source, which only posts alerts and "
            "changes; sign in as a person",
        )
    ready_assistant(request)
    return caller


Actor = Annotated[Caller, Depends(anybody)]


def tried(form: type[F], call: str) -> Callable[..., Any]:
    """Make a dependency that reads the JSON body of an action as `form`.

    A body that is none leaves `attempt_refused` for the thing in the path, and is slowed.

    Raises: as `json_of`; RateLimitedError `too_many_refused`.
    """

    def read(request: Request, caller: Actor, body: Annotated[bytes, Depends(raw_body)]) -> F:
        assistant, who = assistant_of(request), caller.principal
        subject = next(iter(request.path_params.values()), "")
        at = assistant.clock.now()
        with slowed(request, caller), watched(assistant.store, who, subject, call=call, at=at):
            check_json_type(request)
            return parse_as(form, body)

    return read
