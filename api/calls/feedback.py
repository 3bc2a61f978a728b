"""The call on the confirmed outcome, for `api.client.ApiClient`."""

from __future__ import annotations

from api.calls.transport import Transport, part_of
from api.schemas.feedback import Feedback, FeedbackPage


class FeedbackCalls(Transport):
    """Say what it was."""

    def give_feedback(self, incident_id: str, wanted: Feedback) -> FeedbackPage:
        """Say what it was; gives everybody's word. The words read are in `observations`.

        Raises: ConflictError before the first diagnosis; InputError for causes that do not fit.
        """
        path = f"/incidents/{part_of(incident_id)}/feedback"
        answer = self._write("POST", path, json=wanted.model_dump(mode="json"))
        return self._read(answer, FeedbackPage)
