"""The network behind a diagnosis: its form over HTTP, and the call, for `api.client.ApiClient`."""

from __future__ import annotations

from typing import Literal

from pydantic import JsonValue

from api.calls.transport import Transport, part_of
from api.schemas.incidents import View


class ShownCauseView(View):
    """One hypothesis as it was shown, and which answer of the network it is."""

    answers: Literal["faults", "degraded"]
    about: str
    posterior: float


class NetworkView(View):
    """The network of an incident's newest diagnosis: `causal/v1`, and the channels that spoke."""

    incident_id: str
    revision: int
    problem: dict[str, JsonValue]
    active: tuple[str, ...]
    shown: tuple[ShownCauseView, ...]


class NetworkCalls(Transport):
    """Ask for what an answer rests on."""

    def network(self, incident_id: str) -> NetworkView:
        """Give the network of the newest diagnosis.

        Raises: NotFoundError without incident or diagnosis; ConflictError where evidence moved on.
        """
        return self._get(f"/incidents/{part_of(incident_id)}/network", NetworkView)
