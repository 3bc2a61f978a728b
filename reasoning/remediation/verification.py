"""Whether it got better: the executor's state read back, against what was expected and before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pydantic import JsonValue

from graph.model.actions import OnNotBetter
from graph.model.base import Text
from graph.model.diagnosis import Diagnosis
from graph.model.pack import DomainPack
from graph.model.remediation import Plan, RemediationStatus, Verdict, Verified
from graph.words import visible
from reasoning.remediation.plan import State, expected_value
from reasoning.remediation.preconditions import SOUND_BELOW, posterior_of
from reasoning.remediation.profile import DRY_RUN

# How often the state is read between settling and the deadline: a person waits for the verdict.
READ_AGAIN_S: Final = 2.0
_LONGEST: Final = 80

_WORDS: Final = {
    Verdict.BETTER: Text(zh="已达到预期", en="As expected"),
    Verdict.UNCHANGED: Text(zh="没有变化", en="Nothing changed"),
    Verdict.WORSE: Text(zh="变成了别的状态", en="It changed to something else"),
    Verdict.CANNOT_TELL: Text(zh="读不到状态，看不出", en="The state cannot be read"),
}
_NOTHING_SENT: Final = Text(
    zh="试运行：什么都没有发送，无从验证", en="Dry run: nothing was sent, so nothing to verify"
)


@dataclass(frozen=True)
class Times:
    """When a verification may first judge, and when it must: counted from the last answer."""

    first: datetime
    last: datetime


def times_of(plan: Plan, answered_at: datetime) -> Times:
    """Compute when to look; a dry run is not waited for."""
    if plan.executor.profile == DRY_RUN:
        return Times(answered_at, answered_at)
    settled = answered_at + timedelta(seconds=plan.verification.settle_s)
    deadline = answered_at + timedelta(seconds=plan.verification.deadline_s)
    return Times(settled, max(settled, deadline))


def judge(
    plan: Plan,
    states: Mapping[str, State],
    *,
    names: Mapping[str, Text],
    at: datetime,
    wanted: Mapping[str, JsonValue] | None = None,
) -> Verified:
    """Compare what is read back with what was expected and with what stood before.

    `names` are those of components, for the text that people read. `wanted` gives the expected
    value of each target where it is not that of the plan; None there can never be confirmed.

    Better: every target is as expected. Cannot tell: some state is unknown. Unchanged: every other
    one is as before. Worse: some one is neither.
    """
    field = plan.verification.field
    seen: dict[str, JsonValue] = {t: _read(states.get(t), field) for t in plan.target_ids}
    verdict = _verdict(plan, seen, wanted or _expected(plan))
    words = _WORDS[verdict]
    if plan.executor.profile == DRY_RUN and verdict is Verdict.CANNOT_TELL:
        words = _NOTHING_SENT
    pairs = [(_named(target, names), _named(value, names)) for target, value in seen.items()]
    zh = "；".join(f"{target.zh}：{value.zh}" for target, value in pairs)
    en = "; ".join(f"{target.en}: {value.en}" for target, value in pairs)
    text = Text(zh=f"{words.zh}（{zh}）", en=f"{words.en} ({en})")
    return Verified(verdict=verdict, seen=seen, text=text, at=at)


def after(
    verified: Verified, plan: Plan, *, pack: DomainPack, diagnosis: Diagnosis | None
) -> RemediationStatus:
    """Say what follows a verdict; RUNNING means that it is to be taken back now.

    What nobody can tell is never taken back by itself, nor is anything moved back onto a component
    that is probably faulty, unless nothing has moved and the undo only calls the order off.
    """
    if verified.verdict is Verdict.BETTER:
        return RemediationStatus.VERIFIED
    wanted = plan.verification.on_not_better
    if wanted is OnNotBetter.ESCALATE:
        return RemediationStatus.ESCALATED
    if wanted is OnNotBetter.HOLD_AND_ASK or verified.verdict is Verdict.CANNOT_TELL:
        return RemediationStatus.HELD
    moved = verified.verdict is Verdict.WORSE
    if moved and switches_onto_unsound(plan, pack=pack, diagnosis=diagnosis):
        return RemediationStatus.HELD
    return RemediationStatus.RUNNING


def switches_onto_unsound(plan: Plan, *, pack: DomainPack, diagnosis: Diagnosis | None) -> bool:
    """Tell whether the undo would move work back onto a component that is probably faulty."""
    known = {component.id for component in pack.components}
    named = {str(v) for step in plan.steps for v in step.parameters.values()} & known
    if not named:
        return False
    back = {str(v) for step in plan.steps for v in step.undo_parameters.values()} & known
    suspects = (*plan.target_ids, *sorted(back - named))
    return any((posterior_of(diagnosis, c) or 0.0) >= SOUND_BELOW for c in suspects)


def _expected(plan: Plan) -> dict[str, JsonValue]:
    value = expected_value(plan.verification.value, plan.parameters)
    return dict.fromkeys(plan.target_ids, value)


def _verdict(plan: Plan, seen: Mapping[str, JsonValue], wanted: Mapping[str, JsonValue]) -> Verdict:
    if any(wanted[target] is None for target in seen):
        return Verdict.CANNOT_TELL
    if all(_equal(value, wanted[target]) for target, value in seen.items()):
        return Verdict.BETTER
    if any(value is None for value in seen.values()):
        return Verdict.CANNOT_TELL
    before = {t: _read(_object(plan.before.get(t)), plan.verification.field) for t in seen}
    rest = [target for target, value in seen.items() if not _equal(value, wanted[target])]
    if all(_equal(seen[target], before[target]) for target in rest):
        return Verdict.UNCHANGED
    return Verdict.WORSE


def _named(value: JsonValue, names: Mapping[str, Text]) -> Text:
    """Name a component; another value stands as it is, made short: a peer wrote it."""
    if value is None:
        return Text(zh="读不到", en="not known")
    told = visible(str(value))[:_LONGEST]
    return names.get(str(value)) or Text(zh=told or "—", en=told or "—")


def _read(state: State, field: str) -> JsonValue:
    return None if state is None else state.get(field)


def _object(value: JsonValue) -> State:
    return value if isinstance(value, dict) else None


def _equal(found: JsonValue, wanted: JsonValue) -> bool:
    """Compare without taking `true` for 1."""
    return found == wanted and isinstance(found, bool) == isinstance(wanted, bool)
