"""What people already know: the steps of the SOP, cases that looked like this."""

from __future__ import annotations

import re
from datetime import datetime
from typing import NamedTuple

from graph.model.base import Text
from graph.model.diagnosis import SimilarCase
from ui.format import Lang, day, minutes
from ui.markup import Html, div, element, join
from ui.markup import span as inline
from ui.scene import SopPassage
from ui.text import pick, say
from ui.widgets.frame import wrap

_OUTCOME_SIGNS = {"worked": "✓", "partly": "▲", "failed": "✕"}
_MOST_CASES = 3
_CODE = re.compile(r"(?<!`)(?P<run>`+)(?!`)(?P<code>.*?)(?<!`)(?P=run)(?!`)", re.S)


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


class Piece(NamedTuple):
    """A piece of a step, and whether it stands in code marks."""

    text: str
    marked: bool


def pieces(text: str) -> list[Piece]:
    """Cut a step at its code marks: as many backticks close one as opened it, others are text.

    >>> [piece.text for piece in pieces("run ``a`b`` now") if piece.marked]
    ['a`b']
    """
    cut, last = [], 0
    for found in _CODE.finditer(text):
        cut += [Piece(text[last : found.start()], False), Piece(found["code"].strip(), True)]
        last = found.end()
    return [piece for piece in (*cut, Piece(text[last:], False)) if piece.text]


def with_code(text: str) -> Html:
    """Draw what stands in code marks in a monospaced face, each line of it for itself."""
    return join(
        join((element("code", line, cls="eg-code") for line in piece.text.splitlines()), " ")
        if piece.marked
        else piece.text
        for piece in pieces(text)
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
