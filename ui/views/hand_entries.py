"""What was done by hand, line by line: who vouches for it, and how it is taken back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import streamlit as st

from api.schemas.by_hand import ActionTakenView
from graph.errors import EtiographError
from ui.failures import why_of, worded
from ui.format import Lang, clock
from ui.markup import Html, div, element
from ui.markup import span as inline
from ui.scene import Scene
from ui.text import pick, say
from ui.views.looking import Notebook
from ui.widgets import frame

# Why the last press on an entry came to nothing, by evidence id.
_FAULTS: Final = "hand.entry.faults"


def draw_noted(scene: Scene, lang: Lang, book: Notebook) -> None:
    """Draw each entry with its standing; nothing where nobody noted anything."""
    if not scene.noted:
        return
    st.html(frame.wrap(lang, element("b", say(lang, "hand.noted"))))
    for action in scene.noted:
        with st.container(key=f"entry-hand-{action.evidence_id}", horizontal=True):
            st.html(entry_line(action, scene.zone, lang))
            _draw_buttons(scene.incident.id, action, lang, book)
        why = st.session_state.get(_FAULTS, {}).get(action.evidence_id)
        if why is not None:
            st.html(frame.fault(worded(why, lang), lang))


def entry_line(action: ActionTakenView, zone: str, lang: Lang) -> Html:
    """Tell who did what to which component, and how the entry stands."""
    at, name = clock(action.at, zone, seconds=False), pick(action.name, lang)
    told = say(lang, "hand.line", at=at, by=action.by, name=name, what=action.what)
    gone = action.withdrawn_at is not None
    line = inline("eg-entry-over" if gone else "", told)
    badge = inline("eg-badge", _standing(action, lang))
    return frame.wrap(lang, div("eg-second", line, Html(" "), badge))


def _standing(action: ActionTakenView, lang: Lang) -> str:
    if action.withdrawn_by is not None:
        return say(lang, "hand.withdrawn", by=action.withdrawn_by)
    if action.verified_by is not None:
        return say(lang, "hand.verified", by=action.verified_by)
    return say(lang, "hand.unverified")


def _draw_buttons(incident_id: str, action: ActionTakenView, lang: Lang, book: Notebook) -> None:
    """Offer what this person may still do: vouch for another's entry, take back one's own.

    A lead takes back anybody's: whoever noted it may have gone home.
    """
    if not book.may_enter or action.withdrawn_at is not None:
        return
    mine, client = action.by == book.me, book.desk.client
    if not mine and action.verified_at is None:
        _button("hand.verify", client.verify_action, (incident_id, action.evidence_id), lang, book)
    if mine or book.leads:
        _button(
            "hand.withdraw", client.withdraw_action, (incident_id, action.evidence_id), lang, book
        )


def _button(
    word: str,
    send: Callable[[str, str], ActionTakenView],
    where: tuple[str, str],
    lang: Lang,
    book: Notebook,
) -> None:
    st.button(
        say(lang, word),
        key=f"{word}-{where[1]}",
        type="tertiary",
        disabled=book.disabled_why is not None,
        help=book.disabled_why,
        on_click=_send,
        args=(send, where),
    )


def _send(send: Callable[[str, str], ActionTakenView], where: tuple[str, str]) -> None:
    """Send in a callback: the run after it draws what the server then says."""
    st.session_state[_FAULTS] = {}
    try:
        send(*where)
    except EtiographError as error:
        st.session_state[_FAULTS] = {where[1]: why_of(error)}
