"""Users and tokens: who may come in, and the secrets that are shown once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import streamlit as st
from pydantic import ValidationError

from api.schemas.admin import NewToken, TokenView, UserView
from graph.errors import (
    ConflictError,
    EtiographError,
    InputError,
    NotAllowedError,
    NotFoundError,
)
from graph.model.access import Role, Scope
from ui.failures import label_of, why_of, worded
from ui.format import Lang
from ui.markup import Html
from ui.office import Office, Secret
from ui.text import say
from ui.widgets import frame, tables

_SPEC: Final = [82, 18]
_KEPT: Final = "kept"
Confirm = Callable[[], None]


def draw(office: Office, zone: str, lang: Lang) -> None:
    """Draw accounts and tokens at the left, the forms that make new ones at the right."""
    users, tokens = office.users(), office.tokens()
    left, right = st.columns([65, 35], gap="small")
    with left:
        draw_secret(office, lang)
        _draw_users(office, users or (), zone, lang)
        _draw_tokens(office, tokens or (), zone, lang)
    with right:
        _draw_new_user(office, lang)
        _draw_new_token(office, users or (), lang)


def draw_secret(office: Office, lang: Lang) -> None:
    """Draw what is shown this once, until it was seen and left."""
    secret = office.secret
    # A button's state goes when the page is left: who comes back does not see the secret again.
    if secret is None or (office.secret_drawn and _KEPT not in st.session_state):
        office.show_once(None)
        return
    office.secret_drawn = True
    with st.container(key="card-secret"):
        st.html(tables.note(say(lang, secret.label, name=secret.name), lang))
        st.code(secret.text, language=None)
        if secret.signing is not None:
            st.html(tables.note(say(lang, "once.signing"), lang))
            st.code(secret.signing, language=None)
        st.button(say(lang, "once.kept"), key=_KEPT, on_click=_forget, args=(office,))


def _draw_users(office: Office, users: tuple[UserView, ...], zone: str, lang: Lang) -> None:
    with st.container(key="card-users"):
        st.html(tables.heading("user.title", len(users), lang))
        _draw_failure(office, "user", lang)
        columns = ["user.name", "user.roles", "user.sites", "user.since"]
        _draw_columns(columns, lang)
        for user in users:
            word = say(lang, "user.reset")
            if draw_row(f"user-{user.name}", tables.user_cells(user, zone, lang), word, office):
                _confirm_reset(office, user.name, lang)


def _draw_tokens(office: Office, tokens: tuple[TokenView, ...], zone: str, lang: Lang) -> None:
    with st.container(key="card-tokens"):
        st.html(tables.heading("token.title", len(tokens), lang))
        _draw_failure(office, "token", lang)
        if not tokens:
            st.html(tables.note(say(lang, "token.none"), lang))
            return
        _draw_columns(["token.name", "token.of", "token.scopes", "user.since"], lang)
        for token in sorted(tokens, key=lambda token: (token.name, token.id)):
            word = say(lang, "token.revoke")
            if draw_row(f"token-{token.id}", tables.token_cells(token, zone, lang), word, office):
                _confirm_revoke(office, token, lang)


def _draw_columns(keys: list[str], lang: Lang) -> None:
    names, _ = st.columns(_SPEC)
    with names:
        st.html(tables.cell_names(keys, lang))


def draw_row(key: str, cells: Html, word: str, office: Office) -> bool:
    """Draw one row with its button; tell whether that was pressed."""
    with st.container(key=f"line-{key}"):
        told, button = st.columns(_SPEC, vertical_alignment="center")
        with told:
            st.html(cells)
        with button:
            return st.button(word, key=f"do-{key}", type="tertiary", disabled=office.offline)


def _draw_new_user(office: Office, lang: Lang) -> None:
    with st.container(key="card-new-user"):
        st.html(tables.heading("user.add", None, lang))
        st.text_input(say(lang, "user.add.name"), key="new-user", max_chars=100)
        roles = {role.value: say(lang, f"role.{role.value}") for role in Role}
        draw_choices("user.roles", roles, "new-roles", lang)
        _draw_failure(office, "new-user", lang)
        _draw_do(office, "user.add.do", lambda: _add_user(office), primary=True, lang=lang)


def _draw_new_token(office: Office, users: tuple[UserView, ...], lang: Lang) -> None:
    with st.container(key="card-new-token"):
        st.html(tables.heading("token.add", None, lang))
        st.text_input(say(lang, "token.add.name"), key="new-token", max_chars=100)
        kinds = {kind: say(lang, f"token.for.{kind}") for kind in ("user", "source")}
        kind = st.pills(
            say(lang, "token.add.for"),
            list(kinds),
            default="user",
            required=True,
            format_func=lambda name: kinds[name],
            key="new-token-for",
        )
        if kind == "user":
            names = [user.name for user in users]
            st.selectbox(say(lang, "token.add.user"), names, key="new-token-user", filter_mode=None)
            st.html(tables.note(say(lang, "token.add.reads"), lang))
        else:
            st.text_input(say(lang, "token.add.source"), key="new-source", max_chars=100)
            st.checkbox(say(lang, "token.add.replay"), key="new-replay")
        _draw_failure(office, "new-token", lang)
        act = _add_user_token if kind == "user" else _add_source_token
        _draw_do(office, "token.add.do", lambda: act(office), primary=False, lang=lang)


def draw_choices(title: str, names: dict[str, str], key: str, lang: Lang) -> None:
    """Draw pills of which any number may be chosen."""
    st.pills(
        say(lang, title),
        list(names),
        selection_mode="multi",
        format_func=lambda name: names[name],
        key=key,
    )


def _draw_do(office: Office, word: str, act: Confirm, *, primary: bool, lang: Lang) -> None:
    st.button(
        say(lang, word),
        key=f"do-{word.replace('.', '-')}",
        type="primary" if primary else "secondary",
        on_click=act,
        disabled=office.offline,
        help=say(lang, "offline.why") if office.offline else None,
    )


def _draw_failure(office: Office, card: str, lang: Lang) -> None:
    """Say once, in the card that failed, what went wrong."""
    why = office.failed.pop(card, None)
    if why is not None:
        st.html(frame.notice(worded(why, lang), lang))


def _confirm_reset(office: Office, name: str, lang: Lang) -> None:
    why = say(lang, "user.reset.why", name=name)
    confirm("user.reset", why, lambda: _reset(office, name), lang)


def _confirm_revoke(office: Office, token: TokenView, lang: Lang) -> None:
    why = say(lang, "token.revoke.why", name=token.name)
    confirm("token.revoke", why, lambda: _revoke(office, token.id), lang)


def confirm(word: str, why: str, act: Confirm, lang: Lang) -> None:
    """Ask once more in a dialog before `act`."""

    @st.dialog(say(lang, f"{word}.title"))
    def asked() -> None:
        st.html(tables.note(why, lang))
        with st.container(horizontal=True):
            if st.button(say(lang, word), key="confirm-yes"):
                act()
                st.rerun()
            if st.button(say(lang, "admin.confirm.no"), key="confirm-no"):
                st.rerun()

    asked()


def _forget(office: Office) -> None:
    office.show_once(None)


def _reset(office: Office, name: str) -> None:
    def work() -> None:
        issued = office.client.reset_user(name)
        office.show_once(Secret("once.password", issued.name, issued.password))

    _try(office, "user", work)


def _revoke(office: Office, token_id: str) -> None:
    _try(office, "token", lambda: office.client.revoke_token(token_id))


def _add_user(office: Office) -> None:
    name, chosen = str(st.session_state["new-user"]).strip(), st.session_state["new-roles"]
    if not name or not chosen:
        office.failed["new-user"] = "user.add.need"
        return

    def work() -> None:
        issued = office.client.add_user(name, tuple(Role(role) for role in chosen))
        office.show_once(Secret("once.password", issued.name, issued.password))
        st.session_state["new-user"], st.session_state["new-roles"] = "", []

    _try(office, "new-user", work)


def _add_user_token(office: Office) -> None:
    name = str(st.session_state["new-token"]).strip()
    user = st.session_state["new-token-user"]
    if not name or not user:
        office.failed["new-token"] = "token.add.need"
        return
    _issue(office, lambda: NewToken(name=name, user=user, scopes=(Scope.READ,)))


def _add_source_token(office: Office) -> None:
    name = str(st.session_state["new-token"]).strip()
    source = str(st.session_state["new-source"]).strip()
    if not name or not source:
        office.failed["new-token"] = "token.add.need"
        return
    replay = bool(st.session_state["new-replay"])
    _issue(office, lambda: NewToken(name=name, source=source, replay=replay))


def _issue(office: Office, wanted: Callable[[], NewToken]) -> None:
    def work() -> None:
        issued = office.client.create_token(wanted())
        office.show_once(Secret("once.token", issued.name, issued.token, issued.signing_secret))
        st.session_state["new-token"] = ""

    _try(office, "new-token", work)


def _try(office: Office, card: str, work: Confirm) -> None:
    """Do a write; a refusal is told in the card, in our words."""
    office.show_once(None)
    kind = "token" if "token" in card else "user"
    try:
        work()
    except (ValidationError, InputError, NotFoundError):
        office.failed[card] = f"{kind}.bad"
    except NotAllowedError as error:
        office.failed[card] = why_of(error)
    except ConflictError:
        office.failed[card] = "user.taken"
    except EtiographError as error:
        office.failed[card] = label_of(error)
