"""The choice of one incident at the head of a tab that looks back on it."""

from __future__ import annotations

import streamlit as st

from api.client import ApiClient
from api.schemas.incidents import IncidentView
from ui import state
from ui.format import Lang, clock, day, told_apart
from ui.markup import label
from ui.text import pick, say
from ui.views.graph import seed
from ui.widgets import frame


def chosen_incident(client: ApiClient, key: str, lang: Lang) -> str | None:
    """Draw the choice; returns the incident that the URL names, else the first one.

    What was merged into another is not offered: its alerts are told there. None, and a word in
    its place, where there is no incident.
    """
    offered = [one for one in client.incidents().items if one.merged_into is None]
    asked = state.parameter("incident")
    if asked and asked not in {one.id for one in offered}:
        offered.append(client.incident(asked))
    names = told_apart({one.id: _name(one, lang) for one in offered})
    if not names:
        st.html(frame.empty(say(lang, "draft.none"), say(lang, "draft.none.how"), lang))
        return None
    chosen = asked if asked in names else next(iter(names))
    seed(key, chosen)
    st.selectbox(
        say(lang, "draft.incident"),
        list(names),
        format_func=names.__getitem__,
        key=key,
        on_change=_keep,
        args=(key,),
        label_visibility="collapsed",
        width=420,
    )
    return chosen


def _name(one: IncidentView, lang: Lang) -> str:
    """Name an incident by its title and its beginning: the same thing breaks more than once."""
    began = f"{day(one.began_at, one.timezone)} {clock(one.began_at, one.timezone, seconds=False)}"
    return f"{label(pick(one.title, lang))} · {began}"


def _keep(key: str) -> None:
    state.remember("incident", str(st.session_state[key]))
