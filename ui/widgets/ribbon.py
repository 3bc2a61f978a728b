"""The ribbon: five steps of the main flow, where it is broken, and whom that hits."""

from __future__ import annotations

import re
from typing import Final

from graph.model.base import Text
from ui.format import Lang, count, percent
from ui.markup import Html, div, element, join
from ui.markup import span as inline
from ui.scene import People, Step, StepState
from ui.text import listed, pick, say
from ui.widgets.frame import wrap

_NUMBERED: Final = re.compile(r"^(.*?)(\d+)$")
_MOST_NAMES: Final = 5

SIGNS: Final = {
    StepState.BROKEN: "✕",
    StepState.DEGRADED: "▲",
    StepState.UNSURE: "?",
    StepState.CLEAR: "✓",
}


def ribbon(steps: tuple[Step, ...], people: People | None, lang: Lang) -> Html:
    """Draw the steps in the order in which people walk them, and one line of people below."""
    arrow = element("div", "→", cls="eg-arrow", aria_hidden="true")
    boxes = join([_box(step, lang) for step in steps], arrow)
    below = div("eg-people", people_line(people, lang)) if people else Html("")
    return wrap(lang, div("eg-ribbon", boxes), below)


def people_line(people: People, lang: Lang) -> Html:
    """Say how many people of which regions, tiers, courses and credits; estimated or known."""
    if people.users == 0 and not people.regions:
        return inline("", say(lang, "people.none"))
    head = say(lang, "people.atleast" if people.growing else "people.about", n=count(people.users))
    basis = "known" if not people.estimated else "growing" if people.growing else "estimated"
    rest = say(lang, f"people.{basis}")
    if people.regions:
        rest += say(lang, "people.regions", names=region_names(people.regions, lang))
    if people.tiers:
        rest += say(lang, "people.tiers", names=listed([pick(t, lang) for t in people.tiers], lang))
    if people.courses:
        rest += say(lang, "people.courses", n=count(people.courses))
    if people.credit_types:
        rest += say(
            lang, "people.credits", names=listed([pick(t, lang) for t in people.credit_types], lang)
        )
    return join([element("b", head), rest])


def region_names(regions: tuple[Text, ...], lang: Lang) -> str:
    """List regions shortly: numbered ones as ranges (区域 1–3、5), of others the first five.

    >>> region_names(tuple(Text(zh=f"区域 {n}", en=f"region {n}") for n in (1, 2, 3, 5)), "zh")
    '区域 1–3、5'
    """
    names = [pick(name, lang) for name in regions]
    numbered = [_NUMBERED.match(name) for name in names]
    prefixes = {match[1] for match in numbered if match}
    if all(numbered) and len(prefixes) == 1:
        numbers = sorted({int(match[2]) for match in numbered if match})
        head = prefixes.pop()
        if lang == "en" and len(numbers) > 1:
            head = re.sub(r"(\w)(\W*)$", r"\1s\2", head)
        return head + listed(_ranges(numbers), lang)
    more = say(lang, "people.more", n=str(len(names))) if len(names) > _MOST_NAMES else ""
    return listed(names[:_MOST_NAMES], lang) + more


def _ranges(numbers: list[int]) -> list[str]:
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return [str(a) if a == b else f"{a}–{b}" for a, b in runs]


def state_sign(state: StepState, lang: Lang) -> Html:
    """Draw the sign and the word of a state; the sign never stands alone."""
    word = say(lang, f"step.{state.value}")
    return inline(f"eg-sign eg-{state.value}", f"{SIGNS[state]} {word}")


def _box(step: Step, lang: Lang) -> Html:
    top = div("eg-step-top", element("b", pick(step.name, lang)), state_sign(step.state, lang))
    known = step.probability is not None
    second = (
        say(lang, "step.p", p=percent(step.probability or 0)) if known else say(lang, "step.no_p")
    )
    return div(f"eg-step eg-step-{step.state.value}", top, div("eg-second", second))
