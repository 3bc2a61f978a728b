"""What travels over HTTP about grants that need two people."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from api.schemas.incidents import View
from graph.model.access import Role
from graph.model.base import Id, Instant, Model, Text
from graph.model.grant import GrantKind, GrantStatus

# What the desk judges itself, so that a refused attempt stands in the audit log like any other.
Said = Annotated[str, StringConstraints(strip_whitespace=True)]
Line = Annotated[str, StringConstraints(max_length=1000)]


class NewGrant(Model):
    """POST /grants. `subject`: an account's name, or the id of a pack.

    `roles` for `account` and `roles`; `sites` for `account`; `content` (what the refused load
    named) for `lowering`.
    """

    kind: GrantKind
    subject: Line
    roles: Annotated[tuple[Role, ...], Field(max_length=20)] = ()
    sites: Annotated[tuple[Id, ...], Field(max_length=200)] | None = None
    content: Line = ""
    reason: Said


class GrantConfirmation(Model):
    """POST /grants/{id}/confirm: to exactly this digest."""

    digest: Line


class GrantObjection(Model):
    """POST /grants/{id}/object: why not."""

    reason: Said


class NewRoles(Model):
    """POST /users/{name}/roles."""

    roles: tuple[Role, ...] = Field(min_length=1, max_length=20)


class GrantView(View):
    """A grant as the pages show it.

    `seconds_left`: until it expires, or once confirmed until it takes effect; 0 once it has ended.
    `why_not` says why the caller cannot confirm a requested one.
    """

    grant_id: Id
    kind: GrantKind
    subject: str
    roles: tuple[Role, ...]
    sites: tuple[Id, ...] | None
    lowers: tuple[Text, ...] = ()
    reason: str
    digest: str
    status: GrantStatus
    asked_by: str
    asked_at: Instant
    expires_at: Instant
    confirmed_by: str | None = None
    confirmed_at: Instant | None = None
    effective_at: Instant | None = None
    ended_by: str | None = None
    ended_at: Instant | None = None
    ended_why: Text | None = None
    seconds_left: int = 0
    may_confirm: bool = False
    may_object: bool = False
    may_withdraw: bool = False
    why_not: Text | None = None


class GrantMoved(GrantView):
    """The answer to asking and confirming.

    `half`: the half of the password that this person hands over, shown this once; None where no
    password comes of it. The account signs in with `FIRST-SECOND`.
    """

    half: str | None = None


class RoleTaken(View):
    """What is left of an account's roles, and what the house now lacks."""

    name: str
    roles: tuple[Role, ...]
    warnings: tuple[Text, ...] = ()
