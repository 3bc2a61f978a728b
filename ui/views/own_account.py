"""The own account: who one is, a new password, where one is signed in, the own tokens."""

from __future__ import annotations

from typing import Final

import streamlit as st
from pydantic import ValidationError

from api.schemas.admin import NewToken, TokenView
from api.schemas.own_account import MAX_PASSWORD, MIN_PASSWORD, OwnAccount
from graph.errors import EtiographError, InputError, RateLimitedError
from graph.model.access import Role, Scope
from graph.model.base import Text
from ui.failures import label_of, why_of, worded
from ui.format import Lang
from ui.office import Office, Secret
from ui.text import paired, say
from ui.views.admin_accounts import confirm, draw_choices, draw_row, draw_secret
from ui.widgets import account as words
from ui.widgets import frame, tables

# The fields of the form, and what a browser's password store may do with each.
_FIELDS: Final = {
    "current": "current-password",
    "new": "new-password",
    "again": "new-password",
}
_ACTING: Final = (Scope.READ, Scope.OPERATE, Scope.EXECUTE)
_SAID: Final = "account.said"


def draw(office: Office, own: OwnAccount, zone: str, lang: Lang) -> None:
    """Draw account, sessions and tokens at the left, the forms at the right."""
    left, right = st.columns([60, 40], gap="small")
    with left:
        with st.container(key="card-own-account"):
            st.html(words.account_facts(own, zone, lang))
        _draw_sessions(office, own, zone, lang)
        _draw_tokens(office, own, zone, lang)
    with right:
        _draw_password(office, own, lang)
        draw_secret(office, lang)
        _draw_new_token(office, own, lang)


# ── Password ────────────────────────────────────────────────────────────────────────────────────


def _draw_password(office: Office, own: OwnAccount, lang: Lang) -> None:
    with st.container(key="card-new-password"):
        st.html(tables.heading("password.title", None, lang))
        if (said := st.session_state.pop(_SAID, None)) is not None:
            st.html(words.done(worded(said, lang), lang))
        if own.password_bound is not None:
            st.html(words.bound(own.password_bound, lang))
            return
        st.html(tables.note(say(lang, "password.how"), lang))
        # What was typed goes with the submission: no password stays in the page's state.
        with st.form(key="password", border=False, clear_on_submit=True):
            typed = {name: _draw_field(office, name, lang) for name in _FIELDS}
            _draw_failure(office, "password", lang)
            off = office.offline
            sent = st.form_submit_button(say(lang, "password.do"), type="primary", disabled=off)
    if sent:
        _change(office, typed["current"], typed["new"], again=typed["again"])
        st.rerun()


def _draw_field(office: Office, name: str, lang: Lang) -> str:
    """Draw a field, and below it what was wrong with what stood in it."""
    typed = st.text_input(
        say(lang, f"password.{name}", n=str(MIN_PASSWORD)),
        type="password",
        max_chars=MAX_PASSWORD,
        autocomplete=_FIELDS[name],
        key=f"password-{name}",
    )
    _draw_failure(office, f"password/{name}", lang)
    return typed or ""


def _draw_failure(office: Office, place: str, lang: Lang) -> None:
    why = office.failed.pop(place, None)
    if why is not None:
        st.html(frame.fault(worded(why, lang), lang))


def _change(office: Office, current: str, new: str, *, again: str) -> None:
    typed = {"current": current, "new": new, "again": again}
    empty = [name for name, text in typed.items() if not text]
    office.failed |= {f"password/{name}": "password.need" for name in empty}
    if not empty and new != again:
        office.failed["password/again"] = "password.differ"
    elif not empty:
        _send(office, current, new)


def _send(office: Office, current: str, new: str) -> None:
    try:
        ended = office.client.change_password(current, new).sessions_ended
    except InputError as error:
        places = {fault.pointer.strip("/") for fault in error.errors} & set(_FIELDS)
        for place in places:
            office.failed[f"password/{place}"] = why_of(error)
        if not places:
            office.failed["password"] = why_of(error)
    except RateLimitedError as error:
        office.failed["password"] = paired("password.wait", s=str(error.retry_after_s))
    except EtiographError as error:
        office.failed["password"] = why_of(error)
    else:
        st.session_state[_SAID] = _counted("password.done", ended)


