"""Rows of SOP versions, imported cases and questions that no SOP answered."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from graph.errors import NotFoundError
from graph.model.document import ImportedCase, SopVersion, UnansweredQuestion, VersionStatus
from graph.stores import schema, sql
from graph.stores.versions import check_next

_SOP_VERSION: Final = "SELECT body FROM sop_versions WHERE id = :id"
_SOP_VERSIONS: Final = """
    SELECT body, sop_id, revision FROM sop_versions
    WHERE (:sop_id IS NULL OR sop_id = :sop_id)
      AND (:statuses IS NULL OR status IN (SELECT value FROM json_each(:statuses)))
    ORDER BY sop_id, revision"""
_MOVES: Final = "SELECT version FROM sop_versions WHERE id = :id"
_IMPORTED_CASES: Final = "SELECT body, id FROM imported_cases ORDER BY id"
_QUESTION: Final = "SELECT body FROM unanswered_questions WHERE id = :id"
_QUESTIONS: Final = "SELECT body, id FROM unanswered_questions ORDER BY id"
_QUESTION_COUNT: Final = "SELECT count(*) FROM unanswered_questions"


# Every change of what is searched reads all that is in force; of a house with thousands of SOPs and
# cases from documents only what changed is parsed, and the rest is the same frozen object again.
_KEPT: Final = 8_192


@lru_cache(maxsize=_KEPT)
def _version_of(body: str) -> SopVersion:
    return SopVersion.model_validate_json(body)


@lru_cache(maxsize=_KEPT)
def _case_of(body: str) -> ImportedCase:
    return ImportedCase.model_validate_json(body)


class KnowledgeReads(sql.Rows):
    """`KnowledgeReader` on rows."""

    def sop_version(self, version_id: str) -> SopVersion:
        """Return one version, or NotFoundError."""
        body = self._text(_SOP_VERSION, id=version_id)
        if body is None:
            raise NotFoundError(f"SOP version {version_id!r} is not stored; check the id")
        return _version_of(body)

    def sop_versions(
        self, *, sop_id: str | None = None, statuses: frozenset[VersionStatus] | None = None
    ) -> tuple[SopVersion, ...]:
        """Return versions by SOP, then revision."""
        bodies = self._texts(_SOP_VERSIONS, sop_id=sop_id, statuses=sql.json_list(statuses))
        return tuple(map(_version_of, bodies))

    def imported_cases(self) -> tuple[ImportedCase, ...]:
        """Return every imported case, by id."""
        return tuple(map(_case_of, self._texts(_IMPORTED_CASES)))

    def unanswered_question(self, question_id: str) -> UnansweredQuestion | None:
        """Return one question, or None."""
        body = self._text(_QUESTION, id=question_id)
        return None if body is None else UnansweredQuestion.model_validate_json(body)

    def unanswered_questions(self) -> tuple[UnansweredQuestion, ...]:
        """Return every question, by id."""
        return tuple(map(UnansweredQuestion.model_validate_json, self._texts(_QUESTIONS)))

    def unanswered_count(self) -> int:
        """Count the questions."""
        return self._number(_QUESTION_COUNT)


class KnowledgeWrites(KnowledgeReads):
    """`KnowledgeReads`, and the writes."""

    def put_sop_version(self, found: SopVersion, *, expected_version: int | None) -> None:
        """Insert (expected None) or replace.

        Raises: ConflictError unless the stored version is the expected one and the new version
            the next.
        """
        rows = self._all(_MOVES, id=found.id)
        stored = rows[0][0] if rows else None
        check_next(
            f"SOP version {found.id!r}", stored=stored, expected=expected_version, new=found.version
        )
        self._put(sql.upsert(schema.SOP_VERSION), **sop_version_row(found))

    def put_imported_cases(self, cases: Sequence[ImportedCase]) -> None:
        """Insert or replace by id."""
        self._run_many(sql.upsert(schema.IMPORTED_CASE), map(imported_case_row, cases))

    def put_unanswered_question(self, found: UnansweredQuestion) -> None:
        """Insert or replace by id."""
        self._put(sql.upsert(schema.UNANSWERED_QUESTION), **question_row(found))

    def drop_unanswered_question(self, question_id: str) -> bool:
        """Forget a question; tells whether it was there."""
        return self._run(sql.delete(schema.UNANSWERED_QUESTION), id=question_id) == 1


def sop_version_row(found: SopVersion) -> dict[str, sql.Value]:
    """Give the row of a version."""
    return {
        "id": found.id,
        "sop_id": found.sop_id,
        "revision": found.revision,
        "status": found.status,
        "version": found.version,
        "body": found.model_dump_json(),
    }


def imported_case_row(one: ImportedCase) -> dict[str, sql.Value]:
    """Give the row of an imported case."""
    return {"id": one.id, "body": one.model_dump_json()}


def question_row(found: UnansweredQuestion) -> dict[str, sql.Value]:
    """Give the row of a question."""
    return {"id": found.id, "body": found.model_dump_json()}
