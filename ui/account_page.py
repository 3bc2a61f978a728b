"""The run of the page of the own account: drawn anew after every click."""

from __future__ import annotations

import streamlit as st

from ui.admin_page import office_of
from ui.desk import Desk
from ui.failures import ZONE
from ui.format import Lang
from ui.text import say
from ui.views import own_account
from ui.widgets import frame


def run(desk: Desk, lang: Lang) -> None:
    """Draw the page; while the server is silent, what was read last, with every write off."""
    office = office_of(desk)
    place = st.empty()
    office.offline = False
    packs = office.packs() or ()
    account = office.account()
    if office.offline:
        place.html(frame.notice(say(lang, "admin.offline"), lang))
    if account is None:
        st.html(frame.empty(say(lang, "account.missing"), "", lang))
        return
    own_account.draw(office, account, packs[0].timezone if packs else ZONE, lang)
