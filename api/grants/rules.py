"""Who may move a grant that needs two people, and what may be asked for at all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from api.accounts.sealing import APPROVING, GUARDED, is_sealed, stands_guard
from api.schemas.admin import NAME_PATTERN
from api.schemas.grants import NewGrant
from graph.errors import EtiographError
from graph.model.access import Role, User
from graph.model.base import is_safe_id
from graph.model.digest import sha256_hex
from graph.model.grant import OPEN_GRANTS, Grant, GrantKind, GrantStatus
from graph.ports import AccessReader, Transaction
from reasoning.remediation.refusals import bad_input, conflict, not_allowed, roles_named

MOST_OPEN: Final = 50
_PAGE: Final = 200
_NAME: Final = re.compile(NAME_PATTERN)
_HEX: Final = re.compile(r"[0-9a-f]{64}")


def open_grants(reader: AccessReader) -> Iterator[Grant]:
    """Walk over grants that wait for a person or for their time, newest first."""
    return walk(reader, OPEN_GRANTS)


def walk(reader: AccessReader, statuses: frozenset[GrantStatus]) -> Iterator[Grant]:
    """Walk over grants of these statuses, newest first."""
    cursor: str | None = None
    while True:
        page = reader.grants(statuses=statuses, cursor=cursor, limit=_PAGE)
        yield from (item for item in page.items if isinstance(item, Grant))
        cursor = page.next_cursor
        if cursor is None:
            return


def state_of(reader: AccessReader, name: str) -> str:
    """Digest an account as it stands, its password's hash included; also where there is none."""
    user = reader.user(name)
    return sha256_hex(None if user is None else user.model_dump(mode="json"))


# ── People ──────────────────────────────────────────────────────────────────────────────────────


def check_asker(reader: AccessReader, name: str, kind: GrantKind, subject: str) -> None:
    """Let admins ask for others; a lead may ask to reset an admin, who cannot ask any more.

    Raises: NotAllowedError `wrong_role`, `demo_account` or `own_benefit`.
    """
    user, other = _guard(reader, name), reader.user(subject)
    if name == subject and kind is not GrantKind.LOWERING:
        raise _own_benefit(name)
    helps = kind is GrantKind.RESET and other is not None and Role.ADMIN in other.roles
    if Role.ADMIN not in user.roles and not (helps and APPROVING & set(user.roles)):
        raise not_allowed(
            "wrong_role",
            zh="授权由管理员申请；主管只能为管理员申请重置密码",
            en=f"{name!r} is no admin, and admins ask for grants; a lead may only ask to reset the "
            "password of an admin",
        )


def check_confirmer(reader: AccessReader, name: str, grant: Grant) -> None:
    """Let another lead or admin confirm, never who asked or who gains by it.

    Raises: NotAllowedError `wrong_role`, `demo_account`, `own_request` or `own_benefit`.
    """
    _guard(reader, name)
    if name == grant.asked_by:
        raise not_allowed(
            "own_request",
            zh="申请人不能确认自己的申请，请另一位主管或管理员确认",
            en=f"{name!r} asked for {grant.id!r} and cannot confirm it; another lead or admin can",
        )
    if name == grant.subject and grant.kind is not GrantKind.LOWERING:
        raise _own_benefit(name)


def check_objector(reader: AccessReader, name: str) -> None:
    """Let every lead and admin object.

    Raises: NotAllowedError `wrong_role` or `demo_account`.
    """
    _guard(reader, name)


def _guard(reader: AccessReader, name: str) -> User:
    user = reader.user(name)
    if user is not None and user.demo:
        raise not_allowed(
            "demo_account",
            zh="演示账号的密码写在文件里，不能参与授权",
            en=f"{name!r} is a demo account, whose password stands in a file; it takes no part",
        )
    if user is None or not stands_guard(user):
        raise not_allowed(
            "wrong_role",
            zh="只有主管和管理员参与授权",
            en=f"{name!r} is neither lead nor admin; only they take part in grants",
        )
    return user


def _own_benefit(name: str) -> EtiographError:
    return not_allowed(
        "own_benefit",
        zh="不能为自己申请或确认，请另外两位主管或管理员来办",
        en=f"{name!r} would gain by it and can neither ask nor confirm; two others must",
    )


# ── What is asked for ───────────────────────────────────────────────────────────────────────────


