"""Handing the night over: what is open, what waits, what is unknown, what is only temporary.

A temporary measure is an action that took effect and can be undone (operations.md 10): a backup
line, a larger pool. It stays on the list until its undo has run, or a person settles it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from api.handover_schemas import HandoverView, Matter
from api.incident_views import view_incident
from graph.model.access import Principal
from graph.model.incident import Incident, IncidentState
from graph.model.remediation import Remediation, RemediationStatus
from graph.ports import Store, Transaction

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


def view_handover(store: Store, principal: Principal, *, now: datetime) -> HandoverView:
    """Gather what a successor must know; incidents as on the duty board, the rest newest first."""
    page = store.incidents(principal, states=_OPEN, limit=_PAGE)
    found = [item for item in page.items if isinstance(item, Incident)]
    return HandoverView(
        at=now,
        incidents=tuple(view_incident(store, incident, now) for incident in found),
        waiting=_matters(store, principal, _WAITING),
        unsettled=_matters(store, principal, _UNSETTLED),
        temporary=_temporary(store, principal),
    )


def accept_handover(store: Store, principal: Principal, *, note: str, now: datetime) -> None:
    """Record that this person takes over, by name, in the audit chain."""

    def work(tx: Transaction) -> None:
        tx.add_audit(
            at=now,
            actor=principal.name,
            kind="handover_accepted",
            subject=principal.name,
            detail={"note": note},
        )

    store.write(work)


def _matters(
    store: Store, principal: Principal, statuses: frozenset[RemediationStatus]
) -> tuple[Matter, ...]:
    return tuple(_matter(r) for r in _remediations(store, principal, statuses))


def _temporary(store: Store, principal: Principal) -> tuple[Matter, ...]:
    """List what took effect and can be undone; undone ones left `verified` long ago."""
    verified = _remediations(store, principal, frozenset({RemediationStatus.VERIFIED}))
    return tuple(
        _matter(r) for r in verified if any(step.undo is not None for step in r.plan.steps)
    )


def _remediations(
    store: Store, principal: Principal, statuses: frozenset[RemediationStatus]
) -> Iterable[Remediation]:
    page = store.remediations(principal, statuses=statuses, limit=_PAGE)
    return [item for item in page.items if isinstance(item, Remediation)]


def _matter(remediation: Remediation) -> Matter:
    return Matter(
        remediation_id=remediation.id,
        incident_id=remediation.incident_id,
        name=remediation.plan.name,
        target_ids=remediation.plan.target_ids,
        status=remediation.status,
        owner=remediation.executed_by or remediation.requester,
        since=remediation.ended_at or remediation.started_at or remediation.requested_at,
        undo=remediation.plan.undo_text,
    )
