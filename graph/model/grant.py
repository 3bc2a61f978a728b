"""Grants that need two people: asked by one, confirmed by another, in force after a delay."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field, StringConstraints

from graph.model.access import Role
from graph.model.base import Id, Instant, Model, Text

Subject = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class GrantKind(StrEnum):
    """What is asked for.

    `account`: a new account; `roles`: roles for an account; `reset`: a new password;
    `lowering`: loading a pack that demands less than the stored one.
    """

    ACCOUNT = "account"
    ROLES = "roles"
    RESET = "reset"
    LOWERING = "lowering"


class GrantStatus(StrEnum):
    """`requested` -> `confirmed` -> `effective`; the others end it before.

    `voided`: somebody or something it rests on changed in between. `used`: a lowering that was in
    force, and whose pack was loaded by it, once.
    """

    REQUESTED = "requested"
    CONFIRMED = "confirmed"
    EFFECTIVE = "effective"
    OBJECTED = "objected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    VOIDED = "voided"
    USED = "used"


OPEN_GRANTS: Final = frozenset({GrantStatus.REQUESTED, GrantStatus.CONFIRMED})


class Grant(Model):
    """One grant. `subject`: the account's name, or the pack's id for a lowering.

    `binds`: digest of what the subject is now (an account) or shall be (a pack); `digest`: of all
    that is asked for, which a confirmation names. `lowers`: what a lowering demands less.
    `first_half` is the sha256 of the half of a password that the asker holds; `password_hash`
    argon2 of both. Neither leaves the store and `api.grants.desk`; both are blank once it has
    ended.
    """

    id: Id
    kind: GrantKind
    subject: Subject
    roles: tuple[Role, ...] = ()
    sites: tuple[Id, ...] | None = None
    lowers: tuple[Text, ...] = ()
    reason: str
    binds: str
    digest: str
    asked_by: str
    asked_at: Instant
    expires_at: Instant
    status: GrantStatus = GrantStatus.REQUESTED
    version: int = Field(default=1, ge=1)
    first_half: str = ""
    password_hash: str = ""
    confirmed_by: str | None = None
    confirmed_at: Instant | None = None
    effective_at: Instant | None = None
    ended_by: str | None = None
    ended_at: Instant | None = None
    ended_why: Text | None = None


class Seal(Model):
    """Set-up is over, for good: since `at`, when `name` became the first real approver."""

    at: Instant
    name: str
