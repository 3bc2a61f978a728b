"""The own account: facts, sessions, tokens, and what is said beside a field."""

from __future__ import annotations

from collections.abc import Sequence

from api.schemas.admin import TokenView
from api.schemas.own_account import OwnAccount, SessionView
from ui.format import Lang, clock, count, day
from ui.markup import Html, div, element, join
from ui.markup import span as inline
from ui.text import LABELS, listed, say
from ui.widgets.frame import wrap


def account_facts(own: OwnAccount, zone: str, lang: Lang) -> Html:
    """Draw name, roles, sites, since when."""
    roles = listed([say(lang, f"role.{role.value}") for role in own.roles], lang)
    sites = say(lang, "user.sites.all") if own.sites is None else listed([*own.sites], lang)
    demo = inline("eg-badge", say(lang, "user.demo")) if own.demo else Html("")
    facts = (
        ("account.roles", roles or say(lang, "account.roles.none")),
        ("account.sites", sites or "—"),
        ("account.since", day(own.created_at, zone)),
    )
    lines = [
        div("eg-fact", inline("eg-second", say(lang, key)), inline("", told)) for key, told in facts
    ]
    return wrap(lang, div("eg-h eg-node-title", element("h3", own.name), demo), *lines)


def session_lines(sessions: Sequence[SessionView], zone: str, lang: Lang) -> Html:
    """Draw where this person is signed in, a line each."""
    title = say(lang, "session.title", n=count(len(sessions)))
    return wrap(
        lang,
        div("eg-h", element("b", title)),
        join([_session(one, zone, lang) for one in sessions]),
    )


def token_cells(token: TokenView, zone: str, lang: Lang) -> Html:
    """Draw one token: name, for what, since when."""
    scopes = listed([say(lang, f"scope.{scope.value}") for scope in token.scopes], lang)
    since = day(token.created_at, zone)
    told = div("eg-second", f"{scopes}{'，' if lang == 'zh' else ', '}{since}")
    return wrap(lang, element("b", token.name), told)


def bound(code: str, lang: Lang) -> Html:
    """Say why the password stays as it is for now, and where to look."""
    key = f"password.bound.{code}"
    text = say(lang, key if key in LABELS else "password.bound.grant_open")
    parts = [div("eg-second", text)]
    if code == "grant_open":
        href = f"/admin?lang={lang}&tab=grants"
        parts.append(div("eg-foot-link", element("a", say(lang, "password.bound.see"), href=href)))
    return wrap(lang, *parts)


def done(text: str, lang: Lang) -> Html:
    """Say that it is done."""
    return wrap(lang, div("eg-second", element("b", text), role="status"))


def _session(one: SessionView, zone: str, lang: Lang) -> Html:
    at = f"{day(one.started_at, zone)} {clock(one.started_at, zone, seconds=False)}"
    until = say(lang, "session.until", at=clock(one.expires_at, zone, seconds=False))
    here = inline("eg-badge", say(lang, "session.here")) if one.here else Html("")
    started = inline("", say(lang, "session.started", at=at))
    return div("eg-session", started, inline("eg-second", until), here)
