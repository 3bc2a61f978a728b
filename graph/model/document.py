"""SOPs that people took in from documents, from draft to retirement, and what no SOP answered."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, Literal

from pydantic import Field

from graph.model.base import Id, Instant, Model, Text
from graph.model.knowledge import PastCase, Sop, SopSectionName


class VersionStatus(StrEnum):
    """`draft` -> `published` -> `superseded` or `retired`; a draft may be `rejected`."""

    DRAFT = "draft"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"
    RETIRED = "retired"
    REJECTED = "rejected"


OPEN_VERSIONS: Final = frozenset({VersionStatus.DRAFT, VersionStatus.PUBLISHED})


class DocumentCommand(Model):
    """What stood in code marks of a step when it was taken in; nothing else is ever a command."""

    section: SopSectionName
    step: int = Field(ge=1)
    text: str


class CommandChange(Model):
    """A command that publishing adds or removes."""

    change: Literal["added", "removed"]
    command: DocumentCommand


class DocumentFinding(Model):
    """Something that whoever publishes must have seen; the text names place and remedy."""

    code: str
    gravity: Literal["error", "warning", "notice"]
    text: Text


class SopVersion(Model):
    """One version of an SOP, as it was taken in. `revision` counts from 1 within `sop.id`.

    `content_sha256`: digest of what a reader would see; equal content is never a new version.
    `file_sha256`: of the bytes that came in. `changes`: against what was published when it came.
    `version` counts moves, so that of two people one is told to read again.
    """

    id: Id
    sop_id: Id
    revision: int = Field(ge=1)
    status: VersionStatus = VersionStatus.DRAFT
    version: int = Field(default=1, ge=1)
    sop: Sop
    file_name: str
    file_sha256: str
    content_sha256: str
    commands: tuple[DocumentCommand, ...] = ()
    changes: tuple[CommandChange, ...] = ()
    findings: tuple[DocumentFinding, ...] = ()
    drafted_by: str
    drafted_at: Instant
    published_by: str | None = None
    published_at: Instant | None = None
    ended_by: str | None = None
    ended_at: Instant | None = None
    ended_why: str = ""


class ImportedCase(Model):
    """A past case that came in from a file, and who brought it."""

    id: Id
    case: PastCase
    file_name: str
    imported_by: str
    imported_at: Instant


class QuestionStatus(StrEnum):
    """`open` until somebody wrote an SOP for it (`answered`) or none is needed (`dismissed`)."""

    OPEN = "open"
    ANSWERED = "answered"
    DISMISSED = "dismissed"


class SopWish(Model):
    """Somebody asked that an SOP be written; `note` is redacted as the question is."""

    by: str
    at: Instant
    note: str = ""


class UnansweredQuestion(Model):
    """A question that no SOP answered; people and keys were taken out before it was stored.

    `id` follows from the words without case, spaces and punctuation, so that the same question is
    counted and not kept twice. `days`: UTC day -> how often, in order of days.
    """

    id: Id
    text: str
    lang: Literal["zh", "en"]
    days: dict[str, int]
    first_at: Instant
    last_at: Instant
    wishes: tuple[SopWish, ...] = ()
    status: QuestionStatus = QuestionStatus.OPEN
    sop_id: Id | None = None
    ended_by: str | None = None
    ended_at: Instant | None = None
    ended_why: str = ""
