"""The last line of the diagnosis page: right, not quite, wrong; and who said so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import streamlit as st

from api.feedback_schemas import MAX_NOTE_CHARS, Feedback, FeedbackCause, Outcome
from api.schemas import IncidentDetail
from graph.errors import EtiographError, InputError
from graph.model.base import Id, Text
from graph.model.diagnosis import HypothesisKind, HypothesisResult
from ui.failures import label_of
from ui.format import Lang
from ui.markup import label
from ui.scene import Scene
from ui.text import pick, say
from ui.views.looking import FAILED, Notebook
from ui.widgets import feedback

_MISSES: Final = tuple(o for o in Outcome if o is not Outcome.MODELLED)
_OUTCOMES: Final = {
    HypothesisKind.EXTERNAL: Outcome.EXTERNAL,
    HypothesisKind.HEALTHY: Outcome.NO_FAULT,
}


def names_of(scene: Scene) -> Mapping[str, Text]:
    """Name the components of the diagnosis by id."""
    detail = scene.incident
    return detail.component_names if isinstance(detail, IncidentDetail) else {}


def draw_ruled_out(scene: Scene, lang: Lang) -> None:
    """Draw the card of what is ruled out; nothing where there is none."""
    card = feedback.ruled_out_card(scene.diagnosis.ruled_out, names_of(scene), lang)
    if card:
        with st.container(key="card-ruled"):
            st.html(card)


def draw(scene: Scene, lang: Lang, book: Notebook) -> None:
    """Ask whether the diagnosis was right, and show what people said."""
    with st.container(key="feedback"):
        told = feedback.feedback_lines(book.page.feedback, names_of(scene), scene.zone, lang)
        if told:
            st.html(told)
        if not book.may_enter:
            st.caption(say(lang, "feedback.role"))
            return
        with st.container(key="feedback-line", horizontal=True, vertical_alignment="center"):
            st.caption(say(lang, "feedback.ask"), width="content")
            _draw_choices(scene, lang, book)


def right(top: HypothesisResult) -> Feedback:
    """Make the feedback that says the first hypothesis is what it was."""
    if top.kind is not HypothesisKind.COMPONENT or top.component_id is None:
        return Feedback(cause=_OUTCOMES.get(top.kind, Outcome.UNKNOWN))
    cause = FeedbackCause(component_id=top.component_id, fault_mode_id=top.fault_mode_id)
    return Feedback(cause=Outcome.MODELLED, causes=(cause,))


def _draw_choices(scene: Scene, lang: Lang, book: Notebook) -> None:
    idle = book.disabled_why is not None
    st.button(
        say(lang, "feedback.right"),
        key="feedback-right",
        type="tertiary",
        disabled=idle,
        help=book.disabled_why,
        on_click=_send,
        args=(book, scene, right(scene.diagnosis.hypotheses[0])),
    )
    with st.popover(say(lang, "feedback.near"), type="tertiary", disabled=idle):
        _draw_near(scene, lang, book)
    with st.popover(say(lang, "feedback.wrong"), type="tertiary", disabled=idle):
        _draw_wrong(scene, lang, book)


def _draw_near(scene: Scene, lang: Lang, book: Notebook) -> None:
    """Choose the right cause among the hypotheses, or name another component."""
    listed = {h.component_id: h for h in scene.diagnosis.hypotheses[1:] if h.component_id}
    with st.form(key="feedback-near", border=False, clear_on_submit=True):
        chosen = st.selectbox(
            say(lang, "feedback.cause"),
            list(listed),
            format_func=lambda c: label(pick(listed[c].name, lang)),
        )
        other = st.text_input(say(lang, "feedback.other"), max_chars=200).strip()
        note, provisional = _draw_rest(lang, "near")
        sent = st.form_submit_button(say(lang, "feedback.save"))
    if not sent or not (other or chosen):
        return
    hypothesis = None if other else listed.get(chosen)
    _send_near(book, scene, other or str(chosen), hypothesis, note=note, provisional=provisional)


def _draw_wrong(scene: Scene, lang: Lang, book: Notebook) -> None:
    with st.form(key="feedback-wrong", border=False, clear_on_submit=True):
        kind = st.radio(
            say(lang, "feedback.kind"),
            list(_MISSES),
            format_func=lambda o: say(lang, f"feedback.is.{o.value}"),
        )
        note, provisional = _draw_rest(lang, "wrong")
        sent = st.form_submit_button(say(lang, "feedback.save"))
    if sent:
        _send(book, scene, Feedback(cause=kind, note=note, provisional=provisional))
        st.rerun(scope="fragment")


def _draw_rest(lang: Lang, place: str) -> tuple[str, bool]:
    note = st.text_area(
        say(lang, "feedback.note"), max_chars=MAX_NOTE_CHARS, height=80, key=f"note-{place}"
    )
    return note, st.checkbox(say(lang, "feedback.provisional"), key=f"sure-{place}")


def _send_near(
    book: Notebook,
    scene: Scene,
    component_id: Id,
    hypothesis: HypothesisResult | None,
    *,
    note: str,
    provisional: bool,
) -> None:
    mode = hypothesis.fault_mode_id if hypothesis else None
    try:
        cause = FeedbackCause(component_id=component_id, fault_mode_id=mode)
    except ValueError:
        st.session_state[FAILED] = "feedback.failed"
    else:
        wanted = Feedback(
            cause=Outcome.MODELLED, causes=(cause,), note=note, provisional=provisional
        )
        _send(book, scene, wanted)
    st.rerun(scope="fragment")


def _send(book: Notebook, scene: Scene, wanted: Feedback) -> None:
    """Send it; the page then reads everybody's word anew."""
    try:
        book.desk.client.give_feedback(scene.incident.id, wanted)
        book.desk.entered = {}
    except InputError:
        st.session_state[FAILED] = "feedback.failed"
    except EtiographError as error:
        st.session_state[FAILED] = label_of(error)
