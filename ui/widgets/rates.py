"""What the usual probability of each fault rests on: the library, and confirmed incidents."""

from __future__ import annotations

from graph.model.why import RateOfMode, Why
from ui.format import Lang, cases, count, rate_percent
from ui.markup import Html, div, element
from ui.text import pick, say


def rates_of(why: Why, lang: Lang) -> list[Html]:
    """Draw each fault of the component's kind with its counts; nothing where it has none."""
    if not why.rates:
        return []
    going = any(rate.going_in is not None for rate in why.rates)
    columns = ["mode", "library", "confirmed", "rate", *(["going"] if going else [])]
    head = element("tr", *(element("th", say(lang, f"rates.{c}")) for c in columns))
    rows = [_row(rate, lang, going=going) for rate in why.rates]
    table = element("table", element("thead", head), element("tbody", *rows), cls="eg-table")
    notes = [say(lang, "rates.how", n=count(why.confirmed))]
    notes += [say(lang, "rates.going.how")] if going else []
    apart = "" if lang == "zh" else " "
    return [
        div("eg-ev-h", say(lang, "rates.title")),
        div("eg-small", apart.join(notes)),
        div("eg-rates", table),
    ]


def _row(rate: RateOfMode, lang: Lang, *, going: bool) -> Html:
    counted = _counts(rate.told_cases, rate.told_trials)
    basis = say(lang, f"graph.basis.{rate.basis.value}")
    told = say(lang, "rates.told", p=rate_percent(rate.base_rate), basis=basis, counts=counted)
    cells = [
        pick(rate.name, lang),
        told,
        _counts(rate.seen_cases, rate.seen_trials),
        rate_percent(rate.rate),
    ]
    if going:
        cells.append("" if rate.going_in is None else rate_percent(rate.going_in))
    return element("tr", *(element("td", cell) for cell in cells))


def _counts(of: float, trials: float) -> str:
    return f"{cases(of)} / {cases(trials)}"
