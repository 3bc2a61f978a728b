"""Commands of SOP steps and of past cases that belong to an action, and who must agree to it.

The rule: a command is what stands between two runs of as many backticks, and outside of them what
`graph.bare_commands` knows as one, for not every writer marks them. It belongs to an action
when the words of one of the action's `commands` stand in it one after another, at any place (so
that `sudo`, a pipe or a second command hides nothing); `*` stands for any one word, case does not
count. Of several actions the one with the longest pattern, then with the fewest `*`, then by id.

A command of a remediation or a rollback that belongs to no action is taken to change production
and folds with the highest demand (safety rule 1), unless it plainly reads (`reading.only_reads`).
Commands of the other sections look. One word alone is the name of something, unless it ends a
machine or empties a store.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, Literal, NamedTuple, Protocol, Self, TypeVar

from graph.bare_commands import Place, bare_commands, phrases
from graph.calendar import kinds_at
from graph.model.access import Role
from graph.model.actions import ActionTemplate, PolicyRule
from graph.model.base import Text
from graph.model.diagnosis import Diagnosis, SimilarCase
from graph.model.knowledge import Sop, SopSectionName, SopStep
from graph.model.pack import DomainPack
from graph.words import FOLDED
from reasoning.remediation.policy import APPROVING, DEGRADED_FROM
from reasoning.remediation.reading import ALONE, only_reads, words_of

ANY_WORD: Final = "*"
CHANGING: Final = frozenset({SopSectionName.REMEDIATION, SopSectionName.ROLLBACK})
UNCOVERED: Final = Text(zh="没有动作对应的改动", en="a change that no action stands for")
_COMMAND: Final = re.compile(r"(?<!`)(?P<run>`+)(?!`)(?P<command>.*?)(?<!`)(?P=run)(?!`)", re.S)
# Where a mark stands alone nobody can tell which opens and which closes: each may open.
_ANY_MARK: Final = re.compile(r"`+(?P<command>[^`]*)(?=`|\Z)")
Lang = Literal["zh", "en"]
C = TypeVar("C", bound="ToldCase")


@dataclass(frozen=True)
class Foreseen:
    """Who would have to agree to an action before its target is chosen; `rules` say why.

    `settled`: the newest diagnosis proposes the action on a target, and these are its roles.
    Otherwise the target may demand more, never less.
    """

    roles: tuple[Role, ...]
    rules: tuple[PolicyRule, ...]
    settled: bool


def action_of(command: str, actions: Iterable[ActionTemplate]) -> ActionTemplate | None:
    """Name the action that a command belongs to, or None."""
    words = words_of(command)
    found = [
        (-len(pattern), pattern.count(ANY_WORD), action.id, action)
        for action in actions
        for pattern in map(words_of, action.commands)
        if _holds(words, pattern)
    ]
    return min(found, key=lambda item: item[:3])[3] if found else None


def is_uncovered(command: str, actions: Iterable[ActionTemplate], section: SopSectionName) -> bool:
    """Tell whether a command changes production though no action of the catalogue stands for it."""
    words = words_of(command)
    if section not in CHANGING or (len(words) < 2 and not ALONE & set(words)):
        return False
    return action_of(command, actions) is None and not only_reads(command)


def actions_in(step: SopStep, actions: Sequence[ActionTemplate]) -> tuple[ActionTemplate, ...]:
    """List the actions that the commands of a step belong to, in either language, by id."""
    named = {
        a.id: a for a in (action_of(c, actions) for c in _commands(step, actions)) if a is not None
    }
    return tuple(named[action_id] for action_id in sorted(named))


def has_uncovered(
    step: SopStep, actions: Sequence[ActionTemplate], section: SopSectionName
) -> bool:
    """Tell whether a step holds, in either language, a change that no action stands for."""
    return any(is_uncovered(command, actions, section) for command in _commands(step, actions))


def fold(
    text: str, actions: Sequence[ActionTemplate], lang: Lang, *, section: SopSectionName
) -> str:
    """Put `FOLDED` in the place of every command that changes production."""
    mark = FOLDED.zh if lang == "zh" else FOLDED.en
    pieces, last = [], 0
    for start, end, command in _commands_of(text, actions):
        covered = action_of(command, actions) is not None
        if covered or is_uncovered(command, actions, section):
            pieces += [text[last:start], mark]
            last = end
    return "".join((*pieces, text[last:])) if pieces else text


def fold_text(text: Text, actions: Sequence[ActionTemplate], section: SopSectionName) -> Text:
    """Fold both languages of a text."""
    return Text(
        zh=fold(text.zh, actions, "zh", section=section),
        en=fold(text.en, actions, "en", section=section),
    )


def fold_sop(sop: Sop, actions: Sequence[ActionTemplate]) -> Sop:
    """Fold every step of an SOP."""
    sections = tuple(
        section.model_copy(
            update={
                "steps": tuple(
                    step.model_copy(update={"text": fold_text(step.text, actions, section.name)})
                    for step in section.steps
                )
            }
        )
        for section in sop.sections
    )
    return sop.model_copy(update={"sections": sections})


class ToldCase(Protocol):
    """A past case, or the draft of one: what people wrote of it."""

    @property
    def title(self) -> Text:
        """Name it."""

    @property
    def symptoms(self) -> Text:
        """Tell what was seen."""

    @property
    def cause(self) -> Text:
        """Tell what it was."""

    @property
    def fix(self) -> Text:
        """Tell what was done."""

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Give a copy with other values."""


