"""The calls on how well the diagnosis has held, for `api.client.ApiClient`."""

from __future__ import annotations

from datetime import date
from typing import Final

from api.calls.transport import Transport, part_of, patience
from api.schemas.calibration import (
    CalibrationView,
    FortnightReport,
    Recalibrated,
    RecalibrationWish,
)

# The first look after a start reads an answer of every confirmed incident: a thousand take seconds.
_FIRST_LOOK_S: Final = 120.0


class CalibrationCalls(Transport):
    """Read how well answers held, and turn the map on or off."""

    def calibration(self) -> CalibrationView:
        """Give figures over all confirmed incidents, and by fault mode."""
        answer = self._call("GET", "/calibration", extensions=patience(_FIRST_LOOK_S))
        return self._read(answer, CalibrationView)

    def set_recalibration(self, *, on: bool) -> CalibrationView:
        """Show recalibrated posteriors beside the stated ones, or no longer.

        Raises: ConflictError below the bar of confirmed incidents.
        """
        body = RecalibrationWish(on=on).model_dump(mode="json")
        answer = self._write("PUT", "/calibration/recalibration", json=body)
        return self._read(answer, CalibrationView)

    def fortnight(self, lang: str, until: date | None) -> FortnightReport:
        """Give the report on the fortnight before a day; None: today."""
        params = {"lang": lang} | ({"until": until.isoformat()} if until else {})
        answer = self._call(
            "GET", "/calibration/report", params=params, extensions=patience(_FIRST_LOOK_S)
        )
        return self._read(answer, FortnightReport)

    def recalibrated(self, incident_id: str) -> Recalibrated:
        """Give what the posteriors of an incident have meant so far; empty while it is off."""
        return self._get(f"/incidents/{part_of(incident_id)}/recalibrated", Recalibrated)
