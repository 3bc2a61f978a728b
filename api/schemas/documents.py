"""What travels over HTTP for SOPs from documents, their versions, and imported cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from api.schemas.incidents import View
from graph.model.access import Role
from graph.model.base import Id, Instant, Model, Text
from graph.model.document import CommandChange, DocumentFinding, SopVersion, VersionStatus
from graph.model.knowledge import SopSectionName

ImportKind = Literal["sops", "cases"]
Outcome = Literal["taken", "unchanged", "refused"]


@dataclass(frozen=True)
class Incoming:
    """Files that shall come in for a pack (None: the only one), by name and content."""

    kind: ImportKind
    files: Sequence[tuple[str, bytes]]
    pack: str | None = None
    dry_run: bool = False


class ImportedItem(View):
    """The report of one file, or of one faulty row of a file of cases.

    `taken`: an SOP is now a draft, a case is searchable; in a dry run it would be.
    """

    file: str
    outcome: Outcome
    findings: tuple[DocumentFinding, ...] = ()
    sop_id: Id | None = None
    version_id: Id | None = None
    revision: int | None = None
    title: Text | None = None
    steps: int = 0
    changes: tuple[CommandChange, ...] = ()


class ImportReport(View):
    """POST /imports/{kind}: what became of each file, in their order."""

    kind: ImportKind
    pack_id: Id
    dry_run: bool
    taken: int
    unchanged: int
    refused: int
    items: tuple[ImportedItem, ...]


class SopVersionView(View):
    """A version as leads and admins see it; `publishers`: one person in any of these roles.

    `publishers` is empty where nothing waits to be published.
    """

    found: SopVersion
    publishers: tuple[Role, ...] = ()


class StepPlace(View):
    """A step of an SOP."""

    section: SopSectionName
    step: int


class SopRevision(View):
    """A version as every reader sees it: what became of it when, and which steps it changed.

    `changed`: steps whose text did not stand so in the version in force before it; of the first
    version all.
    """

    revision: int
    status: VersionStatus
    published_by: str | None
    published_at: Instant | None
    ended_at: Instant | None
    ended_why: str
    changed: tuple[StepPlace, ...]


class Publication(Model):
    """POST /sop-versions/{id}/publication; the digest proves what was looked at."""

    content_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class Ending(Model):
    """POST /sop-versions/{id}/rejection and /retirement."""

    reason: str = Field(min_length=1, max_length=1000)
