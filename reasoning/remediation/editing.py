"""Who edited the ground under an action: they count as its requester for a day (safety rule 11).

Loading a pack is how graph and SOPs are edited; each load that changes anything leaves a line in
the audit log that names what it touched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Final, TypeVar

from pydantic import JsonValue

from graph.model.audit import AuditEvent
from graph.model.document import SopVersion
from graph.model.knowledge import Sop
from graph.model.pack import DomainPack
from graph.model.remediation import Remediation
from graph.ports import Transaction
from reasoning.remediation.book import ENGINE, not_before_last

T = TypeVar("T")

EDITED: Final = "pack_loaded"
SOP_PUBLISHED: Final = "sop_published"
SOP_RETIRED: Final = "sop_retired"
_EDITS: Final = frozenset({EDITED, SOP_PUBLISHED, SOP_RETIRED})
ALL: Final = "all"
LASTS: Final = timedelta(hours=24)
_PAGE: Final = 200
_MOST_NAMED: Final = 200
# What an action on any component may be judged by: a change there touches them all.
_COMMON: Final = ("flows", "calendar", "library", "actions", "policies", "settings", "regions")


def note_load(
    tx: Transaction, before: DomainPack | None, after: DomainPack, *, by: str, at: datetime
) -> None:
    """Write down who loaded a pack that differs from the one before, and what that touched."""
    touched = touched_by(before, after)
    few = touched is not None and len(touched) <= _MOST_NAMED
    detail: dict[str, JsonValue] = {"touched": list(sorted(touched or ())) if few else ALL}
    if before is None:
        detail["first"] = True
    tx.add_audit(at=not_before_last(tx, at), actor=by, kind=EDITED, subject=after.id, detail=detail)


def note_sop(
    tx: Transaction, found: SopVersion, pack: DomainPack, *, kind: str, by: str, at: datetime
) -> None:
    """Write down who put an SOP in force or took it off, what that touches, and who wrote it."""
    touched = concerned_by(found.sop, pack)
    detail: dict[str, JsonValue] = {
        "version": found.id,
        "drafted_by": found.drafted_by,
        "why": found.ended_why,
        "touched": list(sorted(touched)) if 0 < len(touched) <= _MOST_NAMED else ALL,
    }
    tx.add_audit(at=not_before_last(tx, at), actor=by, kind=kind, subject=pack.id, detail=detail)


def touched_by(before: DomainPack | None, after: DomainPack) -> frozenset[str] | None:
    """Name the components whose graph or SOP differs; None: any of them may be concerned.

    A relation touches both its ends, an SOP the components, kinds and fault modes it is for.
    """
    if before is None or any(getattr(before, name) != getattr(after, name) for name in _COMMON):
        return None
    touched = {c.id for c in _differing(before.components, after.components, lambda c: c.id)}
    for relation in _differing(
        before.relations, after.relations, lambda r: (r.source, r.type, r.target)
    ):
        touched |= {relation.source, relation.target}
    for sop in _differing(before.sops, after.sops, lambda s: s.id):
        concerned = concerned_by(sop, before) | concerned_by(sop, after)
        if not concerned:
            return None
        touched |= concerned
    return frozenset(touched)


def editors_of(tx: Transaction, found: Remediation, *, now: datetime) -> frozenset[str]:
    """Name who edited the graph or the SOPs of its targets within the last 24 hours."""
    pack_id = tx.incident(ENGINE, found.incident_id).pack_id
    targets = set(found.plan.target_ids)
    return frozenset(
        name
        for line in _since(tx, now - LASTS)
        if line.kind in _EDITS and line.subject == pack_id and _touches(line, targets)
        for name in (line.actor, str(line.detail.get("drafted_by") or line.actor))
    )


def _touches(line: AuditEvent, targets: set[str]) -> bool:
    touched = line.detail.get("touched")
    return not isinstance(touched, list) or not targets.isdisjoint(map(str, touched))


def _since(tx: Transaction, since: datetime) -> Iterable[AuditEvent]:
    """Walk the audit log back to an instant, newest first."""
    cursor: str | None = None
    while True:
        page = tx.audit(cursor=cursor, limit=_PAGE)
        for line in page.items:
            if isinstance(line, AuditEvent):
                if line.at < since:
                    return
                yield line
        cursor = page.next_cursor
        if cursor is None:
            return


def _differing(before: Iterable[T], after: Iterable[T], key: Callable[[T], object]) -> list[T]:
    """List what only one side has, or what both have in another form (then both forms)."""
    was, now = {key(item): item for item in before}, {key(item): item for item in after}
    gone = [item for name, item in was.items() if now.get(name) != item]
    return [*gone, *(item for name, item in now.items() if was.get(name) != item)]


def concerned_by(sop: Sop, pack: DomainPack) -> set[str]:
    """Name the components that an SOP is for: by id, kind or fault mode."""
    modes = {mode.id: mode.kind for mode in pack.library.modes}
    kinds = {*sop.kinds, *(modes[mode] for mode in sop.fault_mode_ids if mode in modes)}
    return {*sop.component_ids, *(c.id for c in pack.components if c.kind in kinds)}
