"""The last line of the diagnosis page: right, not quite, wrong; and who said so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import streamlit as st

from api.schemas.feedback import MAX_NOTE_CHARS, Feedback, FeedbackCause, Outcome
from api.schemas.incidents import IncidentDetail
from graph.errors import EtiographError, InputError
from graph.model.base import Text
from graph.model.diagnosis import HypothesisKind, HypothesisResult
from ui import state
from ui.failures import label_of, why_of, worded
from ui.format import Lang
from ui.scene import Scene
from ui.text import pick, say
from ui.views.looking import FAILED, Notebook
from ui.widgets import feedback, frame, replay
from ui.widgets.knowledge import short_id

_MISSES: Final = tuple(o for o in Outcome if o is not Outcome.MODELLED)
# What the forms hold besides their fields: faults by field, how often they were sent, the order of
# the components.
_FAULTS: Final = "feedback.faults"
_TURN: Final = "feedback.turn"
_ORDER: Final = "feedback.order"
_OUTCOMES: Final = {
    HypothesisKind.EXTERNAL: Outcome.EXTERNAL,
    HypothesisKind.CROWD: Outcome.NO_FAULT,
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
        st.html(replay.link(scene.incident.id, lang))
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
    """Choose the right cause among the components of the incident, candidates first."""
    ids = _candidates(scene, lang)
    names = names_of(scene)
    turn = st.session_state.get(_TURN, 0)
    with st.form(key=f"feedback-near-{turn}", border=False):
        chosen = st.selectbox(
            say(lang, "feedback.cause"),
            ids,
            index=None,
            placeholder=say(lang, "feedback.cause.find"),
            format_func=lambda c: named(c, names, lang),
            key=f"near-cause-{turn}",
        )
        _draw_fault("near/cause", lang)
        note, provisional = _draw_rest(lang, "near", turn)
        sent = st.form_submit_button(say(lang, "feedback.save"))
    if not sent:
        return
    if chosen is None:
        st.session_state[_FAULTS] = {"near/cause": "feedback.cause.need"}
    else:
        causes = (_cause(scene, chosen),)
        wanted = Feedback(cause=Outcome.MODELLED, causes=causes, note=note, provisional=provisional)
        _send(book, scene, wanted, place="near")
    st.rerun(scope="fragment")


def candidates(scene: Scene, lang: Lang) -> list[str]:
    """List the components of the incident: hypotheses by rank but the first, then by name."""
    names = names_of(scene)
    first, *others = scene.diagnosis.hypotheses
    ranked = [h.component_id for h in others if h.component_id]
    known = {*ranked, first.component_id}
    rest = sorted((c for c in names if c not in known), key=lambda c: (pick(names[c], lang), c))
    return [*ranked, *rest]


def named(component_id: str, names: Mapping[str, Text], lang: Lang) -> str:
    """Name a component, with its short id where the name does not hold it: people know either."""
    name, slug = names.get(component_id), short_id(component_id)
    if name is None:
        return slug
    told = pick(name, lang)
    return told if slug in told else f"{told}（{slug}）" if lang == "zh" else f"{told} ({slug})"


def _candidates(scene: Scene, lang: Lang) -> list[str]:
    """Keep the order in which they were first shown: a list must not move under a finger."""
    kept = st.session_state.get(_ORDER, {}).get((scene.incident.id, lang), ())
    order = state.held_order(kept, candidates(scene, lang), still=True)
    st.session_state[_ORDER] = {(scene.incident.id, lang): order}
    return order


def _cause(scene: Scene, component_id: str) -> FeedbackCause:
    """Name the fault mode too where the diagnosis holds one for it."""
    modes = {h.component_id: h.fault_mode_id for h in scene.diagnosis.hypotheses}
    return FeedbackCause(component_id=component_id, fault_mode_id=modes.get(component_id))


def _draw_wrong(scene: Scene, lang: Lang, book: Notebook) -> None:
    turn = st.session_state.get(_TURN, 0)
    with st.form(key=f"feedback-wrong-{turn}", border=False):
        kind = st.radio(
            say(lang, "feedback.kind"),
            list(_MISSES),
            index=None,
            format_func=lambda o: say(lang, f"feedback.is.{o.value}"),
        )
        _draw_fault("wrong/cause", lang)
        note, provisional = _draw_rest(lang, "wrong", turn)
        sent = st.form_submit_button(say(lang, "feedback.save"))
    if not sent:
        return
    if kind is None:
        st.session_state[_FAULTS] = {"wrong/cause": "feedback.kind.need"}
    else:
        wanted = Feedback(cause=kind, note=note, provisional=provisional)
        _send(book, scene, wanted, place="wrong")
    st.rerun(scope="fragment")


def _draw_rest(lang: Lang, place: str, turn: int) -> tuple[str, bool]:
    note = st.text_area(
        say(lang, "feedback.note"), max_chars=MAX_NOTE_CHARS, height=80, key=f"note-{place}-{turn}"
    )
    _draw_fault(f"{place}/note", lang)
    sure = st.checkbox(say(lang, "feedback.provisional"), key=f"sure-{place}-{turn}")
    return note, sure


def _draw_fault(place: str, lang: Lang) -> None:
    """Say beside a field what was wrong with it, until it is sent again."""
    why = st.session_state.get(_FAULTS, {}).get(place)
    if why is not None:
        st.html(frame.fault(worded(why, lang), lang))


def _send(book: Notebook, scene: Scene, wanted: Feedback, *, place: str = "") -> None:
    """Send it; the page then reads everybody's word anew, and the forms are empty again."""
    st.session_state[_FAULTS] = {}
    try:
        book.desk.client.give_feedback(scene.incident.id, wanted)
    except InputError as error:
        if place:
            st.session_state[_FAULTS] = {f"{place}/{_field(error)}": why_of(error)}
        else:
            FAILED.say("feedback.failed", scene.incident.id)
    except EtiographError as error:
        FAILED.say(label_of(error), scene.incident.id)
    else:
        FAILED.unsay()
        book.desk.entered = {}
        st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1


def _field(error: InputError) -> str:
    """Tell which field an error is about; what names none is about the cause."""
    return "note" if any(f.pointer.startswith("/note") for f in error.errors) else "cause"
