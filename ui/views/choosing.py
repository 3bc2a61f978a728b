"""The choice of one incident at the head of a tab that looks back on it."""

from __future__ import annotations

import streamlit as st

from api.client import ApiClient
from ui import state
from ui.format import Lang
from ui.markup import label
from ui.text import pick, say
from ui.views.graph import seed
from ui.widgets import frame


def chosen_incident(client: ApiClient, key: str, lang: Lang) -> str | None:
    """Draw the choice; returns the incident that the URL names, else the first one.

    None, and a word in its place, where there is no incident.
    """
    names = {one.id: label(pick(one.title, lang)) for one in client.incidents().items}
    asked = state.parameter("incident")
    if asked and asked not in names:
        names[asked] = label(pick(client.incident(asked).title, lang))
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


def _keep(key: str) -> None:
    state.remember("incident", str(st.session_state[key]))
