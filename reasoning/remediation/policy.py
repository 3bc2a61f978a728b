"""Who must agree: the pack's rules against an action, its targets and the newest diagnosis.

Where the rules say nothing, or what they would look at is missing, everybody must agree: a gap in
the policy never lowers a demand (safety rule 1).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from graph.calendar import kinds_at
from graph.failure import FailureGraph
from graph.model.access import Role
from graph.model.actions import ActionTemplate, PolicyRule
from graph.model.base import Text
from graph.model.diagnosis import Diagnosis
from graph.model.digest import sha256_hex
from graph.model.pack import DomainPack
from graph.model.remediation import Demand, ExecutorRef, FiredRule
from graph.model.topology import FlowStep

APPROVING: Final = (Role.OPS_LEAD, Role.ACADEMIC_LEAD, Role.PLATFORM_OWNER)
# A step counts as probably degraded from here on (`PolicyRule`): low, as a miss costs an exam.
DEGRADED_FROM: Final = 0.3

_NO_RULE: Final = FiredRule(
    rule="no-rule-matched",
    why=Text(
        zh="没有规则说到这种处置，按最高要求",
        en="No rule speaks of this action: the highest demand",
    ),
)
_UNMAPPED: Final = FiredRule(
    rule="target-unmapped",
    why=Text(
        zh="目标不在任何业务流程里，影响不明，按最高要求",
        en="No business flow stands on the target, so its effect is unknown: the highest demand",
    ),
)
_NO_CALENDAR: Final = FiredRule(
    rule="calendar-missing",
    why=Text(zh="没有考试日历，按最高要求", en="There is no calendar: the highest demand"),
)
_NO_DIAGNOSIS: Final = FiredRule(
    rule="diagnosis-missing",
    why=Text(zh="还没有诊断，按最高要求", en="There is no diagnosis yet: the highest demand"),
)
_OUTSIDE: Final = FiredRule(
    rule="external-content",
    why=Text(
        zh="外部作业，内容不可锁定，按最高要求",
        en="An external job whose content cannot be locked: the highest demand",
    ),
)


@dataclass(frozen=True)
class Matter:
    """What a policy decides about; `component_ids` are the targets, `receiver_ids` who takes over.

    The calendar is judged at `at` and at the diagnosis's own now: a replayed night has its own.
    """

    pack: DomainPack
    graph: FailureGraph
    template: ActionTemplate
    component_ids: tuple[str, ...]
    receiver_ids: tuple[str, ...]
    executor: ExecutorRef
    diagnosis: Diagnosis | None
    at: datetime


def demand_of(matter: Matter) -> Demand:
    """Say who must agree: the union of the roles of every rule that applies, in role order.

    Where none applies, a target is unmapped, or calendar, diagnosis or locked content are missing,
    all approving roles must.
    """
    fired = [rule for rule in matter.pack.policies if applies(rule, matter)]
    gaps = tuple(_gaps(matter, matched=bool(fired)))
    roles = {role for rule in fired for role in rule.roles} | set(APPROVING if gaps else ())
    return Demand(
        roles=tuple(role for role in Role if role in roles),
        password_again=any(rule.password_again for rule in fired),
        rules_fired=(*(FiredRule(rule=rule.id, why=rule.why) for rule in fired), *gaps),
    )


def lacking(stored: Demand, present: Demand) -> tuple[Role, ...]:
    """List the roles that are demanded now and were not when people agreed, in role order."""
    return tuple(role for role in present.roles if role not in stored.roles)


def policy_version(pack: DomainPack) -> str:
    """Digest the rules of a pack: 16 hex digits."""
    return sha256_hex([rule.model_dump(mode="json") for rule in pack.policies])[:16]


def applies(rule: PolicyRule, matter: Matter) -> bool:
    """Tell whether every condition of a rule holds; an empty condition holds always."""
    template = matter.template
    kinds = {matter.graph.components[c].kind for c in matter.component_ids}
    return (
        (not rule.categories or template.category in rule.categories)
        and (not rule.risks or template.risk in rule.risks)
        and (not rule.kinds or bool(kinds & set(rule.kinds)))
        and (not rule.touches_credit_data or template.touches_credit_data)
        and _concerns(rule, matter)
    )


def _concerns(rule: PolicyRule, matter: Matter) -> bool:
    """Judge windows and affected steps: both, or either where the rule says so."""
    conditions = []
    if rule.windows:
        conditions.append(bool(_windows(matter) & set(rule.windows)))
    if rule.affects:
        conditions.append(any(_affects(what, matter) for what in rule.affects))
    if not conditions:
        return True
    return any(conditions) if rule.window_or_affects else all(conditions)


def _windows(matter: Matter) -> frozenset[str]:
    instants = [matter.at, *([matter.diagnosis.as_of.now] if matter.diagnosis else [])]
    calendar = matter.pack.calendar
    return frozenset(kind for at in instants for kind in kinds_at(calendar, at))


def _affects(what: str, matter: Matter) -> bool:
    """A component that the action touches is marked so, or such a step is probably degraded."""
    mark = f"affects_{what}"
    touched = (*matter.component_ids, *matter.receiver_ids)
    if any(matter.graph.components[c].attributes.get(mark) is True for c in touched):
        return True
    steps = {step.id for flow in matter.pack.flows for step in flow.steps if _marked(step, what)}
    impacts = matter.diagnosis.impact if matter.diagnosis else ()
    return any(i.step_id in steps and i.probability_degraded >= DEGRADED_FROM for i in impacts)


def _marked(step: FlowStep, what: str) -> bool:
    return {
        "exam": step.affects_exam,
        "credits": step.affects_credits,
        "study": step.affects_study,
    }.get(what, True)


def _gaps(matter: Matter, *, matched: bool) -> Iterable[FiredRule]:
    if not matched:
        yield _NO_RULE
    if not all(_is_mapped(matter, component_id) for component_id in matter.component_ids):
        yield _UNMAPPED
    if not matter.pack.calendar.windows:
        yield _NO_CALENDAR
    if matter.diagnosis is None:
        yield _NO_DIAGNOSIS
    if matter.executor.binding != "content":
        yield _OUTSIDE


def _is_mapped(matter: Matter, component_id: str) -> bool:
    """Tell whether a flow step uses a component, or one that its failure can reach."""
    steps = (step for flow in matter.pack.flows for step in flow.steps)
    uses = {use.component_id for step in steps for use in step.uses}
    found, waiting = {component_id}, [component_id]
    while waiting:
        here = waiting.pop()
        if here in uses:
            return True
        beyond = [c for c in _above(matter.graph, here) if c not in found]
        found.update(beyond)
        waiting += beyond
    return False


def _above(graph: FailureGraph, component_id: str) -> Sequence[str]:
    groups = [group for group, members in graph.members.items() if component_id in members]
    return [*(effect for effect, _ in graph.effects.get(component_id, ())), *groups]
