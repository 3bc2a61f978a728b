"""Sessions, accounts and tokens."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response

from api.accounts.register import SESSION_LIFE
from api.calls.transport import DEVICE_COOKIE
from api.client import SESSION_COOKIE
from api.doorway.auth import Ability, Caller
from api.doorway.doors import assistant_of, body_schema, find_caller, json_of, may
from api.grant_views import count_open
from api.remediations.standing import standing_requests, waiting_for
from api.schemas.admin import (
    IssuedPassword,
    IssuedToken,
    Me,
    NewToken,
    NewUser,
    SignedIn,
    SignIn,
    TokenView,
    UserView,
)
from api.schemas.grants import NewRoles, RoleTaken
from api.schemas.incidents import Items
from graph.errors import InputError
from graph.model.access import Role, Token, User

router = APIRouter(tags=["access"])
Admin = Annotated[Caller, may(Ability.ADMIN)]
Known = Annotated[Caller, may(*Ability)]
# Half a year: it only keeps strangers' guesses apart from those of a browser used before.
_DEVICE_S: Final = 180 * 24 * 3600


def set_session_cookie(response: Response, text: str, *, device: str) -> None:
    """Give the browser its session, and the mark that its person used it; no script reads them."""
    session_s = int(SESSION_LIFE.total_seconds())
    for name, value, age_s in (
        (SESSION_COOKIE, text, session_s),
        (DEVICE_COOKIE, device, _DEVICE_S),
    ):
        response.set_cookie(name, value, max_age=age_s, httponly=True, samesite="lax", path="/")


def address_of(request: Request) -> str:
    """Tell where a request comes from; no forwarded header is believed."""
    return request.client.host if request.client else "unknown"


@router.post("/session", openapi_extra=body_schema(SignIn))
def sign_in(
    request: Request, response: Response, wanted: Annotated[SignIn, Depends(json_of(SignIn))]
) -> SignedIn:
    """Start a session and set its cookie."""
    accounts = assistant_of(request).accounts
    text, session = accounts.sign_in(
        wanted.name,
        wanted.password,
        address=address_of(request),
        device=request.cookies.get(DEVICE_COOKIE, ""),
    )
    set_session_cookie(response, text, device=accounts.proof.device_of(wanted.name))
    return SignedIn(csrf=session.csrf)


@router.delete("/session", status_code=204)
def sign_out(request: Request, caller: Annotated[Caller, Depends(find_caller)]) -> Response:
    """End the session of the cookie."""
    if caller.session is None:
        raise InputError("there is no session to end: this caller came with a token")
    assistant_of(request).accounts.sign_out(caller.session.id_hash)
    response = Response(status_code=204)
    response.delete_cookie(SESSION_COOKIE, path="/", httponly=True, samesite="lax")
    return response


@router.get("/me")
def me(request: Request, caller: Annotated[Caller, Depends(find_caller)]) -> Me:
    """Tell who is asking and what they may do."""
    who, assistant = caller.principal, assistant_of(request)
    approves = caller.session is not None and Ability.APPROVE in caller.abilities
    requests = standing_requests(assistant.store, who) if approves else ()
    return Me(
        name=who.name,
        roles=tuple(sorted(who.roles)),
        scopes=() if caller.session else tuple(sorted(who.scopes)),
        may=tuple(sorted(caller.abilities)),
        sites=None if who.sites is None else tuple(sorted(who.sites)),
        source=who.source,
        csrf=caller.session.csrf if caller.session else None,
        grants_open=count_open(assistant.store, caller),
        approvals_open=waiting_for(requests, who, now=assistant.clock.now()).count,
    )


@router.get("/users")
def users(request: Request, _: Admin) -> Items[UserView]:
    """List accounts by name."""
    return Items(items=tuple(_user_view(user) for user in assistant_of(request).store.users()))


@router.post("/users", status_code=201, openapi_extra=body_schema(NewUser))
def add_user(
    request: Request, caller: Admin, wanted: Annotated[NewUser, Depends(json_of(NewUser))]
) -> IssuedPassword:
    """Make an account; the password is shown this once."""
    accounts, by = assistant_of(request).accounts, caller.principal.name
    return accounts.add_user(wanted.name, wanted.roles, sites=wanted.sites, by=by)


@router.post("/users/{name}/reset")
def reset_user(request: Request, caller: Admin, name: str) -> IssuedPassword:
    """Renew a password and end the account's sessions."""
    return assistant_of(request).accounts.reset_user(name, by=caller.principal.name)


@router.post("/users/{name}/roles", openapi_extra=body_schema(NewRoles))
def give_roles(
    request: Request,
    caller: Admin,
    name: str,
    wanted: Annotated[NewRoles, Depends(json_of(NewRoles))],
) -> UserView:
    """Add roles to an account; 403 `needs_two_people` for guarded ones once set-up is sealed."""
    accounts, by = assistant_of(request).accounts, caller.principal.name
    return _user_view(accounts.give_roles(name, wanted.roles, by=by))


@router.delete("/users/{name}/roles/{role}")
def take_role(request: Request, caller: Admin, name: str, role: Role) -> RoleTaken:
    """Take a role at once; the answer warns where a rule now demands what nobody holds."""
    accounts, by = assistant_of(request).accounts, caller.principal.name
    left, warnings = accounts.take_role(name, role, by=by)
    return RoleTaken(name=left.name, roles=left.roles, warnings=warnings)


@router.get("/tokens")
def tokens(request: Request, _: Admin) -> Items[TokenView]:
    """List tokens by id, without their texts."""
    return Items(items=tuple(_token_view(token) for token in assistant_of(request).store.tokens()))


@router.post("/tokens", status_code=201, openapi_extra=body_schema(NewToken))
def create_token(
    request: Request, caller: Known, wanted: Annotated[NewToken, Depends(json_of(NewToken))]
) -> IssuedToken:
    """Make a token; its text is shown this once.

    A token that acts is made by the person alone, signed in; others' are an admin's, and read.
    """
    own = _is_own(caller, wanted.user)
    if not own:
        caller.demand(Ability.ADMIN)
    by = caller.principal.name
    return assistant_of(request).accounts.create_token(wanted, by=by, own=own)


@router.delete("/tokens/{token_id}", status_code=204)
def revoke_token(request: Request, caller: Known, token_id: str) -> Response:
    """Revoke a token at once: an admin any, a signed-in person the own ones."""
    assistant = assistant_of(request)
    found = [token for token in assistant.store.tokens() if token.id == token_id]
    if not (found and _is_own(caller, found[0].user)):
        caller.demand(Ability.ADMIN)
    assistant.accounts.revoke_token(token_id, by=caller.principal.name)
    return Response(status_code=204)


def _is_own(caller: Caller, user: str | None) -> bool:
    return caller.session is not None and user == caller.principal.name


def _user_view(user: User) -> UserView:
    return UserView(**user.model_dump(exclude={"password_hash", "halves"}))


def _token_view(token: Token) -> TokenView:
    return TokenView(**token.model_dump(exclude={"token_hash"}))
