"""What becomes of work that somebody wrote down: taken back, or vouched for by a second person.

A wrong entry is kept, in change, ledger and audit, and weighs no more. Who made it still counts as
requester where its target is acted on: taking it back clears nobody (safety rule 11).
"""

from __future__ import annotations

from datetime import datetime

from pydantic import JsonValue

from api.incidents.observing import moment_of, open_incident, record_entry
from api.schemas.by_hand import VERIFIED, WITHDRAWN, ActionTakenView, actions_of
from graph.errors import ConflictError, EtiographError, ForbiddenError, NotFoundError
from graph.model.access import Principal
from graph.model.incident import Incident
from graph.model.signals import ChangeRecord
from graph.ports import Store, Transaction
from reasoning.remediation.policy import APPROVING


def withdraw_action(
    store: Store, principal: Principal, incident_id: str, *, evidence_id: str, at: datetime
) -> ActionTakenView:
    """Take back what one wrote down, or as a lead what anybody did; once more changes nothing.

    Every incident that counted it is diagnosed again without it.

    Raises: NotFoundError; ForbiddenError for somebody else's entry; ConflictError on an incident
        that is over.
    """

    def work(tx: Transaction) -> ActionTakenView:
        known = _found(tx, principal, incident_id, evidence_id)
        if known.by != principal.name and principal.roles.isdisjoint(APPROVING):
            raise _not_yours(known)
        if known.withdrawn_at is not None:
            return known
        incident = open_incident(tx, principal, incident_id)
        record = next(r for r in tx.changes_of(incident_id) if r.evidence_id == evidence_id)
        moment = moment_of(tx, incident, at)
        tx.put_change(record.model_copy(update={"retracted_at": moment}))
        record_entry(tx, incident, WITHDRAWN, actor=principal.name, detail=_told(known), at=at)
        _tell_others(tx, record, besides=incident_id, at=at)
        return _found(tx, principal, incident_id, evidence_id)

    return store.write(work)


def verify_action(
    store: Store, principal: Principal, incident_id: str, *, evidence_id: str, at: datetime
) -> ActionTakenView:
    """Vouch as a second person that it was done; it weighs as before, and says who saw it.

    The first who vouches is named; once more changes nothing.

    Raises: NotFoundError; ForbiddenError for one's own entry; ConflictError for one that was taken
        back, and on an incident that is over.
    """

    def work(tx: Transaction) -> ActionTakenView:
        known = _found(tx, principal, incident_id, evidence_id)
        if known.by == principal.name:
            raise _own(known)
        if known.withdrawn_at is not None:
            raise _gone(known)
        if known.verified_at is not None:
            return known
        incident = open_incident(tx, principal, incident_id)
        _note(tx, incident, principal, _told(known), at=at)
        return _found(tx, principal, incident_id, evidence_id)

    return store.write(work)


def _found(
    tx: Transaction, principal: Principal, incident_id: str, evidence_id: str
) -> ActionTakenView:
    tx.incident(principal, incident_id)
    noted = actions_of(tx.ledger(incident_id))
    known = next((action for action in noted if action.evidence_id == evidence_id), None)
    if known is None:
        raise NotFoundError(
            f"no action taken {evidence_id!r} on incident {incident_id!r}; "
            "GET .../actions-taken lists them"
        )
    return known


def _tell_others(tx: Transaction, record: ChangeRecord, *, besides: str, at: datetime) -> None:
    """Count the evidence of the other incidents that took the change in, and queue them."""
    from ingest.incidents import DIAGNOSE, count_evidence

    versions = tx.incident_versions([i for i in record.incident_ids if i != besides])
    for incident_id in sorted(versions):
        other = tx.incident(_ENGINE, incident_id)
        revision = count_evidence(tx, incident_id)
        counted = other.model_copy(update={"evidence_revision": revision})
        tx.put_incident(counted, expected_version=other.version)
        job: dict[str, JsonValue] = {"incident_id": incident_id, "covers": revision}
        tx.enqueue(DIAGNOSE, key=incident_id, payload=job, at=at)


def _note(
    tx: Transaction,
    incident: Incident,
    principal: Principal,
    detail: dict[str, JsonValue],
    *,
    at: datetime,
) -> None:
    tx.add_ledger(incident.id, at=at, kind=VERIFIED, actor=principal.name, detail=detail)
    named: dict[str, JsonValue] = {**detail, "incident_id": incident.id}
    subject = str(detail["evidence_id"])
    tx.add_audit(at=at, actor=principal.name, kind=VERIFIED, subject=subject, detail=named)


def _told(action: ActionTakenView) -> dict[str, JsonValue]:
    return {
        "evidence_id": action.evidence_id,
        "what": action.what,
        "target": action.target,
        "noted_by": action.by,
    }


def _not_yours(action: ActionTakenView) -> EtiographError:
    error = ForbiddenError(
        f"{action.evidence_id!r} was noted by {action.by!r}; only that person or a lead takes it "
        "back"
    )
    zh = f"这条是\u00a0{action.by}\u00a0登记的，只有本人或主管可以撤回。"
    return error.told(zh=zh, code="actions_taken")


def _own(action: ActionTakenView) -> EtiographError:
    error = ForbiddenError(
        f"{action.evidence_id!r} is your own entry; a second person has to vouch for it"
    )
    return error.told(zh="自己登记的要由另一个人核实。", code="actions_taken")


def _gone(action: ActionTakenView) -> EtiographError:
    error = ConflictError(f"{action.evidence_id!r} was taken back by {action.withdrawn_by!r}")
    return error.told(zh="这条已经撤回，不用再核实。", code="actions_taken")


_ENGINE = Principal(name="engine")
