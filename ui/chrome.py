"""What stands round every page: the style, the brand, language and account."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

import streamlit as st

from graph.model.access import Role
from ui import style
from ui.format import Lang
from ui.markup import Html, div, element, label
from ui.state import LANGUAGES
from ui.text import say
from ui.widgets import frame, grant_rows


@dataclass(frozen=True, slots=True)
class Person:
    """Who is signed in; `roles` in the order of the model.

    `grants_open`: how many grants wait that this person may confirm or object to;
    `approvals_open`: how many requests this person could still agree to.
    """

    name: str
    roles: tuple[Role, ...]
    grants_open: int = 0
    approvals_open: int = 0

    @property
    def may_claim(self) -> bool:
        """Tell whether one of the roles works on incidents."""
        return any(role not in (Role.VIEWER, Role.ADMIN) for role in self.roles)

    @property
    def leads(self) -> bool:
        """Tell whether one of the roles agrees to actions."""
        return any(role not in (Role.VIEWER, Role.OPERATOR, Role.ADMIN) for role in self.roles)

    @property
    def only_administers(self) -> bool:
        """Tell whether the person reads no incidents: the administrator of accounts and packs."""
        return set(self.roles) == {Role.ADMIN}

    @property
    def may_grant(self) -> bool:
        """Tell whether one of the roles takes part in grants by two people."""
        return any(role not in (Role.VIEWER, Role.OPERATOR) for role in self.roles)


def draw_style() -> None:
    """Send the stylesheet; once a run, before anything is drawn."""
    st.html(style.stylesheet())


def draw_header(lang: Lang, person: Person | None, sign_out: Callable[[], None]) -> None:
    """Draw brand, skip link, language and account into the header bar."""
    with st.container(key="brand"):
        skip = element("a", say(lang, "skip"), href="#next-check", cls="eg-skip")
        st.html(Html(skip + frame.brand(lang)))
    with st.container(key="chrome", horizontal=True):
        if person is not None and person.grants_open:
            href = f"/admin?lang={lang}&tab=grants"
            st.html(grant_rows.told(person.grants_open, href, lang))
        with st.popover(say(lang, "lang.name")):
            st.html(_languages(lang))
        if person is not None:
            with st.popover(label(_called(person, lang)), type="tertiary"):
                st.html(_account_link(lang))
                st.button(say(lang, "sign.out"), key="sign-out", on_click=sign_out)


def titles(lang: Lang, person: Person | None) -> Sequence[str]:
    """Return the titles of the first three pages; the third counts what waits for this person."""
    waiting = person.approvals_open if person is not None else 0
    approvals = say(lang, "page.approvals")
    counted = f"{approvals} {waiting}" if waiting else approvals
    return say(lang, "page.board"), say(lang, "page.diagnosis"), counted


def _called(person: Person, lang: Lang) -> str:
    if not person.roles:
        return person.name
    role = say(lang, f"role.{person.roles[0].value}")
    return f"{person.name}{'，' if lang == 'zh' else ', '}{role}"


def _account_link(lang: Lang) -> Html:
    return div("eg-menu", element("a", say(lang, "page.account"), href=f"/account?lang={lang}"))


def _languages(lang: Lang) -> Html:
    """Offer each language under its own name, as links that keep the rest of the URL."""
    links = []
    for other in LANGUAGES:
        query = urlencode({**st.query_params.to_dict(), "lang": other})
        current = {"aria_current": "true"} if other == lang else {}
        name = say(other, "lang.name")
        links.append(element("a", name, href=f"?{query}", lang=other, **current))
    return div("eg-menu", *links)
