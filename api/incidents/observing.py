"""What people enter about an incident: results of checks and soft verdicts, taken back at will.

Everything is one transaction: the entry, the evidence's revision, ledger, audit, and the job that
diagnoses again should this process die before it has.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from pydantic import JsonValue

from api.schemas.observations import HypothesisChange, NewObservation
from graph.errors import ConflictError, Detail, ForbiddenError, InputError, NotFoundError
from graph.model.access import Principal
from graph.model.diagnosis import Diagnosis
from graph.model.digest import observation_evidence_id
from graph.model.incident import Incident, IncidentState
from graph.model.library import Check
from graph.model.observation import VERDICTS, Observation, Result, standing
from graph.model.pack import DomainPack
from graph.model.topology import Component
from graph.ports import Store, Transaction

ENTERED: Final = "observation_entered"
RETRACTED: Final = "observation_retracted"
_OVER: Final = frozenset({IncidentState.RESOLVED, IncidentState.CLOSED})


def enter_observation(
    store: Store, principal: Principal, incident_id: str, *, wanted: NewObservation, at: datetime
) -> Observation:
    """Store an answer; a person's earlier answer to the same question is taken back.

    The same answer again changes nothing, unless its time had passed. On a replayed incident it
    counts at the replay's own time, since `at` is the wall clock's.

    Raises: NotFoundError; ConflictError on an incident that is over; InputError for a check or
        component that the pack lacks, and for a verdict that is not positive.
    """
    pack = store.pack(store.incident(principal, incident_id).pack_id)
    check_entry(pack, principal, wanted)
    asked = wanted.check_id.partition("@")[0]
    lasts = next((c.valid_for_s for c in pack.library.checks if c.id == asked), None)

    def work(tx: Transaction) -> Observation:
        incident = open_incident(tx, principal, incident_id)
        entered = tx.observations_of(incident_id)
        new = _new(
            principal, incident, entered, wanted, moment_of(tx, incident, at), valid_for_s=lasts
        )
        standing_ = {o.question: o for o in standing(entered)}
        old = standing_.get(new.question)
        if old is not None and _same(old, new) and not old.is_over(new.at):
            return old
        detail = _detail(new)
        if old is not None:
            tx.put_observation(old.model_copy(update={"retracted_at": new.at}))
            detail["replaces"] = old.evidence_id
        tx.put_observation(new)
        record_entry(tx, incident, ENTERED, actor=principal.name, detail=detail, at=at)
        return new

    return store.write(work)


def retract_observation(
    store: Store, principal: Principal, incident_id: str, *, evidence_id: str, at: datetime
) -> Observation:
    """Take one's own entry back; once more changes nothing.

    Raises: NotFoundError; ForbiddenError for somebody else's entry; ConflictError on an incident
        that is over.
    """

    def work(tx: Transaction) -> Observation:
        incident = tx.incident(principal, incident_id)
        found = (o for o in tx.observations_of(incident_id) if o.evidence_id == evidence_id)
        entry = next(found, None)
        if entry is None:
            raise NotFoundError(
                f"no observation {evidence_id!r} on incident {incident_id!r}; "
                "GET .../observations lists them"
            )
        if entry.by != principal.name:
            raise ForbiddenError(
                f"observation {evidence_id!r} is {entry.by!r}'s; only who entered it takes it back"
            )
        if entry.retracted_at is not None:
            return entry
        open_incident(tx, principal, incident_id)
        gone = entry.model_copy(update={"retracted_at": moment_of(tx, incident, at)})
        tx.put_observation(gone)
        detail = _detail(gone)
        record_entry(tx, incident, RETRACTED, actor=principal.name, detail=detail, at=at)
        return gone

    return store.write(work)


def check_entry(pack: DomainPack, principal: Principal, wanted: NewObservation) -> None:
    """Refuse what could never be evidence.

    Raises: InputError naming the key.
    """
    check_id, _, component_id = wanted.check_id.partition("@")
    seen = (
        c
        for c in pack.components
        if c.id == component_id and principal.may_see(site=c.site, visibility=c.visibility)
    )
    component = next(seen, None)
    if component is None:
        _fail("/check_id", f"no component {component_id!r}; write CHECK@COMPONENT")
    elif check_id in VERDICTS:
        if not any(mode.kind == component.kind for mode in pack.library.modes):
            _fail("/check_id", f"{component_id!r} has no fault mode to rule out or confirm")
        if wanted.result is not Result.POSITIVE:
            _fail("/result", f"{check_id} takes the result positive; DELETE takes it back")
    elif check_id not in {check.id for check in checks_of(pack, component)}:
        _fail("/check_id", f"{component_id!r} has no check {check_id!r}; next_checks names some")


def checks_of(pack: DomainPack, component: Component) -> tuple[Check, ...]:
    """List the checks that some fault mode of the component's kind names, in id order."""
    named = {c for m in pack.library.modes if m.kind == component.kind for c in m.check_ids}
    return tuple(check for check in pack.library.checks if check.id in named)


