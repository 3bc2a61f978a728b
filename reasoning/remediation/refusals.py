"""Refusals with their reason in both languages, and a name that programs tell apart."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from graph.errors import ConflictError, Detail, GoneError, InputError, NotAllowedError
from graph.model.access import Role, Scope
from graph.model.base import Text
from graph.model.remediation import RemediationStatus

_ROLES: Final = {
    Role.VIEWER: Text(zh="只读", en="viewer"),
    Role.OPERATOR: Text(zh="运维值班", en="operator on duty"),
    Role.OPS_LEAD: Text(zh="运维主管", en="operations lead"),
    Role.ACADEMIC_LEAD: Text(zh="教务主管", en="academic lead"),
    Role.PLATFORM_OWNER: Text(zh="平台负责人", en="platform owner"),
    Role.ADMIN: Text(zh="管理员", en="administrator"),
}

_SCOPES: Final = {
    Scope.READ: Text(zh="读取", en="read"),
    Scope.OPERATE: Text(zh="操作", en="operate"),
    Scope.EXECUTE: Text(zh="执行", en="execute"),
    Scope.ADMIN: Text(zh="管理", en="admin"),
    Scope.INGEST: Text(zh="接入", en="ingest"),
}
_STATUSES: Final = {
    RemediationStatus.REQUESTED: Text(zh="等待同意", en="waiting for agreement"),
    RemediationStatus.APPROVED: Text(zh="已获同意", en="agreed"),
    RemediationStatus.REJECTED: Text(zh="未获同意", en="not agreed"),
    RemediationStatus.EXPIRED: Text(zh="已过期", en="expired"),
    RemediationStatus.REVOKED: Text(zh="已收回", en="taken back"),
    RemediationStatus.REFUSED: Text(zh="前提变了，没有执行", en="refused, as something moved"),
    RemediationStatus.RUNNING: Text(zh="执行中", en="running"),
    RemediationStatus.VERIFIED: Text(zh="验证通过", en="verified"),
    RemediationStatus.ROLLED_BACK: Text(zh="已撤销", en="undone"),
    RemediationStatus.HELD: Text(zh="停住等人", en="held for a person"),
    RemediationStatus.ESCALATED: Text(zh="已升级", en="escalated"),
    RemediationStatus.UNKNOWN: Text(zh="结果不明", en="of unknown outcome"),
}


def status_named(status: RemediationStatus) -> Text:
    """Name a status for people.

    >>> status_named(RemediationStatus.HELD).zh
    '停住等人'
    """
    return _STATUSES[status]


def scope_named(scope: Scope) -> Text:
    """Name a token's scope for people."""
    return _SCOPES[scope]


def roles_named(roles: Iterable[Role]) -> Text:
    """Name roles for people, in the given order.

    >>> roles_named([Role.OPS_LEAD, Role.ACADEMIC_LEAD]).zh
    '运维主管、教务主管'
    """
    named = [_ROLES[role] for role in roles]
    return Text(zh="、".join(n.zh for n in named), en=", ".join(n.en for n in named))


def not_allowed(code: str, *, zh: str, en: str) -> NotAllowedError:
    """Make a 403: this person may not."""
    return NotAllowedError(en, code=code).told(zh=zh, code=code)


def conflict(code: str, *, zh: str, en: str) -> ConflictError:
    """Make a 409: not as things stand."""
    return ConflictError(en).told(zh=zh, code=code)


def gone(code: str, *, zh: str, en: str) -> GoneError:
    """Make a 410: it has expired."""
    return GoneError(en).told(zh=zh, code=code)


def bad_input(pointer: str, code: str, *, zh: str, en: str) -> InputError:
    """Make a 422 for the place that the JSON pointer names."""
    return InputError(en, [Detail(pointer, en)]).told(zh=zh, code=code)
