"""Rows of remediations and the emergency stop; who may see an incident sees its remediations."""

from __future__ import annotations

from typing import Final

from graph.errors import ConflictError, NotFoundError
from graph.model.access import Principal
from graph.model.remediation import EmergencyStop, Remediation, RemediationStatus
from graph.ports import Page
from graph.stores import schema, sql
from graph.stores.cursors import checked_limit, read_cursor
from graph.stores.pages import page
from graph.stores.versions import check_next

_LISTING: Final = "remediations"
_STOP_ID: Final = "stop"
_VISIBLE: Final = f"""
    EXISTS (SELECT 1 FROM incidents WHERE incidents.id = incident_id AND {sql.VISIBLE})"""
_REMEDIATION: Final = f"SELECT body FROM remediations WHERE id = :id AND {_VISIBLE}"
_PAGE: Final = f"""
    SELECT body, requested_at, id FROM remediations
    WHERE (:statuses IS NULL OR status IN (SELECT value FROM json_each(:statuses)))
      AND (:before IS NULL OR requested_at < :before
           OR (requested_at = :before AND id > :after_id))
      AND {_VISIBLE} {{narrowed}}
    ORDER BY requested_at DESC, id LIMIT :limit"""
_REMEDIATIONS: Final = _PAGE.format(narrowed="")
_REMEDIATIONS_OF: Final = _PAGE.format(narrowed="AND incident_id = :incident_id")
_STORED: Final = "SELECT version, incident_id FROM remediations WHERE id = :id"
_STOP: Final = "SELECT body FROM emergency_stop"


class RemediationReads(sql.Rows):
    """The part of `RemediationReader` without the audit chain, on rows."""

    def remediation(self, principal: Principal, remediation_id: str) -> Remediation:
        """Return one whose incident is visible, or NotFoundError."""
        sites = sql.principal_sites(principal)
        body = self._text(_REMEDIATION, id=remediation_id, sites=sites)
        if body is None:
            raise NotFoundError(f"remediation {remediation_id!r} is not stored; check the id")
        return Remediation.model_validate_json(body)

    def remediations(
        self,
        principal: Principal,
        *,
        statuses: frozenset[RemediationStatus] | None = None,
        incident_id: str | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page:
        """Page over visible remediations, newest request first, then id."""
        after = (None, "") if cursor is None else read_cursor(_LISTING, cursor, (str, str))
        rows = self._all(
            _REMEDIATIONS if incident_id is None else _REMEDIATIONS_OF,
            statuses=sql.json_list(statuses),
            incident_id=incident_id,
            before=after[0],
            after_id=after[1],
            sites=sql.principal_sites(principal),
            limit=checked_limit(limit) + 1,
        )
        return page(_LISTING, Remediation, rows, limit=limit)

    def emergency_stop(self) -> EmergencyStop | None:
        """Return the stop that holds, or None."""
        body = self._text(_STOP)
        return None if body is None else EmergencyStop.model_validate_json(body)


class RemediationWrites(RemediationReads):
    """`RemediationReads`, and the writes of remediations and the stop."""

    def put_remediation(self, remediation: Remediation, *, expected_version: int | None) -> None:
        """Insert (expected None) or replace.

        Raises: ConflictError unless the stored version is the expected one and the new version
            the next, or if it is stored for another incident.
        """
        self._check_version(remediation, expected_version)
        self._put(
            sql.upsert(schema.REMEDIATION),
            id=remediation.id,
            incident_id=remediation.incident_id,
            status=remediation.status,
            requested_at=sql.instant(remediation.requested_at),
            version=remediation.version,
            body=remediation.model_dump_json(),
        )

    def put_emergency_stop(self, stop: EmergencyStop | None) -> None:
        """Set or (None) lift the emergency stop."""
        if stop is None:
            self._put(sql.delete(schema.EMERGENCY_STOP), id=_STOP_ID)
        else:
            body = stop.model_dump_json()
            self._put(sql.upsert(schema.EMERGENCY_STOP), id=_STOP_ID, body=body)

    def _check_version(self, remediation: Remediation, expected: int | None) -> None:
        """Refuse a stale write, and one that would let a second claim of a version through."""
        rows = self._all(_STORED, id=remediation.id)
        version, incident_id = rows[0] if rows else (None, remediation.incident_id)
        named = f"remediation {remediation.id!r}"
        check_next(named, stored=version, expected=expected, new=remediation.version)
        if incident_id != remediation.incident_id:
            raise ConflictError(
                f"remediation {remediation.id!r} is stored for incident {incident_id!r}, "
                f"not {remediation.incident_id!r}; it never moves"
            )
