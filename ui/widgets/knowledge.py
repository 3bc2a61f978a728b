"""What people already know: the steps of the SOP, cases that looked like this."""

from __future__ import annotations

from datetime import datetime

from graph.model.base import Text
from graph.model.diagnosis import SimilarCase
from ui.format import Lang, day, minutes
from ui.markup import Html, div, element, escape, join
from ui.markup import span as inline
from ui.scene import SopPassage
from ui.text import pick, say
from ui.widgets.frame import wrap

_OUTCOME_SIGNS = {"worked": "✓", "partly": "▲", "failed": "✕"}
_MOST_STEPS = 4
_MOST_CASES = 3


def sop_card(passages: tuple[SopPassage, ...], lang: Lang) -> Html:
    """Draw at most four steps of the best SOPs as numbered quotes, each with its citation."""
    parts = [div("eg-h", element("b", say(lang, "sop")))]
    number, titled = 1, ""
    for passage in passages:
        steps = passage.steps[: _MOST_STEPS + 1 - number]
        if steps and passage.sop_id != titled:
            titled = passage.sop_id
            parts.append(_sop_title(passage, lang))
        parts.append(
            element(
                "ul",
                *(_step(i, s, passage, lang) for i, s in enumerate(steps, number)),
                cls="eg-steps",
            )
        )
        number += len(steps)
    return wrap(lang, div("eg-card", *parts))


def cases_card(
    cases: tuple[SimilarCase, ...], days: dict[str, datetime], zone: str, lang: Lang
) -> Html:
    """Draw at most three past cases: cause, fix, whether it worked, minutes, and the day."""
    heading = div(
        "eg-h", element("b", say(lang, "cases")), inline("eg-note", say(lang, "cases.note"))
    )
    rows = [_case(case, days.get(case.case_id), zone, lang) for case in cases[:_MOST_CASES]]
    return wrap(lang, div("eg-card", heading, *rows))


def with_code(text: str) -> Html:
    """Draw what stands between two backticks in a monospaced face; a single one stays as it is."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return escape(text)
    return join(
        element("code", part, cls="eg-code") if place % 2 else part
        for place, part in enumerate(parts)
    )


def short_id(identifier: str) -> str:
    """Drop the pack from a namespaced id: people know the SOP by its own name."""
    return identifier.split(":", 1)[-1]


def _sop_title(passage: SopPassage, lang: Lang) -> Html:
    match = say(lang, "sop.match", score=f"{passage.score:.2f}")
    name = f"{short_id(passage.sop_id).upper()} {pick(passage.title, lang)}"
    return div("eg-sop-title", name, inline("eg-cite", match))


def _step(place: int, step: tuple[int, Text], passage: SopPassage, lang: Lang) -> Html:
    number, text = step
    cite = f"{say(lang, f'section.{passage.section}')} {number}"
    return element(
        "li",
        inline("eg-no", str(place)),
        element("span", with_code(pick(text, lang)), inline("eg-cite", cite)),
    )


def _case(case: SimilarCase, when: datetime | None, zone: str, lang: Lang) -> Html:
    outcome = (
        say(lang, f"outcome.{case.outcome}") if case.outcome in _OUTCOME_SIGNS else case.outcome
    )
    took = minutes(case.minutes_to_repair, lang)
    sign = _OUTCOME_SIGNS.get(case.outcome, "")
    line = f"{sign} {say(lang, 'case.outcome', outcome=outcome, minutes=took)}"
    left = div("", element("b", pick(case.cause, lang)), div("eg-second", pick(case.fix, lang)))
    below = div("eg-second", day(when, zone)) if when else Html("")
    return div("eg-case", left, div("", element("b", line), below))
