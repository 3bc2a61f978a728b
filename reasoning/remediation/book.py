"""Every move of a remediation, written with its audit and ledger lines: all of it or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from pydantic import JsonValue

from graph.model.access import Principal
from graph.model.audit import AuditEvent
from graph.model.remediation import Remediation, RemediationStatus
from graph.ports import RemediationReader, Transaction

ENGINE: Final = Principal(name="engine")
_PAGE: Final = 200

_S: Final = RemediationStatus
# The life of a remediation; whatever is not listed never happens.
EDGES: Final[dict[RemediationStatus, frozenset[RemediationStatus]]] = {
    _S.REQUESTED: frozenset(
        {_S.REQUESTED, _S.APPROVED, _S.REJECTED, _S.EXPIRED, _S.REVOKED, _S.REFUSED}
    ),
    _S.APPROVED: frozenset({_S.RUNNING, _S.EXPIRED, _S.REVOKED, _S.REFUSED}),
    _S.RUNNING: frozenset(
        {_S.RUNNING, _S.VERIFIED, _S.ROLLED_BACK, _S.HELD, _S.ESCALATED, _S.UNKNOWN}
    ),
    _S.UNKNOWN: frozenset({_S.VERIFIED, _S.ROLLED_BACK, _S.ESCALATED}),
    _S.HELD: frozenset({_S.RUNNING, _S.VERIFIED, _S.ROLLED_BACK, _S.ESCALATED}),
    # A temporary measure changes hands and comes to its end; it stays verified.
    _S.VERIFIED: frozenset({_S.VERIFIED}),
}
ENDED: Final = frozenset(s for s in RemediationStatus if EDGES.get(s, frozenset()) <= {s})


class Book:
    """Writes remediations inside one transaction.

    `now` is never before the newest audit line: a clock that was set back makes nothing younger.
    """

    def __init__(self, tx: Transaction, at: datetime, *, by: Principal | None = None) -> None:
        """Write at `at`, or at the high-water mark where the clock is behind it.

        `by` is whose call it is, None for the engine; every line names the token they came by.
        """
        self.tx: Final = tx
        self.now: Final = not_before_last(tx, at)
        self.set_back: Final = self.now - at
        self._token: Final = by.token if by else None

    def open(self, remediation: Remediation, *, detail: dict[str, JsonValue]) -> Remediation:
        """Insert a new remediation."""
        self.tx.put_remediation(remediation, expected_version=None)
        self._note(remediation, remediation.requester, "remediation_requested", detail)
        return remediation

    def move(
        self,
        remediation: Remediation,
        kind: str,
        *,
        actor: str,
        detail: dict[str, JsonValue] | None = None,
        **changes: object,
    ) -> Remediation:
        """Write the next version; `changes` are its fields, `ended_at` set where it ends.

        Raises: ValueError for a move that its life does not know (a fault of the caller).
        """
        changes["version"] = remediation.version + 1
        status = changes.get("status", remediation.status)
        if status in ENDED and remediation.status is not status:
            changes.setdefault("ended_at", self.now)
        moved = Remediation.model_validate(remediation.model_copy(update=changes).model_dump())
        if moved.status not in EDGES.get(remediation.status, frozenset()):
            raise ValueError(f"{remediation.id!r}: {remediation.status} -> {moved.status}")
        self.tx.put_remediation(moved, expected_version=remediation.version)
        self._note(moved, actor, kind, detail or {})
        return moved

    def _note(
        self, remediation: Remediation, actor: str, kind: str, detail: dict[str, JsonValue]
    ) -> None:
        full: dict[str, JsonValue] = {
            "status": remediation.status,
            "digest": remediation.digest,
            "incident": remediation.incident_id,
            **detail,
        }
        if self._token:
            full["token"] = self._token
        self.tx.add_audit(at=self.now, actor=actor, kind=kind, subject=remediation.id, detail=full)
        told: dict[str, JsonValue] = {
            "remediation": remediation.id,
            "action": remediation.plan.action_id,
            "status": remediation.status,
            **detail,
        }
        self.tx.add_ledger(
            remediation.incident_id, at=self.now, kind=kind, actor=actor, detail=told
        )


def not_before_last(reader: RemediationReader, at: datetime) -> datetime:
    """Give `at`, or the instant of the newest audit line where the clock is behind it."""
    newest = last_audit(reader)
    return max(at, newest.at) if newest else at


def last_audit(reader: RemediationReader) -> AuditEvent | None:
    """Return the newest line of the audit chain, or None."""
    newest = next(iter(reader.audit(limit=1).items), None)
    return newest if isinstance(newest, AuditEvent) else None


def all_of(
    reader: RemediationReader,
    statuses: frozenset[RemediationStatus] | None,
    *,
    since: datetime | None = None,
) -> Iterator[Remediation]:
    """Walk over stored remediations of these statuses, newest request first, back to `since`."""
    cursor: str | None = None
    while True:
        page = reader.remediations(ENGINE, statuses=statuses, cursor=cursor, limit=_PAGE)
        for item in page.items:
            if isinstance(item, Remediation):
                if since is not None and item.requested_at < since:
                    return
                yield item
        cursor = page.next_cursor
        if cursor is None:
            return


def seconds(duration: float) -> timedelta:
    """Write whole seconds, rounded down: a shorter wait changes nothing that people read."""
    return timedelta(seconds=int(duration))
