"""The graph page: tools in one row, the drawn graph left, card and table right; and the cases."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import streamlit as st

from api.schemas.graph import GraphNode
from ui import state
from ui.atlas import NO_FLOW
from ui.canvas.layout import lay_out, thinned
from ui.canvas.mount import draw_canvas, draw_table
from ui.format import Lang, told_apart
from ui.graph_scene import Picture
from ui.markup import Html, label
from ui.scene import Layer
from ui.text import pick, say
from ui.widgets import graph_parts, node_card
from ui.widgets.knowledge import short_id
from ui.widgets.node_card import CardFacts

TABS: Final = ("graph", "proposed", "cases", "draft", "replay")
HOPS: Final = ("1", "2", "3")
DIRECTIONS: Final = ("up", "down", "both")
MARKS: Final = ("single", "path")
_TABLE_PX: Final = 380


@dataclass(frozen=True, slots=True)
class Doing:
    """What a person can do on this page; each is called from a click."""

    choose: Callable[[str], None]
    centre: Callable[[str], None]
    open_incident: Callable[[str], None]
    show_cases: Callable[[str], None]


def draw_tabs(lang: Lang) -> str:
    """Draw the tabs; returns the chosen one, of `TABS`."""
    names = {key: say(lang, f"graph.tab.{key}") for key in TABS}
    with st.container(key="tabs"):
        return _segments("tab", say(lang, "page.graph"), names, usual="graph")


def draw_search(lang: Lang) -> str:
    """Draw the search field; returns what is typed there."""
    words = st.text_input(
        say(lang, "graph.search"),
        key="find",
        placeholder=say(lang, "graph.search.hint"),
        label_visibility="collapsed",
        width=230,
    )
    return words.strip()


def draw_reach(lang: Lang) -> tuple[int, str]:
    """Draw hops and direction; returns both."""
    hops = {n: say(lang, "graph.hops.n", n=n) for n in HOPS}
    ways = {way: say(lang, f"graph.direction.{way}") for way in DIRECTIONS}
    return (
        int(_segments("hops", say(lang, "graph.hops"), hops, usual="2")),
        _segments("direction", say(lang, "graph.direction"), ways, usual="both"),
    )


def draw_overlay(picture: Picture, lang: Lang, choose: Callable[[str], None]) -> set[str]:
    """Draw flow and highlight; returns what is highlighted."""
    flows = told_apart({flow.id: pick(flow.name, lang) for flow in picture.flows})
    shown = picture.flow.id if picture.flow else NO_FLOW
    options = [*flows, NO_FLOW]
    seed("flow", shown)
    st.selectbox(
        say(lang, "graph.flow"),
        options,
        format_func=lambda i: _flow_name(i, flows, lang),
        key="flow",
        on_change=lambda: choose(str(st.session_state["flow"])),
        label_visibility="collapsed",
        width=210,
    )
    names = {"single": say(lang, "graph.mark.single", n=str(_singles(picture)))}
    if any(len(path) > 1 for path in picture.paths):
        names["path"] = say(lang, "graph.mark.path")
    marked = st.segmented_control(
        say(lang, "graph.mark"),
        list(names),
        selection_mode="multi",
        format_func=lambda mark: names[mark],
        default=list(names),
        key=f"mark-{len(names)}",
        label_visibility="collapsed",
        width="content",
    )
    _html(graph_parts.counts(picture, lang))
    return set(marked)


def draw_found(words: str, found: tuple[GraphNode, ...], lang: Lang, doing: Doing) -> None:
    """Offer the components that fit the search, or say that none does."""
    if not found:
        _html(graph_parts.found_line(say(lang, "graph.search.none", q=words), lang))
        return
    with st.container(key="found", horizontal=True):
        _html(graph_parts.found_line(say(lang, "graph.search.found", n=str(len(found))), lang))
        for node in found:
            text = f"{short_id(node.id)} {pick(node.name, lang)}"
            st.button(label(text), key=f"to-{node.id}", on_click=doing.centre, args=(node.id,))


def draw_graph(
    picture: Picture,
    selected: str | None,
    marks: set[str],
    lang: Lang,
    facts: CardFacts | None,
    doing: Doing,
) -> None:
    """Draw the graph left, card and table right; all three share the selection."""
    left, right = st.columns([68, 32], gap="small")
    with left, st.container(key="card-graph"):
        _draw_canvas(picture, selected, marks, lang, doing)
    with right:
        with st.container(key="card-node"):
            _draw_card(picture, selected, lang, facts, doing)
        with st.container(key="card-rows"):
            _draw_table(picture, selected, lang, doing)


def seed(key: str, value: str) -> None:
    """Set a widget to what the URL says, before it is drawn."""
    if st.session_state.get(key) != value:
        st.session_state[key] = value


def _draw_canvas(
    picture: Picture, selected: str | None, marks: set[str], lang: Lang, doing: Doing
) -> None:
    _html(graph_parts.graph_heading(picture, lang))
    items = graph_parts.items_of(picture, lang)
    paths = picture.paths if "path" in marks else ()
    draw_canvas(
        lay_out(items, picture.edges, paths),
        graph_parts.boxes_of(picture, lang, singles="single" in marks),
        picture.edges,
        faint=thinned(items, picture.edges),
        names=graph_parts.band_names(lang),
        name=say(lang, "graph.name", n=str(len(items))),
        selected=selected,
        choose=doing.choose,
    )
    _html(graph_parts.legend(picture, lang, singles="single" in marks, paths="path" in marks))


def _draw_card(
    picture: Picture, selected: str | None, lang: Lang, facts: CardFacts | None, doing: Doing
) -> None:
    node = picture.node(selected)
    if node is not None and node.layer is Layer.STEP:
        _html(node_card.step_card(node, picture, lang))
    elif facts is None:
        _html(node_card.no_card(lang, "graph.card.gone" if selected else "graph.card.none"))
    else:
        _html(node_card.component_card(facts, picture, lang))
        _draw_buttons(facts, picture, lang, doing)


def _draw_buttons(facts: CardFacts, picture: Picture, lang: Lang, doing: Doing) -> None:
    detail = facts.detail
    with st.container(key="node-buttons", horizontal=True):
        if detail.id != picture.root:
            st.button(
                say(lang, "graph.card.centre"),
                key="centre",
                on_click=doing.centre,
                args=(detail.id,),
            )
        if detail.sops:
            with st.popover(say(lang, "graph.card.sops", n=str(len(detail.sops)))):
                _html(node_card.sop_list(detail, lang))
        if detail.cases:
            text = say(lang, "graph.card.cases", n=str(len(detail.cases)))
            st.button(text, key="to-cases", on_click=doing.show_cases, args=(detail.kind,))
        if detail.incidents and st.button(say(lang, "graph.card.open"), key="to-incident"):
            doing.open_incident(detail.incidents[0].incident_id)


def _draw_table(picture: Picture, selected: str | None, lang: Lang, doing: Doing) -> None:
    _html(graph_parts.table_heading(picture, lang))
    draw_table(
        graph_parts.lines_of(picture, lang),
        head=[say(lang, f"graph.col.{c}") for c in ("component", "layer", "share", "state")],
        name=say(lang, "graph.table"),
        height=_TABLE_PX,
        selected=selected,
        choose=doing.choose,
    )


def _segments(name: str, title: str, names: Mapping[str, str], *, usual: str) -> str:
    """Draw one choice whose value stands in the URL by its code, in whichever language."""
    asked = state.parameter(name)
    chosen = asked if asked and asked in names else usual
    seed(name, chosen)

    def keep() -> None:
        value = str(st.session_state[name])
        state.remember(name, None if value == usual else value)

    st.segmented_control(
        title,
        list(names),
        format_func=names.__getitem__,
        required=True,
        key=name,
        on_change=keep,
        label_visibility="collapsed",
        width="content",
    )
    return chosen


def _flow_name(flow_id: str, flows: Mapping[str, str], lang: Lang) -> str:
    if flow_id == NO_FLOW:
        return say(lang, "graph.flow.none")
    return say(lang, "graph.flow.named", name=flows[flow_id])


def _singles(picture: Picture) -> int:
    return graph_parts.single_count(picture.nodes)


def _html(markup: Html) -> None:
    if markup:
        st.html(markup)
