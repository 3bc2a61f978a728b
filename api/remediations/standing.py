"""How far requests have come: what waits for the person who looks, and who agreed so far."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from api.schemas.incidents import AgreedView, WaitingView
from graph.model.access import Principal
from graph.model.remediation import Decision, Remediation, RemediationStatus
from graph.ports import Store
from reasoning.remediation.people import open_roles

_WAITING: Final = frozenset({RemediationStatus.REQUESTED, RemediationStatus.APPROVED})
_STANDING: Final = _WAITING | {
    RemediationStatus.RUNNING,
    RemediationStatus.HELD,
    RemediationStatus.UNKNOWN,
    RemediationStatus.VERIFIED,
}
_MOST: Final = 200


def standing_requests(store: Store, principal: Principal) -> tuple[Remediation, ...]:
    """List the requests that still mean something, newest first, at most 200."""
    page = store.remediations(principal, statuses=_STANDING, limit=_MOST)
    return tuple(item for item in page.items if isinstance(item, Remediation))


def waiting_for(
    requests: Iterable[Remediation], principal: Principal, *, now: datetime
) -> WaitingView:
    """Count the requests that a signed-in person could still agree to, with the first to expire."""
    open_ends = [one.expires_at for one in requests if _waits_for(one, principal, now)]
    return WaitingView(count=len(open_ends), first_expires_at=min(open_ends, default=None))


def agreed_of(requests: Iterable[Remediation]) -> dict[str, AgreedView]:
    """Tell for each incident how many have agreed to its newest request, of how many."""
    found: dict[str, AgreedView] = {}
    for one in requests:
        have = sum(approval.decision is Decision.APPROVE for approval in one.approvals)
        view = AgreedView(have=have, need=len(one.demand.roles))
        found.setdefault(one.incident_id, view)
    return found


def _waits_for(one: Remediation, principal: Principal, now: datetime) -> bool:
    """The same as what the page of approvals offers; the desk judges again."""
    decided = {approval.user for approval in one.approvals}
    return (
        principal.session_id is not None
        and one.status in _WAITING
        and one.expires_at > now
        and principal.name != one.requester
        and principal.name not in decided
        and any(role in principal.roles for role in open_roles(one))
    )
