"""A temporary measure, drawn: who keeps it, how it ended, and what an undo takes back."""

from __future__ import annotations

from api.schemas.remediations import RemediationView
from ui.format import Lang, clock, day
from ui.markup import Html, div, element
from ui.text import say
from ui.widgets.frame import wrap


def standing(view: RemediationView, lang: Lang) -> list[Html]:
    """Say who keeps a temporary measure, or how it ended."""
    if view.is_measure and view.keeper and view.ended_at:
        since = f"{day(view.ended_at, view.timezone)} {clock(view.ended_at, view.timezone)}"
        return [div("eg-second", say(lang, "measure.is", name=view.keeper, at=since))]
    if view.left is None:
        return []
    how, at = say(lang, f"ending.{view.left.how}"), clock(view.left.at, view.timezone)
    line = say(lang, "measure.left", how=how, at=at, name=view.left.by)
    said = [div("eg-second", view.left.reason)] if view.left.reason else []
    return [div("eg-second", line), *said]


def earlier(view: RemediationView, lang: Lang) -> Html:
    """Link an undo to the action that it takes back."""
    target = f"/approvals?rid={view.undoes}&lang={lang}"
    link = element("a", say(lang, "measure.undoes.see"), href=target, target="_self")
    return wrap(lang, div("eg-second", say(lang, "measure.undoes")), link)
