"""The entry of the screens: who is there, in which language, and which page.

Streamlit runs this file from the top for every visit; `ui/asgi.py` gives it the address of the
API and the default language as `st.secrets["etiograph"]`.
"""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from api.client import SESSION_COOKIE, UnreachableError, connect
from api.schemas.observations import ObservationsPage
from graph.errors import ConflictError, EtiographError
from ui import account_page, admin_page, chat_page, chrome, graph_page, state, upkeep_page
from ui.chrome import Person
from ui.desk import Desk, Waiting
from ui.failures import ZONE, label_of, say_failure
from ui.format import Lang
from ui.pictures import Pictures
from ui.scene import Board, Scene
from ui.text import pick, say
from ui.turns import drawing
from ui.views import action_slot, approvals, by_hand, diagnosis, duty_board, handover, looking
from ui.views.looking import Notebook
from ui.widgets import frame

_TIMEOUT_S = 10.0
_ADMIN_PAGE = 5


def main() -> None:
    """Draw one run: the header, then the page that the URL names, or the way to sign in."""
    st.set_page_config(page_title="溯因 Etiograph", layout="wide")
    server = st.secrets["etiograph"]
    lang = state.language("en" if server["lang"] == "en" else "zh")
    desk = _desk(str(server["base_url"]))
    chrome.draw_style()
    try:
        person = desk.person()
        st.session_state["person"] = person
    except EtiographError:
        person = st.session_state.get("person")
    chrome.draw_header(lang, person, lambda: _sign_out(desk))
    _pages(desk, person, lang)


def _pages(desk: Desk, person: Person | None, lang: Lang) -> None:
    def page(draw: Callable[[Person], None]) -> Callable[[], None]:
        """Draw a page for who is signed in; anybody else sees the way to sign in."""
        return lambda: draw(person) if person is not None else _draw_sign_in(lang)

    def approving(who: Person) -> None:
        approvals.run(desk.client, who, lang, lambda e: say_failure(e, lang, None, ZONE))

    board, details, requests = chrome.titles(lang, person)
    pages = [
        st.Page(page(lambda who: _first(desk, who, lang, pages)), title=board, default=True),
        st.Page(page(lambda who: _details(desk, who, lang)), title=details, url_path="diagnosis"),
        st.Page(page(approving), title=requests, url_path="approvals"),
        st.Page(
            page(lambda _: graph_page.run(desk, lang, lambda i: _open(i, pages[1], lang))),
            title=say(lang, "page.graph"),
            url_path="graph",
        ),
        st.Page(
            page(lambda who: chat_page.run(desk, who, lang)),
            title=say(lang, "page.chat"),
            url_path="sop",
        ),
        st.Page(
            page(lambda who: admin_page.run(desk, who, lang)),
            title=say(lang, "page.admin"),
            url_path="admin",
        ),
        st.Page(
            page(lambda _: account_page.run(desk, lang)),
            title=say(lang, "page.account"),
            url_path="account",
            visibility="hidden",
        ),
        st.Page(
            page(lambda who: upkeep_page.run(desk, who, lang)),
            title=say(lang, "page.upkeep"),
            url_path="knowledge",
            visibility="hidden",
        ),
    ]
    st.navigation(pages, position="top").run()


def _draw_sign_in(lang: Lang) -> None:
    st.html(frame.sign_in(lang))


def _first(desk: Desk, person: Person, lang: Lang, pages: list[StreamlitPage]) -> None:
    """Draw the duty board; who may read no incident is led to what is theirs."""
    if person.only_administers:
        st.switch_page(pages[_ADMIN_PAGE], query_params={"lang": lang})
    _board(desk, person, lang, pages[1])


@st.fragment(run_every=state.REFRESH_S)
def _board(desk: Desk, person: Person, lang: Lang, target: StreamlitPage) -> None:
    if (chosen := st.session_state.pop("opening", None)) is not None:
        _open(chosen, target, lang)  # before the board that nobody will see is fetched and drawn
    try:
        picture = desk.board()
    except EtiographError as error:
        seen = desk.board_seen
        say_failure(error, lang, seen.now if seen else None, seen.zone if seen else ZONE)
        if seen is None:
            return
        picture = seen
    if picture.waiting != st.session_state.get("badge", person.approvals_open):
        st.session_state["badge"] = picture.waiting
        st.rerun(scope="app")  # the header counts too, and is not drawn by this fragment

    duty_board.draw(
        picture,
        lang,
        me=person.name,
        open_incident=_choose,
        hand_over=lambda: _hand_over(desk, person, picture, lang),
    )


def _hand_over(desk: Desk, person: Person, picture: Board, lang: Lang) -> None:
    try:
        handover.draw(desk.client, person, picture.zone, lang)
        if person.may_claim:
            by_hand.draw_report(desk.client, lang)
    except EtiographError as error:
        say_failure(error, lang, picture.now, picture.zone)


def _choose(incident_id: str) -> None:
    st.session_state["opening"] = incident_id


