"""The business words of a plan: the catalogue's texts, filled with names and the newest impact."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Final

from graph.model.base import Text
from graph.model.diagnosis import Diagnosis, Impact
from graph.model.pack import DomainPack
from graph.model.topology import Scalar
from graph.words import spaced
from reasoning.answer.words import listed
from reasoning.remediation.policy import DEGRADED_FROM

_PLACE: Final = re.compile(r" ?\{([a-z0-9_.:\-]+)\} ?")
_ABOUT_ZH: Final = re.compile(r"约 ?\{users\}")
_ABOUT_EN: Final = re.compile(r"\b(A|a)bout \{users\}")
_NO_REGION: Final = Text(zh="部分地区", en="some regions")
_NO_STEP: Final = Text(zh="暂未看到业务步骤受损", en="no step seen to be harmed so far")
# More would push the buttons off the page of a phone; the worst are first.
_MOST_STEPS: Final = 3
_UNCOUNTED: Final = Text(zh="若干", en="an unknown number of")


@dataclass(frozen=True)
class Wording:
    """What stands for each placeholder; `at_least` while more alerts are still arriving."""

    names: Mapping[str, Text]
    at_least: bool

    def fill(self, text: Text) -> Text:
        """Fill a text; an unknown placeholder stands as it is written.

        >>> words = Wording({"target": Text(zh="主库", en="main database")}, at_least=False)
        >>> words.fill(Text(zh="重启 {target} 后恢复", en="Restart {target}")).zh
        '重启主库后恢复'
        """
        zh, en = text.zh, text.en
        if self.at_least:
            zh = _ABOUT_ZH.sub("至少 {users}", zh)
            en = _ABOUT_EN.sub(
                lambda found: f"{'At' if found[1] == 'A' else 'at'} least {{users}}", en
            )
        return Text(zh=self._chinese(zh), en=self._english(en))

    def _chinese(self, text: str) -> str:
        """Fill and space by the rule: room between Han and Latin letters, none between Han."""
        parts = [part for part in _split(text, self.names) if part]
        return reduce(spaced, parts) if parts else text

    def _english(self, text: str) -> str:
        filled = text
        for name, words in self.names.items():
            filled = filled.replace(f"{{{name}}}", words.en)
        return filled[:1].upper() + filled[1:]


def _split(text: str, names: Mapping[str, Text]) -> list[str]:
    parts: list[str] = []
    start = 0
    for found in _PLACE.finditer(text):
        if found[1] in names:
            parts += [text[start : found.start()], names[found[1]].zh]
            start = found.end()
    return [*parts, text[start:]]


def wording_of(
    pack: DomainPack,
    diagnosis: Diagnosis | None,
    *,
    target_ids: tuple[str, ...],
    parameters: Mapping[str, Scalar],
) -> Wording:
    """Collect names: targets, people, regions, steps, and every parameter by its id.

    People = the largest number over the probably degraded steps, as steps share people.
    """
    components = {c.id: c.name for c in pack.components}
    hit = [i for i in (diagnosis.impact if diagnosis else ()) if _is_hit(i)]
    names = {
        "target": _joined([components[target] for target in target_ids]),
        "users": _people(diagnosis, hit),
        "regions": _regions(pack, hit),
        "steps": _steps(pack, hit),
    }
    for name, value in parameters.items():
        names[name] = components.get(str(value)) or Text(zh=str(value), en=str(value))
    return Wording(names, at_least=diagnosis is None or diagnosis.settling)


def _is_hit(impact: Impact) -> bool:
    return impact.probability_degraded >= DEGRADED_FROM


def _people(diagnosis: Diagnosis | None, hit: list[Impact]) -> Text:
    if diagnosis is None:
        return _UNCOUNTED
    count = f"{max((impact.users for impact in hit), default=0):,}"
    return Text(zh=count, en=count)


def _regions(pack: DomainPack, hit: list[Impact]) -> Text:
    wanted = {region for impact in hit for region in impact.regions}
    named = [
        profile.name
        for profile in pack.regions
        if profile.region in wanted or profile.region.partition(":")[2] in wanted
    ]
    return listed(named) if named else _NO_REGION


def _steps(pack: DomainPack, hit: list[Impact]) -> Text:
    names = {step.id: step.name for flow in pack.flows for step in flow.steps}
    worst = sorted(hit, key=lambda i: (-i.probability_degraded, i.flow_id, i.step_id))
    named = [names[impact.step_id] for impact in worst if impact.step_id in names]
    if not named:
        return _NO_STEP
    told, rest = _joined(named[:_MOST_STEPS]), len(named) - _MOST_STEPS
    if rest <= 0:
        return told
    zh = spaced(told.zh, "等", f"{len(named)}", "步")
    return Text(zh=zh, en=f"{told.en} and {rest} more")


def _joined(names: list[Text]) -> Text:
    return Text(zh="、".join(name.zh for name in names), en=", ".join(name.en for name in names))
