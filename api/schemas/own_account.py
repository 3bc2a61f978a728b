"""What travels over HTTP between a signed-in person and the own account."""

from __future__ import annotations

from typing import Final

from pydantic import Field

from api.schemas.admin import TokenView, UserView
from api.schemas.incidents import View
from graph.model.base import Instant, Model

MIN_PASSWORD: Final = 12
MAX_PASSWORD: Final = 1000


class SessionView(View):
    """A browser that is signed in; `here`: the one that asks."""

    started_at: Instant
    expires_at: Instant
    here: bool


class OwnAccount(UserView):
    """GET /me/account: the account, its open sessions, newest first, and its tokens by name.

    `password_bound`: why the person cannot change the password now: `demo_account`, `grant_open`.
    """

    sessions: tuple[SessionView, ...]
    tokens: tuple[TokenView, ...]
    password_bound: str | None = None


class NewPassword(Model):
    """POST /me/password: the password as it is, and as it is to be."""

    current: str = Field(min_length=1, max_length=MAX_PASSWORD, repr=False)
    new: str = Field(max_length=MAX_PASSWORD, repr=False)


class SessionsEnded(View):
    """How many other sessions of the person ended."""

    sessions_ended: int
