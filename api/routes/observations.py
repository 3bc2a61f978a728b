"""What people saw: enter it, take it back, read it; the diagnosis moves before the answer."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from api.bootstrap import Assistant
from api.doorway.auth import Ability, Caller
from api.doorway.doors import assistant_of, body_schema, json_of, may
from api.incidents.observation_views import view_observations
from api.incidents.observing import changes_between, enter_observation, retract_observation
from api.packs.told_cases import told_diagnoses
from api.schemas.observations import NewObservation, ObservationsPage, ObservedDiagnosis
from graph.model.diagnosis import Diagnosis
from graph.model.digest import diagnosis_digest
from graph.model.observation import Observation

router = APIRouter(tags=["observations"])
Reader = Annotated[Caller, may(Ability.READ)]
Operator = Annotated[Caller, may(Ability.OPERATE)]


@router.get("/incidents/{incident_id}/observations")
def observations(request: Request, caller: Reader, incident_id: str) -> ObservationsPage:
    """List what people entered, in order, and what can be entered for each listed cause."""
    store = assistant_of(request).store
    incident = store.incident(caller.principal, incident_id)
    return view_observations(store, caller.principal, incident)


@router.post(
    "/incidents/{incident_id}/observations",
    response_model=ObservedDiagnosis,
    openapi_extra=body_schema(NewObservation),
)
def observe(
    request: Request,
    caller: Operator,
    incident_id: str,
    wanted: Annotated[NewObservation, Depends(json_of(NewObservation))],
) -> Response:
    """Enter the result of a check or a verdict; the answer is the diagnosis that counts it."""
    assistant = assistant_of(request)
    before = assistant.store.diagnosis(incident_id)
    entry = enter_observation(
        assistant.store,
        caller.principal,
        incident_id,
        wanted=wanted,
        at=assistant.clock.now(),
    )
    return _moved(assistant, before, entry)


@router.delete(
    "/incidents/{incident_id}/observations/{evidence_id}", response_model=ObservedDiagnosis
)
def retract(request: Request, caller: Operator, incident_id: str, evidence_id: str) -> Response:
    """Take one's own entry back; the answer is the diagnosis without it."""
    assistant = assistant_of(request)
    before = assistant.store.diagnosis(incident_id)
    entry = retract_observation(
        assistant.store,
        caller.principal,
        incident_id,
        evidence_id=evidence_id,
        at=assistant.clock.now(),
    )
    return _moved(assistant, before, entry)


def _moved(assistant: Assistant, before: Diagnosis | None, entry: Observation) -> Response:
    """Diagnose in this call: a person waits, and the worker may be busy with a storm."""
    found = assistant.diagnoser.diagnose_incident(
        entry.incident_id, computed_at=assistant.clock.now()
    )
    (after,) = told_diagnoses(assistant.store, [found])
    assistant.diagnosed.ring()
    told = ObservedDiagnosis.model_validate(
        {
            **after.model_dump(by_alias=True),
            "observation": entry.model_dump(),
            "changes": changes_between(before, after),
        }
    )
    headers = {"ETag": f'"{diagnosis_digest(after)}"'}
    return Response(told.model_dump_json(by_alias=True), 200, headers, "application/json")
