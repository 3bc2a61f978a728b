"""The SOP assistant: questions at the right, answers that quote, and their sources beside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from api.schemas.chat import AnswerStepView, AnswerView
from api.schemas.incidents import IncidentView
from ui import state
from ui.format import Lang, told_apart
from ui.markup import Html, label
from ui.talk import LONG, Choice, Talk, Waiting, choice_of, citation_of, doc_of
from ui.text import pick, say
from ui.views import finder
from ui.widgets import answer_card as card
from ui.widgets import frame, sources
from ui.widgets.model_note import model_note
from ui.widgets.sop_record import record_card

_HEIGHT_PX = 640  # the stylesheet fits it to the window
_LOOK_EVERY_S = 1.0


@dataclass(frozen=True, slots=True)
class Asking:
    """How to ask: `act` is None where the person's role may not; `why` disables it."""

    act: Callable[[str], None] | None
    why: str | None = None


def draw(talk: Talk, lang: Lang, asking: Asking) -> None:
    """Draw the talk at the left, its incident and sources at the right."""
    about = talk.incident(state.parameter("incident"))
    choice = choice_of(state.parameter("cite"), talk.turns)
    left, right = st.columns([65, 35], gap="small")
    with left:
        with st.container(key="thread", height=_HEIGHT_PX, autoscroll=True, border=False):
            _draw_turns(_Page(talk, lang, asking, choice))
        _draw_input(lang, asking, waiting=talk.waiting is not None)
    with right:
        field = st.container()
        _draw_subject(talk, about, lang)
        if not finder.draw_picked(talk, lang) and choice is not None:
            _draw_sources(talk, choice, lang)
        _html(sources.foot(lang, about=about is not None, model=talk.model))
        _html(sources.link("upkeep.link", "/knowledge?tab=flags", lang))
        if talk.turns or talk.lost:
            with st.container(key="new-talk"):
                st.button(say(lang, "chat.new"), key="new", on_click=_begin_anew, args=(talk,))
        with field:  # last: at its first drawing its script is read, and nothing waits for that
            finder.draw_field(lang)


@dataclass(frozen=True, slots=True)
class _Page:
    """What every part of the thread is drawn with."""

    talk: Talk
    lang: Lang
    asking: Asking
    choice: Choice | None


def _draw_turns(page: _Page) -> None:
    talk, lang = page.talk, page.lang
    if talk.lost:
        _html(sources.note(say(lang, "chat.lost"), lang))
    if not talk.turns and talk.unanswered is None and talk.waiting is None:
        _html(frame.empty(say(lang, "chat.empty"), say(lang, "chat.empty.how"), lang))
    for number, answer in enumerate(talk.turns, 1):
        _html(card.question(answer.asked or answer.question, answer.lang))
        _draw_answer(number, answer, page)
    if talk.waiting is not None:
        _draw_waiting(talk, talk.waiting, lang)
    if talk.unanswered is not None:
        _html(card.question(talk.unanswered.question, lang))
        with st.container(key="card-unanswered"):
            why = say(lang, talk.unanswered.why)
            _html(frame.notice(say(lang, "chat.failed", why=why), lang))
            if page.asking.act is not None and talk.unanswered.why != LONG:
                again = talk.unanswered.question
                st.button(
                    say(lang, "chat.retry"), key="retry", on_click=page.asking.act, args=(again,)
                )


def _draw_waiting(talk: Talk, waiting: Waiting, lang: Lang) -> None:
    """Draw the quoted steps while a model chooses; look again every moment until it has."""
    draft = waiting.draft
    _html(card.question(waiting.question, lang))
    with st.container(key="card-waiting"):
        if draft is not None:
            _html(card.heading(draft, lang))
        _html(sources.note(say(lang, "chat.choosing"), lang))
        for place, told in enumerate(draft.steps if draft else (), 1):
            _html(card.step(place, told, draft.lang if draft else lang))
            if told.gated:
                _html(card.gated(told.gated, lang))

    @st.fragment(run_every=_LOOK_EVERY_S)
    def look() -> None:
        if talk.waiting is not waiting or waiting.draft is not draft:
            st.rerun(scope="app")

    look()


def _draw_answer(number: int, answer: AnswerView, page: _Page) -> None:
    lang = page.lang
    with st.container(key=f"card-answer-{number}"):
        _html(card.heading(answer, lang))
        _html(model_note(answer, lang))
        if answer.refused:
            for place, near in enumerate(answer.nearest, 1):
                with st.container(key=f"near-{number}-{place}", horizontal=True):
                    chosen = Choice(number, place, near=True)
                    _cite_button(card.near_name(near, lang), chosen, page.choice)
                    _html(card.match_note(near.score, lang))
            _html(card.whom_to_call(page.talk.incident(answer.incident_id), answer.call, lang))
            _draw_wish(answer, page)
        for place in range(1, len(answer.steps) + 1):
            _draw_step(number, place, answer, page)


def _draw_wish(answer: AnswerView, page: _Page) -> None:
    """Offer to record that an SOP is missing; afterwards say so, with the way to the list."""
    key, talk, lang = answer.unanswered_id, page.talk, page.lang
    if key is None or page.asking.act is None:
        return
    said = talk.wished.get(key)
    with st.container(key=f"wish-row-{key}", horizontal=True):
        if said is None:
            st.button(
                say(lang, "wish.do"),
                key=f"wish-{key}",
                disabled=page.asking.why is not None,
                help=page.asking.why,
                on_click=talk.wish,
                args=(key,),
            )
            return
        _html(sources.note(say(lang, said), lang))


