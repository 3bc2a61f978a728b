"""The calls that ask why, for `api.client.ApiClient`."""

from __future__ import annotations

from api.calls.transport import Transport, part_of
from graph.model.why import Ahead, Why


class WhyCalls(Transport):
    """Ask why a cause stands where it stands."""

    def why_not(self, incident_id: str, component_id: str) -> Why:
        """Say why a component, or `external`, is not the cause; or that it is the first.

        Raises: NotFoundError; ConflictError where evidence moved on since the diagnosis.
        """
        params = {"component": component_id}
        return self._get(f"/incidents/{part_of(incident_id)}/why-not", Why, params=params)

    def what_then(self, incident_id: str, check_id: str) -> Ahead:
        """Say what each answer to a check would make of every hypothesis.

        Raises: NotFoundError; ConflictError where evidence moved on since the diagnosis.
        """
        params = {"check": check_id}
        return self._get(f"/incidents/{part_of(incident_id)}/what-then", Ahead, params=params)
