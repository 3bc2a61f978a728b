"""Brakes: one action at a time on a thing, few in half an hour, and no going to and fro."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from graph.errors import ConflictError
from graph.failure import FailureGraph
from graph.model.remediation import Plan, Remediation, RemediationStatus, Step, StepOutcome
from reasoning.remediation.refusals import conflict

# operations.md 16: after three interventions on one group a person must think, not press again.
MOST_IN_WINDOW: Final = 3
WINDOW: Final = timedelta(minutes=30)
# Work under way, or of an outcome that nobody has settled: its target is not free.
OCCUPYING: Final = frozenset(
    {RemediationStatus.RUNNING, RemediationStatus.UNKNOWN, RemediationStatus.HELD}
)


def footprint(plan: Plan, graph: FailureGraph) -> frozenset[str]:
    """Collect what an action touches: targets, receivers, and the redundancy groups of both."""
    touched = set(plan.target_ids) | _components(plan, graph)
    return frozenset(touched | {g for c in touched for g in _groups(c, graph)})


def held_back(
    plan: Plan,
    others: Iterable[Remediation],
    *,
    graph: FailureGraph,
    now: datetime,
) -> ConflictError | None:
    """Say why an action must wait for, or after, the others; None where no brake holds."""
    known = sorted(others, key=lambda other: (other.requested_at, other.id))
    return (
        _locked(plan, known, graph)
        or _too_many(plan, known, graph, now)
        or to_and_fro(plan, known, graph=graph, now=now)
    )


def to_and_fro(
    plan: Plan, others: Iterable[Remediation], *, graph: FailureGraph, now: datetime
) -> ConflictError | None:
    """Refuse what takes back an action of the last half-hour (A -> B -> A)."""
    for other in filter(_sent_any, _recent(others, now)):
        for step in plan.steps:
            if any(_opposes(step, earlier, other) for earlier in other.plan.steps):
                name = graph.components[step.target_id].name
                return conflict(
                    "to_and_fro",
                    zh=f"{other.id} 在 30 分钟内刚对{name.zh}做过相反的处置；"
                    "不来回切换，请先查明原因",
                    en=f"{other.id!r} did the opposite to {name.en!r} less than 30 minutes "
                    "ago; no going to and fro: find out why first",
                )
    return None


def _sent_any(other: Remediation) -> bool:
    return any(run.outcome is not StepOutcome.FAILED for run in other.runs)


def _opposes(step: Step, earlier: Step, other: Remediation) -> bool:
    """It takes the earlier step back, or does again what that one has just taken back."""
    if other.undoes is not None and step.undo not in (None, step.operation):
        return (step.target_id, step.undo) == (earlier.target_id, earlier.operation)
    return takes_back(step, earlier)


def takes_back(step: Step, earlier: Step) -> bool:
    """Tell whether a step is the undo of an earlier one, with the same effect."""
    if step.target_id != earlier.target_id or step.operation != earlier.undo:
        return False
    return earlier.undo != earlier.operation or step.parameters == earlier.undo_parameters


def _locked(plan: Plan, others: list[Remediation], graph: FailureGraph) -> ConflictError | None:
    wanted = footprint(plan, graph)
    for other in others:
        shared = sorted(wanted & footprint(other.plan, graph))
        if other.status in OCCUPYING and shared:
            name = graph.components[shared[0]].name
            return conflict(
                "locked",
                zh=f"{other.id} 还占着{name.zh}；等它结束，或由人给出结论",
                en=f"{other.id!r} still holds {name.en!r}; wait for its end, or settle it",
            )
    return None


def _too_many(
    plan: Plan, others: list[Remediation], graph: FailureGraph, now: datetime
) -> ConflictError | None:
    recent = _recent(others, now)
    for place in sorted(_places(plan, graph)):
        count = sum(place in _places(other.plan, graph) for other in recent)
        if count >= MOST_IN_WINDOW:
            name = graph.components[place].name
            return conflict(
                "too_many",
                zh=f"30 分钟内已对{name.zh}做过 {count} 次处置，上限 {MOST_IN_WINDOW} 次；"
                "请先查明原因",
                en=f"{name.en!r} had {count} actions within 30 minutes, at most {MOST_IN_WINDOW}; "
                "find out why first",
            )
    return None


def _places(plan: Plan, graph: FailureGraph) -> frozenset[str]:
    """What actions are counted by: the groups of a target, or the target where it has none."""
    return frozenset(place for c in plan.target_ids for place in _groups(c, graph) or (c,))


def _recent(others: Iterable[Remediation], now: datetime) -> list[Remediation]:
    return [o for o in others if o.started_at is not None and now - o.started_at < WINDOW]


def _components(plan: Plan, graph: FailureGraph) -> set[str]:
    return {str(value) for value in plan.parameters.values()} & graph.components.keys()


def _groups(component_id: str, graph: FailureGraph) -> tuple[str, ...]:
    return tuple(g for g, members in sorted(graph.members.items()) if component_id in members)
