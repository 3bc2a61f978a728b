"""A signed-in person and the own account; a token reaches none of it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from api.doorway.auth import Caller
from api.doorway.doors import assistant_of, body_schema, find_caller, json_of
from api.own_account import OwnAccounts
from api.schemas.own_account import NewPassword, OwnAccount, SessionsEnded
from graph.model.access import Session
from reasoning.remediation.refusals import not_allowed

router = APIRouter(tags=["access"])


def _session(caller: Annotated[Caller, Depends(find_caller)]) -> Session:
    if caller.session is None:
        raise not_allowed(
            "session_required",
            zh="自己的账号只能登录后在页面上改，令牌不行",
            en="only a signed-in person reaches the own account, never a token; sign in at "
            "/api/login",
        )
    return caller.session


Own = Annotated[Session, Depends(_session)]


@router.get("/me/account")
def account(request: Request, session: Own) -> OwnAccount:
    """Show the own account, its open sessions and tokens."""
    return _desk(request).show(session)


@router.post("/me/password", openapi_extra=body_schema(NewPassword))
def change_password(
    request: Request, session: Own, wanted: Annotated[NewPassword, Depends(json_of(NewPassword))]
) -> SessionsEnded:
    """Change the own password; every other session ends."""
    return SessionsEnded(sessions_ended=_desk(request).change_password(session, wanted))


@router.delete("/me/sessions")
def end_other_sessions(request: Request, session: Own) -> SessionsEnded:
    """End every session but this one."""
    return SessionsEnded(sessions_ended=_desk(request).end_others(session))


def _desk(request: Request) -> OwnAccounts:
    assistant = assistant_of(request)
    return OwnAccounts(assistant.store, assistant.clock, assistant.accounts)