def check_wanted(tx: Transaction, wanted: NewGrant) -> None:
    """Refuse what makes no sense, what one person may do alone, and a second one for a subject.

    Raises: InputError; ConflictError `not_sealed`, `needs_one_person`, `name_taken`,
        `grant_open` or `too_many_open`.
    """
    _check_form(wanted)
    if not is_sealed(tx):
        raise conflict(
            "not_sealed",
            zh="还没有人能审批，初始设置没有封存：直接添加用户或角色就行",
            en="nobody approves yet, so set-up is not sealed: add the user or the role at once",
        )
    waiting = list(open_grants(tx))
    if any(one.subject == wanted.subject for one in waiting):
        raise conflict(
            "grant_open",
            zh=f"{wanted.subject} 已有一项授权在等，请先确认、反对或收回它",
            en=f"a grant for {wanted.subject!r} is open; confirm it, object or withdraw it first",
        )
    if len(waiting) >= MOST_OPEN:
        raise conflict(
            "too_many_open",
            zh=f"等待中的授权已有 {len(waiting)} 项，请先了结一些",
            en=f"{len(waiting)} grants are open; settle some of them first",
        )
    _CHECKS[wanted.kind](tx, wanted)


def _check_form(wanted: NewGrant) -> None:
    takes_roles = wanted.kind in (GrantKind.ACCOUNT, GrantKind.ROLES)
    if wanted.kind is GrantKind.LOWERING:
        named = is_safe_id(wanted.subject)
    else:
        named = _NAME.fullmatch(wanted.subject) is not None
    if not named:
        raise bad_input(
            "/subject",
            "subject_unreadable",
            zh="名字不合要求：以拉丁字母、数字、_ 或 @ 开头，最长 100 个字符",
            en="the name is not as required: it begins with a letter, digit, _ or @ and has at "
            "most 100 characters of letters, digits and _ . @ -",
        )
    if takes_roles != bool(wanted.roles):
        raise bad_input(
            "/roles",
            "roles_misplaced",
            zh="至少选一个角色" if takes_roles else "这种申请不带角色，请去掉",
            en="name at least one role" if takes_roles else "this takes no roles; leave them out",
        )
    if wanted.sites is not None and wanted.kind is not GrantKind.ACCOUNT:
        raise bad_input(
            "/sites",
            "sites_misplaced",
            zh="只有新账号能限定站点，请去掉",
            en="only a new account is limited to sites; leave them out",
        )
    if (wanted.kind is GrantKind.LOWERING) != (_HEX.fullmatch(wanted.content) is not None):
        raise bad_input(
            "/content",
            "content_misplaced",
            zh="载入领域包的申请要写上被拒时给出的 64 位指纹，其他申请不写",
            en="`content` holds the 64 hex digits that the refused load named, for a lowering only",
        )


def _check_account(tx: Transaction, wanted: NewGrant) -> None:
    if tx.user(wanted.subject) is not None or tx.source(wanted.subject) is not None:
        raise conflict(
            "name_taken",
            zh=f"{wanted.subject} 这个名字已有用户或告警来源，请换一个",
            en=f"{wanted.subject!r} exists already; choose another name",
        )
    if not GUARDED & set(wanted.roles):
        raise _one_suffices()


def _check_roles(tx: Transaction, wanted: NewGrant) -> None:
    user = _real(tx, wanted.subject)
    new = set(wanted.roles) - set(user.roles)
    if not new:
        held = roles_named(wanted.roles)
        raise conflict(
            "role_held",
            zh=f"{wanted.subject} 已有{held.zh}，不用再授予",
            en=f"{wanted.subject!r} holds {held.en} already; there is nothing to grant",
        )
    if not GUARDED & new:
        raise _one_suffices()


def _check_reset(tx: Transaction, wanted: NewGrant) -> None:
    if not stands_guard(_real(tx, wanted.subject)):
        raise _one_suffices()


def _check_lowering(tx: Transaction, wanted: NewGrant) -> None:
    if wanted.subject not in {header.id for header in tx.packs()}:
        raise bad_input(
            "/subject",
            "pack_unknown",
            zh=f"没有载入领域包 {wanted.subject}，直接载入就行",
            en=f"no pack {wanted.subject!r} is loaded; load it at once",
        )


_CHECKS: Final = {
    GrantKind.ACCOUNT: _check_account,
    GrantKind.ROLES: _check_roles,
    GrantKind.RESET: _check_reset,
    GrantKind.LOWERING: _check_lowering,
}


def _real(tx: Transaction, name: str) -> User:
    user = tx.user(name)
    if user is None or user.demo:
        raise bad_input(
            "/subject",
            "user_unknown",
            zh=f"没有 {name} 这个用户，或者是演示账号；演示账号不用两人授权",
            en=f"no user {name!r}, or a demo account; `GET /api/v1/users` lists them",
        )
    return user


def _one_suffices() -> EtiographError:
    return conflict(
        "needs_one_person",
        zh="这件事管理员一个人就能做，不用申请：在「用户与令牌」里直接改",
        en="an admin may do this alone: change the account itself instead of asking",
    )
