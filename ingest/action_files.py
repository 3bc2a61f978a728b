"""actions.yaml -> the catalogue of actions, with loaded ids.

Checked beyond shape: kinds and modes exist, ranges rise, and every `{name}` in a text or a value
is one that will be filled.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, NoReturn

from pydantic import Field

from graph.model.actions import (
    ActionCategory,
    ActionParameter,
    ActionTemplate,
    OnNotBetter,
    ParameterKind,
    Precondition,
    PreconditionKind,
)
from graph.model.base import Id, Text
from graph.model.library import FaultLibrary
from graph.model.topology import Scalar
from ingest.library_files import library_id, refuse_repeats
from ingest.pack_files import LocalId, Shape, Words
from ingest.yaml_source import Loc, SourceFile

FILLED: Final = frozenset({"target", "users", "regions", "steps"})
BUSINESS_TEXTS: Final = ("effects", "if_nothing", "undo_text")
_NUMERIC: Final = (ParameterKind.INTEGER, ParameterKind.NUMBER)
_OF_RECEIVER: Final = (PreconditionKind.RECEIVER_SOUND, PreconditionKind.CAPACITY_LEFT)
_OF_STATE: Final = (PreconditionKind.STATE_IS, PreconditionKind.STATE_IS_NOT)
_PLACEHOLDER: Final = re.compile(r"\{([^{}]*)\}")
_BRACE: Final = re.compile(r"[{}]")


class ActionShape(ActionTemplate):
    """An action as written; `modes` are `kind.mode`, `source` says where its facts come from."""

    id: LocalId
    kinds: tuple[Id, ...] = Field(min_length=1)
    modes: tuple[Words, ...] = ()
    commands: tuple[Words, ...] = ()
    source: Words


class ActionsFile(Shape):
    """actions.yaml."""

    actions: tuple[ActionShape, ...]


def read_actions(
    source: SourceFile, library: FaultLibrary, *, pack_id: str
) -> tuple[ActionTemplate, ...]:
    """Read and check the catalogue; actions, parameters and preconditions in id order.

    Raises: InputError naming file, line and key of the first faulty place.
    """
    actions = source.parse(ActionsFile).actions
    refuse_repeats((action.id for action in actions), source, "actions", field="id")
    kinds = {kind.id for kind in library.kinds}
    modes = {mode.id: mode.kind for mode in library.modes}
    for index, action in enumerate(actions):
        _Reader(action, source, ("actions", index)).check(kinds, modes)
    loaded = (_template(action, pack_id) for action in actions)
    return tuple(sorted(loaded, key=lambda action: action.id))


@dataclass(frozen=True)
class _Reader:
    """Checks one action; `at` is its place in the file."""

    action: ActionShape
    source: SourceFile
    at: Loc

    def check(self, kinds: Collection[str], modes: dict[str, str]) -> None:
        self._check_kinds(kinds, modes)
        self._check_parameters(kinds)
        self._check_preconditions()
        self._check_verification()
        self._check_credit_data()
        for key in BUSINESS_TEXTS:
            self._check_text(getattr(self.action, key), (key,), self._names() | FILLED)

    def _refuse(self, where: Loc, what: str) -> NoReturn:
        raise self.source.fault((*self.at, *where), what)

    def _names(self) -> frozenset[str]:
        return frozenset(parameter.id for parameter in self.action.parameters)

    def _check_kinds(self, kinds: Collection[str], modes: dict[str, str]) -> None:
        self._refuse_unknown(self.action.kinds, kinds, ("kinds",))
        for number, written in enumerate(self.action.modes):
            kind = modes.get(library_id(written))
            if kind is None:
                self._refuse(("modes", number), f"unknown mode {written!r}; see modes.yaml")
            elif kind not in self.action.kinds:
                what = f"{written!r} is a fault of {kind!r}, which is not among `kinds`"
                self._refuse(("modes", number), what)

    def _refuse_unknown(self, named: Collection[str], kinds: Collection[str], where: Loc) -> None:
        for name in named:
            if name not in kinds:
                self._refuse(where, f"unknown kind {name!r}; see kinds.yaml")

    def _check_parameters(self, kinds: Collection[str]) -> None:
        seen = set[str]()
        for number, parameter in enumerate(self.action.parameters):
            at: Loc = ("parameters", number)
            if parameter.id in seen:
                self._refuse((*at, "id"), f"duplicate {parameter.id!r}")
            if parameter.id in FILLED:
                self._refuse((*at, "id"), f"{parameter.id!r} is filled by itself; rename it")
            seen.add(parameter.id)
            self._refuse_unknown(parameter.kinds, kinds, (*at, "kinds"))
            self._check_parameter(parameter, at)

    def _check_parameter(self, parameter: ActionParameter, at: Loc) -> None:
        low, high = parameter.minimum, parameter.maximum
        if low is not None and high is not None and low > high:
            self._refuse((*at, "minimum"), f"is above `maximum`: {low:g} > {high:g}")
        for key, wanted, given in (
            ("minimum", parameter.kind in _NUMERIC, low is not None),
            ("maximum", parameter.kind in _NUMERIC, high is not None),
            ("choices", parameter.kind is ParameterKind.CHOICE, bool(parameter.choices)),
            ("kinds", parameter.kind is ParameterKind.COMPONENT, bool(parameter.kinds)),
        ):
            if wanted and not given:
                self._refuse((*at, "id"), f"`{parameter.kind}` needs `{key}`")
            if given and not wanted:
                self._refuse((*at, key), f"does not go with `{parameter.kind}`")
        if parameter.default is not None:
            self._check_default(parameter, parameter.default, at)

    def _check_default(self, parameter: ActionParameter, default: Scalar, at: Loc) -> None:
        if not _fits(parameter, default):
            what = f"is no {parameter.kind} of its range, is {default!r}"
            self._refuse((*at, "default"), what)

    def _check_preconditions(self) -> None:
        seen = set[str]()
        for number, condition in enumerate(self.action.preconditions):
            at: Loc = ("preconditions", number)
            if condition.id in seen:
                self._refuse((*at, "id"), f"duplicate {condition.id!r}")
            seen.add(condition.id)
            self._check_precondition(condition, at)
            self._check_text(condition.text, (*at, "text"), frozenset())

    def _check_precondition(self, condition: Precondition, at: Loc) -> None:
        components = {p.id for p in self.action.parameters if p.kind is ParameterKind.COMPONENT}
        if condition.kind in _OF_RECEIVER and condition.parameter not in components:
            what = f"`{condition.kind}` needs the `parameter` that names a component"
            self._refuse((*at, "kind" if condition.parameter is None else "parameter"), what)
        if condition.kind in _OF_STATE:
            if condition.field is None or condition.value is None:
                self._refuse((*at, "kind"), f"`{condition.kind}` needs `field` and `value`")
            self._check_value(condition.value, (*at, "value"))

    def _check_verification(self) -> None:
        found = self.action.verification
        at: Loc = ("verification",)
        self._check_value(found.value, (*at, "value"))
        self._check_text(found.text, (*at, "text"), frozenset())
        if found.settle_s >= found.deadline_s:
            what = f"must lie before `deadline_s`: {found.settle_s:g} >= {found.deadline_s:g}"
            self._refuse((*at, "settle_s"), what)
        if found.on_not_better is not OnNotBetter.ROLL_BACK:
            return
        if self.action.undo is None:
            self._refuse((*at, "on_not_better"), "roll_back needs `undo`; say what takes it back")
        if self.action.category is ActionCategory.DATABASE_FAILOVER:
            self._refuse((*at, "on_not_better"), "a failover never rolls back by itself")

    def _check_value(self, value: Scalar | None, where: Loc) -> None:
        if not isinstance(value, str) or not _BRACE.search(value):
            return
        if value not in {f"{{{name}}}" for name in self._names()}:
            self._refuse(where, f"{value!r} names no parameter of this action")

    def _check_credit_data(self) -> None:
        if self.action.category is ActionCategory.CREDIT_DATA and not (
            self.action.touches_credit_data
        ):
            self._refuse(("category",), "`credit_data` needs `touches_credit_data: true`")

    def _check_text(self, text: Text, where: Loc, known: frozenset[str]) -> None:
        named = {lang: _PLACEHOLDER.findall(getattr(text, lang)) for lang in ("zh", "en")}
        for lang, names in named.items():
            for name in names:
                if name not in known:
                    self._refuse((*where, lang), f"unknown placeholder {{{name}}}")
            if _BRACE.search(_PLACEHOLDER.sub("", getattr(text, lang))):
                self._refuse((*where, lang), "stray brace; placeholders look like {target}")
        if set(named["zh"]) != set(named["en"]):
            self._refuse((*where, "en"), "must name the same placeholders as `zh`")


def _fits(parameter: ActionParameter, value: Scalar) -> bool:
    """Tell whether a default is of the parameter's type and range; a component has none."""
    if parameter.kind is ParameterKind.CHOICE:
        return value in parameter.choices
    if parameter.kind is ParameterKind.COMPONENT or isinstance(value, bool | str):
        return False
    if parameter.kind is ParameterKind.INTEGER and not isinstance(value, int):
        return False
    low, high = parameter.minimum, parameter.maximum
    return (low is None or low <= value) and (high is None or value <= high)


def _ordered(parameter: ActionParameter) -> ActionParameter:
    return parameter.model_copy(
        update={
            "choices": tuple(sorted(set(parameter.choices))),
            "kinds": tuple(sorted(set(parameter.kinds))),
        }
    )


def _template(shape: ActionShape, pack_id: str) -> ActionTemplate:
    kept = {name: getattr(shape, name) for name in ActionTemplate.model_fields}
    loaded: dict[str, object] = {
        "id": f"{pack_id}:{shape.id}",
        "kinds": tuple(sorted(set(shape.kinds))),
        "modes": tuple(sorted(set(map(library_id, shape.modes)))),
        "commands": tuple(sorted({" ".join(command.split()) for command in shape.commands})),
        "parameters": tuple(sorted(map(_ordered, shape.parameters), key=lambda item: item.id)),
        "preconditions": tuple(sorted(shape.preconditions, key=lambda item: item.id)),
    }
    return ActionTemplate.model_validate({**kept, **loaded})
