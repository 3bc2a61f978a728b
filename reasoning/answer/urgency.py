"""How urgent: P0..P3 from the flow steps hit and the calendar, with the rule that fired.

P0 exam or credits hit; P1 study hit; P2 something slower; P3 early warning. The thresholds are
`parameters.P0_IN_WINDOW` (exam week, credit deadline), `P0_ANY_TIME`, `P1_STUDY`, `P2_ANY`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from graph.calendar import kinds_at, windows_at
from graph.model.base import Text
from graph.model.diagnosis import Impact, RuleFired, UrgencyResult
from graph.model.incident import Urgency
from graph.model.pack import DomainPack
from graph.model.topology import FlowStep, WindowKind
from reasoning import parameters
from reasoning.answer.words import percent


def urgency_of(pack: DomainPack, impacts: Sequence[Impact], *, began_at: datetime) -> UrgencyResult:
    """Apply the rules in order; the first that fires gives the level, each is listed once.

    The calendar is judged at the incident's start, in the pack's timezone.
    """
    steps = {(flow.id, step.id): step for flow in pack.flows for step in flow.steps}
    kinds = kinds_at(pack.calendar, began_at)
    found = [
        *_critical(pack, impacts, steps, kinds, began_at),
        *_study(impacts, steps),
        *_slower(impacts, steps),
    ]
    best: dict[Urgency, RuleFired] = {}
    for level, rule in found:
        best.setdefault(level, rule)
    if not best:
        text = Text(zh="没有流程步骤可能受损", en="no flow step is probably degraded")
        best[Urgency.P3] = RuleFired(rule="none_degraded", why=text)
    order = sorted(best)
    return UrgencyResult(level=order[0], rules_fired=tuple(best[level] for level in order))


_Found = tuple[Urgency, RuleFired]
_Steps = dict[tuple[str, str], FlowStep]


def _worst(impacts: Iterable[Impact]) -> list[Impact]:
    return sorted(impacts, key=lambda i: (-i.probability_degraded, i.flow_id, i.step_id))


def _critical(
    pack: DomainPack,
    impacts: Sequence[Impact],
    steps: _Steps,
    kinds: frozenset[WindowKind],
    began_at: datetime,
) -> list[_Found]:
    """P0: an exam or credit step; the bar is lower inside its window."""
    found: list[_Found] = []
    for impact in _worst(impacts):
        step = steps[impact.flow_id, impact.step_id]
        windows = _windows(step, kinds)
        bar = parameters.P0_IN_WINDOW if windows else parameters.P0_ANY_TIME
        if not (step.affects_exam or step.affects_credits) or impact.probability_degraded < bar:
            continue
        named = [w.name for w in windows_at(pack.calendar, began_at) if w.kind in windows]
        why = _above(step, impact, bar, named[0] if named else None)
        rule = "exam_or_credit_in_window" if windows else "exam_or_credit"
        found.append((Urgency.P0, RuleFired(rule=rule, why=why)))
    return found


def _windows(step: FlowStep, kinds: frozenset[WindowKind]) -> frozenset[WindowKind]:
    wanted = set()
    if step.affects_exam:
        wanted.add(WindowKind.EXAM_WEEK)
    if step.affects_credits:
        wanted.add(WindowKind.CREDIT_DEADLINE)
    return frozenset(wanted & kinds)


def _study(impacts: Sequence[Impact], steps: _Steps) -> list[_Found]:
    bar = parameters.P1_STUDY
    return [
        (Urgency.P1, RuleFired(rule="study", why=_above(step, impact, bar, None)))
        for impact in _worst(impacts)
        if (step := steps[impact.flow_id, impact.step_id]).affects_study
        and impact.probability_degraded >= bar
    ]


def _slower(impacts: Sequence[Impact], steps: _Steps) -> list[_Found]:
    bar = parameters.P2_ANY
    return [
        (
            Urgency.P2,
            RuleFired(
                rule="any_step",
                why=_above(steps[impact.flow_id, impact.step_id], impact, bar, None),
            ),
        )
        for impact in _worst(impacts)
        if impact.probability_degraded >= bar
    ]


def _above(step: FlowStep, impact: Impact, bar: float, window: Text | None) -> Text:
    share, limit = percent(impact.probability_degraded), percent(bar)
    zh = f"{step.name.zh}受损概率 {share}，超过 {limit}"
    en = f"{step.name.en} degraded {share}, above {limit}"
    if window is None:
        return Text(zh=zh, en=en)
    return Text(zh=f"{window.zh}，{zh}", en=f"{window.en}, {en}")
