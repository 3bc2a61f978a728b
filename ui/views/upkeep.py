"""The page of SOPs and cases: its tabs, and the ones that only list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import streamlit as st

from api.schemas.unanswered import QuestionEnding, UnansweredView
from graph.model.access import Role
from graph.model.document import QuestionStatus
from ui import state
from ui.chrome import Person
from ui.failures import worded
from ui.format import Lang
from ui.markup import element
from ui.text import say
from ui.upkeep import Upkeep
from ui.views import upkeep_cases, upkeep_documents
from ui.widgets import account, frame, tables
from ui.widgets import upkeep_rows as rows

_DAYS: Final = 14
_SPANS: Final = ("fortnight", "ever", "settled")
_LEADS: Final = frozenset({Role.OPS_LEAD, Role.ACADEMIC_LEAD, Role.PLATFORM_OWNER})


@dataclass(frozen=True, slots=True)
class Where:
    """In which language and zone the page is drawn, and which tab the URL names."""

    lang: Lang
    zone: str
    tab: str | None


def draw(upkeep: Upkeep, person: Person, where: Where) -> None:
    """Draw the tabs that the person's roles open, the named one first shown."""
    lang = where.lang
    leads = bool(_LEADS & set(person.roles))
    edits = leads or Role.ADMIN in person.roles
    names = ["flags", "import", "publish", "questions", "cases"]
    if not edits:
        names = ["flags", "import", "cases"]
    if person.only_administers:
        names = ["import", "publish", "questions"]
    _draw_told(upkeep, lang)
    labels = {name: say(lang, f"utab.{name}") for name in names}
    key = f"utabs-{lang}"
    tabs = st.tabs(
        list(labels.values()),
        default=labels.get(where.tab or ""),
        key=key,
        on_change=lambda: _remember(labels, key),
    )
    for name, tab in zip(names, tabs, strict=True):
        if tab.open:
            with tab:
                if name == "flags":
                    _draw_flags(upkeep, lang)
                elif name == "import":
                    upkeep_documents.draw_import(upkeep, lang, cases=edits)
                elif name == "publish":
                    upkeep_documents.draw_versions(upkeep, person, where.zone, lang)
                elif name == "questions":
                    _draw_questions(upkeep, where.zone, lang)
                else:
                    upkeep_cases.draw(upkeep, lang, leads=leads)
    href = f"/sop?lang={lang}"
    st.html(frame.wrap(lang, element("a", say(lang, "upkeep.back"), href=href, target="_self")))


def _remember(labels: dict[str, str], key: str) -> None:
    chosen = st.session_state[key]
    state.remember("tab", next((name for name, label in labels.items() if label == chosen), None))


def _draw_told(upkeep: Upkeep, lang: Lang) -> None:
    """Say what the last click led to, once."""
    if upkeep.failed is not None:
        why = worded(upkeep.failed, lang)
        st.html(frame.notice(say(lang, "upkeep.failed", why=why), lang))
    elif upkeep.said is not None:
        st.html(account.done(say(lang, upkeep.said), lang))
    upkeep.failed = upkeep.said = None


def _draw_flags(upkeep: Upkeep, lang: Lang) -> None:
    found = upkeep.flagged()
    if not found:
        st.html(frame.empty(say(lang, "flag.none"), say(lang, "flag.none.how"), lang))
        return
    with st.container(key="card-flags"):
        st.html(tables.heading("flag.title", len(found), lang))
        for place, one in enumerate(found):
            with st.container(key=f"uline-{place}"):
                st.html(rows.flagged(one, lang))


def _draw_questions(upkeep: Upkeep, zone: str, lang: Lang) -> None:
    span = state.parameter("span") or _SPANS[0]
    report = upkeep.fortnight(lang)
    with st.container(key="asked-tools", horizontal=True):
        _draw_span(span, lang)
        st.download_button(
            say(lang, "asked.download"),
            report.markdown if report else "",
            file_name=f"unanswered-{report.until if report else ''}.md",
            mime="text/markdown",
            key="asked-report",
            disabled=report is None,
        )
    if report is not None and report.full:
        st.html(tables.note(say(lang, "asked.full"), lang))
    if span == _SPANS[2]:
        found = upkeep.settled()
    else:
        found = upkeep.questions(None if span == _SPANS[1] else _DAYS)
    if not found:
        st.html(frame.empty(say(lang, "asked.none"), say(lang, "asked.none.how"), lang))
        return
    with st.container(key="card-questions"):
        title = "asked.settled.title" if span == _SPANS[2] else "asked.title"
        st.html(tables.heading(title, len(found), lang))
        for view in found:
            with st.container(key=f"uline-{view.found.id}"):
                line, button = st.columns([84, 16], gap="small")
                line.html(rows.question(view, zone, lang))
                if view.found.status is QuestionStatus.OPEN:
                    with button, st.popover(say(lang, "asked.end"), disabled=upkeep.offline):
                        _draw_ending(upkeep, view, lang)


def _draw_span(span: str, lang: Lang) -> None:
    names = {name: say(lang, f"asked.{name}") for name in _SPANS}
    st.session_state["asked-span"] = names.get(span, names[_SPANS[0]])
    st.segmented_control(
        say(lang, "asked.report"),
        list(names.values()),
        key="asked-span",
        label_visibility="collapsed",
        on_change=lambda: state.remember(
            "span",
            next((n for n in _SPANS[1:] if names[n] == st.session_state["asked-span"]), None),
        ),
    )


def _draw_ending(upkeep: Upkeep, view: UnansweredView, lang: Lang) -> None:
    key = view.found.id
    with st.form(key=f"end-{key}", border=False):
        st.text_input(say(lang, "asked.sop"), max_chars=200, key=f"sop-{key}")
        st.form_submit_button(
            say(lang, "asked.answered"),
            key=f"answered-{key}",
            on_click=_answered,
            args=(upkeep, key),
        )
        st.text_input(say(lang, "draft.why"), max_chars=500, key=f"why-{key}")
        st.form_submit_button(
            say(lang, "asked.dismissed"),
            key=f"dismissed-{key}",
            on_click=_dismissed,
            args=(upkeep, key),
        )


def _answered(upkeep: Upkeep, key: str) -> None:
    sop_id = str(st.session_state.get(f"sop-{key}") or "").strip()
    wanted = QuestionEnding(status=QuestionStatus.ANSWERED, sop_id=sop_id or None)
    upkeep.end_question(key, wanted)


def _dismissed(upkeep: Upkeep, key: str) -> None:
    reason = str(st.session_state.get(f"why-{key}") or "").strip()
    upkeep.end_question(key, QuestionEnding(status=QuestionStatus.DISMISSED, reason=reason))
