"""What people say it was, and what is ruled out: plain lines, texts from outside escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from api.schemas.feedback import FeedbackPage, FeedbackState, FeedbackView, Outcome
from graph.model.base import Text
from ui.format import Lang, clock
from ui.markup import Html, div, element, join
from ui.text import listed, pick, say
from ui.widgets.frame import wrap


def ruled_out_card(ruled: Sequence[JsonValue], names: Mapping[str, Text], lang: Lang) -> Html:
    """Draw what evidence or people ruled out, a line each; nothing where there is none."""
    lines = [line for item in ruled if (line := _ruled_line(item, names, lang))]
    if not lines:
        return Html("")
    return wrap(lang, div("eg-h", element("b", say(lang, "ruled"))), join(lines))


def feedback_lines(page: FeedbackPage, names: Mapping[str, Text], zone: str, lang: Lang) -> Html:
    """Draw whether the outcome is confirmed, and everybody's word; nothing before the first."""
    if page.state is FeedbackState.NONE:
        return Html("")
    key = "second" if page.second_waits else "open"
    if page.state is FeedbackState.CONFIRMED:
        key = "confirmed"
    state = div("eg-second", element("b", say(lang, f"feedback.{key}")), role="status")
    return wrap(lang, state, *(_word(view, names, zone, lang) for view in page.items))


def _ruled_line(item: JsonValue, names: Mapping[str, Text], lang: Lang) -> Html | None:
    if not isinstance(item, dict):
        return None
    text, component_id = item.get("text"), str(item.get("component_id") or "")
    if not isinstance(text, dict):
        return None
    name, told = names.get(component_id), str(text.get(lang) or "")
    if name is None or pick(name, lang) in told:
        return div("eg-second", told)
    return div("eg-second", f"{pick(name, lang)}{'：' if lang == 'zh' else ': '}{told}")


def _word(view: FeedbackView, names: Mapping[str, Text], zone: str, lang: Lang) -> Html:
    said = _outcome(view, names, lang)
    key = "feedback.said.provisional" if view.provisional else "feedback.said"
    at = clock(view.at, zone, seconds=False)
    note = [div("eg-small", view.note)] if view.note else []
    return div("eg-entry", say(lang, key, said=said, name=view.by, at=at), *note)


def _outcome(view: FeedbackView, names: Mapping[str, Text], lang: Lang) -> str:
    known = [names.get(c.component_id) for c in view.causes]
    shown = [
        pick(name, lang) if name else cause.component_id
        for name, cause in zip(known, view.causes, strict=True)
    ]
    if view.cause is Outcome.MODELLED:
        return say(lang, "feedback.modelled", names=listed(shown, lang))
    said = say(lang, f"feedback.is.{view.cause.value}")
    return ("：" if lang == "zh" else ": ").join([said, *([listed(shown, lang)] if shown else [])])
