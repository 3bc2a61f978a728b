"""The diagnosis page: what broke, how sure, why, for whom, and what to check next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from graph.model.base import Text
from graph.model.diagnosis import DiagnosisStatus
from ui import state
from ui.format import Lang
from ui.markup import Html, label
from ui.scene import Cause, Scene
from ui.text import say
from ui.views import by_hand, feedback, looking, reasons, sop_steps
from ui.views.looking import Notebook
from ui.widgets import causes, frame, graph_parts, knowledge, map, ribbon, timeline, verdict

_FIRST_ROWS = 5


@dataclass(frozen=True, slots=True)
class Claim:
    """How to claim the incident: `act` is None where the person's role may not."""

    act: Callable[[], None] | None
    disabled_why: str | None = None


def draw(
    scene: Scene,
    lang: Lang,
    claim: Claim,
    *,
    book: Notebook,
    act: Callable[[], bool | None] | None = None,
    brief: str = "",
) -> None:
    """Draw one scene; parts whose data are absent are left out whole.

    `book` takes what people enter; `act` draws the action card and tells whether it took the
    page's one primary button; `brief` is the four-line report for those who call.
    """
    _html(frame.incident_heading(scene, lang))
    if brief:
        with st.container(key="brief"), st.popover(say(lang, "brief"), type="tertiary"):
            st.caption(say(lang, "brief.how"))
            st.code(brief, language=None, wrap_lines=True)
    if scene.steps:
        _html(ribbon.ribbon(scene.steps, scene.people, lang))
    _html(frame.lost_banner(scene.lost, scene.zone, lang))
    left, right = st.columns([65, 35], gap="small")
    with left:
        _draw_left(scene, lang, book)
    with right:
        acts = act() if act is not None else None
        _draw_right(scene, lang, (claim, book), acts=acts)
    if scene.timeline is not None:
        _html(timeline.timeline_card(scene.timeline, scene.zone, lang))
    _html(frame.engine_line(scene.diagnosis.engine, lang))
    feedback.draw(scene, lang, book)
    by_hand.draw_actions(scene, lang, book)


def visible_causes(rows: tuple[Cause, ...], *, everything: bool) -> list[Cause]:
    """Choose the rows: five, external and healthy always among them, in the given order."""
    if everything or len(rows) <= _FIRST_ROWS:
        return list(rows)
    always = [row for row in rows if row.kind.value != "component"]
    room = _FIRST_ROWS - len(always)
    first = [row for row in rows if row.kind.value == "component"][:room]
    keys = {row.key for row in (*always, *first)}
    return [row for row in rows if row.key in keys]


def _draw_left(scene: Scene, lang: Lang, book: Notebook) -> None:
    _html(verdict.verdict_card(scene, lang))
    if scene.diagnosis.settling:
        _html(verdict.coverage_row(scene, lang))
    _draw_causes(scene, lang, book)
    changed = scene.diagnosis.stability.top_changes_10m
    if scene.diagnosis.settling and changed and scene.reigns:
        _html(verdict.changes_card(scene.reigns, changed, scene.zone, lang))
    if scene.map is not None:
        _draw_map(scene, lang)


def _draw_right(
    scene: Scene, lang: Lang, doing: tuple[Claim, Notebook], *, acts: bool | None
) -> None:
    claim, book = doing
    if scene.incident.owner is None:
        title = "claim.title" if acts is None else "claim.beside"
        _draw_claim(scene, lang, claim, primary=not acts, title=title)
    asked = looking.draw_check(scene, lang, book)
    if asked is not None:
        reasons.draw_ahead(asked, scene, lang, book)
    if first := _first_steps(scene):
        _html(knowledge.first_steps_card(first, lang))
    if scene.sops:
        sop_steps.draw(scene, lang, book)
    if scene.cases:
        _html(knowledge.cases_card(scene.cases, scene.case_days, scene.zone, lang))
    feedback.draw_ruled_out(scene, lang)
    looking.draw_entries(scene, lang, book)


def _first_steps(scene: Scene) -> Text | None:
    """Say what to do first about the top cause, where it is worth looking there first."""
    top = scene.causes[0]
    told = scene.diagnosis.status in (DiagnosisStatus.CONCLUSIVE, DiagnosisStatus.LIKELY)
    return top.first_steps if told else None


