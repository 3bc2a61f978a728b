"""What a request asks for, checked: a known action, targets of the right kind, typed parameters."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from graph.model.access import Principal
from graph.model.actions import ActionParameter, ActionTemplate, ParameterKind
from graph.model.base import Text
from graph.model.pack import DomainPack
from graph.model.topology import Component, Scalar
from reasoning.remediation.refusals import bad_input

_LARGEST: Final = 2**53 - 1  # RFC 8785 writes no larger whole number
_SHOWN: Final = 80  # outside text is quoted in a message up to here


@dataclass(frozen=True)
class Wish:
    """A checked request: every parameter is set, every id is one of the pack's."""

    template: ActionTemplate
    target_ids: tuple[str, ...]
    parameters: Mapping[str, Scalar]

    @property
    def receiver_ids(self) -> tuple[str, ...]:
        """List the components that parameters name, in the order of the catalogue."""
        named = [p.id for p in self.template.parameters if p.kind is ParameterKind.COMPONENT]
        return tuple(str(self.parameters[name]) for name in named)


def check_wish(
    pack: DomainPack,
    principal: Principal,
    *,
    action_id: str,
    target_ids: Sequence[str],
    parameters: Mapping[str, Scalar],
) -> Wish:
    """Check a request against the pack; defaults fill what was not given. Targets in id order.

    A component that the principal may not see is one that does not exist.

    Raises: InputError naming the faulty place as a JSON pointer.
    """
    template = _template(pack, action_id)
    seen = {
        c.id: c for c in pack.components if principal.may_see(site=c.site, visibility=c.visibility)
    }
    check = _Check(template, seen, {kind.id: kind.name for kind in pack.library.kinds})
    targets = check.targets(target_ids)
    filled = check.parameters(parameters)
    wish = Wish(template, targets, filled)
    check.receivers(wish)
    return wish


def _template(pack: DomainPack, action_id: str) -> ActionTemplate:
    for template in pack.actions:
        if template.id == action_id:
            return template
    raise bad_input(
        "/action_id",
        "unknown_action",
        zh=f"没有处置动作 {_quoted(action_id)}；请从处置目录里选",
        en=f"unknown action {_quoted(action_id)}; `GET /api/v1/actions` lists the catalogue",
    )


@dataclass(frozen=True)
class _Check:
    template: ActionTemplate
    components: Mapping[str, Component]
    kind_names: Mapping[str, Text]

    def targets(self, target_ids: Sequence[str]) -> tuple[str, ...]:
        if not target_ids or len(set(target_ids)) < len(target_ids):
            raise bad_input(
                "/target_ids",
                "bad_targets",
                zh="请至少选一个目标，同一目标只选一次",
                en="give at least one target, each once",
            )
        for number, target_id in enumerate(target_ids):
            self._component(target_id, self.template.kinds, f"/target_ids/{number}")
        return tuple(sorted(target_ids))

    def parameters(self, given: Mapping[str, Scalar]) -> dict[str, Scalar]:
        known = {parameter.id: parameter for parameter in self.template.parameters}
        for name in given:
            if name not in known:
                raise bad_input(
                    "/parameters",
                    "unknown_parameter",
                    zh=f"这个动作没有参数 {_quoted(name)}；可用的有 {'、'.join(known) or '无'}",
                    en=f"{self.template.id!r} has no parameter {_quoted(name)}; it takes "
                    f"{', '.join(known) or 'none'}",
                )
        return {name: self._value(parameter, given) for name, parameter in known.items()}

    def _value(self, parameter: ActionParameter, given: Mapping[str, Scalar]) -> Scalar:
        value = given.get(parameter.id, parameter.default)
        at = f"/parameters/{parameter.id}"
        if value is None:
            raise bad_input(
                at,
                "missing_parameter",
                zh=f"缺少参数「{parameter.name.zh}」，它没有默认值",
                en=f"parameter {parameter.id!r} is missing and has no default",
            )
        if parameter.kind is ParameterKind.COMPONENT:
            self._component(str(value), parameter.kinds, at)
            return str(value)
        if parameter.kind is ParameterKind.CHOICE:
            return self._choice(parameter, value, at)
        return self._number(parameter, value, at)

    def _choice(self, parameter: ActionParameter, value: Scalar, at: str) -> Scalar:
        if value not in parameter.choices:
            raise bad_input(
                at,
                "bad_parameter",
                zh=f"「{parameter.name.zh}」是 {_quoted(value)}，应为"
                f" {'、'.join(parameter.choices)} 之一",
                en=f"{parameter.id!r} is {_quoted(value)}, not one of "
                f"{', '.join(parameter.choices)}",
            )
        return value

    def _number(self, parameter: ActionParameter, value: Scalar, at: str) -> Scalar:
        whole = parameter.kind is ParameterKind.INTEGER
        fits = isinstance(value, int) if whole else isinstance(value, int | float)
        if isinstance(value, int) and abs(value) > _LARGEST:
            fits = False
        if not fits or isinstance(value, bool | str) or not math.isfinite(value):
            raise bad_input(
                at,
                "bad_parameter",
                zh=f"「{parameter.name.zh}」应为{'整数' if whole else '数'}，现为 {_quoted(value)}",
                en=f"{parameter.id!r} must be {'a whole number' if whole else 'a number'}, "
                f"is {_quoted(value)}",
            )
        low, high = parameter.minimum, parameter.maximum
        if (low is not None and value < low) or (high is not None and value > high):
            span = f"{_bound(low)}..{_bound(high)}{f' {parameter.unit}' if parameter.unit else ''}"
            raise bad_input(
                at,
                "bad_parameter",
                zh=f"「{parameter.name.zh}」应在 {span} 之内，现为 {_quoted(value)}",
                en=f"{parameter.id!r} must lie in {span}, is {_quoted(value)}",
            )
        return value

    def _component(self, component_id: str, kinds: Sequence[str], at: str) -> None:
        component = self.components.get(component_id)
        if component is None:
            raise bad_input(
                at,
                "vanished_target",
                zh=f"图里没有组件 {_quoted(component_id)}；请用图里的组件编号",
                en=f"{_quoted(component_id)} is not in the graph; take the id of a component",
            )
        if kinds and component.kind not in kinds:
            raise bad_input(
                at,
                "wrong_kind",
                zh=f"「{component.name.zh}」的类型是「{self._kind(component.kind)}」，"
                f"这里只能用：{'、'.join(map(self._kind, kinds))}",
                en=f"{component_id!r} is a {component.kind}; this takes {', '.join(kinds)}",
            )

    def _kind(self, kind_id: str) -> str:
        named = self.kind_names.get(kind_id)
        return named.zh if named else kind_id

    def receivers(self, wish: Wish) -> None:
        for receiver in wish.receiver_ids:
            if receiver in wish.target_ids:
                raise bad_input(
                    "/parameters",
                    "bad_parameter",
                    zh=f"{receiver!r} 不能既是目标又是接收方",
                    en=f"{receiver!r} cannot be target and receiver at once",
                )


def _bound(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _quoted(value: object) -> str:
    """Quote outside text, made short; repr shows control characters."""
    shown = ascii(value) if not isinstance(value, str) or not value.isprintable() else repr(value)
    return shown if len(shown) <= _SHOWN else f"{shown[: _SHOWN - 1]}…"
