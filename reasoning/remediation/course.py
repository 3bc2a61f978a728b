"""Where a running remediation stands, and what comes next; read from its runs alone."""

from __future__ import annotations

from typing import Final

from graph.model.actions import OnNotBetter
from graph.model.base import Text
from graph.model.remediation import (
    Remediation,
    RemediationStatus,
    Step,
    StepOutcome,
    StepRun,
    Verdict,
    Verified,
)

_NOT_KNOWN: Final = Text(
    zh="看不出是否成功，停下由人决定", en="Nobody can tell whether it worked; a person must decide"
)
_AS_AGREED: Final = Text(
    zh="没有变好，按约定停下由人决定", en="It did not get better; as agreed, a person must decide"
)
CANNOT_UNDO: Final = Text(
    zh="不能自动撤销，停下由人决定", en="It cannot be taken back by itself; a person must decide"
)


def done(found: Remediation) -> list[StepRun]:
    """List the steps that the executor said are done, in the order of sending."""
    return [r for r in found.runs if not r.undoing and r.outcome is StepOutcome.DONE]


def taking_back(found: Remediation) -> bool:
    """Tell whether it goes back: verified as not better, a step failed, or a person asked."""
    failed = any(not r.undoing and r.outcome is StepOutcome.FAILED for r in found.runs)
    return found.verified is not None or failed or found.undo_asked_by is not None


def next_step(found: Remediation) -> Step | None:
    """Find the first step that was never sent."""
    sent = {run.seq for run in found.runs if not run.undoing}
    return next((step for step in found.plan.steps if step.seq not in sent), None)


def next_undo(found: Remediation) -> Step | None:
    """Find the last step done that is not taken back yet."""
    undone = {run.seq for run in found.runs if run.undoing}
    left = [run.seq for run in done(found) if run.seq not in undone]
    return found.plan.steps[max(left) - 1] if left else None


def in_force(found: Remediation) -> tuple[Step, ...]:
    """List the steps that changed something and are not taken back, in the order of sending.

    Where a person found that it took effect, that holds for the steps that nobody knew of too.
    """
    settled = found.status is RemediationStatus.VERIFIED
    effective = {StepOutcome.DONE, *([StepOutcome.UNKNOWN] if settled else [])}
    back = {run.seq for run in found.runs if run.undoing and run.outcome is StepOutcome.DONE}
    acted = {run.seq for run in found.runs if not run.undoing and run.outcome in effective}
    return tuple(step for step in found.plan.steps if step.seq in acted - back)


def is_measure(found: Remediation) -> bool:
    """Tell a temporary measure: it took effect, it can be taken back, and it has not ended."""
    return (
        found.status is RemediationStatus.VERIFIED
        and found.undoes is None
        and found.left is None
        and any(step.undo is not None for step in in_force(found))
    )


def keeper_of(found: Remediation) -> str:
    """Name who looks after a measure: who took it over, else who started or requested it."""
    return found.keeper or found.executed_by or found.requester


def why_held(found: Remediation, verified: Verified) -> Text:
    """Say why a person must decide: nobody can tell, it was agreed so, or it cannot go back."""
    if verified.verdict is Verdict.CANNOT_TELL:
        return _NOT_KNOWN
    if found.plan.verification.on_not_better is OnNotBetter.HOLD_AND_ASK:
        return _AS_AGREED
    return CANNOT_UNDO


def as_sent(found: Remediation, step: Step, run: StepRun) -> tuple[Step, bool]:
    """Give what the executor hears: the step of an undo is the undo of an earlier one to it."""
    if found.undoes is None:
        return step, run.undoing
    back = {"undo": step.operation, "undo_parameters": step.parameters}
    return step.model_copy(update=back), True


def actor_of(found: Remediation) -> str:
    """Name who acts: who had it taken back or started it; the engine only carries it on."""
    return found.undo_asked_by or found.executed_by or "engine"
