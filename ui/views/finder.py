"""The field that finds SOPs and cases while somebody types, and the SOP that was picked."""

from __future__ import annotations

from typing import Final

import streamlit as st

from graph.model.knowledge import SopSectionName
from ui import state
from ui.canvas.mount import canvas_styles, draw_finder
from ui.format import Lang
from ui.talk import Talk
from ui.text import say
from ui.widgets import tables
from ui.widgets.sop_record import record_card
from ui.widgets.sources import passage_card

_WORDS: Final = ("hint", "count", "none", "failed", "flagged")
_PICKED: Final = "sop"


def draw_field(lang: Lang) -> None:
    """Draw the field; what is picked stands in the URL."""
    words = {name: say(lang, f"finder.{name}") for name in _WORDS}
    words |= {"lang": lang, "cases": f"/graph?lang={lang}&tab=cases"}
    sections = {name.value: say(lang, f"section.{name.value}") for name in SopSectionName}
    kinds = {kind: say(lang, f"finder.{kind}") for kind in ("sop", "case")}
    st.html(f"<style>{canvas_styles()}</style>")
    with st.container(key="card-finder"):
        st.html(tables.heading("finder.title", None, lang))
        draw_finder(
            words,
            named={"kinds": kinds, "sections": sections},
            choose=lambda sop_id: state.remember(_PICKED, sop_id),
        )


def draw_picked(talk: Talk, lang: Lang) -> bool:
    """Draw the picked SOP whole, with how it has fared; tell whether there is one."""
    sop_id = state.parameter(_PICKED)
    sop = talk.sop(sop_id) if sop_id else None
    if sop is None:
        return False
    with st.container(key="picked"):
        close = say(lang, "finder.close")
        st.button(close, key="unpick", on_click=state.remember, args=(_PICKED, None))
    record = talk.record(sop.id, state.parameter("incident"))
    if record is not None:
        st.html(record_card(record, None, zone=talk.zone, lang=lang))
    st.html(passage_card(sop, None, lang, lang))
    return True
