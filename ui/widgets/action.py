"""An action of the catalogue, drawn as a card: what, on what, how risky, who must agree."""

from __future__ import annotations

from api.schemas.catalogue import ActionView, ActionWords
from graph.model.actions import ParameterKind
from graph.model.diagnosis import ProposedAction
from ui.format import Lang
from ui.markup import Html, div, element
from ui.markup import span as inline
from ui.text import listed, pick, say
from ui.widgets.frame import wrap
from ui.widgets.knowledge import short_id


def card(
    known: ActionView, proposed: ProposedAction, words: ActionWords | None, lang: Lang
) -> Html:
    """Draw a proposed action: its targets, its risk, `words` on its effect, and who must agree."""
    targets = listed([short_id(target) for target in proposed.target_ids], lang)
    colon = "：" if lang == "zh" else ": "
    roles = listed([say(lang, f"role.{role}") for role in proposed.required_roles], lang)
    heading = div(
        "eg-h",
        element("b", say(lang, "action.title")),
        inline("eg-badge", say(lang, f"action.risk.{proposed.risk}")),
    )
    return wrap(
        lang,
        heading,
        div("eg-question", f"{pick(known.name, lang)}{colon}{targets}"),
        *_receivers(known, proposed, lang),
        *_told(words, lang),
        div("eg-second", say(lang, "action.need", roles=roles)) if roles else Html(""),
    )


def under_way(name: str, lang: Lang) -> Html:
    """Head the card of an action that was requested."""
    title = div("eg-h", element("b", say(lang, "action.title")))
    return wrap(lang, title, div("eg-question", name))


def link(target: str, lang: Lang) -> Html:
    """Link to the request on the approvals page."""
    return wrap(lang, element("a", say(lang, "action.see"), href=target, target="_self"))


def _receivers(known: ActionView, proposed: ProposedAction, lang: Lang) -> list[Html]:
    """Say where it goes: parameters that name a component."""
    filled = [
        str(proposed.parameters[p.id])
        for p in known.parameters
        if p.kind is ParameterKind.COMPONENT and p.id in proposed.parameters
    ]
    return [
        div("eg-second", say(lang, "action.receiver", name=short_id(value))) for value in filled
    ]


def _told(words: ActionWords | None, lang: Lang) -> list[Html]:
    """Tell who is affected, what if nothing is done, and the undo, each beside its name."""
    if words is None:
        return []
    rows = (
        ("four.effects", words.effects),
        ("four.nothing", words.if_nothing),
        ("four.undo", words.undo_text),
    )
    return [
        div("eg-means", inline("eg-note", say(lang, key)), element("span", pick(text, lang)))
        for key, text in rows
    ]
