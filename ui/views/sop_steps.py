"""The steps of the SOP beside a diagnosis: quotes that people tick as they do them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import streamlit as st

from api.tick_schemas import SopTick, SopTickView, TickOutcome
from graph.errors import EtiographError
from graph.model.base import Text
from graph.model.knowledge import SopSectionName
from ui.failures import label_of
from ui.format import Lang, clock
from ui.scene import Scene, SopPassage, Timeline
from ui.text import say
from ui.views.looking import FAILED, Notebook
from ui.widgets import knowledge

_MOST_STEPS: Final = 4
_KEPT: Final = "ticks"


def draw(scene: Scene, lang: Lang, book: Notebook) -> None:
    """Draw at most four steps of the best SOPs, numbered through, each with who did it when."""
    ticks = {tick.place: tick for tick in _ticks(scene)}
    with st.container(key="card-sop"):
        st.html(knowledge.sop_heading(lang))
        titled = ""
        for place, (passage, step) in enumerate(_steps(scene), 1):
            if passage.sop_id != titled:
                titled = passage.sop_id
                st.html(knowledge.sop_title(passage, lang))
            tick = ticks.get((passage.sop_id, passage.section, step[0]))
            said = "" if tick is None else _said(tick, scene.zone, lang)
            quote, button = st.columns([84, 16], gap="small")
            with quote:
                st.html(knowledge.sop_step(place, step, passage, said, lang))
            if book.may_enter:
                with button, st.container(key=f"tick-{place}"):
                    _draw_button(scene, passage, step[0], tick, lang, book)


def _draw_button(
    scene: Scene,
    passage: SopPassage,
    number: int,
    tick: SopTickView | None,
    lang: Lang,
    book: Notebook,
) -> None:
    wanted = SopTick(
        sop_id=passage.sop_id,
        section=SopSectionName(passage.section),
        step=number,
        outcome=TickOutcome.DONE if tick is None else TickOutcome.OPEN,
    )
    st.button(
        say(lang, "sop.done" if tick is None else "sop.undo"),
        key=f"tick-{passage.sop_id}-{passage.section}-{number}",
        type="tertiary",
        disabled=book.disabled_why is not None,
        help=book.disabled_why,
        on_click=_tick,
        args=(book, scene, wanted),
    )


def _steps(scene: Scene) -> Iterator[tuple[SopPassage, tuple[int, Text]]]:
    every = ((passage, step) for passage in scene.sops for step in passage.steps)
    for _, found in zip(range(_MOST_STEPS), every, strict=False):
        yield found


def _said(tick: SopTickView, zone: str, lang: Lang) -> str:
    key = "sop.ticked" if tick.outcome is TickOutcome.DONE else f"sop.{tick.outcome.value}"
    return say(lang, key, name=tick.by, at=clock(tick.at, zone, seconds=False))


def _ticks(scene: Scene) -> tuple[SopTickView, ...]:
    """Give what this tab ticked since the ledger was last read, else what the ledger says."""
    kept: tuple[Timeline | None, tuple[SopTickView, ...]] | None = st.session_state.get(_KEPT)
    return kept[1] if kept is not None and kept[0] is scene.timeline else scene.ticks


def _tick(book: Notebook, scene: Scene, wanted: SopTick) -> None:
    try:
        ticks = book.desk.client.tick(scene.incident.id, wanted)
    except EtiographError as error:
        st.session_state[FAILED] = label_of(error)
    else:
        st.session_state[_KEPT] = (scene.timeline, ticks)