def _counted(key: str, number: int) -> Text:
    return paired(key, n=str(number))


# ── Sessions ────────────────────────────────────────────────────────────────────────────────────


def _draw_sessions(office: Office, own: OwnAccount, zone: str, lang: Lang) -> None:
    with st.container(key="card-own-sessions"):
        st.html(words.session_lines(own.sessions, zone, lang))
        _draw_failure(office, "sessions", lang)
        if len(own.sessions) > 1:
            st.button(
                say(lang, "session.end"),
                key="end-sessions",
                on_click=_end_others,
                args=(office,),
                disabled=office.offline,
            )


def _end_others(office: Office) -> None:
    try:
        office.client.end_other_sessions()
    except EtiographError as error:
        office.failed["sessions"] = why_of(error)


# ── Tokens ──────────────────────────────────────────────────────────────────────────────────────


def _draw_tokens(office: Office, own: OwnAccount, zone: str, lang: Lang) -> None:
    with st.container(key="card-own-tokens"):
        st.html(tables.heading("own.token.title", len(own.tokens), lang))
        _draw_failure(office, "own-token", lang)
        if not own.tokens:
            st.html(tables.note(say(lang, "own.token.none"), lang))
        for token in own.tokens:
            cells = words.token_cells(token, zone, lang)
            word = say(lang, "token.revoke")
            if draw_row(f"token-{token.id}", cells, word, office):
                _confirm_revoke(office, token, lang)


def _confirm_revoke(office: Office, token: TokenView, lang: Lang) -> None:
    def act() -> None:
        try:
            office.client.revoke_token(token.id)
        except EtiographError as error:
            office.failed["own-token"] = label_of(error)

    confirm("token.revoke", say(lang, "token.revoke.why", name=token.name), act, lang)


def _draw_new_token(office: Office, own: OwnAccount, lang: Lang) -> None:
    with st.container(key="card-new-own-token"):
        st.html(tables.heading("token.add", None, lang))
        st.html(tables.note(say(lang, "own.token.acts"), lang))
        st.text_input(say(lang, "token.add.name"), key="own-token", max_chars=100)
        scopes = {scope.value: say(lang, f"scope.{scope.value}") for scope in scopes_of(own)}
        draw_choices("token.scopes", scopes, "own-scopes", lang)
        _draw_failure(office, "new-own-token", lang)
        st.button(
            say(lang, "token.add.do"),
            key="do-own-token",
            on_click=_make,
            args=(office, own.name),
            disabled=office.offline,
        )


def scopes_of(own: OwnAccount) -> tuple[Scope, ...]:
    """List the scopes that a token of this person can use, by what the roles may do."""
    works = any(role not in (Role.VIEWER, Role.ADMIN) for role in own.roles)
    reads = works or Role.VIEWER in own.roles
    found = _ACTING if works else _ACTING[:1] if reads else ()
    return (*found, Scope.ADMIN) if Role.ADMIN in own.roles else found


def _make(office: Office, user: str) -> None:
    name, chosen = str(st.session_state["own-token"]).strip(), st.session_state["own-scopes"]
    office.show_once(None)
    if not name or not chosen:
        office.failed["new-own-token"] = "own.token.need"
        return
    try:
        scopes = tuple(Scope(scope) for scope in chosen)
        issued = office.client.create_token(NewToken(name=name, user=user, scopes=scopes))
    except (ValidationError, InputError):
        office.failed["new-own-token"] = "token.bad"
    except EtiographError as error:
        office.failed["new-own-token"] = why_of(error)
    else:
        office.show_once(Secret("once.token", issued.name, issued.token))
        st.session_state["own-token"], st.session_state["own-scopes"] = "", []
