"""How well the diagnosis has held: figures, the map, the fortnightly report."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, cast

from fastapi import APIRouter, Depends, Request

from api.doorway.auth import Ability, Caller
from api.doorway.doors import assistant_of, body_schema, json_of, may
from api.incidents.calibration import (
    Calibrations,
    recalibrated,
    set_recalibration,
    view_calibration,
)
from api.incidents.fortnight import report_fortnight
from api.schemas.calibration import (
    CalibrationView,
    FortnightReport,
    Recalibrated,
    RecalibrationWish,
)

router = APIRouter(tags=["calibration"])
Reader = Annotated[Caller, may(Ability.READ)]
Looker = Annotated[Caller, may(Ability.READ, Ability.ADMIN)]
Admin = Annotated[Caller, may(Ability.ADMIN)]


@router.get("/calibration")
def calibration(request: Request, caller: Looker) -> CalibrationView:
    """Hold answers against confirmed causes, all in all and by fault mode."""
    store = assistant_of(request).store
    return view_calibration(kept_of(request), store, caller.principal)


@router.put("/calibration/recalibration", openapi_extra=body_schema(RecalibrationWish))
def wish(
    request: Request,
    caller: Admin,
    wanted: Annotated[RecalibrationWish, Depends(json_of(RecalibrationWish))],
) -> CalibrationView:
    """Show recalibrated posteriors beside the stated ones, or no longer; 409 below the bar."""
    assistant = assistant_of(request)
    at = assistant.clock.now()
    kept = kept_of(request)
    return set_recalibration(kept, assistant.store, caller.principal, on=wanted.on, at=at)


@router.get("/calibration/report")
def report(
    request: Request,
    caller: Looker,
    lang: Literal["zh", "en"] = "zh",
    until: date | None = None,
) -> FortnightReport:
    """Write the fortnight before a day (default: today, included) as Markdown."""
    assistant = assistant_of(request)
    kept, now = kept_of(request), assistant.clock.now()
    asked = (lang, until)
    return report_fortnight(kept, assistant.store, caller.principal, asked=asked, now=now)


@router.get("/incidents/{incident_id}/recalibrated")
def shown(request: Request, caller: Reader, incident_id: str) -> Recalibrated:
    """Tell what the posteriors of the newest diagnosis have meant so far; empty while it is off."""
    store = assistant_of(request).store
    return recalibrated(kept_of(request), store, caller.principal, incident_id)


def kept_of(request: Request) -> Calibrations:
    """Find what is kept of judged answers."""
    return cast(Calibrations, request.app.state.calibrations)  # starlette's state is untyped
