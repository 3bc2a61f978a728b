"""Remediations as pages show them: names for ids, who is to agree, and what the caller may."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from api.doorway.auth import Ability, Caller
from api.schemas.remediations import RemediationView
from graph.model.access import Role
from graph.model.base import Text
from graph.model.diagnosis import HandShare
from graph.model.remediation import Remediation, RemediationStatus
from graph.ports import Store
from reasoning.remediation.course import in_force, is_measure, keeper_of
from reasoning.remediation.people import open_roles

WAITING: Final = frozenset({RemediationStatus.REQUESTED, RemediationStatus.APPROVED})

OWN_REQUEST: Final = Text(
    zh="申请人不能同意自己的申请。", en="Who requested it cannot agree to it."
)
DECIDED: Final = Text(zh="你已经表态过了。", en="You have decided already.")
NO_ROLE: Final = Text(
    zh="还缺的角色你没有；请在页面上看还缺谁。",
    en="You hold none of the roles still missing; the page names them.",
)
SESSION_ONLY: Final = Text(
    zh="只能登录后在页面上同意，令牌不行。", en="Only a signed-in person can agree, never a token."
)
OVER: Final = Text(zh="这份申请已经不再等人同意。", en="This request no longer waits for anybody.")


def view_remediation(
    store: Store, caller: Caller, remediation: Remediation, *, now: datetime
) -> RemediationView:
    """Show one remediation to this caller at this instant."""
    incident = store.incident(caller.principal, remediation.incident_id)
    pack = store.pack(incident.pack_id)
    targets = set(remediation.plan.target_ids)
    left = remediation.expires_at - now
    waiting = remediation.status in WAITING
    roles, why_not = _may_decide(caller, remediation, now)
    shown = dict(remediation) | {
        "remediation_id": remediation.id,
        "incident_title": incident.title,
        "urgency": incident.urgency,
        "timezone": pack.calendar.timezone,
        "target_names": {c.id: c.name for c in pack.components if c.id in targets},
        "required_roles": remediation.demand.roles,
        "open_roles": open_roles(remediation),
        "password_again": remediation.demand.password_again,
        "rules_fired": remediation.demand.rules_fired,
        "approvals": [approval.model_dump() for approval in remediation.approvals],
        "seconds_left": max(0, int(left.total_seconds())) if waiting else 0,
        "may_decide_as": roles,
        "why_not": why_not,
        "may_execute": remediation.status is RemediationStatus.APPROVED
        and Ability.EXECUTE in caller.abilities,
        "is_measure": is_measure(remediation),
        "keeper": keeper_of(remediation) if is_measure(remediation) else None,
        "may_undo": _may_undo(caller, remediation),
        "entered": _entered(store, remediation) if waiting else None,
    }
    return RemediationView.model_validate(shown)


def _entered(store: Store, remediation: Remediation) -> HandShare | None:
    """Tell how far the diagnosis that it rests on hangs on people's entries (safety rule 11)."""
    found = store.diagnosis(remediation.incident_id, remediation.plan.diagnosis_revision)
    return found.entered if found else None


def _may_undo(caller: Caller, remediation: Remediation) -> bool:
    """Tell whether there is something to take back, and the caller works; the desk judges again."""
    standing = in_force(remediation)
    ripe = remediation.status is RemediationStatus.HELD or is_measure(remediation)
    whole = bool(standing) and all(step.undo is not None for step in standing)
    able = {Ability.OPERATE, Ability.EXECUTE} <= caller.abilities
    return ripe and whole and able and remediation.undoes is None


def _may_decide(
    caller: Caller, remediation: Remediation, now: datetime
) -> tuple[tuple[Role, ...], Text | None]:
    """Tell in which roles the caller could decide, or why in none; the desk judges again."""
    name = caller.principal.name
    if remediation.status not in WAITING or remediation.expires_at <= now:
        return (), OVER
    if remediation.requester == name:
        return (), OWN_REQUEST
    if any(approval.user == name for approval in remediation.approvals):
        return (), DECIDED
    held = tuple(r for r in open_roles(remediation) if r in caller.principal.roles)
    if not held:
        return (), NO_ROLE
    return (held, None) if caller.session is not None else ((), SESSION_ONLY)
