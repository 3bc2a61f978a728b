"""Why a cause is, or is not, the one: the sentence, and the weights by group."""

from __future__ import annotations

from graph.model.base import Text
from graph.model.why import Why
from ui.format import Lang, percent, weight
from ui.markup import Html, div, element
from ui.markup import span as inline
from ui.text import pick, say
from ui.widgets.frame import wrap

_MOST_GROUPS = 6
_MOST_WEIGHT = 6


def account(why: Why, lang: Lang) -> Html:
    """Draw one account: what it says, the strongest groups, and items that decide."""
    parts = [div("eg-why-text", pick(why.text, lang))]
    if why.groups:
        note = f"{say(lang, 'account.of', n=str(why.revision))}"
        apart = "；" if lang == "zh" else "; "
        parts.append(div("eg-small", f"{note}{apart}{say(lang, 'account.note')}"))
        parts.append(_table(why, lang))
    if why.decisive:
        parts.append(div("eg-ev-h", say(lang, "account.decisive")))
        parts += [
            _row(item.text, item.log10_bayes_factor, item.posterior_without, lang)
            for item in why.decisive
        ]
    if why.groups and not why.exact:
        parts.append(div("eg-small", say(lang, "account.near")))
    return wrap(lang, div("eg-why", *parts))


def _table(why: Why, lang: Lang) -> Html:
    head = element(
        "tr", *(element("th", say(lang, f"account.{k}")) for k in ("group", "weight", "without"))
    )
    rows = [
        element(
            "tr",
            element("td", pick(group.name, lang)),
            element("td", _weighed(group.log10_bayes_factor)),
            element("td", percent(group.posterior_without)),
        )
        for group in why.groups[:_MOST_GROUPS]
    ]
    return element("table", element("thead", head), element("tbody", *rows), cls="eg-table")


def _row(name: Text, factor: float, without: float, lang: Lang) -> Html:
    figures = f"{_weighed(factor)} · {percent(without)}"
    return div("eg-item", inline("", pick(name, lang)), element("b", figures))


def _weighed(factor: float) -> str:
    """Write a weight; beyond a million to one it says no more than that."""
    if abs(factor) <= _MOST_WEIGHT:
        return weight(factor)
    return f"{'>+' if factor > 0 else '<−'}{_MOST_WEIGHT}"
