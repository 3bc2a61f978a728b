"""A replay, drawn: when one could have known, the suppositions side by side, and the minutes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final
from urllib.parse import urlencode

from graph.model.replay import Replay, ReplayedMinute
from ui.format import Lang, clock, count, percent
from ui.markup import Html, div, element
from ui.text import listed, pick, say
from ui.widgets.causes import bar
from ui.widgets.frame import status_word, wrap
from ui.widgets.knowledge import short_id
from ui.widgets.tables import table

# The kinds of relation along which a failure travels and that a person may suppose.
KINDS: Final = ("DEPENDS_ON", "CALLS", "RUNS_ON", "USES")
_TOLD: Final = ("external", "no_fault")
_ASKED: Final = ("asked", "known", "top", "last")
_MINUTES: Final = ("minute", "time", "alerts", "first", "posterior", "status", "aim")
Run = tuple[ReplayedMinute, ReplayedMinute]


def link(incident_id: str, lang: Lang) -> Html:
    """Draw the way from a diagnosis to the replay of its incident."""
    query = urlencode({"incident": incident_id, "lang": lang, "tab": "replay"})
    way = element("a", say(lang, "replay.link"), href=f"/graph?{query}")
    return wrap(lang, div("eg-foot-link", way))


def answer(found: Replay, names: Mapping[str, str], lang: Lang) -> Html:
    """Say what it turned out to be, and from which minute on that was known."""
    aims = listed([_named(aim, names, lang) for aim in found.aims], lang)
    basis = say(lang, "replay.confirmed" if found.confirmed else "replay.newest", name=aims)
    return wrap(lang, element("h3", _known(found, lang)), div("eg-second", basis))


def beside(asked: Sequence[Replay], lang: Lang) -> Html:
    """List the suppositions that were gone through, one a line, in the order of asking."""
    rows = [
        (
            supposed(one, lang),
            _minute(one.known_from),
            _minute(one.first_on_top),
            percent(one.minutes[-1].aim),
        )
        for one in asked
    ]
    return table([f"replay.col.{name}" for name in _ASKED], rows, lang)


def supposed(found: Replay, lang: Lang) -> str:
    """Name what was supposed: a source away, relations more, or nothing."""
    parts = []
    if found.without_source is not None:
        parts.append(say(lang, "replay.asked.source", name=found.without_source))
    told = (_relation(text, lang) for text in found.with_relations)
    parts += [say(lang, "replay.asked.relation", name=name) for name in told]
    return listed(parts, lang) or say(lang, "replay.asked.plain")


def minutes(found: Replay, zone: str, lang: Lang) -> Html:
    """List the minutes; those that say the same in a row are one line."""
    rows = [_row(first, last, zone, lang) for first, last in _runs(found.minutes)]
    return table([f"replay.col.{name}" for name in _MINUTES], rows, lang)


def _runs(steps: Sequence[ReplayedMinute]) -> Iterator[Run]:
    """Yield first and last of each stretch that says the same."""
    first = before = steps[0]
    for step in steps[1:]:
        if _said(step) != _said(before):
            yield first, before
            first = step
        before = step
    yield first, before


def _said(step: ReplayedMinute) -> tuple[object, ...]:
    shown = percent(step.posterior), percent(step.aim)
    return step.kind, step.component_id, step.status, step.settling, step.alerts, *shown


def _row(first: ReplayedMinute, last: ReplayedMinute, zone: str, lang: Lang) -> tuple[Html, ...]:
    span = str(first.minute) if first is last else f"{first.minute}–{last.minute}"
    cells = (
        span,
        clock(first.at, zone, seconds=False),
        count(first.alerts),
        pick(first.name, lang),
        percent(first.posterior),
        status_word(first.status, lang, settling=first.settling),
    )
    aim = div("eg-mini", div("eg-bar-row", bar(first.aim, "component"), percent(first.aim)))
    return (*(element("span", cell) for cell in cells), aim)


def _known(found: Replay, lang: Lang) -> str:
    if found.known_from is not None:
        return say(lang, "replay.known", minute=str(found.known_from))
    if found.first_on_top is not None:
        return say(lang, "replay.top", minute=str(found.first_on_top))
    return say(lang, "replay.never")


def _relation(text: str, lang: Lang) -> str:
    """Name a relation `A:KIND:B` by its short ids and its kind in words."""
    for kind in KINDS:
        source, found, target = text.partition(f":{kind}:")
        if found:
            return f"{short_id(source)} {say(lang, f'replay.kind.{kind}')} {short_id(target)}"
    return text


def _minute(number: int | None) -> str:
    return "—" if number is None else str(number)


def _named(aim: str, names: Mapping[str, str], lang: Lang) -> str:
    return say(lang, f"replay.{aim}") if aim in _TOLD else names.get(aim) or short_id(aim)
