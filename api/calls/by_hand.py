"""The calls on what people did and were told, for `api.client.ApiClient`."""

from __future__ import annotations

from api.calls.transport import Transport, part_of
from api.schemas.by_hand import ActionTaken, ActionTakenView, ReportPlaces
from api.schemas.incidents import Items
from graph.model.people import PeopleReport


class ByHandCalls(Transport):
    """Write down what was done by hand, and what people say."""

    def note_action(self, incident_id: str, wanted: ActionTaken) -> ActionTakenView:
        """Write down what was done by hand; a diagnosis counts it when this returns.

        Raises: ConflictError on an incident that is over; InputError for a target that is not one
            component, and for an instant that does not fit.
        """
        path = f"/incidents/{part_of(incident_id)}/actions-taken"
        answer = self._write("POST", path, json=wanted.model_dump(mode="json"))
        return self._read(answer, ActionTakenView)

    def actions_taken(self, incident_id: str) -> tuple[ActionTakenView, ...]:
        """List what was done by hand, oldest first."""
        path = f"/incidents/{part_of(incident_id)}/actions-taken"
        return self._get(path, Items[ActionTakenView]).items

    def withdraw_action(self, incident_id: str, evidence_id: str) -> ActionTakenView:
        """Take back what was written down; a diagnosis counts it no more when this returns.

        Raises: ForbiddenError for somebody else's, unless a lead asks; ConflictError on an
            incident that is over.
        """
        path = f"/incidents/{part_of(incident_id)}/actions-taken/{part_of(evidence_id)}"
        return self._read(self._write("DELETE", path), ActionTakenView)

    def verify_action(self, incident_id: str, evidence_id: str) -> ActionTakenView:
        """Vouch for what somebody else wrote down.

        Raises: ForbiddenError for one's own; ConflictError for one that was taken back.
        """
        path = f"/incidents/{part_of(incident_id)}/actions-taken/{part_of(evidence_id)}"
        return self._read(self._write("POST", f"{path}/verification"), ActionTakenView)

    def report_places(self) -> ReportPlaces:
        """List the steps and places that a report can name."""
        return self._get("/reports/places", ReportPlaces)

    def report(self, wanted: PeopleReport) -> tuple[str, ...]:
        """Take in what people say; returns the incidents that it touched, none where it waits.

        Raises: InputError for a step or place that nobody knows.
        """
        body = wanted.model_dump(mode="json")
        answer = self._write("POST", "/reports", json=body).json()
        return tuple(str(incident_id) for incident_id in answer["incident_ids"])
