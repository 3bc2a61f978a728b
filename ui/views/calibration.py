"""The calibration tab: how well answers held, the map, and the fortnightly report."""

from __future__ import annotations

import streamlit as st

from api.schemas.calibration import CalibrationView
from graph.errors import EtiographError
from ui.failures import why_of, worded
from ui.format import Lang, clock, day
from ui.office import Office
from ui.text import say
from ui.widgets import frame, reliability, tables


def draw(office: Office, zone: str, lang: Lang, *, admin: bool) -> None:
    """Draw the figures and the curve at the left, map and report at the right."""
    view = office.calibration()
    if view is None:
        st.html(tables.note(say(lang, "health.read"), lang))
        return
    left, right = st.columns([65, 35], gap="small")
    with left:
        _draw_figures(view, lang)
        if view.figures.cases:
            with st.container(key="card-modes"):
                st.html(tables.heading("cal.modes", None, lang))
                st.html(reliability.mode_table(view.modes, lang))
    with right:
        _draw_map(office, view, zone, lang, admin=admin)
        _draw_report(office, lang)


def _draw_figures(view: CalibrationView, lang: Lang) -> None:
    figures = view.figures
    with st.container(key="card-calibration"):
        st.html(tables.heading("cal.title", None, lang))
        st.html(tables.note(say(lang, "cal.how"), lang))
        if not figures.cases:
            st.html(frame.empty(say(lang, "cal.none"), "", lang))
            return
        st.html(reliability.figures_line(figures, lang))
        if figures.cases < reliability.FEW:
            st.html(tables.note(say(lang, "cal.few", n=str(figures.cases)), lang))
        if view.left_out:
            st.html(tables.note(say(lang, "cal.left_out", n=str(view.left_out)), lang))
        picture, words = st.columns([50, 50], gap="small")
        with picture:
            st.html(reliability.curve(view, lang))
        with words:
            st.html(reliability.bin_lines(figures.bins, lang))
        st.html(reliability.bin_table(figures.bins, lang))


def _draw_map(office: Office, view: CalibrationView, zone: str, lang: Lang, *, admin: bool) -> None:
    with st.container(key="card-recalibration"):
        st.html(tables.heading("cal.map", None, lang))
        st.html(tables.note(_map_words(view, lang), lang))
        if view.recalibration is None:
            return
        st.html(tables.note(_setting(view, zone, lang), lang))
        why = office.failed.pop("recalibration", None)
        if why is not None:
            st.html(frame.fault(worded(why, lang), lang))
        if not admin:
            st.html(tables.note(say(lang, "cal.map.role"), lang))
            return
        st.button(
            say(lang, "cal.map.turn_off" if view.on else "cal.map.turn_on"),
            key="recalibrate",
            disabled=office.offline,
            on_click=_turn,
            args=(office, not view.on),
        )


def _map_words(view: CalibrationView, lang: Lang) -> str:
    cases = str(view.figures.cases)
    if view.recalibration is None:
        return say(lang, "cal.map.waits", fewest=str(view.fewest), n=cases)
    before = reliability.score(view.figures.error)
    after = reliability.score(view.recalibration.unseen.error)
    return say(lang, "cal.map.ready", n=cases, before=before, after=after)


def _setting(view: CalibrationView, zone: str, lang: Lang) -> str:
    if not view.on or view.set_at is None:
        return say(lang, "cal.map.off")
    at = f"{day(view.set_at, zone)} {clock(view.set_at, zone, seconds=False)}"
    return say(lang, "cal.map.on", by=view.set_by or "", at=at)


def _turn(office: Office, on: bool) -> None:
    """Turn the map on or off in a callback; the run that follows draws what holds."""
    try:
        office.client.set_recalibration(on=on)
    except EtiographError as error:
        office.failed["recalibration"] = why_of(error)


def _draw_report(office: Office, lang: Lang) -> None:
    report = office.fortnight(lang)
    if report is None:
        return
    with st.container(key="card-report"):
        st.html(tables.heading("cal.report", None, lang))
        st.html(tables.note(say(lang, "cal.report.how"), lang))
        with st.container(key="report-do", horizontal=True):
            with st.popover(say(lang, "cal.report.show")):
                st.code(report.markdown, language="markdown", wrap_lines=True)
            st.download_button(
                say(lang, "cal.report.save"),
                report.markdown,
                file_name=f"etiograph-report-{report.until.isoformat()}-{lang}.md",
                mime="text/markdown",
            )
