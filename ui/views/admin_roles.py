"""Taking a role from somebody: one person may, and is told what the house then lacks."""

from __future__ import annotations

from typing import Final

import streamlit as st

from api.schemas.admin import UserView
from graph.errors import EtiographError
from graph.model.access import Role
from graph.model.base import Text
from ui.failures import why_of, worded
from ui.format import Lang
from ui.office import Office
from ui.text import pick, say
from ui.widgets import frame, tables

_SAID: Final = "role.taken"
_ASKED: Final = "role.ask"


def draw_taking(office: Office, lang: Lang) -> None:
    """Draw the form, what came of the last one, and the question before it is done."""
    with st.container(key="card-new-taking"):
        st.html(tables.heading("grant.take", None, lang))
        st.html(tables.note(say(lang, "grant.take.how"), lang))
        users = [user for user in office.users() or () if user.roles]
        st.selectbox(
            say(lang, "grant.ask.user"),
            [user.name for user in users],
            key="take-user",
            filter_mode=None,
        )
        held = _roles_of(users, st.session_state.get("take-user"))
        st.selectbox(
            say(lang, "grant.take.role"),
            held,
            format_func=lambda role: say(lang, f"role.{role}"),
            key="take-role",
            filter_mode=None,
        )
        _draw_said(office, lang)
        st.button(
            say(lang, "grant.take.do"), key="do-take", on_click=_begin, disabled=office.offline
        )
    _draw_dialog(office, lang)


def _roles_of(users: list[UserView], name: str | None) -> list[str]:
    return [role.value for user in users if user.name == name for role in user.roles]


def _draw_said(office: Office, lang: Lang) -> None:
    why = office.failed.pop("take", None)
    if why is not None:
        st.html(frame.notice(worded(why, lang), lang))
    said: tuple[Text, ...] = st.session_state.pop(_SAID, ())
    for text in said:
        st.html(tables.note(pick(text, lang), lang))


def _begin() -> None:
    name, role = st.session_state.get("take-user"), st.session_state.get("take-role")
    if name and role:
        st.session_state[_ASKED] = (name, role)


def _draw_dialog(office: Office, lang: Lang) -> None:
    asked_for: tuple[str, str] | None = st.session_state.pop(_ASKED, None)
    if asked_for is None:
        return
    name, role = asked_for

    @st.dialog(say(lang, "grant.dlg.take"))
    def asked() -> None:
        named = say(lang, f"role.{role}")
        st.html(tables.note(say(lang, "grant.dlg.take.text", name=name, role=named), lang))
        with st.container(horizontal=True):
            if st.button(say(lang, "grant.take.do"), key="take-yes"):
                _take(office, name, Role(role))
                st.rerun()
            if st.button(say(lang, "grant.dlg.leave"), key="take-no"):
                st.rerun()

    asked()


def _take(office: Office, name: str, role: Role) -> None:
    try:
        left = office.client.take_role(name, role)
    except EtiographError as error:
        office.failed["take"] = why_of(error)
        return
    zh, en = say("zh", f"role.{role.value}"), say("en", f"role.{role.value}")
    done = Text(
        zh=say("zh", "grant.take.done", name=name, role=zh),
        en=say("en", "grant.take.done", name=name, role=en),
    )
    st.session_state[_SAID] = (done, *left.warnings)
