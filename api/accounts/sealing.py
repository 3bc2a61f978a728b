"""Sealed set-up (safety rule 2): which roles need two people, since when, and who holds them.

Set-up is sealed when the first approving role goes to somebody who is no demo user, and stays so
for good: whoever could take the last approver's role away could otherwise begin anew alone. Admins
are guarded too, because an admin asks for grants and confirms them: one who could make another
admin alone would be two people.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from graph.errors import NotAllowedError
from graph.model.access import Role, User
from graph.model.base import Text
from graph.model.grant import Seal
from graph.model.moving import NO_PASSWORD
from graph.ports import AccessReader, Store, Transaction
from reasoning.remediation.book import not_before_last
from reasoning.remediation.refusals import not_allowed, roles_named

APPROVING: Final = frozenset({Role.OPS_LEAD, Role.ACADEMIC_LEAD, Role.PLATFORM_OWNER})
GUARDED: Final = APPROVING | {Role.ADMIN}
_PEOPLE: Final = 2
# How whoever owns the data folder is called; no account's name holds a colon.
LOCAL: Final = "local:"


def is_sealed(reader: AccessReader) -> bool:
    """Tell whether an approving role was ever granted to somebody who is no demo user.

    Files from before there was a seal tell it by who approves now.
    """
    return reader.seal() is not None or any(map(_approves, reader.users()))


def keep_seal(tx: Transaction, user: User, *, by: str, at: datetime) -> None:
    """Seal set-up where this account, which is about to change or just came, approves."""
    if _approves(user) and tx.put_seal(Seal(at=at, name=user.name)):
        tx.add_audit(
            at=not_before_last(tx, at),
            actor=by,
            kind="set_up_sealed",
            subject="set-up",
            detail={"first": user.name},
        )


def stands_guard(user: User | None) -> bool:
    """Tell whether an account takes part in grants: guarded by role, and no demo account."""
    return user is not None and not user.demo and bool(GUARDED & set(user.roles))


def check_free(reader: AccessReader, name: str, roles: Iterable[Role], *, demo: bool) -> None:
    """Let through what one person may do alone.

    Raises: NotAllowedError `needs_two_people` for guarded roles once set-up is sealed.
    """
    guarded = [role for role in Role if role in GUARDED & set(roles)]
    if guarded and not demo and is_sealed(reader):
        raise two_people(name, guarded)


def check_reset(reader: AccessReader, user: User, *, by: str) -> None:
    """Let through a new password that one person may give alone.

    After a rebuild no account has one, so that nobody could ask or confirm: the owner of the data
    folder, by command line, then lets the first two in who can, an admin among them; they reset
    the others.

    Raises: NotAllowedError `needs_two_people`.
    """
    if not (by.startswith(LOCAL) and user.password_hash == NO_PASSWORD and _lacks(reader, user)):
        check_free(reader, user.name, user.roles, demo=user.demo)


def _lacks(reader: AccessReader, user: User) -> bool:
    """Tell whether the house needs this account to be able to grant by two people."""
    able = [u for u in reader.users() if stands_guard(u) and u.password_hash != NO_PASSWORD]
    admins = [u for u in able if Role.ADMIN in u.roles]
    if not admins and Role.ADMIN not in user.roles:
        return not able
    return len(able) < _PEOPLE or not admins


def two_people(name: str, guarded: Iterable[Role]) -> NotAllowedError:
    """Say that this needs two people, and how they do it."""
    named = roles_named(guarded)
    return not_allowed(
        "needs_two_people",
        zh=f"{name}：{named.zh}要两个人授予，因为已经有人能审批，初始设置已封存。"
        "由管理员在管理页「授权」里申请，另一位主管或管理员在那里确认，15 分钟后生效",
        en=f"{name!r} ({named.en}) cannot be changed by one person: set-up is sealed, because "
        "somebody approves already; an admin asks for it on the admin page (/admin?tab=grants), "
        "another lead or admin confirms it there, and 15 minutes later it takes effect",
    )


def gaps(store: Store) -> tuple[Text, ...]:
    """Say which roles the loaded rules demand and nobody holds, and whether too few can grant."""
    users = store.users()
    held = {role for user in users for role in user.roles}
    packs = (store.pack(header.id) for header in store.packs())
    demanded = {role for pack in packs for rule in pack.policies for role in rule.roles}
    missing = [role for role in Role if role in demanded - held]
    found: list[Text] = []
    if missing:
        named = roles_named(missing)
        found.append(
            Text(
                zh=f"审批策略要求{named.zh}，现在没有人有这个角色，相关处置无法得到同意",
                en=f"policies demand {named.en}, which nobody holds: such actions cannot be agreed",
            )
        )
    if is_sealed(store) and sum(map(stands_guard, users)) <= _PEOPLE:
        found.append(
            Text(
                zh="主管和管理员加起来不超过两人，有一人离开就无法再授权；请再授予一人",
                en="leads and admins are two people at most: if one leaves, nothing can be granted "
                "any more; grant a role to one more",
            )
        )
    return tuple(found)


def _approves(user: User) -> bool:
    return not user.demo and bool(APPROVING & set(user.roles))
