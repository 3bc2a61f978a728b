"""The run of the page on which SOPs and cases are kept; drawn anew after every click."""

from __future__ import annotations

import streamlit as st

from graph.errors import EtiographError
from graph.model.access import Role
from ui import state
from ui.chrome import Person
from ui.desk import Desk
from ui.failures import ZONE
from ui.format import Lang
from ui.text import say
from ui.upkeep import Upkeep
from ui.views import upkeep as view
from ui.widgets import frame

_READING = frozenset({Role.VIEWER})


def run(desk: Desk, person: Person, lang: Lang) -> None:
    """Draw the tab that the URL names; while the server is silent every write is off."""
    if set(person.roles) <= _READING:
        st.html(frame.empty(say(lang, "page.upkeep"), say(lang, "upkeep.role"), lang))
        return
    upkeep = _upkeep(desk)
    upkeep.offline = False
    place = st.empty()
    view.draw(upkeep, person, view.Where(lang, _zone(upkeep), state.parameter("tab")))
    if upkeep.offline:
        place.html(frame.notice(say(lang, "admin.offline"), lang))


def _zone(upkeep: Upkeep) -> str:
    """Tell in which zone to write times: that of the first pack."""
    try:
        return upkeep.client.board().timezone
    except EtiographError:  # an administrator reads no incidents
        return ZONE


def _upkeep(desk: Desk) -> Upkeep:
    """Return this tab's upkeep; another person's desk begins another."""
    kept: tuple[Desk, Upkeep] | None = st.session_state.get("upkeep")
    if kept is None or kept[0] is not desk:
        kept = (desk, Upkeep(desk.client))
        st.session_state["upkeep"] = kept
    return kept[1]
