"""What use cases ask of a store about SOPs and cases that people took in, beside those of packs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from graph.model.document import ImportedCase, SopVersion, UnansweredQuestion, VersionStatus


class KnowledgeReader(Protocol):
    """Versions of SOPs and imported cases, read."""

    def sop_version(self, version_id: str) -> SopVersion:
        """Return one version, or NotFoundError."""

    def sop_versions(
        self, *, sop_id: str | None = None, statuses: frozenset[VersionStatus] | None = None
    ) -> tuple[SopVersion, ...]:
        """Return versions by SOP, then revision."""

    def imported_cases(self) -> tuple[ImportedCase, ...]:
        """Return every imported case, by id."""

    def unanswered_question(self, question_id: str) -> UnansweredQuestion | None:
        """Return one question that no SOP answered, or None."""

    def unanswered_questions(self) -> tuple[UnansweredQuestion, ...]:
        """Return every question that no SOP answered, by id."""

    def unanswered_count(self) -> int:
        """Count the questions that no SOP answered."""


class KnowledgeWriter(Protocol):
    """Versions of SOPs and imported cases, written inside one transaction."""

    def put_sop_version(self, found: SopVersion, *, expected_version: int | None) -> None:
        """Insert (expected None) or replace; ConflictError unless the stored version is expected.

        The caller has set `version` to expected + 1, or to 1.
        """

    def put_imported_cases(self, cases: Sequence[ImportedCase]) -> None:
        """Insert or replace by id."""

    def put_unanswered_question(self, found: UnansweredQuestion) -> None:
        """Insert or replace by id."""

    def drop_unanswered_question(self, question_id: str) -> bool:
        """Forget a question; tells whether it was there."""
