"""The admin page: users and tokens, packs, policies, and how the server is."""

from __future__ import annotations

from typing import Final

import streamlit as st

from api.schemas.grants import NewGrant
from graph.errors import EtiographError
from graph.model.access import Role
from graph.model.grant import GrantKind
from ui import state
from ui.chrome import Person
from ui.failures import ZONE, label_of, why_of, worded
from ui.format import Lang
from ui.office import Office
from ui.text import say
from ui.views import admin_accounts, admin_grants, calibration
from ui.widgets import frame, tables

_TABS: Final = ("accounts", "grants", "packs", "policies", "calibration", "health")
_HOLDER_TABS: Final = ("grants", "policies", "calibration", "health")
_ARCHIVE_MB: Final = 50


def draw(office: Office, person: Person, lang: Lang) -> None:
    """Draw the tab that the URL names.

    Who is no admin sees policies and health, to read; a lead the grants, to confirm and object.
    """
    admin = Role.ADMIN in person.roles
    names = _TABS if admin else _HOLDER_TABS if person.may_grant else _HOLDER_TABS[1:]
    if not admin:
        role = "admin.role.lead" if person.may_grant else "admin.role"
        st.html(tables.note(say(lang, role), lang))
    labels = {name: say(lang, f"tab.{name}") for name in names}
    asked = state.parameter("tab")
    key = f"tabs-{lang}"
    tabs = st.tabs(
        list(labels.values()),
        default=labels.get(asked or ""),
        key=key,
        on_change=lambda: _remember_tab(labels, key),
    )
    zone = _zone(office)
    for name, tab in zip(names, tabs, strict=True):
        if tab.open:
            with tab:
                _draw_tab(name, office, person, zone, lang)


def _draw_tab(name: str, office: Office, person: Person, zone: str, lang: Lang) -> None:
    if name == "accounts":
        admin_accounts.draw(office, zone, lang)
    elif name == "grants":
        admin_grants.draw(office, person, zone, lang)
    elif name == "packs":
        _draw_packs(office, lang)
    elif name == "policies":
        _draw_policies(office, lang)
    elif name == "calibration":
        calibration.draw(office, zone, lang, admin=Role.ADMIN in person.roles)
    else:
        _draw_health(office, zone, lang)


def _remember_tab(labels: dict[str, str], key: str) -> None:
    chosen = st.session_state[key]
    state.remember("tab", next((name for name, label in labels.items() if label == chosen), None))


def _zone(office: Office) -> str:
    """Tell in which zone to write times: that of the first pack."""
    packs = office.packs()
    return packs[0].timezone if packs else ZONE


def _draw_packs(office: Office, lang: Lang) -> None:
    packs = office.packs() or ()
    with st.container(key="card-packs"):
        st.html(tables.heading("pack.title", len(packs), lang))
        if packs:
            st.html(tables.pack_table(packs, lang))
        else:
            st.html(tables.note(say(lang, "pack.none"), lang))
    with st.container(key="card-upload"):
        st.html(tables.heading("pack.upload", None, lang))
        st.html(tables.note(say(lang, "pack.upload.how"), lang))
        with st.container(key="upload"):
            st.html(tables.upload_word(say(lang, "pack.choose")))
            st.file_uploader(
                say(lang, "pack.file"),
                type=["zip", "gz", "tgz"],
                key="archive",
                max_upload_size=_ARCHIVE_MB,
                disabled=office.offline,
                label_visibility="collapsed",
            )
        told = st.container()
        archive = st.session_state.get("archive")
        off = office.offline or archive is None
        if st.button(say(lang, "pack.load"), key="load", disabled=off) and archive is not None:
            told.html(tables.note(say(lang, "pack.loading"), lang))
            _load(office, archive.getvalue())
            st.rerun()
        with told:
            _draw_loading(office, lang)


