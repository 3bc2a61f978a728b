"""The tab of proposed relations: a lead sees why each is proposed, and how to settle it."""

from __future__ import annotations

import streamlit as st

from api.client import ApiClient
from api.schemas.proposals import ProposedRelations
from ui import state
from ui.format import Lang
from ui.text import say
from ui.views.choosing import chosen_incident
from ui.widgets import frame
from ui.widgets.proposals import proposals_table, relation_line


def draw_proposals(client: ApiClient, lang: Lang) -> None:
    """Draw the incident asked about, where there is one, the table, and the lines that settle."""
    incident_id = None
    if state.parameter("incident") or client.incidents().items:
        incident_id = chosen_incident(client, "proposed-incident", lang)
    found = client.proposed_relations(incident_id)
    if not found.items:
        none, how = say(lang, "proposed.none"), say(lang, "proposed.none.how")
        st.html(frame.empty(none, how, lang))
        return
    with st.container(key="card-proposed"):
        st.html(proposals_table(found, lang))
    with st.container(key="card-settle"):
        _draw_settling(found, lang)


def _draw_settling(found: ProposedRelations, lang: Lang) -> None:
    """Offer the two lines of the pack for the one that is chosen."""
    st.markdown(f"**{say(lang, 'proposed.decide')}**")
    st.caption(say(lang, "proposed.decide.how", file="topology.yaml"))
    chosen = st.selectbox(
        say(lang, "proposed.choose"),
        found.items,
        format_func=lambda one: relation_line(one, lang),
        key=f"proposed-{lang}",
    )
    for word, line in (("accept", chosen.accept), ("refuse", chosen.refuse)):
        st.caption(say(lang, f"proposed.{word}"))
        st.code(line, language=None, wrap_lines=True)
