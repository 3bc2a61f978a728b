"""Whether the audit chain holds: every line where it belongs, as it was written.

A chain that was cut at its end, or written anew from some line on by somebody who owns the file,
still holds in itself: compare `seq` and `head` of the report with one kept elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from graph.model.audit import FIRST_PREVIOUS, AuditEvent
from graph.model.base import Model
from graph.model.digest import audit_hash
from graph.ports import RemediationReader


class BreakReason(StrEnum):
    """Why a line breaks the chain."""

    OUT_OF_SEQUENCE = "out_of_sequence"
    PREVIOUS_DIFFERS = "previous_differs"
    HASH_DIFFERS = "hash_differs"


class ChainBreak(Model):
    """The first broken line: where line `seq` belongs, it is missing or not as it was written."""

    seq: int
    reason: BreakReason


class ChainReport(Model):
    """`seq` and `head` are number and hash of the last line that holds (0 and zeros for none)."""

    seq: int
    head: str
    broken: ChainBreak | None


def event_hash(event: AuditEvent) -> str:
    """Compute the hash that a line should have."""
    return audit_hash(
        seq=event.seq,
        at=event.at,
        actor=event.actor,
        kind=event.kind,
        subject=event.subject,
        detail=event.detail,
        previous=event.previous,
    )


def verify_chain(
    events: Iterable[AuditEvent], previous: AuditEvent | None = None
) -> ChainBreak | None:
    """Find the first broken line of `events`, oldest first, or None where all hold.

    Args:
        previous: the line before the first of `events`, trusted; None where they start the log.
    """
    seq, head = (0, FIRST_PREVIOUS) if previous is None else (previous.seq, previous.hash)
    for event in events:
        seq += 1
        reason = _fault(event, seq=seq, head=head)
        if reason is not None:
            return ChainBreak(seq=seq, reason=reason)
        head = event.hash
    return None


def verify_log(reader: RemediationReader, *, page: int = 500) -> ChainReport:
    """Verify the whole stored log, `page` lines (1..1000) at a time.

    Raises: StoreError where a line cannot be read any more.
    """
    last: AuditEvent | None = None
    while events := reader.audit_chain(after=0 if last is None else last.seq, limit=page):
        broken = verify_chain(events, last)
        if broken is not None:
            sound = events[: broken.seq - 1 - (0 if last is None else last.seq)]
            return _report(sound[-1] if sound else last, broken)
        last = events[-1]
    return _report(last, None)


def _fault(event: AuditEvent, *, seq: int, head: str) -> BreakReason | None:
    if event.seq != seq:
        return BreakReason.OUT_OF_SEQUENCE
    if event.previous != head:
        return BreakReason.PREVIOUS_DIFFERS
    return None if event.hash == event_hash(event) else BreakReason.HASH_DIFFERS


def _report(last: AuditEvent | None, broken: ChainBreak | None) -> ChainReport:
    seq, head = (0, FIRST_PREVIOUS) if last is None else (last.seq, last.hash)
    return ChainReport(seq=seq, head=head, broken=broken)
