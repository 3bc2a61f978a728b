"""Commands of SOP steps that belong to an action of the catalogue, and who must agree to it.

The rule: a command is what stands between two backticks. It belongs to an action when the words of
one of the action's `commands` stand in it one after another, at any place (so that `sudo`, a pipe
or a second command hides nothing); `*` stands for any one word, case does not count. Of several
actions the one with the longest pattern, then with the fewest `*`, then by id.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from graph.calendar import kinds_at
from graph.model.access import Role
from graph.model.actions import ActionTemplate, PolicyRule
from graph.model.base import Text
from graph.model.diagnosis import Diagnosis
from graph.model.knowledge import Sop, SopStep
from graph.model.pack import DomainPack
from reasoning.remediation.policy import APPROVING, DEGRADED_FROM

FOLDED: Final = Text(zh="「命令已收起」", en="[command folded]")
ANY_WORD: Final = "*"
_COMMAND: Final = re.compile(r"`([^`]*)`")
_BETWEEN: Final = re.compile(r"[\s;|&()]+")
Lang = Literal["zh", "en"]


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
    words = _words(command)
    found = [
        (-len(pattern), pattern.count(ANY_WORD), action.id, action)
        for action in actions
        for pattern in map(_words, action.commands)
        if _holds(words, pattern)
    ]
    return min(found, key=lambda item: item[:3])[3] if found else None


def actions_in(step: SopStep, actions: Sequence[ActionTemplate]) -> tuple[ActionTemplate, ...]:
    """List the actions that the commands of a step belong to, in either language, by id."""
    commands = (m[1] for text in (step.text.zh, step.text.en) for m in _COMMAND.finditer(text))
    named = {a.id: a for a in (action_of(c, actions) for c in commands) if a is not None}
    return tuple(named[action_id] for action_id in sorted(named))


def fold(text: str, actions: Sequence[ActionTemplate], lang: Lang) -> str:
    """Put `FOLDED` in the place of every command that belongs to an action."""
    mark = FOLDED.zh if lang == "zh" else FOLDED.en
    return _COMMAND.sub(lambda m: m[0] if action_of(m[1], actions) is None else mark, text)


def fold_text(text: Text, actions: Sequence[ActionTemplate]) -> Text:
    """Fold both languages of a text."""
    return Text(zh=fold(text.zh, actions, "zh"), en=fold(text.en, actions, "en"))


def fold_sop(sop: Sop, actions: Sequence[ActionTemplate]) -> Sop:
    """Fold every step of an SOP."""
    sections = tuple(
        section.model_copy(
            update={
                "steps": tuple(
                    step.model_copy(update={"text": fold_text(step.text, actions)})
                    for step in section.steps
                )
            }
        )
        for section in sop.sections
    )
    return sop.model_copy(update={"sections": sections})


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


def _words(text: str) -> list[str]:
    return [word for word in _BETWEEN.split(text.casefold()) if word]


def _holds(words: list[str], pattern: list[str]) -> bool:
    if not pattern:
        return False
    return any(
        all(
            wanted in (ANY_WORD, word) for wanted, word in zip(pattern, words[start:], strict=False)
        )
        for start in range(len(words) - len(pattern) + 1)
    )