def _open(incident_id: str, target: StreamlitPage, lang: Lang) -> None:
    st.switch_page(target, query_params={"incident": incident_id, "lang": lang})


def _details(desk: Desk, person: Person, lang: Lang) -> None:
    """Draw the diagnosis, and above it the dialog of a request where one is open."""
    _diagnosis(desk, person, lang)
    seen = desk.last_scene(state.parameter("incident") or "")
    action_slot.take_asked()
    if action_slot.is_asking() and seen is not None:
        action_slot.open_request(seen, lang, _slot(desk, person))


def _slot(desk: Desk, person: Person) -> action_slot.Slot:
    return action_slot.Slot(desk.client, person.may_claim, "/approvals")


@st.fragment(run_every=state.REFRESH_S)
def _diagnosis(desk: Desk, person: Person, lang: Lang) -> None:
    incident_id = state.parameter("incident")
    offline = False
    try:
        incident_id = incident_id or desk.most_urgent()
        if incident_id is None:
            st.html(frame.empty(say(lang, "board.empty"), say(lang, "board.empty.how"), lang))
            return
        state.remember("incident", incident_id)
        picture = desk.scene(incident_id)
    except EtiographError as error:
        seen = desk.last_scene(incident_id or "")
        at = seen.diagnosis.as_of.now if seen else None
        say_failure(error, lang, at, seen.zone if seen else ZONE)
        if seen is None or not isinstance(error, UnreachableError):
            return
        picture, offline = seen, True
    if isinstance(picture, Waiting):
        alerts = say(lang, "alerts", n=str(picture.alerts))
        waiting = f"{say(lang, 'status.pending')}{'，' if lang == 'zh' else ', '}{alerts}"
        st.html(frame.empty(pick(picture.title, lang), waiting, lang))
        return
    _draw_scene(picture, desk, person, lang, offline=offline)


def _draw_scene(scene: Scene, desk: Desk, person: Person, lang: Lang, *, offline: bool) -> None:
    failed = looking.FAILED.read(scene.incident.id)
    if failed:
        with st.container(key="told"):  # stays in sight of who has scrolled to what was clicked
            st.html(frame.notice(say(lang, failed), lang))
    act = (lambda: _claim(desk, scene.incident.id, person)) if person.may_claim else None
    why = say(lang, "offline.why") if offline else None
    book = _notebook(desk, scene.incident.id, person, why)
    brief = "" if offline else _brief(desk, scene.incident.id, lang)
    acting = None if offline else _act(scene, lang, _slot(desk, person))
    with drawing():
        claim = diagnosis.Claim(act, why)
        diagnosis.draw(scene, lang, claim, book=book, act=acting, brief=brief)
    looking.settle(desk, scene.incident.id)


def _notebook(desk: Desk, incident_id: str, person: Person, why: str | None) -> Notebook:
    """Fetch what people entered; nothing where the server does not tell, which a banner says."""
    try:
        page = desk.entries(incident_id)
    except EtiographError:
        page = ObservationsPage(items=())
    return Notebook(desk, page, person.name, person.may_claim, why, person.leads)


def _brief(desk: Desk, incident_id: str, lang: Lang) -> str:
    """Give the four lines, or say in their place why there are none."""
    try:
        return desk.briefing(incident_id, lang)
    except EtiographError as error:
        return say(lang, label_of(error))


def _act(scene: Scene, lang: Lang, slot: action_slot.Slot) -> Callable[[], bool | None]:
    """Fetch what the action card draws, or say in its place why there is none."""
    try:
        made = action_slot.fetch(scene, slot)
    except EtiographError as error:
        told = say(lang, label_of(error))
        return lambda: action_slot.draw_refusal(told, lang)
    return lambda: action_slot.draw(made, scene, lang, slot)


def _claim(desk: Desk, incident_id: str, person: Person) -> None:
    """Claim in a callback: the rerun that follows draws the new owner."""
    try:
        desk.claim(incident_id, person.name)
    except ConflictError:
        looking.FAILED.say("claim.moved", incident_id)
        desk.scenes.pop(incident_id, None)
    except EtiographError as error:
        looking.FAILED.say(label_of(error), incident_id)
    else:
        looking.FAILED.unsay()


@st.cache_resource(show_spinner=False)
def _pictures(base_url: str) -> Pictures:
    """Return the pictures that the tabs of this process share."""
    return Pictures()


def _desk(base_url: str) -> Desk:
    """Return this tab's desk; another cookie is another person and gets a new one."""
    cookie = st.context.cookies.get(SESSION_COOKIE)
    kept: tuple[str | None, Desk] | None = st.session_state.get("desk")
    if kept is None or kept[0] != cookie:
        client = connect(base_url, cookie=cookie, timeout_s=_TIMEOUT_S)
        kept = (cookie, Desk(client, _pictures(base_url)))
        st.session_state["desk"] = kept
    return kept[1]


def _sign_out(desk: Desk) -> None:
    try:
        desk.client.sign_out()
    except EtiographError:
        looking.FAILED.say("offline.why")


if __name__ == "__main__":
    main()
