"""The causes: probability as length in one blue, the prior as notches, evidence three ways."""

from __future__ import annotations

from graph.model.base import Text
from ui.format import Lang, percent, points, prior_percent, weight
from ui.markup import Html, div, element
from ui.markup import span as inline
from ui.scene import Cause
from ui.text import pick, say
from ui.widgets.frame import wrap

_MOST_ITEMS = 4


def causes_heading(lang: Lang, *, deltas: bool) -> Html:
    """Draw the heading, and what arrows and notches mean."""
    note = say(lang, "causes.note.delta" if deltas else "causes.note")
    return wrap(lang, div("eg-h", element("b", say(lang, "causes")), inline("eg-note", note)))


def cause_bar(cause: Cause, lang: Lang, *, deltas: bool) -> Html:
    """Draw bar, posterior, change against the revision before, and prior of one cause.

    Component solid, what is outside hatched, 未发现故障 hollow; linear 0-100, alike in every row.
    """
    change = Html("")
    if deltas:
        moved = "" if cause.before is None else points(cause.before, cause.posterior)
        change = div("eg-delta", moved)
    return wrap(
        lang,
        div(
            "eg-bar-row",
            bar(cause.posterior, cause.kind.value, prior=cause.prior),
            div("eg-pct", percent(cause.posterior)),
            change,
            div("eg-prior", say(lang, "causes.prior", p=prior_percent(cause.prior))),
        ),
    )


def bar(posterior: float, kind: str, *, prior: float | None = None) -> Html:
    """Draw a posterior as length; the prior as a pair of notches, never a line through the bar."""
    fill = element("div", cls=f"eg-fill eg-fill-{kind}", style=f"width:{posterior * 100:.2f}%")
    notch = Html("")
    if prior is not None:
        notch = element("div", cls="eg-notch", style=f"left:{prior * 100:.2f}%")
    return div("eg-bar", fill, notch, aria_hidden="true")


def evidence_panel(cause: Cause, lang: Lang) -> Html:
    """Draw what speaks for a cause, what against, and what nobody could see; each with weight."""
    panel = div(
        "eg-ev",
        _weighed("for", "+", cause.evidence_for, lang),
        _weighed("against", "−", cause.evidence_against, lang),
        _unobserved(cause, lang),
    )
    foot = [element("div", say(lang, "evidence.weight"))]
    if cause.first_steps is not None:
        told = say(lang, "first.line", text=pick(cause.first_steps, lang))
        foot.append(element("div", told, cls="eg-first"))
    if len(cause.path) > 1:
        path = " → ".join(pick(name, lang) for name in cause.path)
        foot.append(element("div", say(lang, "evidence.path", path=path)))
    return wrap(lang, panel, div("eg-ev-foot", *foot))


def others_line(count_: int, below: float, lang: Lang) -> Html:
    """Say how many further components there are, and below what each lies."""
    text = say(lang, "causes.others", n=str(count_), p=percent(below))
    return wrap(lang, div("eg-second", text))


def _weighed(side: str, sign: str, items: tuple[tuple[Text, float], ...], lang: Lang) -> Html:
    rows = [
        div("eg-item", inline("", pick(text, lang)), element("b", weight(factor)))
        for text, factor in items[:_MOST_ITEMS]
    ]
    return div("", _title(side, sign, lang), *(rows or [_none(lang)]), *_more(len(items), lang))


def _unobserved(cause: Cause, lang: Lang) -> Html:
    rows = [
        div("eg-item", inline("", pick(text, lang), element("em", pick(reason, lang))))
        for text, reason in cause.unobserved[:_MOST_ITEMS]
    ]
    more = _more(len(cause.unobserved), lang)
    return div("", _title("unobserved", "?", lang), *(rows or [_none(lang)]), *more)


def _title(side: str, sign: str, lang: Lang) -> Html:
    box = "eg-box eg-box-unknown" if side == "unobserved" else "eg-box"
    return div("eg-ev-h", inline(box, sign), say(lang, f"evidence.{side}"))


def _none(lang: Lang) -> Html:
    return div("eg-item", inline("eg-small", say(lang, "evidence.none")))


def _more(count_: int, lang: Lang) -> list[Html]:
    if count_ <= _MOST_ITEMS:
        return []
    return [div("eg-small", say(lang, "evidence.more", n=str(count_ - _MOST_ITEMS)))]
