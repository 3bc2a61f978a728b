"""Where the minutes went: from the first alert to the last verification, with the wait before each.

On a replayed incident alerts and diagnoses happen at the replay's own time and people act by the
wall clock: across that border no wait is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Final

from api.schemas.incidents import Wait
from graph.model.diagnosis import RevisionTop
from graph.model.incident import Incident, IncidentState, LedgerEntry
from graph.model.remediation import Decision, Remediation
from reasoning.answer.history import cause_key

_OWNED: Final = "owner_changed"
_OPENED: Final = "first_opened"
_STATE: Final = "state_changed"


def waits_of(
    incident: Incident,
    onsets: Sequence[datetime],
    tops: Sequence[RevisionTop],
    ledger: Iterable[LedgerEntry],
    remediations: Iterable[Remediation],
) -> tuple[Wait, ...]:
    """Tell the stages that were reached, in order of time (equal times in the order of life).

    Stages: first_alert, incident, top_cause (the present top cause first stood on top), opened,
    owned, requested, agreed (each yes), started, judged, resolved.
    """
    machine = [*_machine(incident, onsets, tops)]
    people = sorted([*_people(ledger), *_acts(remediations)], key=lambda stage: stage.at)
    told = [*machine, *people]
    border = len(machine) if incident.replay_only else None
    waited: list[Wait] = told[:1]
    for place, (before, stage) in enumerate(pairwise(told), start=1):
        seconds = (stage.at - before.at).total_seconds()
        wait_s = None if place == border else max(0.0, seconds)
        waited.append(stage.model_copy(update={"wait_s": wait_s}))
    return tuple(waited)


def _machine(
    incident: Incident, onsets: Sequence[datetime], tops: Sequence[RevisionTop]
) -> Iterator[Wait]:
    stages = [Wait(stage="incident", at=incident.opened_at)]
    if onsets:
        stages.append(Wait(stage="first_alert", at=min(onsets)))
    if tops:
        stages.append(Wait(stage="top_cause", at=_on_top_since(tops)))
    order = ("first_alert", "incident", "top_cause")
    yield from sorted(stages, key=lambda stage: (stage.at, order.index(stage.stage)))


def _on_top_since(tops: Sequence[RevisionTop]) -> datetime:
    """Tell since when the present top cause has stood on top without a break."""
    since = tops[-1].at
    for top in reversed(tops):
        if cause_key(top) != cause_key(tops[-1]):
            break
        since = top.at
    return since


def _people(ledger: Iterable[LedgerEntry]) -> Iterator[Wait]:
    seen: set[str] = set()
    for entry in ledger:
        stage = _stage_of(entry)
        if stage is not None and stage not in seen:
            seen.add(stage)
            yield Wait(stage=stage, at=entry.at, who=entry.actor)


def _stage_of(entry: LedgerEntry) -> str | None:
    if entry.kind == _OPENED:
        return "opened"
    if entry.kind == _OWNED and entry.detail.get("owner"):
        return "owned"
    resolved = entry.kind == _STATE and entry.detail.get("to") == IncidentState.RESOLVED
    return "resolved" if resolved else None


def _acts(remediations: Iterable[Remediation]) -> Iterator[Wait]:
    for one in remediations:
        yield Wait(stage="requested", at=one.requested_at, who=one.requester)
        for approval in one.approvals:
            if approval.decision is Decision.APPROVE:
                yield Wait(stage="agreed", at=approval.at, who=approval.user)
        if one.started_at is not None:
            yield Wait(stage="started", at=one.started_at, who=one.executed_by or "")
        if one.verified is not None:
            yield Wait(stage="judged", at=one.verified.at)
