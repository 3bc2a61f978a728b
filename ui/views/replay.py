"""The replay tab: an incident, what is supposed of it, and when one would have known."""

from __future__ import annotations

from typing import Final

import streamlit as st

from api.client import ApiClient
from graph.errors import EtiographError
from graph.model.base import Text
from graph.model.replay import Replay
from ui.failures import why_of, worded
from ui.format import Lang
from ui.text import pick, say
from ui.views.choosing import chosen_incident
from ui.widgets import frame, replay, tables

# What this tab keeps: the incident that it is of, and what was asked about it, by question.
_KEPT: Final = "replay.asked"
_FAILED: Final = "replay.failed"
Question = tuple[str | None, tuple[str, ...]]
Asked = dict[Question, Replay]


def draw_replay(client: ApiClient, lang: Lang) -> None:
    """Draw the choice of the incident, the question, and the answers so far."""
    incident_id = chosen_incident(client, "replay-incident", lang)
    if incident_id is None:
        return
    asked = _kept(incident_id)
    with st.container(key="card-replay-ask"):
        st.html(tables.note(say(lang, "replay.how"), lang))
        question = _draw_question(asked, lang)
        if question is not None:
            _ask(client, incident_id, question, asked, lang)
        why: str | Text | None = st.session_state.pop(_FAILED, None)
        if why is not None:
            st.html(frame.fault(worded(why, lang), lang))
    if asked:
        _draw_answers(client, incident_id, asked, lang)


def _kept(incident_id: str) -> Asked:
    """Return what was asked about this incident; another one begins anew."""
    held: tuple[str, Asked] | None = st.session_state.get(_KEPT)
    if held is None or held[0] != incident_id:
        held = (incident_id, {})
        st.session_state[_KEPT] = held
    return held[1]


def _draw_question(asked: Asked, lang: Lang) -> Question | None:
    """Draw the form; returns what is asked, or None while nobody asks."""
    if not asked:
        return (None, ()) if st.button(say(lang, "replay.go"), type="primary") else None
    newest = next(reversed(asked.values()))
    with st.form(key="replay-form", border=False):
        everybody = say(lang, "replay.source.all")
        source = st.selectbox(
            say(lang, "replay.source"),
            [None, *newest.sources],
            format_func=lambda name: name or everybody,
            key="replay-source",
            width=420,
        )
        relation = _draw_relation(lang)
        sent = st.form_submit_button(say(lang, "replay.again"), type="primary")
    if not sent:
        return None
    if relation is None:
        st.session_state[_FAILED] = "replay.relation.half"
        return None
    return source, relation


def _draw_relation(lang: Lang) -> tuple[str, ...] | None:
    """Draw the two ends and the kind; None where one end only is named."""
    st.html(frame.wrap(lang, say(lang, "replay.relation")))
    hint = say(lang, "replay.relation.hint")
    left, middle, right = st.columns([40, 20, 40], gap="small")
    with left:
        start = st.text_input(
            say(lang, "replay.relation.from"),
            key="replay-from",
            placeholder=hint,
            max_chars=200,
        )
    with middle:
        kind = st.selectbox(
            say(lang, "replay.relation.kind"),
            replay.KINDS,
            format_func=lambda k: say(lang, f"replay.kind.{k}"),
            key="replay-kind",
        )
    with right:
        end = st.text_input(
            say(lang, "replay.relation.to"), key="replay-to", placeholder=hint, max_chars=200
        )
    ends = [part.strip() for part in (start, end)]
    if not any(ends):
        return ()
    return (f"{ends[0]}:{kind}:{ends[1]}",) if all(ends) else None


def _ask(client: ApiClient, incident_id: str, question: Question, asked: Asked, lang: Lang) -> None:
    """Go through the incident; what was asked before is asked again and stands last."""
    source, relations = question
    try:
        with st.spinner(say(lang, "replay.working")):
            found = client.replay(incident_id, without_source=source, relations=relations)
    except EtiographError as error:
        st.session_state[_FAILED] = why_of(error)
        return
    asked.pop(question, None)
    asked[question] = found
    st.rerun(scope="fragment")


def _draw_answers(client: ApiClient, incident_id: str, asked: Asked, lang: Lang) -> None:
    detail = client.incident(incident_id)
    names = {c: pick(name, lang) for c, name in detail.component_names.items()}
    newest = next(reversed(asked.values()))
    with st.container(key="card-replay-answer"):
        st.html(tables.heading("replay.answer", None, lang, replay.supposed(newest, lang)))
        st.html(replay.answer(newest, names, lang))
        if len(asked) > 1:
            st.html(replay.beside([*asked.values()], lang))
    with st.container(key="card-replay-minutes"):
        wide = newest.step_s // 60
        note = say(lang, "replay.wide", n=str(wide)) if wide > 1 else ""
        st.html(tables.heading("replay.minutes", None, lang, note))
        st.html(replay.minutes(newest, detail.timezone, lang))