def _draw_claim(scene: Scene, lang: Lang, claim: Claim, *, primary: bool, title: str) -> None:
    why = "claim.settling" if scene.diagnosis.settling else "claim.who"
    with st.container(key="card-claim"):
        _html(frame.claim_text(say(lang, why), lang, title=say(lang, title)))
        if claim.act is None:
            _html(frame.claim_text(say(lang, "claim.role"), lang))
            return
        with st.container(key="claim" if primary else "claim-second"):
            st.button(
                say(lang, "claim"),
                type="primary" if primary else "secondary",
                width="stretch",
                on_click=claim.act,
                disabled=claim.disabled_why is not None,
                help=claim.disabled_why,
            )


def _draw_causes(scene: Scene, lang: Lang, book: Notebook) -> None:
    opened = state.parameter("cause")
    rows = visible_causes(scene.causes, everything=state.parameter("all") == "1")
    by_key = {row.key: row for row in rows}
    fresh = [row.key for row in rows]
    shown = st.session_state.get("causes", {}).get(scene.incident.id, fresh)
    still = state.list_is_still(open_row=opened is not None)
    order = state.held_order(shown, fresh, still=still)
    st.session_state["causes"] = {scene.incident.id: order}
    with st.container(key="card-causes"):
        moved = state.moves_shown() or scene.diagnosis.settling
        deltas = moved and any(cause.before is not None for cause in scene.causes)
        _html(causes.causes_heading(lang, deltas=deltas))
        if order != fresh:
            st.button(say(lang, "causes.moved"), key="moved", on_click=_take_order, args=(fresh,))
        for place, key in enumerate(order):
            _draw_cause(by_key[key], place, lang, deltas=deltas, is_open=key == opened)
            if key == opened:
                reasons.draw_account(by_key[key], scene, lang, book)
                looking.draw_verdicts(by_key[key], scene.zone, lang, book)
        _draw_others(scene, rows, lang)
        reasons.draw_why_not(scene, lang, book)


def _draw_cause(cause: Cause, place: int, lang: Lang, *, deltas: bool, is_open: bool) -> None:
    name = label(verdict.row_name(cause, lang))
    with st.container(key=f"cause-{place}"):
        st.button(
            f"{'▾' if is_open else '▸'}  {f'**{name}**' if cause.rank == 1 else name}",
            key=f"open-{cause.key}",
            type="tertiary",
            on_click=_toggle,
            args=(cause.key, is_open),
        )
        _html(causes.cause_bar(cause, lang, deltas=deltas))
        if is_open:
            _html(causes.evidence_panel(cause, lang))


def _draw_others(scene: Scene, rows: list[Cause], lang: Lang) -> None:
    hidden = len(scene.causes) - len(rows)
    everything = state.parameter("all") == "1"
    if not hidden and not everything:
        return
    with st.container(key="others"):
        if hidden:
            _html(causes.others_line(hidden, _ceiling(scene, rows), lang))
        word = "causes.hide" if everything else "causes.show"
        args = ("all", None if everything else "1")
        st.button(say(lang, word), key="all", type="tertiary", on_click=_set, args=args)


def _draw_map(scene: Scene, lang: Lang) -> None:
    if scene.map is None:
        return
    as_table = state.parameter("map") == "table"
    with st.container(key="card-map"):
        with st.container(key="map-switch"):
            _html(map.map_heading(scene.map, lang))
            word = "map.picture" if as_table else "map.table"
            args = ("map", None if as_table else "table")
            st.button(say(lang, word), key="map", type="tertiary", on_click=_set, args=args)
        drawn = map.map_table if as_table else map.map_picture
        _html(drawn(scene.map, lang, scene.diagnosis.status))
        top = next((node.id for node in scene.map.nodes if node.top), None)
        _html(graph_parts.graph_link(scene.incident.id, top, lang))


def _ceiling(scene: Scene, rows: list[Cause]) -> float:
    shown = {row.key for row in rows}
    most = max(c.posterior for c in scene.causes if c.key not in shown)
    return min(0.99, int(most * 100 + 1) / 100)


def _toggle(key: str, is_open: bool) -> None:
    state.remember("cause", None if is_open else key)
    state.still_after_click()


def _set(name: str, value: str | None) -> None:
    state.remember(name, value)


def _take_order(fresh: list[str]) -> None:
    incident_id = next(iter(st.session_state["causes"]))
    st.session_state["causes"] = {incident_id: fresh}
    st.session_state["still"] = 0


def _html(markup: Html) -> None:
    if markup:
        st.html(markup)
