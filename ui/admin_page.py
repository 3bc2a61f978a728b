"""The run of the admin page: one office a tab, drawn anew after every click."""

from __future__ import annotations

import streamlit as st

from ui.chrome import Person
from ui.desk import Desk
from ui.format import Lang
from ui.office import Office
from ui.text import say
from ui.views import admin
from ui.widgets import frame


def run(desk: Desk, person: Person, lang: Lang) -> None:
    """Draw the page; while the server is silent, what was read last, with every write off."""
    office = office_of(desk)
    place = st.empty()
    was_offline, office.offline = office.offline, False
    office.packs()  # the cheapest reading tells whether the server answers
    if office.offline:
        place.html(frame.notice(say(lang, "admin.offline"), lang))
    elif was_offline:
        office.failed.clear()
    admin.draw(office, person, lang)


def office_of(desk: Desk) -> Office:
    """Return this tab's office; another person's desk begins another."""
    kept: tuple[Desk, Office] | None = st.session_state.get("office")
    if kept is None or kept[0] is not desk:
        kept = (desk, Office(desk.client))
        st.session_state["office"] = kept
    return kept[1]
