"""Incidents that are written back: the list at the left, the draft as a form at the right."""

from __future__ import annotations

import streamlit as st

from api.schemas.case_drafts import CaseDraft, CaseWords
from graph.model.base import Text
from graph.model.knowledge import CaseOutcome
from ui import state
from ui.format import Lang
from ui.text import say
from ui.upkeep import Upkeep
from ui.widgets import frame, tables
from ui.widgets import upkeep_rows as rows
from ui.widgets.knowledge import short_id

_TEXTS = ("title", "symptoms", "cause", "fix")
_MOST_CHARS = 2000


def draw(upkeep: Upkeep, lang: Lang, *, leads: bool) -> None:
    """Draw the incidents that are over or confirmed, and the draft that the URL names."""
    drafts = upkeep.drafts()
    if not drafts:
        st.html(frame.empty(say(lang, "cdraft.none"), say(lang, "cdraft.none.how"), lang))
        return
    left, right = st.columns([40, 60], gap="small")
    with left, st.container(key="card-drafts"):
        st.html(tables.heading("cdraft.title", len(drafts), lang))
        for draft in drafts:
            with st.container(key=f"uline-{draft.incident_id}"):
                line, button = st.columns([78, 22], gap="small")
                line.html(rows.case_line(draft, lang))
                button.button(
                    say(lang, "cdraft.open"),
                    key=f"open-{draft.incident_id}",
                    on_click=state.remember,
                    args=("case", draft.incident_id),
                )
    asked = state.parameter("case")
    chosen = next((one for one in drafts if one.incident_id == asked), None)
    with right:
        if chosen is None:
            st.html(tables.note(say(lang, "cdraft.pick"), lang))
            return
        held: CaseDraft = st.session_state.setdefault(_held(chosen.incident_id), chosen)
        with st.container(key="card-words"):
            if held.content_sha256 != chosen.content_sha256:
                _draw_moved(chosen, lang)
            elif held != chosen:  # the words are the same, what is known about them is newer
                held = st.session_state[_held(chosen.incident_id)] = chosen
            _draw_draft(upkeep, held, lang, leads=leads)


def _draw_moved(newest: CaseDraft, lang: Lang) -> None:
    """Say that the draft is another by now; what was typed stays until its writer looks."""
    why = "cdraft.moved" if newest.saved_by else "cdraft.moved.record"
    st.html(frame.notice(say(lang, why, name=newest.saved_by or ""), lang))
    st.button(
        say(lang, "cdraft.newest"),
        key="case-newest",
        on_click=_let_go,
        args=(newest.incident_id,),
    )


def _held(incident_id: str) -> str:
    """Name what the form was filled from; it stays while somebody types."""
    return f"case-held-{incident_id}"


def _let_go(incident_id: str) -> None:
    st.session_state.pop(_held(incident_id), None)


def _draw_draft(upkeep: Upkeep, draft: CaseDraft, lang: Lang, *, leads: bool) -> None:
    st.html(rows.case_line(draft, lang))
    words = draft.words
    if words is None:
        st.html(tables.note(say(lang, "cdraft.nocause"), lang))
        return
    ids = {"id": short_id(words.component_id), "mode": short_id(words.fault_mode_id)}
    st.html(tables.note(say(lang, "cdraft.component", **ids), lang))
    with st.form(key=f"case-form-{_pinned(draft)}", border=False):
        _draw_fields(_pinned(draft), words, lang)
        may = leads and draft.confirmed
        if not may:
            why = "cdraft.lead" if not leads else "cdraft.first"
            st.html(tables.note(say(lang, why), lang))
        with st.container(key="case-buttons", horizontal=True):
            st.form_submit_button(
                say(lang, "cdraft.save"),
                key="case-save",
                disabled=upkeep.offline,
                on_click=_save,
                args=(upkeep, draft, words),
            )
            if may:
                st.form_submit_button(
                    say(lang, "cdraft.publish"),
                    key="case-publish",
                    type="primary",
                    disabled=upkeep.offline,
                    on_click=_publish,
                    args=(upkeep, draft, words),
                )


def _draw_fields(key: str, words: CaseWords, lang: Lang) -> None:
    for name in _TEXTS:
        told: Text = getattr(words, name)
        columns = st.columns(2, gap="small")
        for other, column in zip(("zh", "en"), columns, strict=True):
            title = say(lang, f"cdraft.f.{name}")
            language = say(lang, f"cdraft.f.{other}")
            column.text_area(
                f"{title}（{language}）" if lang == "zh" else f"{title} ({language})",
                value=getattr(told, other),
                max_chars=_MOST_CHARS,
                height=68 if name == "title" else 110,
                key=_field(key, name, other),
            )
    outcome, detect, repair = st.columns(3, gap="small")
    outcomes = list(CaseOutcome)
    outcome.selectbox(
        say(lang, "cdraft.f.outcome"),
        outcomes,
        index=outcomes.index(words.outcome),
        format_func=lambda one: say(lang, f"outcome.{one.value}"),
        key=_field(key, "outcome"),
        filter_mode=None,
    )
    for name, column, value in (
        ("detect", detect, words.minutes_to_detect),
        ("repair", repair, words.minutes_to_repair),
    ):
        column.number_input(
            say(lang, f"cdraft.f.{name}"),
            min_value=0.0,
            max_value=1_000_000.0,
            value=value,
            step=1.0,
            format="%.1f",
            key=_field(key, name),
        )


def _field(key: str, *names: str) -> str:
    return "-".join(("case", key, *names))


def _pinned(draft: CaseDraft) -> str:
    """Name the form of a draft: other words are another form."""
    return f"{draft.incident_id}-{draft.content_sha256[:12]}"


def _typed(draft: CaseDraft, words: CaseWords) -> CaseWords | None:
    """Read the form; None where a text lacks a language."""
    key, typed = _pinned(draft), st.session_state
    texts: dict[str, Text] = {}
    for name in _TEXTS:
        zh, en = (str(typed[_field(key, name, other)]).strip() for other in ("zh", "en"))
        if not zh or not en:
            return None
        texts[name] = Text(zh=zh, en=en)
    return words.model_copy(
        update={
            **texts,
            "outcome": CaseOutcome(typed[_field(key, "outcome")]),
            "minutes_to_detect": float(typed[_field(key, "detect")]),
            "minutes_to_repair": float(typed[_field(key, "repair")]),
        }
    )


def _save(upkeep: Upkeep, draft: CaseDraft, words: CaseWords) -> None:
    typed = _typed(draft, words)
    if typed is None:
        upkeep.failed = "cdraft.short"
        return
    if upkeep.save_case(draft, typed):
        _let_go(draft.incident_id)


def _publish(upkeep: Upkeep, draft: CaseDraft, words: CaseWords) -> None:
    typed = _typed(draft, words)
    if typed is None:
        upkeep.failed = "cdraft.short"
        return
    if upkeep.publish_case(draft, typed):
        _let_go(draft.incident_id)
