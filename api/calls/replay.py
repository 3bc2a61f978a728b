"""The call that goes through an incident again, for `api.client.ApiClient`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from api.calls.transport import Transport, part_of, patience
from graph.model.replay import Replay

# Hours of a storm take a minute or two on a busy machine.
_PATIENCE_S: Final = 600.0


class ReplayCalls(Transport):
    """Ask when one could have known."""

    def replay(
        self, incident_id: str, *, without_source: str | None = None, relations: Sequence[str] = ()
    ) -> Replay:
        """Go through an incident again, without a source, with relations `A:KIND:B`.

        Raises: NotFoundError; ConflictError where there is nothing to go through; InputError.
        """
        params = [("with_relation", text) for text in relations]
        params += [("without_source", without_source)] if without_source is not None else []
        path = f"/incidents/{part_of(incident_id)}/replay"
        answer = self._call("GET", path, params=params, extensions=patience(_PATIENCE_S))
        return self._read(answer, Replay)
