"""The calls of those who keep SOPs and cases: unanswered questions, records of SOPs, drafts."""

from __future__ import annotations

from datetime import date

from api.calls.transport import Transport, part_of
from api.schemas.case_drafts import CaseDraft, CaseWords
from api.schemas.incidents import Items
from api.schemas.sop_records import FlaggedSop, SopRecord
from api.schemas.unanswered import QuestionEnding, SopWished, UnansweredReport, UnansweredView
from graph.model.document import QuestionStatus


class UpkeepCalls(Transport):
    """What `ApiClient` asks about the upkeep of knowledge."""

    def unanswered(
        self, *, status: QuestionStatus | None = None, days: int | None = None
    ) -> tuple[UnansweredView, ...]:
        """List questions that no SOP answered, most often asked first."""
        params = {"status": status.value if status else None, "days": days}
        given = {name: value for name, value in params.items() if value is not None}
        return self._get("/unanswered-questions", Items[UnansweredView], params=given).items

    def unanswered_report(self, lang: str, until: date | None) -> UnansweredReport:
        """Give the report of the fortnight before a day; None: today."""
        params = {"lang": lang} | ({"until": until.isoformat()} if until else {})
        return self._get("/unanswered-questions/report", UnansweredReport, params=params)

    def wish_sop(self, question_id: str, wanted: SopWished) -> UnansweredView:
        """Record that an SOP is missing. Raises: NotFoundError."""
        return self._upkept(f"/unanswered-questions/{part_of(question_id)}/wishes", wanted)

    def end_question(self, question_id: str, wanted: QuestionEnding) -> UnansweredView:
        """End a question. Raises: NotFoundError; InputError."""
        return self._upkept(f"/unanswered-questions/{part_of(question_id)}/ending", wanted)

    def sop_record(self, sop_id: str, incident_id: str | None = None) -> SopRecord:
        """Tell how an SOP has fared. Raises: NotFoundError."""
        params = {"incident_id": incident_id} if incident_id else {}
        return self._get(f"/sops/{part_of(sop_id)}/record", SopRecord, params=params)

    def sop_records(self, incident_id: str) -> tuple[SopRecord, ...]:
        """Tell how the SOPs of an incident's newest diagnosis have fared. Raises: NotFoundError."""
        path = f"/incidents/{part_of(incident_id)}/sop-records"
        return self._get(path, Items[SopRecord]).items

    def flagged_sops(self) -> tuple[FlaggedSop, ...]:
        """List SOPs to look at again, one's own first."""
        return self._get("/flagged-sops", Items[FlaggedSop]).items

    def case_drafts(self) -> tuple[CaseDraft, ...]:
        """List drafts of incidents that are over or confirmed, unpublished ones first."""
        return self._get("/case-drafts", Items[CaseDraft]).items

    def save_case(self, incident_id: str, words: CaseWords, seen: str) -> CaseDraft:
        """Keep what somebody made of the draft of digest `seen`.

        Raises: NotFoundError; ConflictError where it is another by now.
        """
        path = f"/incidents/{part_of(incident_id)}/case-draft"
        body = words.model_dump(mode="json") | {"content_sha256": seen}
        return self._read(self._write("PUT", path, json=body), CaseDraft)

    def publish_case(self, incident_id: str, seen: str) -> CaseDraft:
        """Put the draft of digest `seen` among the past cases.

        Raises: ConflictError before it is confirmed, and where it is another by now.
        """
        path = f"/incidents/{part_of(incident_id)}/case"
        return self._read(self._write("POST", path, json={"content_sha256": seen}), CaseDraft)

    def _upkept(self, path: str, wanted: SopWished | QuestionEnding) -> UnansweredView:
        answer = self._write("POST", path, json=wanted.model_dump(mode="json"))
        return self._read(answer, UnansweredView)
