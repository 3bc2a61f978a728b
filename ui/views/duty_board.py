"""The duty board: what is open tonight, most urgent first."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import streamlit as st

from ui.format import Lang
from ui.markup import Html, label
from ui.scene import Board, Row
from ui.state import Filter
from ui.text import pick, say
from ui.widgets import board_table as table
from ui.widgets import frame

_LOAD_DEMO = "make run"
_PASTE_ALERT = (
    "curl -X POST -H 'Authorization: Bearer TOKEN' -H 'Content-Type: application/json' "
    """-d '{"alerts":[{"status":"firing","labels":{"alertname":"HighLatency","service":"NAME"},"""
    """"startsAt":"2025-03-12T13:40:00Z"}]}' http://HOST/api/v1/alerts/alertmanager"""
)


def draw(
    board: Board,
    lang: Lang,
    *,
    me: str,
    open_incident: Callable[[str], None],
    hand_over: Callable[[], None],
) -> None:
    """Draw the board; a click on a title calls `open_incident`, `hand_over` draws its own part."""
    _html(table.strip(board, lang))
    with st.container(key="card-board"):
        chosen = _draw_heading(board, lang, me)
        rows = filtered(board.rows, chosen, me=me)
        if not board.rows:
            _draw_empty(lang)
        elif not rows:
            _html(frame.empty(say(lang, "filter.none"), "", lang))
        else:
            _draw_columns(lang)
        for row in rows:
            _draw_row(row, lang, open_incident)
    _html(table.noise_line(board, lang))
    hand_over()
    _html(table.board_foot(board, lang))


def filtered(rows: tuple[Row, ...], chosen: Filter, *, me: str) -> list[Row]:
    """Keep the rows that a filter asks for, in their order."""
    if chosen == "mine":
        return [row for row in rows if row.owner == me]
    if chosen == "unowned":
        return [row for row in rows if row.owner is None]
    if chosen == "approvals":
        return [row for row in rows if row.agreed is not None and row.agreed[0] < row.agreed[1]]
    return list(rows)


def _draw_empty(lang: Lang) -> None:
    """Say that nothing is open, and lead on: the demo, or one alert by hand."""
    _html(frame.empty(say(lang, "board.empty"), say(lang, "board.empty.how"), lang))
    demo, paste = st.columns(2, gap="small")
    for column, key, command in ((demo, "demo", _LOAD_DEMO), (paste, "paste", _PASTE_ALERT)):
        with column, st.container(key=f"empty-{key}"):
            st.caption(say(lang, f"board.empty.{key}"))
            st.code(command, language=None, wrap_lines=True)


def _draw_heading(board: Board, lang: Lang, me: str) -> Filter:
    heading, pills = st.columns([60, 40], vertical_alignment="center")
    with heading:
        _html(table.board_heading(board, lang))
    with pills, st.container(key="filters", horizontal=True, horizontal_alignment="right"):
        mine = len(filtered(board.rows, "mine", me=me))
        unowned = len(filtered(board.rows, "unowned", me=me))
        unagreed = len(filtered(board.rows, "approvals", me=me))
        names = {
            "all": say(lang, "filter.all"),
            "mine": f"{say(lang, 'filter.mine')} {mine}",
            "unowned": f"{say(lang, 'filter.unowned')} {unowned}",
            "approvals": f"{say(lang, 'filter.approvals')} {unagreed}",
        }
        chosen = st.pills(
            say(lang, "filter"),
            list(names),
            format_func=lambda name: names[name],
            default="all",
            key="filter",
            bind="query-params",
            label_visibility="collapsed",
        )
    return cast("Filter", chosen or "all")


def _draw_columns(lang: Lang) -> None:
    with st.container(key="columns"):
        _html(table.column_name("urgency", lang))
        _html(table.column_name("incident", lang))
        _html(table.column_names(lang))


def _draw_row(row: Row, lang: Lang, open_incident: Callable[[str], None]) -> None:
    with st.container(key=f"row-{row.incident_id}"):
        _html(table.row_badge(row, lang))
        with st.container(key=f"title-{row.incident_id}"):
            st.button(
                label(pick(row.title, lang)),
                key=f"go-{row.incident_id}",
                type="tertiary",
                on_click=open_incident,
                args=(row.incident_id,),
            )
            _html(table.row_second_line(row, lang))
        _html(table.row_cells(row, lang))


def _html(markup: Html) -> None:
    if markup:
        st.html(markup)
