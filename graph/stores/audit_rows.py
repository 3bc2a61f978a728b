"""Rows of the audit log: appended, never changed; every line holds the hash of the one before."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from pydantic import JsonValue, ValidationError

from graph.errors import InputError, StoreError
from graph.model.audit import FIRST_PREVIOUS, AuditEvent
from graph.model.digest import audit_hash
from graph.ports import Page
from graph.stores import schema, sql
from graph.stores.cursors import checked_limit, read_cursor, write_cursor

_LISTING: Final = "audit"
_HEAD: Final = "SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1"
_NEWEST: Final = """
    SELECT seq, body FROM audit WHERE (:before IS NULL OR seq < :before)
    ORDER BY seq DESC LIMIT :limit"""
_CHAIN: Final = "SELECT seq, body FROM audit WHERE seq > :after ORDER BY seq LIMIT :limit"


class AuditReads(sql.Rows):
    """The audit chain of `RemediationReader`, on rows."""

    def audit(self, *, cursor: str | None = None, limit: int = 50) -> Page:
        """Page over the audit log, newest first."""
        before = None if cursor is None else read_cursor(_LISTING, cursor, (int,))[0]
        rows = self._all(_NEWEST, before=before, limit=checked_limit(limit) + 1)
        events = tuple(map(_event, rows[:limit]))
        more = len(rows) > limit
        next_cursor = write_cursor(_LISTING, events[-1].seq) if more else None
        return Page(items=events, next_cursor=next_cursor)

    def audit_chain(self, *, after: int = 0, limit: int = 500) -> tuple[AuditEvent, ...]:
        """Return lines with seq > `after`, oldest first, at most `limit` (1..1000).

        Raises: StoreError naming a line that cannot be read any more.
        """
        rows = self._all(_CHAIN, after=after, limit=checked_limit(limit))
        return tuple(map(_event, rows))


class AuditWrites(AuditReads):
    """`AuditReads`, and the one write: append."""

    def add_audit(
        self, *, at: datetime, actor: str, kind: str, subject: str, detail: dict[str, JsonValue]
    ) -> AuditEvent:
        """Append to the audit chain; the store gives seq, previous and hash.

        Raises: InputError for texts or numbers that JSON cannot carry unchanged.
        """
        rows = self._all(_HEAD)
        seq, previous = (int(rows[0][0] or 0) + 1, str(rows[0][1])) if rows else (1, FIRST_PREVIOUS)
        try:
            chained = audit_hash(
                seq=seq,
                at=at,
                actor=actor,
                kind=kind,
                subject=subject,
                detail=detail,
                previous=previous,
            )
        except ValueError as error:
            raise InputError(
                f"audit line {kind!r} of {actor!r} holds what JSON cannot carry ({error}); "
                "write it as plain text"
            ) from error
        event = AuditEvent(
            seq=seq,
            at=at,
            actor=actor,
            kind=kind,
            subject=subject,
            detail=detail,
            previous=previous,
            hash=chained,
        )
        body = event.model_dump_json()
        self._put(sql.insert(schema.AUDIT_EVENT), seq=seq, hash=chained, body=body)
        return event


def _event(row: sql.Row) -> AuditEvent:
    try:
        return AuditEvent.model_validate_json(str(row[1]))
    except ValidationError as error:
        raise StoreError(
            f"audit line {row[0]!r} cannot be read: somebody changed the file; keep it as proof "
            "and restore a backup"
        ) from error
