"""What a new pack demands less than the stored one: everything that the policy reads is policy.

Who must agree is compared by trying it: every action on every kind of target, in every window and
with every kind of step affected that a rule speaks of. Raising a demand is never listed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain, combinations
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from graph.model.access import Role
from graph.model.actions import ActionTemplate, PolicyRule
from graph.model.base import Text
from graph.model.pack import DomainPack
from graph.model.topology import Calendar, CalendarWindow, Component, FlowStep
from reasoning.remediation.policy import APPROVING
from reasoning.remediation.refusals import roles_named

_ALL: Final = frozenset(APPROVING)
_MARK: Final = "affects_"
_MINIMUM: Final = "min_healthy"
_FLAGS: Final = ("affects_exam", "affects_credits", "affects_study")


class Case(NamedTuple):
    """What rules judge: the kind of a target, what it affects, the windows that hold."""

    kind: str
    affects: frozenset[str]
    windows: frozenset[str]


class Agreement(NamedTuple):
    """Who must agree, and whether with the password again."""

    roles: frozenset[Role]
    password_again: bool


def lowerings(old: DomainPack, new: DomainPack, at: datetime) -> tuple[Text, ...]:
    """List what `new` demands less than `old`, in the order of the packs; windows over at `at` not.

    A component, an action or a pack that goes demands nothing more and lowers nothing.
    """
    return (
        *_actions(old, new),
        *_components(old, new),
        *_steps(old, new),
        *_windows(old.calendar, new.calendar, at),
    )


def lowerings_of_new(
    new: DomainPack, others: Iterable[DomainPack], at: datetime
) -> tuple[Text, ...]:
    """List what a pack that was not there lowers: its actions, and names that others go by.

    A name of two components makes every alert about it ambiguous: the diagnosis would go blind.
    """
    nothing = new.model_copy(update={"actions": (), "policies": (), "components": (), "flows": ()})
    return (*lowerings(nothing, new, at), *_taken(new, others))


def _taken(new: DomainPack, others: Iterable[DomainPack]) -> Iterator[Text]:
    names = {name for component in new.components for name in component.aliases}
    for other in others:
        both = sorted(names & {name for c in other.components for name in c.aliases})
        if both:
            named = ", ".join(both[:3])
            yield Text(
                zh=f"领域包 {other.id} 已经用着 {len(both)} 个别名，如 {named}；告警会分不清指谁",
                en=f"pack {other.id} goes by {len(both)} of its aliases, such as {named}; "
                "alerts could not tell whom they mean",
            )


# ── Who must agree ──────────────────────────────────────────────────────────────────────────────


def _actions(old: DomainPack, new: DomainPack) -> Iterator[Text]:
    situations = _situations((*old.policies, *new.policies))
    for action in new.actions:
        before = _same(old.actions, action)
        lost: set[Role] = set()
        password = False
        for kind in action.kinds:
            for affects, windows in situations:
                case = Case(kind, affects, windows)
                was, now = _before(old, before, case), _agreement(new.policies, action, case)
                lost |= was.roles - now.roles
                password |= was.password_again and not now.password_again
        if lost:
            named = roles_named(role for role in Role if role in lost)
            yield (
                Text(
                    zh=f"「{action.name.zh}」有时不再要求{named.zh}同意",
                    en=f"{action.name.en}: {named.en} need not always agree any more",
                )
                if before
                else Text(
                    zh=f"新动作「{action.name.zh}」有时不要求{named.zh}同意",
                    en=f"new action {action.name.en}: {named.en} need not always agree",
                )
            )
        if password:
            yield Text(
                zh=f"「{action.name.zh}」有时不再要求再次输入密码",
                en=f"{action.name.en}: the password again is not always asked for any more",
            )


def _same(actions: Sequence[ActionTemplate], wanted: ActionTemplate) -> list[ActionTemplate]:
    """Find what an action was: by its id, and by what it tells the executor, whatever its id."""
    order = (wanted.executor, wanted.operation)
    did = [action for action in actions if (action.executor, action.operation) == order]
    return [*did, *(a for a in actions if a.id == wanted.id and a not in did)] if did else []


def _before(old: DomainPack, before: Sequence[ActionTemplate], case: Case) -> Agreement:
    """Say who had to agree; everybody, where nothing of the kind could be done."""
    known = [a for a in before if case.kind in a.kinds]
    if not known:
        return Agreement(_ALL, False)
    was = [_agreement(old.policies, action, case) for action in known]
    roles = frozenset(role for one in was for role in one.roles)
    return Agreement(roles, any(one.password_again for one in was))


def _agreement(rules: Sequence[PolicyRule], action: ActionTemplate, case: Case) -> Agreement:
    fired = [rule for rule in rules if _applies(rule, action, case)]
    if not fired:
        return Agreement(_ALL, False)
    roles = frozenset(role for rule in fired for role in rule.roles)
    return Agreement(roles, any(rule.password_again for rule in fired))


def _applies(rule: PolicyRule, action: ActionTemplate, case: Case) -> bool:
    """Judge a rule as `reasoning.remediation.policy.applies` does, in a situation that is given."""
    return (
        (not rule.categories or action.category in rule.categories)
        and (not rule.risks or action.risk in rule.risks)
        and (not rule.kinds or case.kind in rule.kinds)
        and (not rule.touches_credit_data or action.touches_credit_data)
        and _concerns(rule, case)
    )


def _concerns(rule: PolicyRule, case: Case) -> bool:
    conditions = []
    if rule.windows:
        conditions.append(bool(case.windows & {str(window) for window in rule.windows}))
    if rule.affects:
        conditions.append(bool(case.affects & set(rule.affects)))
    if not conditions:
        return True
    return any(conditions) if rule.window_or_affects else all(conditions)


def _situations(
    rules: Sequence[PolicyRule],
) -> list[tuple[frozenset[str], frozenset[str]]]:
    affects = sorted({what for rule in rules for what in rule.affects})
    windows = sorted({str(window) for rule in rules for window in rule.windows})
    return [(a, w) for a in _subsets(affects) for w in _subsets(windows)]


def _subsets(names: Collection[str]) -> list[frozenset[str]]:
    sizes = (combinations(names, size) for size in range(len(names) + 1))
    return [frozenset(chosen) for chosen in chain.from_iterable(sizes)]


# ── What the rules look at ──────────────────────────────────────────────────────────────────────


def _components(old: DomainPack, new: DomainPack) -> Iterator[Text]:
    now = {component.id: component for component in new.components}
    by_kind = {kind for rule in (*old.policies, *new.policies) for kind in rule.kinds}
    for was in old.components:
        left = now.get(was.id)
        if left is not None:
            yield from _component(was, left, by_kind)


def _component(was: Component, now: Component, by_kind: set[str]) -> Iterator[Text]:
    name = was.name
    for mark in sorted(_marks(was) - _marks(now)):
        yield Text(zh=f"「{name.zh}」不再标记 {mark}", en=f"{name.en} is no longer marked {mark}")
    if _minimum(now) < _minimum(was):
        least = f"{_minimum(was):g} -> {_minimum(now):g}"
        yield Text(
            zh=f"「{name.zh}」的 {_MINIMUM} 降低：{least}", en=f"{name.en}: {_MINIMUM} {least}"
        )
    if was.kind != now.kind and {was.kind, now.kind} & by_kind:
        yield Text(
            zh=f"「{name.zh}」的类型从 {was.kind} 变成 {now.kind}，而规则看类型",
            en=f"{name.en} turns from {was.kind} into {now.kind}, and rules look at kinds",
        )
    if _marks(was) and set(was.aliases) - set(now.aliases):
        lost = ", ".join(sorted(set(was.aliases) - set(now.aliases))[:3])
        yield Text(zh=f"「{name.zh}」少了别名 {lost}", en=f"{name.en} loses the alias {lost}")


def _marks(component: Component) -> set[str]:
    held = component.attributes.items()
    return {name for name, value in held if name.startswith(_MARK) and value is True}


def _minimum(component: Component) -> float:
    value = component.attributes.get(_MINIMUM, 0)
    return float(value) if isinstance(value, int | float) else 0.0


def _steps(old: DomainPack, new: DomainPack) -> Iterator[Text]:
    now = {(flow.id, step.id): step for flow in new.flows for step in flow.steps}
    for flow in old.flows:
        for was in flow.steps:
            yield from _step(was, now.get((flow.id, was.id)))


def _step(was: FlowStep, now: FlowStep | None) -> Iterator[Text]:
    flags = [flag for flag in _FLAGS if getattr(was, flag)]
    lost = [flag for flag in flags if now is None or not getattr(now, flag)]
    if lost:
        named = ", ".join(lost)
        yield Text(
            zh=f"步骤「{was.name.zh}」不再标记 {named}", en=f"step {was.name.en} loses {named}"
        )
    if now is None or not flags:
        return
    uses = {use.component_id: use.strength for use in now.uses}
    weaker = [u.component_id for u in was.uses if uses.get(u.component_id, 0.0) < u.strength]
    if weaker:
        named = ", ".join(weaker[:3])
        yield Text(
            zh=f"步骤「{was.name.zh}」对 {named} 的依赖变弱或去掉，影响会算得更小",
            en=f"step {was.name.en} stands less on {named}, so effects count for less",
        )


def _windows(old: Calendar, new: Calendar, at: datetime) -> Iterator[Text]:
    if not new.windows:
        return  # then everybody must agree
    if not old.windows:
        yield Text(
            zh="日历原来没有窗口，任何操作都要所有人同意；有了窗口就不再这样",
            en="without windows everybody had to agree to everything; with some that ends",
        )
    if old.timezone != new.timezone:
        yield Text(
            zh=f"日历的时区从 {old.timezone} 变成 {new.timezone}",
            en=f"the calendar moves from {old.timezone} to {new.timezone}",
        )
    today = at.astimezone(ZoneInfo(old.timezone)).date()
    for was in old.windows:
        over = was.last_day is not None and was.last_day < today
        if not over and not any(_covers(now, was) for now in new.windows):
            yield Text(
                zh=f"日历窗口「{was.name.zh}」去掉了，或变短、改期了",
                en=f"the window {was.name.en} is gone, shorter or moved",
            )


def _covers(now: CalendarWindow, was: CalendarWindow) -> bool:
    return (
        now.kind is was.kind
        and (
            now.first_day is None or (was.first_day is not None and now.first_day <= was.first_day)
        )
        and (now.last_day is None or (was.last_day is not None and was.last_day <= now.last_day))
        and (not now.weekdays or (bool(was.weekdays) and set(was.weekdays) <= set(now.weekdays)))
        and (
            now.from_time is None or (was.from_time is not None and now.from_time <= was.from_time)
        )
        and (now.to_time is None or (was.to_time is not None and was.to_time <= now.to_time))
    )
