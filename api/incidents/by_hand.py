"""What somebody did by hand during an incident: a change like any other, with who and when.

It is work of kind `other`, so it may explain what was heard after it (docs/builder.md). Change,
evidence count, ledger, audit and the job that diagnoses again are of one transaction.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from pydantic import JsonValue

from api.bootstrap import Assistant
from api.incidents.observing import moment_of, open_incident, record_entry
from api.schemas.by_hand import TAKEN, ActionTaken, ActionTakenView, actions_of
from graph.errors import ConflictError, Detail, InputError
from graph.model.access import Principal
from graph.model.digest import change_evidence_id
from graph.model.incident import Incident
from graph.model.people import PEOPLE
from graph.model.signals import ChangeEvent, ChangeKind, ChangeRecord
from graph.model.topology import Component
from graph.ports import Transaction

# What was done longer before the incident began than this is an ordinary change, not part of it.
_EARLIEST: Final = timedelta(days=1)
# More than people do by hand in one incident; each is a change that the builder weighs.
MOST_ACTIONS: Final = 200


def note_action(
    assistant: Assistant, principal: Principal, incident_id: str, *, wanted: ActionTaken
) -> ActionTakenView:
    """Write down what was done by hand; the same words once more change nothing.

    On a replayed incident it counts at the replay's own time.

    Raises: NotFoundError; ConflictError on an incident that is over or full; InputError for a
        target that is not exactly one component, and for an instant ahead of now or a day before
        the incident.
    """
    wall = assistant.clock.now()

    def work(tx: Transaction) -> ActionTakenView:
        incident = open_incident(tx, principal, incident_id)
        now = moment_of(tx, incident, wall)
        component = _component(assistant, tx, principal, (incident, wanted.target))
        change = _change(incident, principal, wanted, target=component.id, now=now)
        known = {r.evidence_id: r for r in tx.changes_of(incident_id)}
        record = _free(known, change, incident)
        if record.evidence_id not in known:
            _check_room(tx, incident_id)
            tx.put_change(record)
            _record(tx, incident, record, name=component, at=wall)
        told = actions_of(tx.ledger(incident_id))
        return next(action for action in told if action.evidence_id == record.evidence_id)

    return assistant.store.write(work)


def _free(
    known: Mapping[str, ChangeRecord], change: ChangeEvent, incident: Incident
) -> ChangeRecord:
    """Give the record of a change; after the same words were taken back it is another one."""
    for turn in range(MOST_ACTIONS + 1):
        named = f"{change.id}-{turn}" if turn else change.id
        evidence_id = change_evidence_id(change.source, named)
        if evidence_id not in known or known[evidence_id].retracted_at is None:
            break
    return ChangeRecord(
        evidence_id=evidence_id,
        change=change.model_copy(update={"id": named}),
        pack_id=incident.pack_id,
        component_ids=change.targets,
        incident_ids=(incident.id,),
    )


def _check_room(tx: Transaction, incident_id: str) -> None:
    """Refuse one more than an incident takes.

    Raises: ConflictError.
    """
    by_hand = sum(r.change.source == PEOPLE for r in tx.changes_of(incident_id))
    if by_hand >= MOST_ACTIONS:
        error = ConflictError(
            f"incident {incident_id!r} already holds {MOST_ACTIONS} actions taken by hand; post "
            "further work as change/v1"
        )
        told = f"这个事件已经记了 {MOST_ACTIONS} 次手动操作，再多请作为变更上报。"
        raise error.told(zh=told, code="actions_taken")


def _record(
    tx: Transaction, incident: Incident, record: ChangeRecord, *, name: Component, at: datetime
) -> None:
    change = record.change
    detail: dict[str, JsonValue] = {
        "evidence_id": record.evidence_id,
        "what": change.summary,
        "target": name.id,
        "name": name.name.model_dump(),
        "at": change.at.isoformat(),
    }
    record_entry(tx, incident, TAKEN, actor=change.actor, detail=detail, at=at)


def _component(
    assistant: Assistant, tx: Transaction, principal: Principal, where: tuple[Incident, str]
) -> Component:
    """Find the one component of the incident's pack that a person calls by id or alias."""
    incident, target = where
    context = assistant.intake.shelf.contexts(tx)[incident.pack_id]
    found = context.resolver.named(target)
    component = context.graph.components.get(found.component_id or "")
    if component is None or not principal.may_see(
        site=component.site, visibility=component.visibility
    ):
        wrong = f"{target!r} names no component, or more than one; give an id, GET /graph/search"
        raise _wrong("/target", wrong, f"「{target}」不是图里的一个组件，请从列表里选")
    return component


def _change(
    incident: Incident, principal: Principal, wanted: ActionTaken, *, target: str, now: datetime
) -> ChangeEvent:
    at = wanted.at or now
    if at > now:
        clock = now.isoformat()
        raise _wrong("/at", f"lies after {clock}, the incident's now", "时间比现在还晚")
    if at < incident.began_at - _EARLIEST:
        told = "lies more than a day before the incident; post it as a change/v1"
        raise _wrong("/at", told, "比事件早一天以上，请作为变更上报")
    # Without an instant the words alone tell two actions apart: a double click is one.
    said = wanted.at.isoformat() if wanted.at else ""
    words = json.dumps([incident.id, principal.name, target, wanted.what, said])
    return ChangeEvent(
        source=PEOPLE,
        id=hashlib.sha256(words.encode()).hexdigest()[:16],
        at=at,
        kind=ChangeKind.OTHER,
        targets=(target,),
        actor=principal.name,
        summary=wanted.what,
        received_at=now,
    )


def _wrong(pointer: str, detail: str, zh: str) -> InputError:
    error = InputError(f"{pointer}: {detail}", [Detail(pointer, detail)])
    return error.told(zh=f"{zh}。", code="action_taken")
