"""Two small forms: what somebody did by hand about an incident, and what people say."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import streamlit as st

from api.client import ApiClient
from api.schemas.by_hand import ActionTaken, ReportPlace, ReportPlaces
from graph.errors import EtiographError, InputError, NotFoundError
from graph.model.people import PeopleReport
from ui.failures import why_of, worded
from ui.format import Lang, told_apart
from ui.markup import div
from ui.said import Said
from ui.scene import Scene
from ui.text import labelled, pick, say
from ui.views.feedback import candidates, named, names_of
from ui.views.hand_entries import draw_noted
from ui.views.looking import Notebook
from ui.widgets import frame

_WHAT_CHARS: Final = 300
_DAY_MIN: Final = 24 * 60
_MOST_PEOPLE: Final = 100_000
# What the forms hold besides their fields: faults by field, how often they were sent, what was
# said after the last time, and what they can name.
_FAULTS: Final = "hand.faults"
_TURN: Final = "hand.turn"
_SAID: Final = Said[tuple[str, str]]("report.said")
_PLACES: Final = "report.places"


def draw_actions(scene: Scene, lang: Lang, book: Notebook) -> None:
    """List what was done by hand, and offer the form to whoever may enter."""
    with st.container(key="by-hand"):
        draw_noted(scene, lang, book)
        if not book.may_enter:
            st.caption(say(lang, "hand.role"))
            return
        idle = book.disabled_why is not None
        with st.popover(say(lang, "hand.do"), type="tertiary", disabled=idle):
            st.caption(say(lang, "hand.how"))
            _draw_form(scene, lang, book)


def draw_report(client: ApiClient, lang: Lang) -> None:
    """Offer the form for what people say; nothing where no pack understands reports."""
    places = _places(client)
    if not places.steps or not places.places:
        return
    with st.container(key="report"):
        said = _SAID.read()
        if said is not None:
            key, joined = said
            st.html(frame.wrap(lang, div("eg-second", say(lang, key, n=joined))))
        with st.popover(say(lang, "report.do"), type="tertiary"):
            st.caption(say(lang, "report.how"))
            _draw_report(client, places, lang)


def _draw_form(scene: Scene, lang: Lang, book: Notebook) -> None:
    turn = st.session_state.get(_TURN, 0)
    names = names_of(scene)
    first = scene.diagnosis.hypotheses[0].component_id
    ids = list(dict.fromkeys([*([first] if first else []), *candidates(scene, lang)]))
    with st.form(key=f"hand-{turn}", border=False):
        target = st.selectbox(
            say(lang, "hand.target"),
            ids,
            index=None,
            placeholder=say(lang, "hand.target.find"),
            format_func=lambda c: named(c, names, lang),
            key=f"hand-target-{turn}",
        )
        _draw_fault("target", lang)
        what = st.text_input(say(lang, "hand.what"), max_chars=_WHAT_CHARS, key=f"hand-what-{turn}")
        _draw_fault("what", lang)
        ago = st.number_input(
            say(lang, "hand.minutes"), 0, _DAY_MIN, 0, step=1, key=f"hand-ago-{turn}"
        )
        _draw_fault("at", lang)
        sent = st.form_submit_button(say(lang, "hand.save"))
    if sent:
        _send(book, scene, target, (what or "").strip(), ago=int(ago))
        st.rerun(scope="fragment")


def _send(book: Notebook, scene: Scene, target: str | None, what: str, *, ago: int) -> None:
    missing = {"target": "hand.target.need"} if target is None else {}
    missing |= {} if what else {"what": "hand.what.need"}
    st.session_state[_FAULTS] = missing
    if missing or target is None:
        return
    wanted = ActionTaken(what=what, target=target, at=_at(scene.diagnosis.as_of.now, ago))
    try:
        book.desk.client.note_action(scene.incident.id, wanted)
    except EtiographError as error:
        places = [f.pointer.strip("/") for f in getattr(error, "errors", ())]
        st.session_state[_FAULTS] = {(places or ["what"])[0]: why_of(error)}
    else:
        st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1


def _at(now: datetime, ago: int) -> datetime | None:
    """Count back from the time of the picture; of what was just done the server knows the time."""
    return now - timedelta(minutes=ago) if ago else None


def _draw_fault(place: str, lang: Lang) -> None:
    why = st.session_state.get(_FAULTS, {}).get(place)
    if why is not None:
        st.html(frame.fault(worded(why, lang), lang))


def _places(client: ApiClient) -> ReportPlaces:
    """Ask once a visit: steps and regions change with the pack only."""
    kept = st.session_state.get(_PLACES)
    if not isinstance(kept, ReportPlaces):
        try:
            kept = client.report_places()
        except NotFoundError:  # a server from before it could tell: there is no form
            kept = ReportPlaces()
        st.session_state[_PLACES] = kept
    return kept


def _draw_report(client: ApiClient, places: ReportPlaces, lang: Lang) -> None:
    turn = st.session_state.get(_TURN, 0)
    steps = told_apart({step.id: pick(step.name, lang) for step in places.steps})
    regions = told_apart({place.region: pick(place.name, lang) for place in places.places})
    carriers = sorted({carrier for place in places.places for carrier in place.carriers})
    with st.form(key=f"report-{turn}", border=False):
        step = st.selectbox(say(lang, "report.step"), list(steps), format_func=steps.__getitem__)
        region = st.selectbox(
            say(lang, "report.region"),
            list(regions),
            format_func=regions.__getitem__,
        )
        carrier = st.selectbox(
            say(lang, "report.carrier"),
            ["", *carriers],
            format_func=lambda c: _carrier(c, lang),
        )
        _draw_fault("region", lang)
        people = st.number_input(say(lang, "report.count"), 1, _MOST_PEOPLE, 1, step=1)
        sent = st.form_submit_button(say(lang, "report.save"))
    if sent and step and region:
        wanted = PeopleReport(
            flow_step=step, region=region, carrier=carrier or None, count=int(people)
        )
        _report(client, wanted, next(p for p in places.places if p.region == region))
        st.rerun(scope="fragment")


def _carrier(carrier: str, lang: Lang) -> str:
    """Name a carrier; one that we have no word for is called as the pack does."""
    if not carrier:
        return say(lang, "report.carrier.any")
    return next((pick(name, lang) for name in labelled("carrier", [carrier])), carrier)


def _report(client: ApiClient, wanted: PeopleReport, place: ReportPlace) -> None:
    st.session_state[_FAULTS] = {}
    if wanted.carrier is None and not place.whole:
        st.session_state[_FAULTS] = {"region": "report.carrier.need"}
        return
    try:
        joined = client.report(wanted)
    except InputError:
        st.session_state[_FAULTS] = {"region": "report.carrier.need"}
    except EtiographError as error:
        st.session_state[_FAULTS] = {"region": why_of(error)}
    else:
        st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1
        key = "report.joined" if joined else "report.waits"
        _SAID.say((key, str(len(joined))))
