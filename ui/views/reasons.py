"""Where people ask why: the weights of an open cause, and why it is not another component.

Nothing is computed until somebody presses, and what was computed stays until they press again: an
open page must not keep the engine busy.
"""

from __future__ import annotations

from typing import Final

import streamlit as st

from graph.errors import ConflictError, EtiographError, InputError, NotFoundError
from graph.model.base import Text
from graph.model.diagnosis import HypothesisKind, NextCheck
from graph.model.why import Ahead, Why
from ui.failures import label_of
from ui.format import Lang
from ui.scene import Cause, Scene
from ui.text import pick, say
from ui.views.looking import Notebook
from ui.widgets import account_of_cause, frame

_KEPT: Final = "accounts"
_AHEAD: Final = "ahead"
_MOST_KEPT: Final = 20
_TYPED: Final = "whynot-name"


def draw_account(cause: Cause, scene: Scene, lang: Lang, book: Notebook) -> None:
    """Draw the button below an open cause, and the account once it was asked for."""
    if cause.kind is HypothesisKind.HEALTHY:
        return
    place = scene.incident.id, cause.key
    kept = _kept(place)
    with st.container(key="account"):
        if isinstance(kept, Why):
            st.html(account_of_cause.account(kept, lang))
        elif kept is not None:
            st.html(frame.notice(_said(kept, lang), lang))
        if not isinstance(kept, Why) or kept.revision != scene.diagnosis.revision:
            word = "account.again" if isinstance(kept, Why) else "account.ask"
            st.button(
                say(lang, word),
                key=f"account-{cause.key}",
                type="tertiary",
                disabled=book.disabled_why is not None,
                help=book.disabled_why,
                on_click=_ask,
                args=(book, place, cause.key),
            )


def draw_why_not(scene: Scene, lang: Lang, book: Notebook) -> None:
    """Draw the question about any component of the graph, and its answer."""
    place = scene.incident.id, ""
    with (
        st.container(key="whynot"),
        st.popover(say(lang, "whynot"), type="tertiary", disabled=book.disabled_why is not None),
    ):
        with st.form(key="whynot-form", border=False):
            st.text_input(say(lang, "whynot.name"), key=_TYPED, max_chars=200)
            st.form_submit_button(
                say(lang, "whynot.ask"), on_click=_ask_typed, args=(book, scene.incident.id)
            )
        kept = _kept(place)
        if isinstance(kept, Why):
            st.html(account_of_cause.account(kept, lang))
        elif kept is not None:
            st.html(frame.notice(_said(kept, lang), lang))


def draw_ahead(check: NextCheck, scene: Scene, lang: Lang, book: Notebook) -> None:
    """Draw the button below the check, and what each answer would make of every cause."""
    place = scene.incident.id, check.check_id
    kept: Ahead | str | None = st.session_state.get(_AHEAD, {}).get(place)
    with st.container(key="ahead"):
        if isinstance(kept, Ahead):
            st.html(account_of_cause.ahead(kept, lang))
        elif kept is not None:
            st.html(frame.notice(say(lang, kept), lang))
        if not isinstance(kept, Ahead) or kept.revision != scene.diagnosis.revision:
            st.button(
                say(lang, "ahead.again" if isinstance(kept, Ahead) else "ahead.ask"),
                key=f"ahead-{check.check_id}",
                type="tertiary",
                disabled=book.disabled_why is not None,
                help=book.disabled_why,
                on_click=_look_ahead,
                args=(book, place),
            )


def _look_ahead(book: Notebook, place: tuple[str, str]) -> None:
    """Ask in a callback; one answer is kept, of the check that stands on the page."""
    st.session_state[_AHEAD] = {place: foreseen(book, *place)}


def foreseen(book: Notebook, incident_id: str, check_id: str) -> Ahead | str:
    """Return what each answer would do, or the key of the label that says why nobody can tell."""
    try:
        return book.desk.client.what_then(incident_id, check_id)
    except ConflictError:
        return "whynot.old"
    except NotFoundError:
        return "ahead.none"
    except EtiographError as error:
        return label_of(error)


def _said(kept: str | Text, lang: Lang) -> str:
    """Say why there is no account: one of our words, or the API's own sentence."""
    return pick(kept, lang) if isinstance(kept, Text) else say(lang, kept)


def _kept(place: tuple[str, str]) -> Why | str | Text | None:
    found: Why | str | Text | None = st.session_state.get(_KEPT, {}).get(place)
    return found


def _ask_typed(book: Notebook, incident_id: str) -> None:
    name = str(st.session_state.get(_TYPED, "")).strip()
    if name:
        _ask(book, (incident_id, ""), name)


def _ask(book: Notebook, place: tuple[str, str], cause: str) -> None:
    """Ask in a callback, and keep the account, or the label that says why there is none."""
    held: dict[tuple[str, str], Why | str | Text] = dict(st.session_state.get(_KEPT, {}))
    held.pop(place, None)
    held[place] = asked(book, place[0], cause)
    st.session_state[_KEPT] = dict(list(held.items())[-_MOST_KEPT:])


def asked(book: Notebook, incident_id: str, cause: str) -> Why | str | Text:
    """Return the account of a cause, or why there is none: a label's key, or whom it may mean."""
    try:
        return book.desk.client.why_not(incident_id, cause)
    except NotFoundError as error:
        return _named(error) or "whynot.unknown"
    except InputError as error:
        return _named(error) or "whynot.many"
    except ConflictError:
        return "whynot.old"
    except EtiographError as error:
        return label_of(error)


def _named(error: EtiographError) -> Text | None:
    """Return the API's sentence on whom a name may mean, where it has one in both languages."""
    return None if error.zh is None else Text(zh=error.zh, en=f"{error}.")
