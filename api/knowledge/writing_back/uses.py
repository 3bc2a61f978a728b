"""How steps of SOPs went in incidents, and when the graph was edited: read off the audit chain.

The chain is read on from where the last look ended, and no search reads much of it at once. A tick
stands there without the words that people gave as a reason, which are in the incident's ledger.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Final

from api.schemas.ticks import TICKED, Place, TickOutcome
from graph.model.audit import AuditEvent
from graph.ports import RemediationReader
from reasoning.remediation.editing import ALL, EDITED

_PAGE: Final = 500
_EDITS_KEPT: Final = 500


@dataclass(frozen=True)
class Use:
    """How one step went in one incident: the newest word on it."""

    incident_id: str
    place: Place
    outcome: TickOutcome
    by: str
    at: datetime


@dataclass(frozen=True)
class Edit:
    """A load that changed a stored pack; `touched` None: anything may be concerned."""

    pack_id: str
    at: datetime
    touched: frozenset[str] | None


class UseLog:
    """Reads and keeps what was ticked and edited; safe from several threads."""

    def __init__(self) -> None:
        """Start at the first line of the chain."""
        self._read = 0
        self._uses: dict[str, dict[tuple[str, Place], Use]] = defaultdict(dict)
        self._edits: list[Edit] = []
        self._lock: Final = threading.Lock()
        self._reading: Final = threading.Lock()

    def follow(self, store: RemediationReader, *, pages: int | None = None) -> bool:
        """Read what the chain has grown by, at most so many pages of 500; tell if that was all.

        Who wants only some pages does not wait for another thread that reads.
        """
        if not self._reading.acquire(blocking=pages is None):
            return False
        try:
            return self._follow(store, pages)
        finally:
            self._reading.release()

    def _follow(self, store: RemediationReader, pages: int | None) -> bool:
        turns = count() if pages is None else range(pages)
        for _ in turns:
            page = store.audit_chain(after=self._read, limit=_PAGE)
            with self._lock:
                for line in page:
                    self._take(line)
            if len(page) < _PAGE:
                self._read = page[-1].seq if page else self._read
                return True
            self._read = page[-1].seq
        return False

    def of(self, sop_id: str) -> tuple[Use, ...]:
        """List how steps of an SOP went, by time, incident and step; what was taken back is not."""
        with self._lock:
            held = list(self._uses.get(sop_id, {}).values())
        kept = [use for use in held if use.outcome is not TickOutcome.OPEN]
        return tuple(sorted(kept, key=lambda use: (use.at, use.incident_id, use.place)))

    def used(self) -> frozenset[str]:
        """Name the SOPs of which any step was ever ticked."""
        with self._lock:
            return frozenset(self._uses)

    def edited(self, pack_id: str, ids: frozenset[str], *, since: datetime) -> datetime | None:
        """Tell when a load last touched one of these components after an instant, or None."""
        with self._lock:
            edits = list(self._edits)
        found = [
            edit.at
            for edit in edits
            if edit.pack_id == pack_id
            and edit.at > since
            and (edit.touched is None or edit.touched & ids)
        ]
        return max(found, default=None)

    def _take(self, line: AuditEvent) -> None:
        if line.kind == TICKED:
            use = _use(line)
            self._uses[use.place[0]][use.incident_id, use.place] = use
        elif line.kind == EDITED and not line.detail.get("first"):
            told = line.detail.get("touched", ALL)
            touched = frozenset(map(str, told)) if isinstance(told, list) else None
            self._edits = [*self._edits, Edit(line.subject, line.at, touched)][-_EDITS_KEPT:]


def _use(line: AuditEvent) -> Use:
    told = line.detail
    place = (str(told["sop_id"]), str(told["section"]), int(str(told["step"])))
    return Use(line.subject, place, TickOutcome(str(told["outcome"])), line.actor, line.at)
