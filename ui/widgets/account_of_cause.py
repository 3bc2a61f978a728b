"""Why a cause is, or is not, the one: the sentence, and the weights by group."""

from __future__ import annotations

from graph.model.base import Text
from graph.model.diagnosis import HypothesisKind
from graph.model.why import Ahead, CauseAhead, Why
from ui.format import Lang, percent, weight
from ui.markup import Html, div, element
from ui.markup import span as inline
from ui.text import pick, say
from ui.widgets.frame import wrap
from ui.widgets.rates import rates_of

_MOST_GROUPS = 6
_MOST_WEIGHT = 6
_MOST_AHEAD = 6
_WORTH_A_LINE = 0.01


def account(why: Why, lang: Lang) -> Html:
    """Draw one account: what it says, the strongest groups, items that decide, what came before."""
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
    parts += rates_of(why, lang)
    return wrap(lang, div("eg-why", *parts))


def ahead(found: Ahead, lang: Lang) -> Html:
    """Draw what each answer to a check would make of the causes that it moves most."""
    kept = [c for c in found.causes if _moves(c)][:_MOST_AHEAD] or list(found.causes[:1])
    head = element(
        "tr",
        *(
            element("th", say(lang, word))
            for word in ("ahead.cause", "ahead.now", "answer.positive", "answer.negative")
        ),
    )
    rows = [
        element(
            "tr",
            element("td", _name_of(cause, lang)),
            *(element("td", percent(p)) for p in (cause.now, cause.positive, cause.negative)),
        )
        for cause in kept
    ]
    if len(found.modes) > 1:
        rows += [
            element(
                "tr",
                element("td", say(lang, "ahead.mode", name=pick(mode.name, lang))),
                *(element("td", percent(p)) for p in (mode.now, mode.positive, mode.negative)),
            )
            for mode in found.modes[:_MOST_AHEAD]
            if max(mode.now, mode.positive) >= _WORTH_A_LINE
        ]
    table = element("table", element("thead", head), element("tbody", *rows), cls="eg-table")
    note = say(lang, "ahead.note", n=str(found.revision), p=percent(found.probability))
    near = [] if found.exact else [div("eg-small", say(lang, "account.near"))]
    return wrap(lang, div("eg-why", div("eg-small", note), table, *near))


def _moves(cause: CauseAhead) -> bool:
    """Tell whether an answer moves it by a point that one can see."""
    seen = {percent(p) for p in (cause.now, cause.positive, cause.negative)}
    return len(seen) > 1


def _name_of(cause: CauseAhead, lang: Lang) -> str:
    if cause.kind is HypothesisKind.COMPONENT:
        return pick(cause.name, lang)
    return say(lang, f"kind.{cause.kind.value}")


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
