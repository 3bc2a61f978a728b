"""The postmortem tab: one incident chosen, its draft to copy or to take along as a file."""

from __future__ import annotations

import streamlit as st

from api.client import ApiClient
from ui import state
from ui.format import Lang
from ui.markup import label
from ui.text import pick, say
from ui.views.graph import seed
from ui.widgets import frame


def draw_postmortem(client: ApiClient, lang: Lang) -> None:
    """Draw the choice of the incident, then its draft in the language of the page."""
    names = {one.id: label(pick(one.title, lang)) for one in client.incidents().items}
    asked = state.parameter("incident")
    if asked and asked not in names:
        names[asked] = label(pick(client.incident(asked).title, lang))
    if not names:
        st.html(frame.empty(say(lang, "draft.none"), say(lang, "draft.none.how"), lang))
        return
    chosen = asked if asked in names else next(iter(names))
    with st.container(key="draft-tools", horizontal=True):
        seed("draft-incident", chosen)
        st.selectbox(
            say(lang, "draft.incident"),
            list(names),
            format_func=names.__getitem__,
            key="draft-incident",
            on_change=_keep,
            label_visibility="collapsed",
            width=420,
        )
        markdown = client.postmortem(chosen, lang)
        st.download_button(
            say(lang, "draft.download"),
            data=markdown.encode(),
            file_name=f"postmortem-{chosen.rpartition(':')[2]}-{lang}.md",
            mime="text/markdown",
            key="draft-download",
            on_click="ignore",
        )
    with st.container(key="card-draft"):
        st.code(markdown, language=None, wrap_lines=True)


def _keep() -> None:
    state.remember("incident", str(st.session_state["draft-incident"]))
