"""Grants that need two people, drawn: what is asked for, by whom, and the time that is left."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from api.schemas.grants import GrantView
from graph.model.base import Text
from graph.model.grant import GrantKind, GrantStatus
from ui.format import Lang, clock, day, span
from ui.markup import Html, div, element
from ui.markup import span as inline
from ui.text import listed, pick, say
from ui.widgets.frame import wrap
from ui.widgets.tables import table

_CODE = 8


def name_of(grant: GrantView, lang: Lang) -> str:
    """Say in one line what a grant is about."""
    roles = listed([say(lang, f"role.{role.value}") for role in grant.roles], lang)
    key = f"grant.kind.{grant.kind.value}"
    if grant.kind in (GrantKind.ACCOUNT, GrantKind.ROLES):
        return say(lang, key, name=grant.subject, roles=roles)
    return say(lang, key, name=grant.subject)


def card(grant: GrantView, zone: str, lang: Lang) -> Html:
    """Draw an open grant: what, who asked and why, who confirmed, and the time left."""
    facts = [say(lang, "grant.asked", who=grant.asked_by, at=_at(grant.asked_at, zone))]
    if grant.confirmed_by is not None and grant.confirmed_at is not None:
        at = _at(grant.confirmed_at, zone)
        facts.append(say(lang, "grant.agreed", who=grant.confirmed_by, at=at))
    if grant.sites is not None:
        facts.append(say(lang, "grant.sites", names=listed([*grant.sites], lang)))
    facts.append(say(lang, "grant.code", code=grant.digest[:_CODE]))
    return wrap(
        lang,
        div("eg-h", element("b", name_of(grant, lang))),
        div("eg-line", *(inline("", fact) for fact in facts)),
        div("", say(lang, "grant.why", reason=grant.reason)),
        _lowered(grant, lang),
        div("eg-second", _left(grant, zone, lang)),
    )


def _lowered(grant: GrantView, lang: Lang) -> Html:
    """List what a lowering lowers, so that nobody confirms it unread."""
    if not grant.lowers:
        return Html("")
    lines = [element("li", pick(text, lang)) for text in grant.lowers]
    return div("", div("eg-second", say(lang, "grant.lowers")), element("ul", *lines))


def why_not(text: Text, lang: Lang) -> Html:
    """Say why this person cannot confirm."""
    return wrap(lang, div("eg-second", pick(text, lang)))


def past_table(grants: Sequence[GrantView], zone: str, lang: Lang) -> Html:
    """Draw how grants ended, newest first."""
    rows = [
        (name_of(grant, lang), _outcome(grant, lang), _people(grant, lang), _ended(grant, zone))
        for grant in grants
    ]
    return table(["grant.what", "grant.outcome", "grant.by", "grant.when"], rows, lang)


def told(number: int, href: str, lang: Lang) -> Html:
    """Draw the link in the header that tells those who may confirm or object, on every page."""
    text = say(lang, "grant.told", n=str(number))
    return wrap(lang, element("a", text, href=href, target="_self", cls="eg-told"))


def _left(grant: GrantView, zone: str, lang: Lang) -> str:
    left = span(grant.seconds_left, lang)
    if grant.status is GrantStatus.CONFIRMED and grant.effective_at is not None:
        return say(lang, "grant.runs", at=_at(grant.effective_at, zone), span=left)
    return say(lang, "grant.waits", span=left)


def _outcome(grant: GrantView, lang: Lang) -> str:
    said = say(lang, f"grant.status.{grant.status.value}")
    if grant.ended_why is None:
        return said
    return f"{said}{'：' if lang == 'zh' else ': '}{pick(grant.ended_why, lang)}"


def _people(grant: GrantView, lang: Lang) -> str:
    ended = grant.ended_by if grant.ended_by != "engine" else None
    names = [grant.asked_by, grant.confirmed_by, ended]
    return listed(list(dict.fromkeys(name for name in names if name)), lang)


def _ended(grant: GrantView, zone: str) -> str:
    return _at(grant.ended_at, zone) if grant.ended_at is not None else ""


def _at(instant: datetime, zone: str) -> str:
    return f"{day(instant, zone)} {clock(instant, zone, seconds=False)}"
