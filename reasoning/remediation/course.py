"""Where a running remediation stands, and what comes next; read from its runs alone."""

from __future__ import annotations

from typing import Final

from graph.model.actions import OnNotBetter
from graph.model.base import Text
from graph.model.remediation import (
    Remediation,
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
    """Tell whether it goes back: once verified as not better, or once a step has failed."""
    failed = any(not r.undoing and r.outcome is StepOutcome.FAILED for r in found.runs)
    return found.verified is not None or failed


def next_step(found: Remediation) -> Step | None:
    """Find the first step that was never sent."""
    sent = {run.seq for run in found.runs if not run.undoing}
    return next((step for step in found.plan.steps if step.seq not in sent), None)


def next_undo(found: Remediation) -> Step | None:
    """Find the last step done that is not taken back yet."""
    undone = {run.seq for run in found.runs if run.undoing}
    left = [run.seq for run in done(found) if run.seq not in undone]
    return found.plan.steps[max(left) - 1] if left else None


def why_held(found: Remediation, verified: Verified) -> Text:
    """Say why a person must decide: nobody can tell, it was agreed so, or it cannot go back."""
    if verified.verdict is Verdict.CANNOT_TELL:
        return _NOT_KNOWN
    if found.plan.verification.on_not_better is OnNotBetter.HOLD_AND_ASK:
        return _AS_AGREED
    return CANNOT_UNDO
