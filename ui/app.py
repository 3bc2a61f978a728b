"""The entry of the screens: who is there, in which language, and which page.

Streamlit runs this file from the top for every visit; `ui/asgi.py` gives it the address of the
API and the default language as `st.secrets["etiograph"]`.
"""

from __future__ import annotations

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from api.client import SESSION_COOKIE, UnreachableError, connect
from graph.errors import ConflictError, EtiographError
from ui import chat_page, chrome, state
from ui.chrome import Person
from ui.desk import Desk, Waiting
from ui.failures import ZONE, label_of, say_failure
from ui.format import Lang
from ui.scene import Scene
from ui.text import pick, say
from ui.views import approvals, diagnosis, duty_board
from ui.widgets import frame

_TIMEOUT_S = 10.0


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
    titles = chrome.titles(lang)

    def board() -> None:
        """Draw the duty board, or the way to sign in."""
        if person is None:
            st.html(frame.sign_in(lang))
        else:
            _board(desk, person, lang, pages[1])

    def details() -> None:
        """Draw the diagnosis, or the way to sign in."""
        if person is None:
            st.html(frame.sign_in(lang))
        else:
            _diagnosis(desk, person, lang)

    def approving() -> None:
        """Draw approvals and actions, or the way to sign in."""
        if person is None:
            st.html(frame.sign_in(lang))
        else:
            approvals.run(desk.client, person, lang, lambda e: say_failure(e, lang, None, ZONE))

    def chat() -> None:
        """Draw the SOP assistant, or the way to sign in."""
        if person is None:
            st.html(frame.sign_in(lang))
        else:
            chat_page.run(desk, person, lang)

    pages = [
        st.Page(board, title=titles[0], default=True),
        st.Page(details, title=titles[1], url_path="diagnosis"),
        st.Page(approving, title=say(lang, "page.approvals"), url_path="approvals"),
        st.Page(chat, title=say(lang, "page.chat"), url_path="sop"),
    ]
    st.navigation(pages, position="top").run()


@st.fragment(run_every=state.REFRESH_S)
def _board(desk: Desk, person: Person, lang: Lang, target: StreamlitPage) -> None:
    try:
        picture = desk.board()
    except EtiographError as error:
        seen = desk.board_seen
        say_failure(error, lang, seen.now if seen else None, seen.zone if seen else ZONE)
        if seen is None:
            return
        picture = seen

    def go(incident_id: str) -> None:
        st.switch_page(target, query_params={"incident": incident_id, "lang": lang})

    duty_board.draw(picture, lang, me=person.name, open_incident=go)


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
    failed = st.session_state.pop("claim.failed", None)
    if failed:
        st.html(frame.notice(say(lang, failed), lang))
    act = (lambda: _claim(desk, scene.incident.id, person)) if person.may_claim else None
    why = say(lang, "offline.why") if offline else None
    diagnosis.draw(scene, lang, diagnosis.Claim(act, why))


def _claim(desk: Desk, incident_id: str, person: Person) -> None:
    """Claim in a callback: the rerun that follows draws the new owner."""
    try:
        desk.claim(incident_id, person.name)
    except ConflictError:
        st.session_state["claim.failed"] = "claim.moved"
        desk.scenes.pop(incident_id, None)
    except EtiographError as error:
        st.session_state["claim.failed"] = label_of(error)


def _desk(base_url: str) -> Desk:
    """Return this tab's desk; another cookie is another person and gets a new one."""
    cookie = st.context.cookies.get(SESSION_COOKIE)
    kept: tuple[str | None, Desk] | None = st.session_state.get("desk")
    if kept is None or kept[0] != cookie:
        kept = (cookie, Desk(connect(base_url, cookie=cookie, timeout_s=_TIMEOUT_S)))
        st.session_state["desk"] = kept
    return kept[1]


def _sign_out(desk: Desk) -> None:
    try:
        desk.client.sign_out()
    except EtiographError:
        st.session_state["claim.failed"] = "offline.why"


if __name__ == "__main__":
    main()
