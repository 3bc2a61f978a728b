"""A grant as one caller sees it: what is left of its time, and what this person may do."""

from __future__ import annotations

from datetime import datetime

from api.doorway.auth import Ability, Caller
from api.grants.rules import check_confirmer, check_objector, open_grants
from api.schemas.grants import GrantView
from graph.errors import EtiographError
from graph.model.base import Text
from graph.model.grant import OPEN_GRANTS, Grant, GrantStatus
from graph.ports import AccessReader
from reasoning.remediation.people import check_session

_SECRET = {"id", "binds", "version", "first_half", "password_hash"}


def view_grant(reader: AccessReader, caller: Caller, grant: Grant, *, now: datetime) -> GrantView:
    """Show a grant to a caller; what it keeps of a password is left out."""
    name, is_open = caller.principal.name, grant.status in OPEN_GRANTS
    signed_in = caller.session is not None
    why_not = _why_not(reader, caller, grant)
    return GrantView(
        **grant.model_dump(exclude=_SECRET),
        grant_id=grant.id,
        seconds_left=_seconds_left(grant, now),
        may_confirm=grant.status is GrantStatus.REQUESTED and why_not is None,
        may_object=is_open and signed_in and _may_object(reader, name),
        may_withdraw=is_open and signed_in and grant.asked_by == name,
        why_not=why_not if grant.status is GrantStatus.REQUESTED else None,
    )


def count_open(reader: AccessReader, caller: Caller) -> int:
    """Count what waits, for those who may see it: they are told on every page."""
    if not caller.abilities & {Ability.ADMIN, Ability.APPROVE}:
        return 0
    return sum(1 for _ in open_grants(reader))


def _seconds_left(grant: Grant, now: datetime) -> int:
    if grant.status not in OPEN_GRANTS:
        return 0
    end = grant.effective_at or grant.expires_at
    return max(0, int((end - now).total_seconds()))


def _why_not(reader: AccessReader, caller: Caller, grant: Grant) -> Text | None:
    try:
        check_session(caller.principal)
        check_confirmer(reader, caller.principal.name, grant)
    except EtiographError as error:
        return Text(zh=error.zh or str(error), en=str(error))
    return None


def _may_object(reader: AccessReader, name: str) -> bool:
    try:
        check_objector(reader, name)
    except EtiographError:
        return False
    return True
