"""The calls on what people saw, for `api.client.ApiClient`."""

from __future__ import annotations

from api.calls.transport import Transport, part_of
from api.schemas.observations import NewObservation, ObservationsPage, ObservedDiagnosis
from graph.model.observation import Result


class ObservationCalls(Transport):
    """Enter what was seen, take it back, read it."""

    def observations(self, incident_id: str) -> ObservationsPage:
        """List what people entered, in order, and the checks of each listed cause."""
        return self._get(f"/incidents/{part_of(incident_id)}/observations", ObservationsPage)

    def observe(
        self, incident_id: str, check_id: str, result: Result, *, note: str = ""
    ) -> ObservedDiagnosis:
        """Enter the answer to CHECK@COMPONENT, or a verdict; gives the diagnosis that counts it.

        Raises: ConflictError on an incident that is over, InputError for an unknown check.
        """
        wanted = NewObservation(check_id=check_id, result=result, note=note)
        path = f"/incidents/{part_of(incident_id)}/observations"
        answer = self._write("POST", path, json=wanted.model_dump(mode="json"))
        return self._read(answer, ObservedDiagnosis)

    def retract(self, incident_id: str, evidence_id: str) -> ObservedDiagnosis:
        """Take one's own entry back; gives the diagnosis without it."""
        path = f"/incidents/{part_of(incident_id)}/observations/{part_of(evidence_id)}"
        return self._read(self._write("DELETE", path), ObservedDiagnosis)
