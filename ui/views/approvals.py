"""Approvals and actions: what waits for me, what runs, what was done, and whether the log holds.

A decision is confirmed once, in a dialog; while it is open nothing refreshes under the finger.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import streamlit as st

from api.client import ApiClient
from api.schemas.remediations import AuditVerification, RemediationView
from graph.errors import EtiographError
from graph.model.base import Text
from graph.model.remediation import Decision, RemediationStatus
from ui import state
from ui.chrome import Person
from ui.failures import ZONE
from ui.format import Lang
from ui.markup import Html, label
from ui.text import pick, say
from ui.views import approval_dialogs as dialogs
from ui.widgets import approval, frame, measure

_HISTORY: Final = 10
# It is drawn twice a refresh: beside the history and above the log.
_CHAIN_DRAWS: Final = 2 * 12
_PRIMARY: Final = frozenset({"agree", "execute", "resolve"})
_WAITING: Final = (RemediationStatus.REQUESTED, RemediationStatus.APPROVED)
_OPEN_ENDS: Final = (
    RemediationStatus.RUNNING,
    RemediationStatus.UNKNOWN,
    RemediationStatus.HELD,
)


@dataclass(frozen=True, slots=True)
class _Tables:
    """The remediations by tab, each newest first."""

    waiting: tuple[RemediationView, ...]
    requested: tuple[RemediationView, ...]
    running: tuple[RemediationView, ...]
    every: tuple[RemediationView, ...]

    @property
    def zone(self) -> str:
        """Tell the clock of the stop and the audit log: that of the newest request, else UTC."""
        return self.every[0].timezone if self.every else ZONE


def draw(client: ApiClient, person: Person, lang: Lang) -> None:
    """Draw the page; raises EtiographError where the server does not answer."""
    every = client.remediations().items
    tables = _sorted(every, person)
    said = dialogs.SAID.read()
    if said:
        line = pick(said, lang) if isinstance(said, Text) else say(lang, said)
        done = isinstance(said, str) and said.startswith("done.")
        st.html(approval.note(line, lang) if done else frame.notice(line, lang))
    names = [
        say(lang, "tab.waiting", n=str(len(tables.waiting))),
        say(lang, "tab.requested", n=str(len(tables.requested))),
        say(lang, "tab.running", n=str(len(tables.running))),
        say(lang, "tab.history"),
        say(lang, "tab.audit"),
    ]
    with st.container(key="approval-tabs"):
        tabs = st.tabs(names, key="kinds")
    draws: tuple[Callable[[], None], ...] = (
        lambda: _draw_waiting(client, tables, person, lang),
        lambda: _draw_list(client, tables.requested, person, lang, none="requested.none"),
        lambda: _draw_list(client, tables.running, person, lang, none="running.none"),
        lambda: _draw_history(tables.every, lang),
        lambda: _draw_audit(client, tables.zone, lang),
    )
    for tab, fill in zip(tabs, draws, strict=True):
        with tab:
            fill()


def _sorted(every: tuple[RemediationView, ...], person: Person) -> _Tables:
    mine = [v for v in every if v.requester == person.name]
    return _Tables(
        waiting=tuple(
            v for v in every if v.may_decide_as or (v.status in _WAITING and v.may_execute)
        ),
        requested=tuple(mine),
        running=tuple(v for v in every if v.status in _OPEN_ENDS),
        every=every,
    )


def _draw_waiting(client: ApiClient, tables: _Tables, person: Person, lang: Lang) -> None:
    wanted = state.parameter("rid")
    chosen = next((v for v in tables.every if v.remediation_id == wanted), None)
    chosen = chosen or next(iter(tables.waiting), None)
    left, right = st.columns([65, 35], gap="small")
    with left:
        if chosen is None:
            with st.container(key="card-request"):
                _html(frame.empty(say(lang, "waiting.none"), say(lang, "requested.how"), lang))
        else:
            _draw_request(chosen, lang)
        _draw_recent(client, tables, chosen, lang)
    with right:
        if chosen is not None:
            _draw_agreement(chosen, person, lang)
        _draw_running(tables.running, lang)
        _draw_channel(client, tables.zone, person, lang)


def _draw_request(view: RemediationView, lang: Lang) -> None:
    with st.container(key="card-request"):
        _html(approval.heading(view, lang))
        _html(approval.four_answers(view, lang))
        _html(approval.run_heading(lang))
        st.code(approval.rendered(view, lang), language=None, wrap_lines=True)
        _html(approval.run_foot(view, lang))
        _html(approval.conditions(view, lang))


def _draw_agreement(view: RemediationView, person: Person, lang: Lang) -> None:
    with st.container(key="card-agreement"):
        _html(approval.agreement(view, person.name, lang))
        if view.status is RemediationStatus.REQUESTED:
            _html(approval.phone_link(view, lang))
        if view.status not in _WAITING:
            _html(approval.outcome(view, lang))
        if view.undoes is not None:
            _html(measure.earlier(view, lang))
        _draw_answers(view, person, lang)


def _draw_answers(view: RemediationView, person: Person, lang: Lang) -> None:
    """Draw at most one primary button: agree, else execute, else settle."""
    if view.may_decide_as:
        with st.container(key="primary"):
            _ask_button(view, "agree", lang)
        _ask_button(view, "refuse", lang)
    elif view.may_execute:
        with st.container(key="primary"):
            _ask_button(view, "execute", lang)
    elif view.status in (RemediationStatus.UNKNOWN, RemediationStatus.HELD):
        with st.container(key="primary"):
            _ask_button(view, "resolve", lang)
    elif view.why_not is not None and view.status in _WAITING:
        _html(approval.note(pick(view.why_not, lang), lang))
    if view.may_undo:
        _ask_button(view, "undo", lang, said="undo.request" if view.is_measure else "undo")
    if view.is_measure and person.may_claim:
        _ask_button(view, "ending", lang)
    if view.status is RemediationStatus.REQUESTED and not view.may_decide_as:
        _html(approval.lacking(view, lang))
    agreed = [a for a in view.approvals if a.user == person.name]
    if view.status in _WAITING and any(a.decision is Decision.APPROVE for a in agreed):
        _ask_button(view, "withdraw", lang)
    if view.may_decide_as:
        _html(approval.note(say(lang, "act.note"), lang))


def _ask_button(view: RemediationView, kind: str, lang: Lang, *, said: str = "") -> None:
    """Draw the button that opens a dialog of this kind; `said` names another label for it."""
    st.button(
        label(say(lang, f"act.{said or kind}")),
        key=f"{kind}-{view.remediation_id}",
        width="stretch",
        type="primary" if kind in _PRIMARY else "secondary",
        on_click=dialogs.ask,
        args=(kind, view.remediation_id),
    )


def _draw_recent(
    client: ApiClient, tables: _Tables, chosen: RemediationView | None, lang: Lang
) -> None:
    past = [v for v in tables.every if v is not chosen][:3]
    with st.container(key="card-history"):
        title, chain = st.columns([50, 50], vertical_alignment="center")
        with title:
            _html(approval.history_heading(len(past), lang))
        with chain, st.container(key="chain"):
            _html(approval.chain_line(_chain(client), lang))
        for view in past:
            _html(approval.history_row(view, lang))


def _draw_running(running: tuple[RemediationView, ...], lang: Lang) -> None:
    if not running:
        return
    with st.container(key="card-running"):
        for view in running:
            _html(approval.stages(view, lang))


def _draw_channel(client: ApiClient, zone: str, person: Person, lang: Lang) -> None:
    stop = client.emergency_stop()
    with st.container(key="card-channel"):
        _html(approval.channel(stop, zone, lang))
        if person.may_claim:
            kind = "release" if stop.held else "stop"
            with st.container(key="stop"):
                st.button(
                    f"{'' if stop.held else '■ '}{say(lang, f'channel.{kind}')}",
                    key=f"channel-{kind}",
                    on_click=dialogs.ask,
                    args=(kind, ""),
                )


def _draw_list(
    client: ApiClient,
    views: tuple[RemediationView, ...],
    person: Person,
    lang: Lang,
    *,
    none: str,
) -> None:
    if not views:
        _html(frame.empty(say(lang, none), say(lang, "requested.how"), lang))
    for view in views[:_HISTORY]:
        with st.container(key=f"card-{none}-{view.remediation_id}"):
            _html(approval.heading(view, lang))
            if view.status is RemediationStatus.RUNNING:
                _html(approval.stages(view, lang))
            else:
                _html(approval.outcome(view, lang))
            if view.status in (RemediationStatus.UNKNOWN, RemediationStatus.HELD):
                st.button(
                    say(lang, "act.resolve"),
                    key=f"resolve-{none}-{view.remediation_id}",
                    on_click=dialogs.ask,
                    args=("resolve", view.remediation_id),
                )


def _draw_history(views: tuple[RemediationView, ...], lang: Lang) -> None:
    with st.container(key="card-history-all"):
        if not views:
            _html(frame.empty(say(lang, "history.none"), "", lang))
        for view in views:
            _html(approval.history_row(view, lang))


def _draw_audit(client: ApiClient, zone: str, lang: Lang) -> None:
    with st.container(key="card-audit"):
        _html(approval.chain_line(_chain(client), lang))
        events = client.audit().items
        if events:
            _html(approval.audit_table(events, zone, lang))
        else:
            _html(frame.empty(say(lang, "audit.none"), "", lang))


def run(
    client: ApiClient, person: Person, lang: Lang, fail: Callable[[EtiographError], None]
) -> None:
    """Draw in a fragment that refreshes, and the open dialog above it; `fail` says an error."""
    asked = dialogs.asked()

    def body() -> None:
        if asked is None and dialogs.asked() is not None:
            st.rerun(scope="app")  # the dialog is drawn above this fragment
        try:
            draw(client, person, lang)
        except EtiographError as error:
            fail(error)

    st.fragment(body, run_every=None if asked else state.REFRESH_S)()
    if asked is not None:
        try:
            dialogs.show(client, asked, lang)
        except EtiographError as error:
            fail(error)


def _chain(client: ApiClient) -> AuditVerification:
    """Tell whether the audit chain holds: read whole, so once in twelve refreshes of this tab."""
    kept: tuple[AuditVerification, int] | None = st.session_state.get("approval.chain")
    if kept is None or kept[1] <= 0:
        kept = (client.verify_audit(), _CHAIN_DRAWS)
    st.session_state["approval.chain"] = (kept[0], kept[1] - 1)
    return kept[0]


def _html(markup: Html) -> None:
    if markup:
        st.html(markup)
