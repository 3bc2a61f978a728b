"""Rows of grants by two people, and of the seal of set-up."""

from __future__ import annotations

from typing import Final

from graph.errors import NotFoundError
from graph.model.grant import Grant, GrantStatus, Seal
from graph.ports import Page
from graph.stores import schema, sql
from graph.stores.cursors import checked_limit, read_cursor
from graph.stores.pages import page
from graph.stores.versions import check_next

_LISTING: Final = "grants"
_SEAL_ID: Final = "seal"
_GRANT: Final = "SELECT body FROM grants WHERE id = :id"
_GRANTS: Final = """
    SELECT body, asked_at, id FROM grants
    WHERE (:statuses IS NULL OR status IN (SELECT value FROM json_each(:statuses)))
      AND (:before IS NULL OR asked_at < :before OR (asked_at = :before AND id > :after_id))
    ORDER BY asked_at DESC, id LIMIT :limit"""
_VERSION: Final = "SELECT version FROM grants WHERE id = :id"
_SEAL: Final = "SELECT body FROM seal"


class GrantReads(sql.Rows):
    """The grants of `AccessReader`, on rows."""

    def grant(self, grant_id: str) -> Grant:
        """Return one, or NotFoundError."""
        body = self._text(_GRANT, id=grant_id)
        if body is None:
            raise NotFoundError(f"grant {grant_id!r} is not stored; check the id")
        return Grant.model_validate_json(body)

    def grants(
        self,
        *,
        statuses: frozenset[GrantStatus] | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page:
        """Page over grants, newest asked first, then id."""
        after = (None, "") if cursor is None else read_cursor(_LISTING, cursor, (str, str))
        rows = self._all(
            _GRANTS,
            statuses=sql.json_list(statuses),
            before=after[0],
            after_id=after[1],
            limit=checked_limit(limit) + 1,
        )
        return page(_LISTING, Grant, rows, limit=limit)

    def seal(self) -> Seal | None:
        """Return the seal of set-up, or None before there is one."""
        body = self._text(_SEAL)
        return None if body is None else Seal.model_validate_json(body)


class GrantWrites(GrantReads):
    """`GrantReads`, and the writes of grants and the seal."""

    def put_grant(self, grant: Grant, *, expected_version: int | None) -> None:
        """Insert (expected None) or replace.

        Raises: ConflictError unless the stored version is the expected one and the new version
            the next.
        """
        rows = self._all(_VERSION, id=grant.id)
        stored = rows[0][0] if rows else None
        check_next(
            f"grant {grant.id!r}", stored=stored, expected=expected_version, new=grant.version
        )
        self._put(
            sql.upsert(schema.GRANT),
            id=grant.id,
            status=grant.status,
            asked_at=sql.instant(grant.asked_at),
            version=grant.version,
            body=grant.model_dump_json(),
        )

    def put_seal(self, seal: Seal) -> bool:
        """Seal set-up; False (and no write) when it is sealed."""
        body = seal.model_dump_json()
        return self._run(sql.insert_new(schema.SEAL), id=_SEAL_ID, body=body) == 1
