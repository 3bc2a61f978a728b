"""The postmortem tab: one incident chosen, its draft to copy or to take along as a file."""

from __future__ import annotations

import streamlit as st

from api.client import ApiClient
from ui.format import Lang
from ui.text import say
from ui.views.choosing import chosen_incident
from ui.widgets import replay


def draw_postmortem(client: ApiClient, lang: Lang) -> None:
    """Draw the choice of the incident, then its draft in the language of the page."""
    with st.container(key="draft-tools", horizontal=True):
        chosen = chosen_incident(client, "draft-incident", lang)
        if chosen is None:
            return
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
        st.html(replay.link(chosen, lang))
