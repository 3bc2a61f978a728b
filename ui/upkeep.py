"""The page of SOPs and cases as one browser tab sees it: what came of the last click."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from api.client import ApiClient, UnreachableError
from api.schemas.case_drafts import CaseDraft, CaseWords
from api.schemas.documents import ImportKind, ImportReport, Incoming, SopVersionView
from api.schemas.sop_records import FlaggedSop
from api.schemas.unanswered import QuestionEnding, UnansweredReport, UnansweredView
from graph.errors import EtiographError, ForbiddenError, NotFoundError
from graph.model.base import Text
from graph.model.document import OPEN_VERSIONS, QuestionStatus
from ui.failures import why_of

T = TypeVar("T")
_OPEN: Final = QuestionStatus.OPEN
_CASES: Final = (".csv", ".jsonl")


def kind_of(names: Sequence[str]) -> ImportKind | None:
    """Tell what files hold by their names; None where SOPs and cases are mixed."""
    cases = [name.lower().endswith(_CASES) for name in names]
    if all(cases):
        return "cases"
    return None if any(cases) else "sops"


@dataclass
class Upkeep:
    """One tab's client; `said` and `failed` are what the last click led to, for one drawing."""

    client: ApiClient
    offline: bool = False
    report: ImportReport | None = None
    said: str | None = None
    failed: str | Text | None = None

    def flagged(self) -> tuple[FlaggedSop, ...]:
        """List SOPs to look at; empty while they cannot be had."""
        return self._read(self.client.flagged_sops) or ()

    def versions(self) -> tuple[SopVersionView, ...]:
        """List drafts and what is in force, newest first; empty where the role may not."""
        found = self._read(lambda: self.client.sop_versions(statuses=sorted(OPEN_VERSIONS))) or ()
        return tuple(sorted(found, key=lambda view: view.found.drafted_at, reverse=True))

    def questions(self, days: int | None) -> tuple[UnansweredView, ...]:
        """List questions that wait for an SOP, of the last days or ever."""
        return self._read(lambda: self.client.unanswered(status=_OPEN, days=days)) or ()

    def settled(self) -> tuple[UnansweredView, ...]:
        """List questions that somebody ended, the latest ended first."""
        every = self._read(self.client.unanswered) or ()
        ended = [(view.found.ended_at, view) for view in every]
        found = [(at, view) for at, view in ended if at and view.found.status is not _OPEN]
        return tuple(view for _, view in sorted(found, key=lambda one: one[0], reverse=True))

    def fortnight(self, lang: str) -> UnansweredReport | None:
        """Give the list of the fortnight, or None while it cannot be had."""
        return self._read(lambda: self.client.unanswered_report(lang, None))

    def drafts(self) -> tuple[CaseDraft, ...]:
        """List case drafts; empty while they cannot be had."""
        return self._read(self.client.case_drafts) or ()

    def packs(self) -> tuple[tuple[str, Text], ...]:
        """Name the loaded packs; empty where the role may not see them."""
        found = self._read(self.client.packs) or ()
        return tuple((pack.id, pack.title) for pack in found)

    def bring_in(self, files: Sequence[tuple[str, bytes]], pack: str | None, *, dry: bool) -> None:
        """Send files, and keep the report."""
        self.report, kind = None, kind_of([name for name, _ in files])
        if kind is None:
            self.failed = "import.mixed"
            return

        def work() -> None:
            self.report = self.client.bring_in(Incoming(kind, files, pack, dry))

        self.do(work, None)

    def publish(self, view: SopVersionView) -> None:
        """Publish the draft that was looked at."""
        found = view.found
        self.do(lambda: self.client.publish_sop(found.id, found.content_sha256), "draft.published")

    def end(self, view: SopVersionView, *, reason: str, retire: bool) -> None:
        """Reject a draft or take what is in force off the shelf, with the reason."""
        if not reason.strip():
            self.failed = "draft.need"
            return
        call = self.client.retire_sop if retire else self.client.reject_sop
        said = "draft.retired" if retire else "draft.rejected"
        self.do(lambda: call(view.found.id, reason), said)

    def end_question(self, question_id: str, wanted: QuestionEnding) -> None:
        """End an unanswered question."""
        self.do(lambda: self.client.end_question(question_id, wanted), None)

    def save_case(self, draft: CaseDraft, words: CaseWords) -> bool:
        """Keep a case draft as it stands on the page; tell whether that went well."""
        key, seen = draft.incident_id, draft.content_sha256
        return self.do(lambda: self.client.save_case(key, words, seen), "cdraft.kept")

    def publish_case(self, draft: CaseDraft, words: CaseWords) -> bool:
        """Keep a case draft as it stands on the page, and publish that."""
        key, seen = draft.incident_id, draft.content_sha256

        def work() -> None:
            kept = self.client.save_case(key, words, seen)
            self.client.publish_case(key, kept.content_sha256)

        return self.do(work, "cdraft.done")

    def do(self, work: Callable[[], object], said: str | None) -> bool:
        """Do something that writes; keep the words for it, or why it failed."""
        self.said = self.failed = None
        try:
            work()
        except EtiographError as error:
            self.failed = why_of(error)
            return False
        self.said = said
        return True

    def _read(self, call: Callable[[], T]) -> T | None:
        try:
            return call()
        except UnreachableError:
            self.offline = True
        except (ForbiddenError, NotFoundError):
            pass
        except EtiographError as error:
            self.failed = why_of(error)
        return None
