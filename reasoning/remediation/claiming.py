"""The two doors of a remediation's life: asked for, and claimed for running."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pydantic import JsonValue

from graph.errors import EtiographError
from graph.model.access import Principal
from graph.model.base import Text
from graph.model.incident import IncidentState
from graph.model.remediation import Plan, Remediation, RemediationStatus
from graph.ports import Transaction
from reasoning.remediation import people
from reasoning.remediation.book import ENGINE, Book
from reasoning.remediation.brakes import held_back, to_and_fro
from reasoning.remediation.conduct import JOB
from reasoning.remediation.editing import editors_of
from reasoning.remediation.moves import (
    REQUEST_LIFE,
    Turned,
    new_id,
    others_of,
    refusal,
    stale,
    tampered,
    twin_of,
)
from reasoning.remediation.plan import remediation_digest
from reasoning.remediation.refusals import conflict
from reasoning.remediation.scene import Scene
from reasoning.remediation.undo_plan import check_undoable

_NOT_WORKED_ON: Final = frozenset({IncidentState.OPEN, IncidentState.ACKNOWLEDGED})


@dataclass(frozen=True)
class DemoRule:
    """A store with demo users runs only these profiles: their passwords are no secret."""

    allowed: frozenset[str]

    def check(self, tx: Transaction, plan: Plan) -> None:
        """Raise ConflictError `demo_store` for another profile beside demo users."""
        profile = plan.executor.profile
        if profile not in self.allowed and any(user.demo for user in tx.users()):
            raise conflict(
                "demo_store",
                zh=f"这里有演示账号，不能用执行器 {profile}",
                en=f"this store has demo users, so executor {profile!r} is refused; "
                "use a store of real people",
            )


def asked(
    tx: Transaction,
    principal: Principal,
    scene: Scene,
    *,
    reason: str,
    at: datetime,
    demo: DemoRule,
    undoes: str | None = None,
) -> Remediation:
    """Write a new request, or return the same open one of the same person.

    `undoes` is the remediation that it takes back: the brakes do not count that one against it.

    Raises: ConflictError where it could never run.
    """
    book = Book(tx, at, by=principal)
    twin = twin_of(tx, principal, scene, book.now) if undoes is None else None
    if twin is not None:
        return twin
    demo.check(tx, scene.plan)
    others = [other for other in others_of(tx, book.now) if other.id != undoes]
    if error := to_and_fro(scene.plan, others, graph=scene.graph, now=book.now):
        raise error
    demand = scene.demand(book.now)
    people.check_somebody_can(demand, tx.users(), requester=principal.name)
    incident_id, plan = scene.incident.id, scene.plan
    remediation_id = new_id(tx, incident_id)
    made = Remediation(
        id=remediation_id,
        incident_id=incident_id,
        plan=plan,
        digest=remediation_digest(
            remediation_id, incident_id, plan=plan, demand=demand, undoes=undoes
        ),
        demand=demand,
        reason=reason,
        requester=principal.name,
        requested_at=book.now,
        expires_at=book.now + REQUEST_LIFE,
        status=RemediationStatus.REQUESTED if demand.roles else RemediationStatus.APPROVED,
        undoes=undoes,
    )
    detail: dict[str, JsonValue] = {"roles": list(demand.roles), "targets": list(plan.target_ids)}
    if undoes is not None:
        detail["undoes"] = undoes
    return book.open(made, detail=detail)


def claimed(
    tx: Transaction,
    principal: Principal,
    remediation_id: str,
    *,
    scene: Scene | EtiographError,
    at: datetime,
    demo: DemoRule,
) -> Turned:
    """Move approved -> running with its job, or refuse; one transaction decides a race.

    The incident goes on to *mitigating* where it is only open or acknowledged.

    Raises: ConflictError where it stays as it is: not approved, over, stopped, locked.
    """
    found, book = tx.remediation(principal, remediation_id), Book(tx, at, by=principal)
    if turned := stale(book, found, {RemediationStatus.APPROVED}):
        return turned
    editors = editors_of(tx, found, now=book.now)
    if error := people.standing(found, tx.users(), editors) or tampered(found):
        raise error
    if found.undoes is not None:
        check_undoable(tx.remediation(ENGINE, found.undoes))
    check_not_stopped(tx)
    if isinstance(scene, EtiographError):
        why = Text(zh=scene.zh or str(scene), en=str(scene))
        return _refused(book, found, principal, why)
    if moved_on := refusal(found, scene, book.now):
        return _refused(book, found, principal, moved_on)
    demo.check(tx, found.plan)
    own = (found.id, found.undoes)
    others = [other for other in others_of(tx, book.now) if other.id not in own]
    if error := held_back(found.plan, others, graph=scene.graph, now=book.now):
        raise error
    running = book.move(
        found,
        "remediation_started",
        actor=principal.name,
        status=RemediationStatus.RUNNING,
        executed_by=principal.name,
        started_at=book.now,
    )
    if found.undoes is None:
        _mitigate(book, running, principal.name)
    tx.enqueue(JOB, key=found.id, payload={"remediation_id": found.id}, at=at)
    return Turned(running)


def _mitigate(book: Book, running: Remediation, actor: str) -> None:
    """Move the incident on because something is being done; one further on stays where it is."""
    incident = book.tx.incident(ENGINE, running.incident_id)
    if incident.state not in _NOT_WORKED_ON or incident.merged_into is not None:
        return
    update = {
        "state": IncidentState.MITIGATING,
        "acknowledged_at": incident.acknowledged_at or book.now,
        "version": incident.version + 1,
    }
    moved_on = incident.model_copy(update=update)
    book.tx.put_incident(moved_on, expected_version=incident.version)
    detail: dict[str, JsonValue] = {
        "from": incident.state.value,
        "to": moved_on.state.value,
        "remediation": running.id,
    }
    book.tx.add_ledger(incident.id, at=book.now, kind="state_changed", actor=actor, detail=detail)


def _refused(book: Book, found: Remediation, principal: Principal, why: Text) -> Turned:
    refused = book.move(
        found,
        "remediation_refused",
        actor=principal.name,
        status=RemediationStatus.REFUSED,
        refusal=why,
    )
    return Turned(
        refused,
        conflict("refused", zh=f"{why.zh}；请重新申请", en=f"{why.en}; request it again"),
    )


def check_not_stopped(tx: Transaction) -> None:
    """Let nothing start while the emergency stop holds.

    Raises: ConflictError `stopped`.
    """
    stop = tx.emergency_stop()
    if stop is not None:
        raise conflict(
            "stopped",
            zh=f"{stop.pulled_by} 已拉下紧急停止，现在不能执行",
            en=f"{stop.pulled_by!r} pulled the emergency stop; nothing starts until two people "
            "lift it",
        )