def _draw_loading(office: Office, lang: Lang) -> None:
    why = office.failed.pop("load", None)
    if why is not None:
        st.html(frame.notice(worded(why, lang), lang))
    loading = office.loading
    if loading is None:
        return
    if loading.lowering is not None:
        _draw_lowering(office, *loading.lowering, lang=lang)
        return
    if loading.packs is None:
        st.html(tables.fault_lines(loading.faults, lang))
        return
    for pack in loading.packs.packs:
        told = {
            "added": f"{pack.added:,}",
            "changed": f"{pack.changed:,}",
            "removed": f"{pack.removed:,}",
            "unchanged": f"{pack.unchanged:,}",
        }
        st.html(tables.note(say(lang, "pack.loaded", id=pack.pack_id, **told), lang))


def _draw_lowering(office: Office, pack_id: str, content: str, *, lang: Lang) -> None:
    """Let an admin ask for a load that two people must agree to."""
    st.text_input(say(lang, "grant.ask.reason"), max_chars=1000, key="lowering-reason")
    st.button(
        say(lang, "pack.ask"),
        key="ask-lowering",
        on_click=_ask_lowering,
        args=(office, pack_id, content),
        disabled=office.offline,
    )


def _ask_lowering(office: Office, pack_id: str, content: str) -> None:
    reason = str(st.session_state["lowering-reason"]).strip()
    if not reason:
        office.failed["load"] = "pack.ask.need"
        return
    try:
        office.client.ask_grant(
            NewGrant(kind=GrantKind.LOWERING, subject=pack_id, content=content, reason=reason)
        )
    except EtiographError as error:
        office.failed["load"] = why_of(error)
        return
    office.loading = None
    office.failed["load"] = "pack.asked"


def _load(office: Office, archive: bytes) -> None:
    try:
        office.load(archive)
    except EtiographError as error:
        office.failed["load"] = label_of(error)


def _draw_policies(office: Office, lang: Lang) -> None:
    rules, actions = office.policies(), office.actions()
    if rules is None and actions is None:
        st.html(frame.empty(say(lang, "policy.absent"), "", lang))
        return
    if rules is not None:
        with st.container(key="card-rules"):
            st.html(tables.heading("policy.title", len(rules), lang))
            st.html(tables.rule_table(rules, lang))
    if actions is not None:
        with st.container(key="card-catalogue"):
            st.html(tables.heading("policy.actions", len(actions), lang))
            st.html(tables.action_table(actions, lang))


def _draw_health(office: Office, zone: str, lang: Lang) -> None:
    left, right = st.columns([65, 35], gap="small")
    with left, st.container(key="card-doctor"):
        report = office.doctor()
        note = say(lang, "health.version", version=report.version) if report else ""
        st.html(tables.heading("health.doctor", None, lang, note))
        if report is not None:
            st.html(tables.doctor_lines(report, lang))
        st.button(say(lang, "health.again"), key="examine", on_click=office.examine_again)
    board = office.board()
    with right:
        if board is None:
            st.html(tables.note(say(lang, "health.read"), lang))
            return
        with st.container(key="card-engine"):
            st.html(tables.heading("health.running", None, lang))
            st.html(tables.engine_lines(board, lang))
        with st.container(key="card-lanes"):
            st.html(tables.heading("health.lanes", None, lang))
            st.html(tables.lane_lines(board.lanes, lang))
    with left:
        _draw_quarantine(office, board.lanes.get("quarantine", 0), zone, lang)


def _draw_quarantine(office: Office, number: int, zone: str, lang: Lang) -> None:
    page = office.quarantined()
    if page is None:
        return
    with st.container(key="card-quarantine"):
        shown = len(page.items)
        note = say(lang, "health.quarantine.most", n=str(shown)) if page.next_cursor else ""
        st.html(tables.heading("health.quarantine", max(number, shown), lang, note))
        if shown:
            st.html(tables.quarantine_table(page, zone, lang))
        else:
            st.html(tables.note(say(lang, "health.quarantine.none"), lang))
