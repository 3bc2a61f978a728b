"""Documents come in, and are put in force by a second person who looks at the commands."""

from __future__ import annotations

from typing import Final

import streamlit as st

from api.schemas.documents import SopVersionView
from graph.model.document import VersionStatus
from ui import state
from ui.chrome import Person
from ui.format import Lang, told_apart
from ui.text import listed, pick, say
from ui.upkeep import Upkeep
from ui.widgets import tables
from ui.widgets import upkeep_rows as rows

_SOPS: Final = ("md", "docx", "pdf", "html", "htm")
_CASES: Final = ("csv", "jsonl")
_MOST_MB: Final = 50
_REASON_CHARS: Final = 1000
_FILES: Final = "documents"


def draw_import(upkeep: Upkeep, lang: Lang, *, cases: bool) -> None:
    """Draw the choice of files with both buttons, and the report of the last import."""
    with st.container(key="card-upload"):
        st.html(tables.heading("import.title", None, lang))
        kinds = {"sops": listed([*_SOPS], lang), "cases": listed([*_CASES], lang)}
        st.html(tables.note(say(lang, "import.how", **kinds), lang))
        if not cases:
            st.html(tables.note(say(lang, "import.lead"), lang))
        with st.container(key="upload"):
            st.html(tables.upload_word(say(lang, "pack.choose")))
            st.file_uploader(
                say(lang, "import.file"),
                type=[*_SOPS, *(_CASES if cases else ())],
                accept_multiple_files=True,
                key=_FILES,
                max_upload_size=_MOST_MB,
                disabled=upkeep.offline,
                label_visibility="collapsed",
            )
        pack = _draw_pack(upkeep, lang)
        told = st.container()
        off = upkeep.offline or not st.session_state.get(_FILES)
        with st.container(key="import-buttons", horizontal=True):
            tried = st.button(say(lang, "import.try"), key="try", disabled=off)
            done = st.button(say(lang, "import.do"), key="import", type="primary", disabled=off)
        if tried or done:
            told.html(tables.note(say(lang, "import.busy"), lang))
            files = [(one.name, one.getvalue()) for one in st.session_state[_FILES]]
            upkeep.bring_in(files, pack, dry=tried)
            st.rerun()
    if upkeep.report is not None:
        st.html(rows.report(upkeep.report, lang))


def _draw_pack(upkeep: Upkeep, lang: Lang) -> str | None:
    """Let a person choose the pack where there are several."""
    packs = told_apart({pack_id: pick(name, lang) for pack_id, name in upkeep.packs()})
    if len(packs) < 2:
        return None
    chosen = st.selectbox(
        say(lang, "import.pack"),
        list(packs),
        format_func=packs.__getitem__,
        key="import-pack",
    )
    return str(chosen)


def draw_versions(upkeep: Upkeep, person: Person, zone: str, lang: Lang) -> None:
    """Draw drafts and what is in force at the left, the chosen one at the right."""
    views = upkeep.versions()
    drafts = [one for one in views if one.found.status is VersionStatus.DRAFT]
    force = [one for one in views if one.found.status is VersionStatus.PUBLISHED]
    left, right = st.columns([45, 55], gap="small")
    with left:
        _draw_list(drafts, ("draft.title", "draft.none"), zone, lang)
        _draw_list(force, ("force.title", "force.none"), zone, lang)
    asked = state.parameter("version")
    chosen = next((one for one in views if one.found.id == asked), None)
    with right:
        if chosen is None:
            if views:
                st.html(tables.note(say(lang, "draft.pick"), lang))
            return
        with st.container(key="card-version"):
            _draw_version(upkeep, chosen, person, (zone, lang))


def _draw_list(views: list[SopVersionView], keys: tuple[str, str], zone: str, lang: Lang) -> None:
    title, none = keys
    with st.container(key=f"card-{title.replace('.', '-')}"):
        st.html(tables.heading(title, len(views), lang))
        if not views:
            st.html(tables.note(say(lang, none), lang))
        for view in views:
            key = view.found.id.replace(":", "-").replace(".", "-")
            with st.container(key=f"uline-{key}"):
                line, button = st.columns([78, 22], gap="small")
                line.html(rows.version_line(view, zone, lang))
                button.button(
                    say(lang, "draft.open"),
                    key=f"look-{key}",
                    on_click=state.remember,
                    args=("version", view.found.id),
                )


def _draw_version(
    upkeep: Upkeep, view: SopVersionView, person: Person, where: tuple[str, Lang]
) -> None:
    zone, lang = where
    st.html(rows.version_line(view, zone, lang))
    st.html(rows.findings(view.found.findings, lang))
    st.html(tables.heading("draft.diff", None, lang))
    if view.found.changes:
        st.html(rows.changes(view.found.changes, lang))
    else:
        st.html(tables.note(say(lang, "draft.same"), lang))
    if view.found.status is VersionStatus.DRAFT:
        _draw_publishing(upkeep, view, person, lang)
    _draw_ending(upkeep, view, lang)
    with st.expander(say(lang, "draft.text"), expanded=True):
        st.html(rows.whole_sop(view.found.sop, lang))


def _draw_publishing(upkeep: Upkeep, view: SopVersionView, person: Person, lang: Lang) -> None:
    """Draw the button for who may publish it; everybody else reads who may."""
    roles = listed([say(lang, f"role.{role.value}") for role in view.publishers], lang)
    st.html(tables.note(say(lang, "draft.publishers", roles=roles), lang))
    if view.found.drafted_by == person.name:
        st.html(tables.note(say(lang, "draft.own"), lang))
    elif not set(view.publishers) & set(person.roles):
        st.html(tables.note(say(lang, "draft.norole"), lang))
    else:
        st.button(
            say(lang, "draft.publish"),
            key="publish",
            type="primary",
            disabled=upkeep.offline,
            on_click=upkeep.publish,
            args=(view,),
        )


def _draw_ending(upkeep: Upkeep, view: SopVersionView, lang: Lang) -> None:
    retire = view.found.status is VersionStatus.PUBLISHED
    word = say(lang, "draft.retire" if retire else "draft.reject")
    with st.popover(word, disabled=upkeep.offline), st.form(key="ending", border=False):
        st.text_input(say(lang, "draft.why"), max_chars=_REASON_CHARS, key="ending-why")
        st.form_submit_button(word, key="ending-do", on_click=_end, args=(upkeep, view, retire))


def _end(upkeep: Upkeep, view: SopVersionView, retire: bool) -> None:
    upkeep.end(view, reason=str(st.session_state["ending-why"] or ""), retire=retire)
