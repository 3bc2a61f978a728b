"""Refusals with their reason in both languages, and a name that programs tell apart."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from graph.errors import ConflictError, Detail, GoneError, InputError, NotAllowedError
from graph.model.access import Role
from graph.model.base import Text

_ROLES: Final = {
    Role.VIEWER: Text(zh="只读", en="viewer"),
    Role.OPERATOR: Text(zh="运维值班", en="operator on duty"),
    Role.OPS_LEAD: Text(zh="运维主管", en="operations lead"),
    Role.ACADEMIC_LEAD: Text(zh="教务主管", en="academic lead"),
    Role.PLATFORM_OWNER: Text(zh="平台负责人", en="platform owner"),
    Role.ADMIN: Text(zh="管理员", en="administrator"),
}


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