def fold_case(case: C, actions: Sequence[ActionTemplate]) -> C:
    """Fold the commands of a past case as those of an SOP; the very case where it holds none.

    A fix is read as a remediation, what else was written as symptoms.
    """
    told = {"title": case.title, "symptoms": case.symptoms, "cause": case.cause, "fix": case.fix}
    changed = _folded(told, actions)
    return case.model_copy(update=changed) if changed else case


def fold_similar(similar: SimilarCase, actions: Sequence[ActionTemplate]) -> SimilarCase:
    """Fold what a diagnosis says of a past case; the very value where it holds no such command."""
    changed = _folded({"cause": similar.cause, "fix": similar.fix}, actions)
    return similar.model_copy(update=changed) if changed else similar


def names_command(text: Text) -> bool:
    """Tell whether a text holds a command, in either language."""
    return any(_commands_of(half) for half in (text.zh, text.en))


def _folded(told: Mapping[str, Text], actions: Sequence[ActionTemplate]) -> dict[str, Text]:
    """Give those of a case's texts that folding changes, folded."""
    folded = {
        name: fold_text(
            text, actions, SopSectionName.REMEDIATION if name == "fix" else SopSectionName.SYMPTOMS
        )
        for name, text in told.items()
    }
    return {name: text for name, text in folded.items() if text != told[name]}


def foreseen(
    template: ActionTemplate, pack: DomainPack, diagnosis: Diagnosis | None, *, at: datetime
) -> Foreseen:
    """Say who would have to agree, by what is known without a target: roles in role order.

    Where no rule speaks of the action everybody must (safety rule 1).
    """
    fired = tuple(_fired(template, pack, diagnosis, at))
    proposals = diagnosis.proposed_actions if diagnosis else ()
    proposed = next((p for p in proposals if p.action_id == template.id), None)
    roles = {role for rule in fired for role in rule.roles} if fired else set(APPROVING)
    if proposed is not None:
        roles = set(proposed.required_roles)
    return Foreseen(
        roles=tuple(role for role in Role if role in roles),
        rules=fired,
        settled=proposed is not None,
    )


def _fired(
    template: ActionTemplate, pack: DomainPack, diagnosis: Diagnosis | None, at: datetime
) -> Iterator[PolicyRule]:
    instants = (at, *((diagnosis.as_of.now,) if diagnosis else ()))
    windows = {kind for instant in instants for kind in kinds_at(pack.calendar, instant)}
    hit = _hit_marks(pack, diagnosis)
    for rule in pack.policies:
        speaks = (
            (not rule.categories or template.category in rule.categories)
            and (not rule.risks or template.risk in rule.risks)
            and (not rule.kinds or bool(set(rule.kinds) & set(template.kinds)))
            and (not rule.touches_credit_data or template.touches_credit_data)
        )
        conditions = [bool(windows & set(rule.windows))] if rule.windows else []
        conditions += [bool(hit & set(rule.affects))] if rule.affects else []
        concerned = any(conditions) if rule.window_or_affects else all(conditions)
        if speaks and (concerned or not conditions):
            yield rule


def _hit_marks(pack: DomainPack, diagnosis: Diagnosis | None) -> frozenset[str]:
    """Tell whether steps of exams or credits are probably degraded."""
    impacts = diagnosis.impact if diagnosis else ()
    hit = {i.step_id for i in impacts if i.probability_degraded >= DEGRADED_FROM}
    steps = [step for flow in pack.flows for step in flow.steps if step.id in hit]
    marks = {"exam": any(s.affects_exam for s in steps)}
    marks["credits"] = any(s.affects_credits for s in steps)
    return frozenset(name for name, holds in marks.items() if holds)


def _commands(step: SopStep, actions: Sequence[ActionTemplate]) -> list[str]:
    halves = (step.text.zh, step.text.en)
    return [found.text for half in halves for found in _commands_of(half, actions)]


class _Command(NamedTuple):
    """Characters [start, end) of a text, marks and all, and the command in them."""

    start: int
    end: int
    text: str


def _commands_of(text: str, actions: Iterable[ActionTemplate] = ()) -> list[_Command]:
    """Find the commands of a text in reading order: those in marks, and bare ones between them."""
    named = _phrases(tuple(pattern for action in actions for pattern in action.commands))
    found, last = [], 0
    for one in _marks_of(text).finditer(text):
        found += [*_bare(text, last, one.start(), named), _Command(*one.span(), one["command"])]
        last = one.end()
    return [*found, *_bare(text, last, len(text), named)]


@lru_cache(maxsize=64)  # catalogues change with packs
def _phrases(patterns: Sequence[str]) -> re.Pattern[str] | None:
    return phrases(patterns, ANY_WORD)


def _bare(text: str, start: int, end: int, named: re.Pattern[str] | None) -> Iterator[_Command]:
    """Find bare commands in [start, end): by their programs, between them by the catalogue."""
    last = start
    for place in (*bare_commands(text[start:end]), Place(end - start, end - start)):
        at = start + place.start
        if named is not None:
            for a, b in bare_commands(text[last:at], named):
                yield _Command(last + a, last + b, text[last + a : last + b])
        last = start + place.end
        if last > at:
            yield _Command(at, last, text[at:last])


def _marks_of(text: str) -> re.Pattern[str]:
    """Choose what finds the commands of a text: by pairs, unless a mark is left over."""
    return _ANY_MARK if "`" in _COMMAND.sub("", text) else _COMMAND


def _holds(words: Sequence[str], pattern: Sequence[str]) -> bool:
    if not pattern:
        return False
    return any(
        all(
            wanted in (ANY_WORD, word) for wanted, word in zip(pattern, words[start:], strict=False)
        )
        for start in range(len(words) - len(pattern) + 1)
    )
