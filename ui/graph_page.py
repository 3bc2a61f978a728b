"""The run of the graph page: what the URL asks for, what the server says, and what a click does."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from graph.errors import EtiographError, NotFoundError
from ui import state
from ui.atlas import Asked, Atlas
from ui.canvas.mount import canvas_styles
from ui.desk import Desk
from ui.failures import ZONE, say_failure
from ui.format import Lang
from ui.graph_scene import Picture
from ui.text import say
from ui.views import cases, graph, postmortem, proposals, replay
from ui.widgets import frame
from ui.widgets.node_card import CardFacts

_CASES_AT_ONCE = 20


@st.fragment
def run(desk: Desk, lang: Lang, open_incident: Callable[[str], None]) -> None:
    """Draw the tab that the URL names."""
    st.html(f"<style>{canvas_styles()}</style>")
    atlas = _atlas(desk)
    doing = graph.Doing(
        choose=lambda node_id: state.remember("node", node_id),
        centre=_centre,
        open_incident=open_incident,
        show_cases=_show_cases,
    )
    try:
        tab = graph.draw_tabs(lang)
        if tab == "cases":
            _draw_cases(atlas, lang)
        elif tab == "draft":
            postmortem.draw_postmortem(desk.client, lang)
        elif tab == "proposed":
            proposals.draw_proposals(desk.client, lang)
        elif tab == "replay":
            replay.draw_replay(desk.client, lang)
        else:
            _draw_graph(desk, atlas, lang, doing)
    except EtiographError as error:
        say_failure(error, lang, None, ZONE)


def _draw_graph(desk: Desk, atlas: Atlas, lang: Lang, doing: graph.Doing) -> None:
    marks: set[str] = set()
    with st.container(key="tools", horizontal=True):
        words = graph.draw_search(lang)
        hops, direction = graph.draw_reach(lang)
        picture = _picture(desk, atlas, hops, direction)
        if picture is not None:
            marks = graph.draw_overlay(picture, lang, lambda flow: state.remember("flow", flow))
    # This place is always there, so that what follows is never drawn twice while it moves.
    with st.container(key="found-place"):
        if words:
            graph.draw_found(words, atlas.find(words), lang, doing)
    if picture is None:
        st.html(frame.notice(say(lang, "graph.card.gone"), lang))
    elif not picture.nodes:
        st.html(frame.empty(say(lang, "graph.empty"), say(lang, "graph.empty.how"), lang))
    else:
        selected = state.parameter("node") or picture.root
        facts = _facts(atlas, picture, selected)
        graph.draw_graph(picture, selected, marks, lang, facts, doing)


def _picture(desk: Desk, atlas: Atlas, hops: int, direction: str) -> Picture | None:
    """Fetch the picture; None where the centre is not to be seen.

    A node that is named without a centre, as a link from elsewhere does, is the centre.
    """
    incident = state.parameter("incident")
    root = state.parameter("root") or state.parameter("node")
    if incident is None and root is None:
        incident = desk.most_urgent()
    if root is not None and "/" in root:
        root = None
    state.remember("incident", incident)
    asked = Asked(root, hops, direction, state.parameter("flow"), incident)
    try:
        picture = atlas.picture(asked)
    except NotFoundError:
        return None
    state.remember("root", picture.root)
    return picture


def _facts(atlas: Atlas, picture: Picture, selected: str | None) -> CardFacts | None:
    try:
        return atlas.facts(picture, selected) if selected else None
    except NotFoundError:
        return None


def _draw_cases(atlas: Atlas, lang: Lang) -> None:
    shown = int(st.session_state.get("cases-shown", _CASES_AT_ONCE))
    page = atlas.cases(
        state.parameter("words") or "",
        kind=state.parameter("kind"),
        mode=state.parameter("mode"),
        limit=min(shown, 100),
    )
    cases.draw_case_filters(page, lang)

    def more() -> None:
        st.session_state["cases-shown"] = shown + _CASES_AT_ONCE

    cases.draw_cases(page, _CASES_AT_ONCE, lang, _show_node, more)


def _centre(node_id: str) -> None:
    state.remember("root", node_id)
    state.remember("node", node_id)
    st.session_state["find"] = ""


def _show_cases(kind: str) -> None:
    state.remember("tab", "cases")
    state.remember("kind", kind)


def _show_node(node_id: str) -> None:
    state.remember("tab", None)
    state.remember("root", node_id)
    state.remember("node", node_id)


def _atlas(desk: Desk) -> Atlas:
    """Return this tab's atlas; another person's desk begins another."""
    kept: tuple[Desk, Atlas] | None = st.session_state.get("atlas")
    if kept is None or kept[0] is not desk:
        kept = (desk, Atlas(desk.client))
        st.session_state["atlas"] = kept
    return kept[1]
