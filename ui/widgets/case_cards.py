"""Past cases as cards: what was seen, what it was, what was done, and whether it worked."""

from __future__ import annotations

from typing import Final

from api.schemas.graph import CaseCard
from ui.format import Lang, day, minutes
from ui.markup import Html, div, element
from ui.markup import span as inline
from ui.text import pick, say
from ui.widgets.frame import wrap
from ui.widgets.knowledge import short_id

_SIGNS: Final = {"worked": "✓", "partly": "▲", "failed": "✕"}
_COLOURS: Final = {"worked": "eg-ok", "partly": "eg-degraded", "failed": "eg-broken"}
_ASSUMED: Final = "assumed"


def case_card(case: CaseCard, lang: Lang) -> Html:
    """Draw one case; its source stands as it was written."""
    outcome = case.outcome.value
    sign = f"{_SIGNS[outcome]} {say(lang, f'outcome.{outcome}')}"
    took = say(
        lang,
        "case.minutes",
        detect=minutes(case.minutes_to_detect, lang),
        repair=minutes(case.minutes_to_repair, lang),
    )
    heading = div("eg-h", element("b", pick(case.title, lang)))
    facts = div(
        "eg-line",
        inline("", day(case.opened_at, case.timezone)),
        inline("", short_id(case.component_id)),
        inline("", pick(case.kind_name, lang)),
        inline("", pick(case.fault_mode_name, lang)),
    )
    rows = [
        _row("case.symptoms", pick(case.symptoms, lang), lang),
        _row("case.cause", element("b", pick(case.cause, lang)), lang),
        _row("case.fix", pick(case.fix, lang), lang),
        _row("case.source", _source(case, lang), lang),
    ]
    result = div("eg-line", inline(f"eg-sign {_COLOURS[outcome]}", sign), inline("", took))
    return wrap(lang, heading, facts, element("dl", *rows, cls="eg-facts"), result)


def cases_heading(total: int, lang: Lang) -> Html:
    """Say how many cases fit."""
    return wrap(lang, div("eg-note", say(lang, "case.count", n=str(total))))


def _row(key: str, text: str | Html, lang: Lang) -> Html:
    return div("", element("dt", say(lang, key)), element("dd", text))


def _source(case: CaseCard, lang: Lang) -> str | Html:
    if case.source == _ASSUMED:
        return say(lang, "case.source.assumed")
    return inline("eg-code", case.source)
