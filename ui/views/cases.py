"""The cases tab: search and filters in one row, then past cases in two columns."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from api.schemas.graph import CasesPage, Facet
from ui import state
from ui.format import Lang
from ui.markup import Html
from ui.text import pick, say
from ui.views.graph import seed
from ui.widgets import case_cards, frame


def draw_cases(
    page: CasesPage,
    shown: int,
    lang: Lang,
    show_node: Callable[[str], None],
    more: Callable[[], None],
) -> None:
    """Draw the past cases in two columns, and a button for more of them."""
    _html(case_cards.cases_heading(page.total, lang))
    if not page.items:
        _html(frame.empty(say(lang, "case.none"), say(lang, "case.none.how"), lang))
        return
    columns = st.columns(2, gap="small")
    for place, case in enumerate(page.items):
        with columns[place % 2], st.container(key=f"card-case-{place}"):
            _html(case_cards.case_card(case, lang))
            st.button(
                say(lang, "case.show"),
                key=f"case-{case.id}",
                on_click=show_node,
                args=(case.component_id,),
            )
    left = page.total - len(page.items)
    if left > 0:
        text = say(lang, "case.more", n=str(min(left, shown)))
        st.button(text, key="more-cases", on_click=more)


def draw_case_filters(page: CasesPage, lang: Lang) -> None:
    """Draw search and filters over the cases; their values stand in the URL."""
    with st.container(key="case-filters", horizontal=True):
        seed("words", state.parameter("words") or "")
        st.text_input(
            say(lang, "case.search"),
            key="words",
            on_change=_keep,
            args=("words",),
            placeholder=say(lang, "case.search.hint"),
            label_visibility="collapsed",
            width=330,
        )
        _draw_facet("kind", page.kinds, lang)
        _draw_facet("mode", page.modes, lang)


def _draw_facet(key: str, facets: tuple[Facet, ...], lang: Lang) -> None:
    names = {"": say(lang, f"case.{key}.all")}
    for facet in facets:
        name = pick(facet.name, lang)
        names[facet.id] = say(lang, "case.facet", name=name, n=str(facet.count))
    asked = state.parameter(key)
    seed(key, asked if asked and asked in names else "")
    st.selectbox(
        say(lang, f"case.{key}"),
        list(names),
        format_func=names.__getitem__,
        key=key,
        on_change=_keep,
        args=(key,),
        label_visibility="collapsed",
        width=260,
    )


def _keep(name: str) -> None:
    """Write what a field holds into the URL."""
    state.remember(name, str(st.session_state[name]) or None)


def _html(markup: Html) -> None:
    if markup:
        st.html(markup)
