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
        with st.container(key="card-words"):
            _draw_draft(upkeep, chosen, lang, leads=leads)


def _draw_draft(upkeep: Upkeep, draft: CaseDraft, lang: Lang, *, leads: bool) -> None:
    st.html(rows.case_line(draft, lang))
    words = draft.words
    if words is None:
        st.html(tables.note(say(lang, "cdraft.nocause"), lang))
        return
    ids = {"id": short_id(words.component_id), "mode": short_id(words.fault_mode_id)}
    st.html(tables.note(say(lang, "cdraft.component", **ids), lang))
    with st.form(key=f"case-form-{draft.incident_id}", border=False):
        _draw_fields(draft.incident_id, words, lang)
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


def _typed(draft: CaseDraft, words: CaseWords) -> CaseWords | None:
    """Read the form; None where a text lacks a language."""
    key, typed = draft.incident_id, st.session_state
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
    upkeep.save_case(draft.incident_id, typed)


def _publish(upkeep: Upkeep, draft: CaseDraft, words: CaseWords) -> None:
    typed = _typed(draft, words)
    if typed is None:
        upkeep.failed = "cdraft.short"
        return
    upkeep.publish_case(draft.incident_id, typed)
