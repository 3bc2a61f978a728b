"""The change of shift, drawn: temporary measures, what waits, what is not settled."""

from __future__ import annotations

from api.schemas.handover import HandoverView, Matter
from graph.model.remediation import RemediationStatus
from ui.format import Lang, age, clock, day
from ui.markup import Html, div, element
from ui.markup import span as inline
from ui.text import listed, pick, say
from ui.widgets.frame import wrap
from ui.widgets.knowledge import short_id

_PARTS = ("temporary", "waiting", "unsettled")
_NAMED = 4


def summary(view: HandoverView, lang: Lang) -> str:
    """Say in one line how much there is to hand over."""
    counts = (len(view.temporary), len(view.waiting), len(view.unsettled))
    return say(
        lang,
        "handover.line",
        temporary=str(counts[0]),
        waiting=str(counts[1]),
        unsettled=str(counts[2]),
    )


def parts(view: HandoverView, zone: str, lang: Lang) -> Html:
    """List every matter under its heading; an empty list says so."""
    lists = {
        "temporary": view.temporary,
        "waiting": view.waiting,
        "unsettled": view.unsettled,
    }
    drawn = [_part(name, lists[name], zone, lang) for name in _PARTS]
    return wrap(lang, *drawn)


def _part(name: str, matters: tuple[Matter, ...], zone: str, lang: Lang) -> Html:
    title = element("b", say(lang, f"handover.{name}"))
    rows = [_row(matter, zone, lang) for matter in matters]
    none = div("eg-second", say(lang, "handover.none"))
    return div("", div("eg-h", title), *(rows or [none]))


def _row(matter: Matter, zone: str, lang: Lang) -> Html:
    """Draw one matter: what, and how it is undone; where it stands, how long, and whose it is."""
    colon = "：" if lang == "zh" else ": "
    targets = listed([short_id(target) for target in matter.target_ids], lang)
    since = f"{day(matter.since, zone)} {clock(matter.since, zone, seconds=False)}"
    owner = say(lang, "handover.owner", name=matter.owner, at=since)
    lasted = say(lang, "handover.age", age=age(matter.age_s, lang))
    late = [inline("eg-alarm", say(lang, "handover.overdue"))] if matter.overdue else []
    return div(
        "eg-case",
        div(
            "",
            element("b", f"{pick(matter.name, lang)}{colon}{targets}"),
            div("eg-second", pick(matter.undo, lang)),
            *_hand_to(matter, lang),
        ),
        div(
            "",
            div(
                "eg-line", inline("", say(lang, f"rem.{matter.status}")), inline("", lasted), *late
            ),
            div("eg-second", owner),
            *_way(matter, lang),
        ),
    )


def _hand_to(matter: Matter, lang: Lang) -> list[Html]:
    """Name who could look after a temporary measure, the first few."""
    if not matter.hand_to:
        return []
    names = listed(list(matter.hand_to[:_NAMED]), lang)
    if len(matter.hand_to) <= _NAMED:
        return [div("eg-second", say(lang, "handover.to", names=names))]
    count = str(len(matter.hand_to))
    return [div("eg-second", say(lang, "handover.to.more", names=names, n=count))]


def _way(matter: Matter, lang: Lang) -> list[Html]:
    """Link a temporary measure to where it is taken back or ended."""
    if matter.status is not RemediationStatus.VERIFIED:
        return []
    target = f"/approvals?rid={matter.remediation_id}&lang={lang}"
    return [element("a", say(lang, "handover.see"), href=target, target="_self")]
