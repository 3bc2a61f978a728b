"""Alerts and changes in, and what was not understood."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request

from api.doorway.auth import Ability, Caller
from api.doorway.doors import (
    assistant_of,
    body_schema,
    check_json_type,
    find_sender,
    json_of,
    may,
    proven,
    raw_body,
    sent_body,
)
from api.incidents.places import report_places
from api.metrics import Metrics
from api.schemas.by_hand import ReportPlaces
from api.schemas.incidents import QuarantinedPage
from graph.errors import Detail, ForbiddenError, InputError
from graph.model.base import Model
from graph.model.people import PeopleReport
from graph.model.signals import AlertRecord
from ingest.intake import IntakeResult

router = APIRouter(tags=["signals"])
Source = Annotated[Caller, may(Ability.INGEST)]
Body = Annotated[bytes, Depends(raw_body)]
ReceivedAt = Annotated[str | None, Header(alias="X-Received-At")]
_JSON_BODY = {"requestBody": {"required": True, "content": {"application/json": {"schema": {}}}}}


class Taken(Model):
    """202: what became of a payload; see `IntakeResult` of ingest."""

    accepted: int
    duplicates: int
    incident_ids: tuple[str, ...]
    quarantined: int


@router.post("/alerts/alertmanager", status_code=202, openapi_extra=_JSON_BODY)
def alertmanager(
    request: Request,
    caller: Annotated[Caller, Depends(find_sender)],
    body: Annotated[bytes, Depends(sent_body)],
    x_received_at: ReceivedAt = None,
) -> Taken:
    """Take an Alertmanager v4 payload in: durable before this answers."""
    result = proven(request, caller, lambda sure: _received(request, sure, body, x_received_at))
    metrics: Metrics = request.app.state.metrics
    metrics.count_alerts(
        accepted=result.accepted, duplicates=result.duplicates, quarantined=result.quarantined
    )
    return Taken.model_validate(result.model_dump())


def _received(request: Request, caller: Caller, body: bytes, given: str | None) -> IntakeResult:
    """Store a payload as of when it was received, and have it diagnosed."""
    check_json_type(request)
    assistant = assistant_of(request)
    at = _received_at(request, caller, given)
    with assistant.lull.taking():
        result = assistant.intake.receive_alertmanager(
            caller.principal, body, received_at=at, sender=caller.sender
        )
        assistant.diagnosing.took(result.incident_ids)
    assistant.worker.wake()
    return result


@router.post("/changes", status_code=202, openapi_extra=_JSON_BODY)
def changes(
    request: Request, caller: Source, body: Body, x_received_at: ReceivedAt = None
) -> Taken:
    """Take one change/v1 or `{items}` in: durable before this answers."""
    check_json_type(request)
    assistant = assistant_of(request)
    at = _received_at(request, caller, x_received_at)
    with assistant.lull.taking():
        result = assistant.intake.receive_changes(caller.principal, body, received_at=at)
        assistant.diagnosing.took(result.incident_ids)
    assistant.worker.wake()
    return Taken.model_validate(result.model_dump())


@router.post("/reports", status_code=202, openapi_extra=body_schema(PeopleReport))
def reports(
    request: Request,
    caller: Annotated[Caller, may(Ability.OPERATE)],
    wanted: Annotated[PeopleReport, Depends(json_of(PeopleReport))],
) -> Taken:
    """Take in what people say by phone or ticket: evidence like any alert."""
    assistant = assistant_of(request)
    with assistant.lull.taking():
        result = assistant.intake.receive_report(
            caller.principal, wanted, received_at=assistant.clock.now()
        )
        assistant.diagnosing.took(result.incident_ids)
    assistant.worker.wake()
    return Taken.model_validate(result.model_dump())


@router.get("/reports/places")
def places(request: Request, caller: Annotated[Caller, may(Ability.READ)]) -> ReportPlaces:
    """List the steps and places that a report can name."""
    return report_places(assistant_of(request).store, caller.principal)


@router.get("/alerts")
def alerts(
    request: Request,
    caller: Annotated[Caller, may(Ability.READ)],
    quarantined: bool = True,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> QuarantinedPage:
    """Page over alerts that were not understood, newest received first."""
    if not quarantined:
        raise InputError(
            "only quarantined alerts are listed here; ask with quarantined=true",
            [Detail("/query/quarantined", "must be true")],
        )
    store = assistant_of(request).store
    page = store.quarantined_alerts(caller.principal, cursor=cursor, limit=limit)
    records = tuple(item for item in page.items if isinstance(item, AlertRecord))
    return QuarantinedPage(items=records, next_cursor=page.next_cursor)


def _received_at(request: Request, caller: Caller, given: str | None) -> datetime:
    """Tell when a payload was received: now, or as a replay source says."""
    from ingest.alerts import parse_receipt

    assistant = assistant_of(request)
    if given is None:
        return assistant.clock.now()
    if caller.source is None or not caller.source.replay:
        raise ForbiddenError(
            f"{caller.principal.name!r} is no replay source and may not send X-Received-At; "
            "leave it out, or make the source with --replay"
        )
    try:
        return parse_receipt(given)
    except ValueError as error:
        fault = Detail("/headers/X-Received-At", str(error))
        raise InputError(f"X-Received-At: {error}", [fault]) from error
