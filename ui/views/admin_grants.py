"""Grants that need two people: what is open, what one may do about it, and the way to ask."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import streamlit as st
from pydantic import ValidationError

from api.schemas.grants import GrantMoved, GrantView, NewGrant
from graph.errors import EtiographError
from graph.model.access import Role
from graph.model.grant import OPEN_GRANTS, GrantKind
from ui.chrome import Person
from ui.failures import why_of, worded
from ui.format import Lang
from ui.office import Office, Secret
from ui.text import say
from ui.views.admin_accounts import draw_secret
from ui.views.admin_roles import draw_taking
from ui.widgets import frame, grant_rows, tables

_ASKABLE: Final = (GrantKind.ROLES, GrantKind.ACCOUNT, GrantKind.RESET)
_REASON_MOST: Final = 1000
_ASKED: Final = "grant.ask"
# The fields of the form, emptied once a wish was taken.
_FIELDS: Final = ("grant-name", "grant-roles", "grant-reason")


class Move(NamedTuple):
    """What somebody is about to do to a grant; asked once more before it is done."""

    word: str
    grant: GrantView


def draw(office: Office, person: Person, zone: str, lang: Lang) -> None:
    """Draw what is open and what was settled at the left, the forms at the right."""
    grants = office.grants() or ()
    waiting = [grant for grant in grants if grant.status in OPEN_GRANTS]
    past = [grant for grant in grants if grant.status not in OPEN_GRANTS]
    left, right = st.columns([65, 35], gap="small")
    with left:
        draw_secret(office, lang)
        _draw_open(office, waiting, zone, lang)
        with st.container(key="card-grants-past"):
            st.html(tables.heading("grant.past", len(past), lang))
            if past:
                st.html(grant_rows.past_table(past, zone, lang))
            else:
                st.html(tables.note(say(lang, "grant.past.none"), lang))
    with right:
        agreeing = any(grant.may_confirm for grant in waiting)
        _draw_asking(office, person, lang, primary=not agreeing)
        if Role.ADMIN in person.roles:
            draw_taking(office, lang)
    _draw_dialog(office, lang)


def _draw_open(office: Office, waiting: list[GrantView], zone: str, lang: Lang) -> None:
    _draw_failure(office, "grant", lang)
    if not waiting:
        with st.container(key="card-grants-none"):
            st.html(frame.empty(say(lang, "grant.none"), say(lang, "grant.none.how"), lang))
        return
    first = next((grant for grant in waiting if grant.may_confirm), None)
    st.html(tables.heading("grant.open", len(waiting), lang))
    for grant in waiting:
        with st.container(key=f"card-{grant.grant_id}"):
            st.html(grant_rows.card(grant, zone, lang))
            if grant.why_not is not None:
                st.html(grant_rows.why_not(grant.why_not, lang))
            with st.container(horizontal=True):
                _draw_moves(office, grant, lang, primary=grant is first)


def _draw_moves(office: Office, grant: GrantView, lang: Lang, *, primary: bool) -> None:
    moves = (
        ("confirm", grant.may_confirm),
        ("object", grant.may_object),
        ("withdraw", grant.may_withdraw),
    )
    for word, may in moves:
        if may:
            st.button(
                say(lang, f"grant.{word}"),
                key=f"{word}-{grant.grant_id}",
                type="primary" if primary and word == "confirm" else "secondary",
                on_click=_begin,
                args=(Move(word, grant),),
                disabled=office.offline,
                help=say(lang, "offline.why") if office.offline else None,
            )


def _begin(move: Move) -> None:
    st.session_state[_ASKED] = move


def _draw_dialog(office: Office, lang: Lang) -> None:
    """Ask once more, in words that say what follows; nothing is done by a single click."""
    move: Move | None = st.session_state.pop(_ASKED, None)
    if move is None:
        return
    word, grant = move

    @st.dialog(say(lang, f"grant.dlg.{word}"))
    def asked() -> None:
        st.html(tables.note(grant_rows.name_of(grant, lang), lang))
        fields = {"code": grant.digest[:8], "who": grant.asked_by} if word == "confirm" else {}
        st.html(tables.note(say(lang, f"grant.dlg.{word}.text", **fields), lang))
        reason = ""
        if word == "object":
            reason = st.text_input(
                say(lang, "grant.dlg.reason"), max_chars=_REASON_MOST, key="grant-object-reason"
            )
        with st.container(horizontal=True):
            if st.button(say(lang, f"grant.{word}"), key="grant-yes"):
                _do(office, move, reason.strip())
                st.rerun()
            if st.button(say(lang, "grant.dlg.leave"), key="grant-no"):
                st.rerun()

    asked()


def _do(office: Office, move: Move, reason: str) -> None:
    grant_id = move.grant.grant_id

    def work() -> None:
        if move.word == "confirm":
            agreed = office.client.confirm_grant(grant_id, digest=move.grant.digest)
            _show_half(office, agreed, "grant.half.second")
        elif move.word == "object":
            office.client.object_grant(grant_id, reason)
        else:
            office.client.withdraw_grant(grant_id)

    _try(office, "grant", work)


# ── Asking ──────────────────────────────────────────────────────────────────────────────────────


def _draw_asking(office: Office, person: Person, lang: Lang, *, primary: bool) -> None:
    admin = Role.ADMIN in person.roles
    with st.container(key="card-new-grant"):
        st.html(tables.heading("grant.ask", None, lang))
        how = "grant.none.how" if admin else "grant.ask.lead"
        st.html(tables.note(say(lang, how), lang))
        kind = _draw_kind(lang) if admin else GrantKind.RESET
        _draw_subject(office, kind, lang, admin=admin)
        if kind is not GrantKind.RESET:
            st.pills(
                say(lang, "grant.ask.roles.which"),
                [role.value for role in Role],
                selection_mode="multi",
                format_func=lambda role: say(lang, f"role.{role}"),
                key="grant-roles",
            )
        st.text_input(say(lang, "grant.ask.reason"), max_chars=_REASON_MOST, key="grant-reason")
        _draw_failure(office, "new-grant", lang)
        st.button(
            say(lang, "grant.ask.do"),
            key="do-grant-ask",
            type="primary" if primary else "secondary",
            on_click=_ask,
            args=(office, kind),
            disabled=office.offline,
            help=say(lang, "offline.why") if office.offline else None,
        )


def _draw_kind(lang: Lang) -> GrantKind:
    chosen = st.pills(
        say(lang, "grant.ask.what"),
        [kind.value for kind in _ASKABLE],
        default=GrantKind.ROLES.value,
        required=True,
        format_func=lambda kind: say(lang, f"grant.ask.{kind}"),
        key="grant-kind",
    )
    return GrantKind(chosen)


def _draw_subject(office: Office, kind: GrantKind, lang: Lang, *, admin: bool) -> None:
    """Ask for whom: a new name, or one of the accounts that are no demo."""
    if kind is GrantKind.ACCOUNT or not admin:
        word = "grant.ask.name" if admin else "grant.ask.admin"
        st.text_input(say(lang, word), key="grant-name", max_chars=100)
        return
    names = [user.name for user in office.users() or () if not user.demo]
    st.selectbox(
        say(lang, "grant.ask.user"),
        names,
        key="grant-user",
        filter_mode=None,
    )


def _ask(office: Office, kind: GrantKind) -> None:
    state = st.session_state
    field = "grant-name" if "grant-name" in state else "grant-user"
    name, reason = str(state.get(field) or "").strip(), str(state["grant-reason"]).strip()
    roles = tuple(Role(role) for role in state.get("grant-roles") or ())
    if not name or not reason or (kind is not GrantKind.RESET and not roles):
        office.failed["new-grant"] = "grant.ask.need"
        return

    def work() -> None:
        wanted = NewGrant(kind=kind, subject=name, roles=roles, reason=reason)
        _show_half(office, office.client.ask_grant(wanted), "grant.half.first")
        for key in _FIELDS:
            if key in state:
                state[key] = [] if key == "grant-roles" else ""

    _try(office, "new-grant", work)


def _show_half(office: Office, moved: GrantMoved, words: str) -> None:
    if moved.half is not None:
        office.show_once(Secret(words, moved.subject, moved.half))


def _try(office: Office, card: str, work: Callable[[], None]) -> None:
    """Do a write; a refusal is told in the card, in the server's own words."""
    office.show_once(None)
    try:
        work()
    except ValidationError:
        office.failed[card] = "user.bad"
    except EtiographError as error:
        office.failed[card] = why_of(error)


def _draw_failure(office: Office, card: str, lang: Lang) -> None:
    why = office.failed.pop(card, None)
    if why is not None:
        st.html(frame.notice(worded(why, lang), lang))
