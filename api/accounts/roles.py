"""Roles of accounts that one person may change alone: given where free, taken at any time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from api.accounts.sealing import check_free, keep_seal
from graph.errors import NotFoundError
from graph.model.access import Role, User
from graph.ports import AccessReader, Transaction
from reasoning.remediation.book import not_before_last
from reasoning.remediation.refusals import conflict, roles_named


def known_user(reader: AccessReader, name: str) -> User:
    """Return an account.

    Raises: NotFoundError.
    """
    user = reader.user(name)
    if user is None:
        raise NotFoundError(f"no user {name!r}; `etiograph user add` makes one")
    return user


def give_roles(tx: Transaction, name: str, roles: Sequence[Role], *, by: str, at: datetime) -> User:
    """Add roles to an account; those it holds already change nothing.

    Raises: NotFoundError; NotAllowedError `needs_two_people`.
    """
    user = known_user(tx, name)
    new = sorted(set(roles) - set(user.roles))
    if not new:
        return user
    check_free(tx, name, new, demo=False)
    given = user.model_copy(update={"roles": tuple(sorted({*user.roles, *new}))})
    tx.put_user(given)
    keep_seal(tx, given, by=by, at=at)
    note(tx, "roles_given", name, new, by=by, at=at)
    return given


def take_role(tx: Transaction, name: str, role: Role, *, by: str, at: datetime) -> User:
    """Take a role from an account at once: lowering who can act needs nobody else.

    Raises: NotFoundError; ConflictError `role_not_held`.
    """
    user = known_user(tx, name)
    if role not in user.roles:
        named = roles_named([role])
        raise conflict(
            "role_not_held",
            zh=f"{name} 没有{named.zh}这个角色，请刷新页面再看",
            en=f"{name!r} does not hold the role {role!r}; read the account again",
        )
    keep_seal(tx, user, by=by, at=at)  # first: set-up stays sealed when its last approver goes
    left = user.model_copy(update={"roles": tuple(r for r in user.roles if r is not role)})
    tx.put_user(left)
    note(tx, "role_taken", name, [role], by=by, at=at)
    return left


def note(
    tx: Transaction, kind: str, name: str, roles: Sequence[Role], *, by: str, at: datetime
) -> None:
    """Write a change of an account into the audit log."""
    tx.add_audit(
        at=not_before_last(tx, at),
        actor=by,
        kind=kind,
        subject=name,
        detail={"roles": [role.value for role in roles]},
    )
