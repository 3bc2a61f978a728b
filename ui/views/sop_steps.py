"""The steps of the SOP beside a diagnosis: quotes that people tick as they do them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import streamlit as st

from api.schemas.ticks import MAX_REASON_CHARS, SopTick, SopTickView, TickOutcome
from graph.errors import EtiographError
from graph.model.base import Text
from graph.model.knowledge import SopSectionName
from ui.failures import label_of
from ui.format import Lang, clock
from ui.markup import Html
from ui.scene import Scene, SopPassage, Timeline
from ui.text import say
from ui.views.looking import FAILED, Notebook
from ui.widgets import knowledge
from ui.widgets.sop_record import beside_step, beside_title

_MOST_STEPS: Final = 4
_KEPT: Final = "ticks"


def draw(scene: Scene, lang: Lang, book: Notebook) -> None:
    """Draw at most four steps of the best SOPs, numbered through, each with who did it when."""
    ticks = {tick.place: tick for tick in _ticks(scene)}
    with st.container(key="card-sop"):
        st.html(knowledge.sop_heading(lang))
        titled, drawn = "", list(_steps(scene))
        shown = {(passage.sop_id, passage.section, step[0]) for passage, step in drawn}
        for place, (passage, step) in enumerate(drawn, 1):
            record = scene.records.get(passage.sop_id)
            if passage.sop_id != titled:
                titled = passage.sop_id
                st.html(knowledge.sop_title(passage, lang))
                if record is not None:
                    steps = {place[1:] for place in shown if place[0] == titled}
                    st.html(beside_title(record, steps, scene.zone, lang))
            tick = ticks.get((passage.sop_id, passage.section, step[0]))
            said = "" if tick is None else _said(tick, scene.zone, lang)
            with st.container(key=f"sop-{place}"):
                st.html(knowledge.sop_step(place, step, passage, said, lang))
                if book.may_enter:
                    with st.container(key=f"tick-{place}"):
                        _draw_button(scene, passage, step[0], tick, lang, book)
            if record is not None:
                _html(beside_step(record, (passage.section, step[0]), lang))


def _draw_button(
    scene: Scene,
    passage: SopPassage,
    number: int,
    tick: SopTickView | None,
    lang: Lang,
    book: Notebook,
) -> None:
    """Offer 做完了 and 没做 on an open step, 撤回 on one that was ticked."""
    wanted = SopTick(
        sop_id=passage.sop_id,
        section=SopSectionName(passage.section),
        step=number,
        outcome=TickOutcome.DONE if tick is None else TickOutcome.OPEN,
    )
    st.button(
        say(lang, "sop.done" if tick is None else "sop.undo"),
        key=f"tick-{_key(wanted)}",
        type="tertiary",
        disabled=book.disabled_why is not None,
        help=book.disabled_why,
        on_click=_tick,
        args=(book, scene, wanted),
    )
    if tick is None:
        with st.popover(
            say(lang, "sop.not"), type="tertiary", disabled=book.disabled_why is not None
        ):
            _draw_not_done(scene, wanted, lang, book)


def _draw_not_done(scene: Scene, wanted: SopTick, lang: Lang, book: Notebook) -> None:
    """Ask whether a step failed or was skipped, and why."""
    key = f"not-{_key(wanted)}"
    with st.form(key=f"form-{key}", border=False):
        st.text_input(say(lang, "sop.not.why"), max_chars=MAX_REASON_CHARS, key=key)
        for outcome in (TickOutcome.FAILED, TickOutcome.SKIPPED):
            st.form_submit_button(
                say(lang, f"sop.not.{outcome.value}"),
                key=f"{outcome.value}-{_key(wanted)}",
                width="stretch",
                on_click=_tick_not_done,
                args=(book, scene, wanted.model_copy(update={"outcome": outcome}), key),
            )


def _key(wanted: SopTick) -> str:
    return "-".join(map(str, wanted.place))


def _steps(scene: Scene) -> Iterator[tuple[SopPassage, tuple[int, Text]]]:
    every = ((passage, step) for passage in scene.sops for step in passage.steps)
    for _, found in zip(range(_MOST_STEPS), every, strict=False):
        yield found


def _said(tick: SopTickView, zone: str, lang: Lang) -> str:
    key = "sop.ticked" if tick.outcome is TickOutcome.DONE else f"sop.{tick.outcome.value}"
    said = say(lang, key, name=tick.by, at=clock(tick.at, zone, seconds=False))
    return say(lang, "sop.because", said=said, reason=tick.reason) if tick.reason else said


def _ticks(scene: Scene) -> tuple[SopTickView, ...]:
    """Give what this tab ticked since the ledger was last read, else what the ledger says."""
    kept: tuple[Timeline | None, tuple[SopTickView, ...]] | None = st.session_state.get(_KEPT)
    return kept[1] if kept is not None and kept[0] is scene.timeline else scene.ticks


def _tick(book: Notebook, scene: Scene, wanted: SopTick) -> None:
    try:
        ticks = book.desk.client.tick(scene.incident.id, wanted)
    except EtiographError as error:
        FAILED.say(label_of(error), scene.incident.id)
    else:
        FAILED.unsay()
        st.session_state[_KEPT] = (scene.timeline, ticks)


def _tick_not_done(book: Notebook, scene: Scene, wanted: SopTick, key: str) -> None:
    """Write down what was not done; without a reason nothing is sent and the page says so."""
    reason = str(st.session_state.get(key) or "").strip()
    if not reason:
        FAILED.say("fail.reason", scene.incident.id)
        return
    _tick(book, scene, wanted.model_copy(update={"reason": reason}))


def _html(markup: Html) -> None:
    if markup:
        st.html(markup)
