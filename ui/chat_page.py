"""The run of the SOP page: what the tab holds, what the server says now, and what a click does."""

from __future__ import annotations

import streamlit as st

from api.client import UnreachableError
from graph.errors import EtiographError, UnauthenticatedError
from graph.model.access import Role
from ui import state
from ui.chrome import Person
from ui.desk import Desk
from ui.failures import say_failure
from ui.format import Lang
from ui.talk import Talk
from ui.text import say
from ui.views import sop_chat
from ui.widgets import frame


@st.fragment(run_every=state.REFRESH_S)
def run(desk: Desk, person: Person, lang: Lang) -> None:
    """Draw the talk that the URL names; while the server is silent, the last one."""
    if set(person.roles) <= {Role.ADMIN}:
        st.html(frame.empty(say(lang, "page.chat"), say(lang, "chat.read"), lang))
        return
    talk = _talk(desk)
    why = None
    try:
        talk.refresh(state.parameter("thread"), may_ask=person.may_claim)
    except EtiographError as error:
        say_failure(error, lang, talk.seen_at, talk.zone)
        if isinstance(error, UnauthenticatedError):
            return
        why = say(lang, "offline.why") if isinstance(error, UnreachableError) else None
    state.remember("thread", talk.thread_id)  # moving between pages clears the URL
    act = (lambda question: _ask(talk, question)) if person.may_claim else None
    sop_chat.draw(talk, lang, sop_chat.Asking(act, why))


def _ask(talk: Talk, question: str) -> None:
    """Ask in a callback: the rerun that follows draws the answer, its first step chosen."""
    if not question.strip():
        return
    about = talk.incident(state.parameter("incident"))
    talk.ask(question, about.id if about else None)
    state.remember("thread", talk.thread_id)
    state.remember("cite", None)
    state.remember("sop", None)


def _talk(desk: Desk) -> Talk:
    """Return this tab's talk; another person's desk begins another."""
    kept: tuple[Desk, Talk] | None = st.session_state.get("talk")
    if kept is None or kept[0] is not desk:
        kept = (desk, Talk(desk.client))
        st.session_state["talk"] = kept
    return kept[1]