def _draw_step(number: int, place: int, answer: AnswerView, page: _Page) -> None:
    """Draw one quote with its place; what belongs to a gated action goes below it, in here."""
    told = answer.steps[place - 1]
    with st.container(key=f"step-{number}-{place}"):
        quote, beside = st.columns([78, 22], gap="small")
        with quote:
            _html(card.step(place, told, answer.lang))
            if told.gated:
                _draw_gated(f"{number}-{place}", told, answer, page)
        with beside:
            if answer.about == "diagnosis":
                _html(card.diagnosis_link(answer, told, page.lang))
                return
            name = card.place_name(told.citations[0], page.lang)
            _cite_button(name, Choice(number, place), page.choice)


def _draw_gated(key: str, told: AnswerStepView, answer: AnswerView, page: _Page) -> None:
    """Draw the demand in the place of a folded command; the command only after a click."""
    talk, lang, citation = page.talk, page.lang, told.citations[0]
    shown = talk.revealed(citation)
    with st.container(key=f"gated-{key}"):
        _html(card.gated(told.gated, lang))
        raw = () if shown is None else card.revealed(pick(shown, answer.lang), told.text)
        for command in raw:
            st.code(command, language=None, wrap_lines=True)
        with st.container(key=f"gated-row-{key}", horizontal=True):
            _html(card.request_link(told.gated, answer.incident_id, lang))
            if shown is not None:
                _html(sources.note(say(lang, "gated.shown"), lang))
            elif page.asking.act is not None:
                st.button(
                    say(lang, "gated.show"),
                    key=f"reveal-{key}",
                    disabled=page.asking.why is not None,
                    help=page.asking.why,
                    on_click=talk.reveal,
                    args=(citation, answer.incident_id),
                )
        if talk.unshown_at(citation) is not None:
            why = say(lang, str(talk.unshown_at(citation)))
            _html(frame.notice(say(lang, "gated.failed", why=why), lang))


def _cite_button(name: str, choice: Choice, chosen: Choice | None) -> None:
    text = f"**{label(name)}**" if choice == chosen else label(name)
    key = f"cite-{choice}".replace(".", "-")
    st.button(text, key=key, type="tertiary", on_click=_choose, args=(str(choice),))


def _draw_input(lang: Lang, asking: Asking, *, waiting: bool) -> None:
    if asking.act is None:
        _html(sources.note(say(lang, "chat.role"), lang))
        return
    act = asking.act
    st.chat_input(
        asking.why or say(lang, "chat.placeholder"),
        key="question",
        disabled=asking.why is not None or waiting,
        on_submit=lambda: act(str(st.session_state["question"] or "")),
    )


def _draw_subject(talk: Talk, about: IncidentView | None, lang: Lang) -> None:
    with st.container(key="card-subject"):
        if not talk.incidents:
            _html(sources.note(say(lang, "chat.about.none"), lang))
            return
        first = talk.incidents[0].id
        st.session_state["about"] = about is not None
        st.toggle(
            say(lang, "chat.about"),
            key="about",
            on_change=lambda: state.remember(
                "incident", first if st.session_state["about"] else None
            ),
        )
        if about is None:
            _html(sources.note(say(lang, "chat.about.off"), lang))
            return
        several = len(talk.incidents) > 1
        if several:
            _draw_incident_choice(talk, about, lang)
        _html(sources.incident_lines(about, lang, titled=not several))


def _draw_incident_choice(talk: Talk, about: IncidentView, lang: Lang) -> None:
    titles = told_apart({view.id: pick(view.title, lang) for view in talk.incidents})
    st.session_state["subject"] = about.id
    st.selectbox(
        say(lang, "chat.about.choose"),
        list(titles),
        format_func=lambda incident_id: titles[incident_id],
        key="subject",
        label_visibility="collapsed",
        filter_mode=None,
        on_change=lambda: state.remember("incident", str(st.session_state["subject"])),
    )


def _draw_sources(talk: Talk, choice: Choice, lang: Lang) -> None:
    answer = talk.turns[choice.turn - 1]
    doc_id = doc_of(choice, talk.turns)
    if not answer.refused:
        held = {near.doc_id: talk.sop(near.doc_id) for near in answer.nearest[:1]}
        _html(sources.sources_card(choice.turn, answer, held, lang))
    sop = talk.sop(doc_id) if doc_id else None
    if sop is not None:
        citation = citation_of(choice, talk.turns)
        record = talk.record(sop.id, answer.incident_id)
        if record is not None:
            _html(record_card(record, citation, zone=talk.zone, lang=lang))
        _html(sources.passage_card(sop, citation, lang, answer.lang))


def _begin_anew(talk: Talk) -> None:
    talk.begin_anew()
    state.remember("thread", None)
    state.remember("cite", None)


def _choose(choice: str) -> None:
    state.remember("cite", choice)
    state.remember("sop", None)


def _html(markup: Html) -> None:
    if markup:
        st.html(markup)
