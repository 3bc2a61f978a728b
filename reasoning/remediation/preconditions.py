"""What must hold when an action starts: looked at then, whatever was seen when it was planned.

A state that cannot be read proves nothing, so it fails; only a dry run, which sends nothing and
asks nobody, is not held to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from pydantic import JsonValue

from graph.failure import FailureGraph
from graph.model.actions import Precondition, PreconditionKind
from graph.model.base import Text
from graph.model.diagnosis import Diagnosis
from graph.model.remediation import Plan
from graph.words import visible
from reasoning.remediation.plan import State, expected_value
from reasoning.remediation.profile import DRY_RUN

# As likely broken as not: nobody would hand it more work (`PreconditionKind`).
SOUND_BELOW: Final = 0.5
_LONGEST: Final = 80
# States in which a receiver serves nobody, with their Chinese names.
_OUT_OF_USE: Final = {
    "disabled": "停用",
    "down": "宕机",
    "drained": "已切走",
    "draining": "正在切走",
    "maintenance": "维护中",
    "off": "关闭",
    "offline": "离线",
    "retired": "已退役",
}
_IN_USE: Final = {"active": "在用", "primary": "主", "serving": "在用", "standby": "备用"}


@dataclass(frozen=True)
class Look:
    """What is looked at: the plan, the graph, the newest diagnosis, and the states read now."""

    plan: Plan
    graph: FailureGraph
    diagnosis: Diagnosis | None
    states: Mapping[str, State]


def broken(look: Look) -> Text | None:
    """Say which preconditions do not hold, what was expected and what was found; None: all hold."""
    faults = [fault for condition in look.plan.preconditions for fault in _faults(condition, look)]
    if not faults:
        return None
    return Text(
        zh="；".join(fault.zh for fault in faults), en="; ".join(fault.en for fault in faults)
    )


def posterior_of(diagnosis: Diagnosis | None, component_id: str) -> float | None:
    """Read P(a fault was born there); 0 where no hypothesis names it, None without a diagnosis."""
    if diagnosis is None:
        return None
    found = [h.posterior for h in diagnosis.hypotheses if h.component_id == component_id]
    return max(found, default=0.0)


def _faults(condition: Precondition, look: Look) -> Iterator[Text]:
    kind = condition.kind
    if kind in (PreconditionKind.STATE_IS, PreconditionKind.STATE_IS_NOT):
        yield from _state_faults(condition, look)
    elif kind is PreconditionKind.GROUP_KEEPS_MINIMUM:
        yield from _group_faults(condition, look)
    else:
        receiver = str(look.plan.parameters.get(condition.parameter or "", ""))
        if kind is PreconditionKind.RECEIVER_SOUND:
            yield from _receiver_faults(condition, look, receiver)
        else:
            yield from _capacity_faults(condition, look, receiver)


def _state_faults(condition: Precondition, look: Look) -> Iterator[Text]:
    wanted = expected_value(condition.value, look.plan.parameters)
    is_not = condition.kind is PreconditionKind.STATE_IS_NOT
    for target in look.plan.target_ids:
        found = _field(look, target, condition.field or "")
        if found is None:
            if look.plan.executor.profile != DRY_RUN:
                yield _unread(condition, _name(look, target))
        elif (found == wanted) is is_not:
            name = _name(look, target)
            due, now = _value(look, wanted), _value(look, found)
            yield _fault(
                condition,
                zh=f"{name.zh}{'不应' if is_not else '应'}为「{due.zh}」，现为「{now.zh}」"
                f"（状态项 {condition.field}）",
                en=f"{condition.field} of {name.en} should {'not ' if is_not else ''}be {due.en}, "
                f"is {now.en}",
            )


def _group_faults(condition: Precondition, look: Look) -> Iterator[Text]:
    targets = set(look.plan.target_ids)
    for group, members in sorted(look.graph.members.items()):
        if not targets & set(members):
            continue
        left = [m for m in members if m not in targets and _sound(look, m)]
        least = look.graph.min_healthy[group]
        if len(left) < least:
            yield _fault(
                condition,
                zh=f"{_name(look, group).zh} 至少要留 {least} 个，之后只剩 {len(left)} 个",
                en=f"{_name(look, group).en} must keep {least}, and {len(left)} would be left",
            )


def _receiver_faults(condition: Precondition, look: Look, receiver: str) -> Iterator[Text]:
    posterior, name = posterior_of(look.diagnosis, receiver), _name(look, receiver)
    if posterior is None:
        yield _fault(condition, zh="还没有诊断，看不出", en="there is no diagnosis to judge it by")
    elif posterior >= SOUND_BELOW:
        yield _fault(
            condition,
            zh=f"{name.zh} 有故障的把握应低于 50%，现为 {posterior:.0%}",
            en=f"the posterior of a fault in {name.en} should be below 50%, is {posterior:.0%}",
        )
    state = _field(look, receiver, "state")
    if isinstance(state, str) and state.lower() in _OUT_OF_USE:
        yield _fault(
            condition,
            zh=f"{name.zh}应在用，现为「{_value(look, state.lower()).zh}」",
            en=f"{name.en} should be in use, is {state.lower()}",
        )


def _capacity_faults(condition: Precondition, look: Look, receiver: str) -> Iterator[Text]:
    name = _name(look, receiver)
    carried = _number(look, receiver, "load")
    room = _number(look, receiver, "capacity")
    added = [_number(look, target, "load") for target in look.plan.target_ids]
    if carried is None or room is None or any(load is None for load in added):
        if look.plan.executor.profile != DRY_RUN:
            yield _unread(condition, name)
        return
    after = carried + sum(load for load in added if load is not None)
    if after > room:
        yield _fault(
            condition,
            zh=f"{name.zh} 之后的负载 {after:g} 应不超过 {room:g}",
            en=f"the load of {name.en} would be {after:g}, over its capacity {room:g}",
        )


def _sound(look: Look, component_id: str) -> bool:
    return (posterior_of(look.diagnosis, component_id) or 0.0) < SOUND_BELOW


def _field(look: Look, component_id: str, field: str) -> JsonValue:
    state = look.states.get(component_id)
    return None if state is None else state.get(field)


def _number(look: Look, component_id: str, field: str) -> float | None:
    found = _field(look, component_id, field)
    return None if isinstance(found, bool) or not isinstance(found, int | float) else float(found)


def _name(look: Look, component_id: str) -> Text:
    found = look.graph.components.get(component_id)
    return found.name if found else Text(zh=component_id, en=component_id)


def _value(look: Look, value: JsonValue) -> Text:
    """Name a component or a known state; what else an executor says stands as it is, made short."""
    told = visible(str(value))[:_LONGEST]
    known = look.graph.components.get(str(value))
    named = {**_OUT_OF_USE, **_IN_USE}.get(told.lower())
    return known.name if known else Text(zh=named or told or "—", en=told or "—")


def _unread(condition: Precondition, name: Text) -> Text:
    return _fault(
        condition,
        zh=f"读不到 {name.zh} 的状态",
        en=f"the state of {name.en} cannot be read",
    )


def _fault(condition: Precondition, *, zh: str, en: str) -> Text:
    """Name the condition in the catalogue's words, then what was expected and found."""
    return Text(
        zh=f"前提「{condition.text.zh}」不成立：{zh}", en=f'"{condition.text.en}" fails: {en}'
    )
