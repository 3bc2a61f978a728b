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
_MOST_CASES = 3


def first_steps_card(text: Text, lang: Lang) -> Html:
    """Draw what the fault library says to do first; no SOP says it."""
    note = inline("eg-note", say(lang, "first.note"))
    heading = div("eg-h", element("b", say(lang, "first")), note)
    return wrap(lang, div("eg-card", heading, div("eg-question", pick(text, lang))))


def sop_heading(lang: Lang) -> Html:
    """Draw the heading of the steps."""
    return wrap(lang, div("eg-h", element("b", say(lang, "sop"))))


def sop_title(passage: SopPassage, lang: Lang) -> Html:
    """Name an SOP with how well it matches, which is no probability."""
    match = say(lang, "sop.match", score=f"{passage.score:.2f}")
    name = f"{short_id(passage.sop_id).upper()} {pick(passage.title, lang)}"
    return wrap(lang, div("eg-sop-title", name, inline("eg-cite", match)))


def sop_step(
    place: int, step: tuple[int, Text], passage: SopPassage, tick: str, lang: Lang
) -> Html:
    """Draw one step as a numbered quote with its citation; `tick` says how it went, or nothing."""
    number, text = step
    cite = f"{say(lang, f'section.{passage.section}')} {number}"
    told = [div("eg-second", tick)] if tick else []
    quote = element("span", with_code(pick(text, lang)), inline("eg-cite", cite), *told)
    return wrap(lang, div("eg-step-line", inline("eg-no", str(place)), quote))


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
