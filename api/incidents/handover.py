"""Handing the night over: what is open, what waits, what is unknown, what is only temporary.

A temporary measure is an action that took effect and can be undone (operations.md 10): a backup
line, a larger pool. It stays on the list until its undo has run and was verified, or a person says
that it stays for good or was undone by hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

from api.bootstrap import Assistant
from api.doorway.auth import Ability, abilities_of_roles
from api.incidents.views import view_incident
from api.schemas.handover import HandoverView, Matter
from graph.model.access import Principal, User
from graph.model.incident import Incident, IncidentState
from graph.model.remediation import Remediation, RemediationStatus
from graph.ports import Store
from reasoning.remediation.course import is_measure, keeper_of

_OPEN = frozenset(
    {
        IncidentState.OPEN,
        IncidentState.ACKNOWLEDGED,
        IncidentState.MITIGATING,
        IncidentState.WATCHING,
    }
)
_WAITING = frozenset({RemediationStatus.REQUESTED, RemediationStatus.APPROVED})
_UNSETTLED = frozenset(
    {RemediationStatus.RUNNING, RemediationStatus.UNKNOWN, RemediationStatus.HELD}
)
_PAGE = 200
# A measure that outlives a shift was forgotten, or is no longer temporary: somebody has to say so.
SHIFT: Final = timedelta(hours=8)


def view_handover(store: Store, principal: Principal, *, now: datetime) -> HandoverView:
    """Gather what a successor must know; incidents as on the duty board, the rest newest first."""
    page = store.incidents(principal, states=_OPEN, limit=_PAGE)
    found = [item for item in page.items if isinstance(item, Incident)]
    return HandoverView(
        at=now,
        incidents=tuple(view_incident(store, incident, now) for incident in found),
        waiting=tuple(_matter(r, now) for r in _all_of(store, principal, _WAITING)),
        unsettled=tuple(_matter(r, now) for r in _all_of(store, principal, _UNSETTLED)),
        temporary=_temporary(store, principal, now),
    )


def accept_handover(assistant: Assistant, principal: Principal, *, note: str) -> None:
    """Record that this person takes over, by name, with every measure that they can see."""
    measures = [r.id for r in _measures(assistant.store, principal)]
    now = assistant.clock.now()
    assistant.desk.measures.accept(principal, measures, note=note, at=now)


def _temporary(store: Store, principal: Principal, now: datetime) -> tuple[Matter, ...]:
    """List what took effect for the time being and has not ended, newest request first."""
    measures = list(_measures(store, principal))
    users = store.users() if measures else ()
    incidents = {r.incident_id for r in measures}
    able = {i: _able(store.incident(principal, i), users) for i in incidents}
    return tuple(_measure(r, able[r.incident_id], now) for r in measures)


def _measure(remediation: Remediation, able: tuple[str, ...], now: datetime) -> Matter:
    matter = _matter(remediation, now)
    others = tuple(name for name in able if name != matter.owner)
    overdue = matter.age_s >= SHIFT.total_seconds()
    return matter.model_copy(update={"hand_to": others, "overdue": overdue})


def _able(incident: Incident, users: Iterable[User]) -> tuple[str, ...]:
    """Name who may work and sees the incident, by name."""
    return tuple(sorted(user.name for user in users if _works(user) and _sees(user, incident)))


def _works(user: User) -> bool:
    return Ability.OPERATE in abilities_of_roles(frozenset(user.roles))


def _sees(user: User, incident: Incident) -> bool:
    sites = None if user.sites is None else frozenset(user.sites)
    seen = Principal(name=user.name, sites=sites)
    return seen.may_see(site=incident.site, visibility=incident.visibility)


def _measures(store: Store, principal: Principal) -> Iterator[Remediation]:
    verified = _all_of(store, principal, frozenset({RemediationStatus.VERIFIED}))
    return (remediation for remediation in verified if is_measure(remediation))


def _all_of(
    store: Store, principal: Principal, statuses: frozenset[RemediationStatus]
) -> Iterator[Remediation]:
    """Walk over every one that this person may see: a measure does not fall off for its age."""
    cursor: str | None = None
    while True:
        page = store.remediations(principal, statuses=statuses, cursor=cursor, limit=_PAGE)
        yield from (item for item in page.items if isinstance(item, Remediation))
        cursor = page.next_cursor
        if cursor is None:
            return


def _matter(remediation: Remediation, now: datetime) -> Matter:
    since = remediation.ended_at or remediation.started_at or remediation.requested_at
    return Matter(
        remediation_id=remediation.id,
        incident_id=remediation.incident_id,
        name=remediation.plan.name,
        target_ids=remediation.plan.target_ids,
        status=remediation.status,
        owner=keeper_of(remediation),
        since=since,
        undo=remediation.plan.undo_text,
        age_s=max(0, int((now - since).total_seconds())),
    )