def changes_between(before: Diagnosis | None, after: Diagnosis) -> tuple[HypothesisChange, ...]:
    """Compare two diagnoses hypothesis by hypothesis: the new order, then those that fell out."""
    earlier = {(h.kind, h.component_id): h.posterior for h in (before.hypotheses if before else ())}
    later = {(h.kind, h.component_id): h.posterior for h in after.hypotheses}
    return tuple(
        HypothesisChange(
            kind=key[0], component_id=key[1], before=earlier.get(key), after=later.get(key)
        )
        for key in dict.fromkeys([*later, *earlier])
    )


def _fail(pointer: str, detail: str) -> None:
    raise InputError(f"{pointer}: {detail}", [Detail(pointer, detail)])


def open_incident(tx: Transaction, principal: Principal, incident_id: str) -> Incident:
    """Return an incident that still takes entries.

    Raises: NotFoundError; ConflictError on one that is over.
    """
    incident = tx.incident(principal, incident_id)
    if incident.state in _OVER:
        raise ConflictError(
            f"incident {incident_id!r} is {incident.state.value}; it takes no entries any more"
        )
    return incident


def moment_of(tx: Transaction, incident: Incident, at: datetime) -> datetime:
    """Tell the incident's own time: a replay's stands where its last diagnosis saw it."""
    if not incident.replay_only:
        return at
    diagnosis = tx.diagnosis(incident.id)
    return diagnosis.as_of.now if diagnosis else incident.last_alert_at


def _new(
    principal: Principal,
    incident: Incident,
    entered: Iterable[Observation],
    wanted: NewObservation,
    moment: datetime,
    *,
    valid_for_s: int | None,
) -> Observation:
    asked = (principal.name, wanted.check_id)
    turn = sum((o.by, o.check_id) == asked for o in entered)
    return Observation(
        evidence_id=observation_evidence_id(
            incident.id, wanted.check_id, by=principal.name, turn=turn
        ),
        incident_id=incident.id,
        check_id=wanted.check_id,
        result=wanted.result,
        note=wanted.note.strip(),
        by=principal.name,
        at=moment,
        valid_for_s=valid_for_s,
    )


def _same(old: Observation, new: Observation) -> bool:
    return (old.check_id, old.result, old.note) == (new.check_id, new.result, new.note)


def _detail(entry: Observation) -> dict[str, JsonValue]:
    return {
        "evidence_id": entry.evidence_id,
        "check_id": entry.check_id,
        "result": entry.result.value,
        "note": entry.note,
    }


def record_entry(
    tx: Transaction,
    incident: Incident,
    kind: str,
    *,
    actor: str,
    detail: dict[str, JsonValue],
    at: datetime,
) -> None:
    """Count the evidence anew, queue a diagnosis, and write ledger and audit.

    The job is for a crash: the caller diagnoses at once, and the worker then finds it `covers`ed.
    """
    from ingest.incidents import DIAGNOSE, count_evidence

    revision = count_evidence(tx, incident.id)
    counted = incident.model_copy(update={"evidence_revision": revision})
    tx.put_incident(counted, expected_version=incident.version)
    job: dict[str, JsonValue] = {"incident_id": incident.id, "covers": revision}
    tx.enqueue(DIAGNOSE, key=incident.id, payload=job, at=at)
    tx.add_ledger(incident.id, at=at, kind=kind, actor=actor, detail=detail)
    subject = str(detail["evidence_id"])
    named: dict[str, JsonValue] = {**detail, "incident_id": incident.id}
    tx.add_audit(at=at, actor=actor, kind=kind, subject=subject, detail=named)
