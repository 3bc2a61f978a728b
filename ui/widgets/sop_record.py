"""How an SOP has fared, beside its text: reviewed, worked, changed since, what is wrong."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final
from urllib.parse import quote

from api.schemas.chat import CitationView
from api.schemas.sop_records import NEW_DAYS, SopFlag, SopRecord, StepRecord
from ui.format import Lang, day
from ui.markup import Html, div, element
from ui.markup import span as inline
from ui.text import listed, pick, say
from ui.widgets.frame import wrap
from ui.widgets.upkeep_rows import flag_line, moment, more_flags

_BESIDE: Final = 2  # flags of steps that are not shown, beside a diagnosis
Place = tuple[str, int]


def record_card(record: SopRecord, citation: CitationView | None, *, zone: str, lang: Lang) -> Html:
    """Draw the record of an SOP, of the cited step too, and every reason to look again."""
    heading = div("eg-h", element("b", say(lang, "record.title")))
    lines = [div("eg-second", line) for line in _lines(record, zone, lang)]
    if citation is not None and citation.doc_id == record.sop_id:
        told = list(_step_lines(record, (citation.section, citation.step), lang))
        said = say(lang, "record.step") + listed(told, lang)
        lines += [div("eg-second", said)] if told else []
    flags = [flag_line(flag, lang) for flag in record.flags]
    return wrap(lang, div("eg-card", heading, *lines, *flags, more_flags(record.more, lang)))


def beside_title(record: SopRecord, shown: Collection[Place], zone: str, lang: Lang) -> Html:
    """Draw the record below the title of an SOP beside a diagnosis.

    `shown`: the steps that are drawn; what speaks against them stands beside them.
    """
    facts = [inline("", line) for line in _lines(record, zone, lang)]
    flags = [flag for flag in record.flags if _place(flag) not in shown]
    hidden = len(flags[_BESIDE:]) + record.more
    more = Html("")
    if hidden:
        href = f"/sop?sop={quote(record.sop_id, safe='')}&lang={lang}"
        said = say(lang, "flag.more", n=str(hidden))
        more = div("eg-second", element("a", said, href=href, target="_self"))
    lines = [flag_line(flag, lang) for flag in flags[:_BESIDE]]
    return wrap(lang, div("eg-facts-line eg-fared", *facts), *lines, more)


def beside_step(record: SopRecord, place: Place, lang: Lang) -> Html:
    """Draw how a step has fared, and what speaks against it; nothing where nothing is on record."""
    lines = list(_step_lines(record, place, lang))
    told = [div("eg-fared", listed(lines, lang))] if lines else []
    flags = [flag_line(flag, lang, placed=False) for flag in record.flags if _place(flag) == place]
    return wrap(lang, div("eg-step-fared", *told, *flags)) if told or flags else Html("")


def _place(flag: SopFlag) -> Place | None:
    return None if flag.section is None or flag.step is None else (flag.section.value, flag.step)


def _lines(record: SopRecord, zone: str, lang: Lang) -> Iterator[str]:
    if record.reviewed_at is None:
        yield say(lang, "record.unreviewed")
    elif record.reviewed_by is None:
        # What a pack names is a day, and no zone moves it.
        yield say(lang, "record.reviewed", at=day(record.reviewed_at, "UTC"))
    else:
        at = moment(record.reviewed_at, zone)
        yield say(lang, "record.reviewed.by", at=at, name=record.reviewed_by)
    if record.worked is None:
        yield say(lang, "record.unworked")
    else:
        at = moment(record.worked.at, zone)
        yield say(lang, "record.worked", at=at, name=record.worked.by)
    if record.changes:
        newest = record.changes[0]
        yield say(
            lang,
            "record.changed",
            n=str(record.changed_since),
            at=moment(newest.at, zone),
            name=pick(newest.name, lang),
        )
    elif record.changed_since == 0:
        yield say(lang, "record.unchanged")
    if record.graph_changed_at is not None:
        yield say(lang, "record.graph", at=moment(record.graph_changed_at, zone))


def _step_lines(record: SopRecord, place: Place, lang: Lang) -> Iterator[str]:
    step = next((s for s in record.steps if (s.section.value, s.step) == place), None)
    if step is not None:
        yield from _told(step, lang)


def _told(step: StepRecord, lang: Lang) -> Iterator[str]:
    if step.fresh:
        yield say(lang, "record.step.new", n=str(NEW_DAYS))
    if step.done:
        yield say(lang, "record.step.done", n=str(step.done))
    if step.failures:
        yield say(lang, "record.step.failed", n=str(step.failures))
    if step.failed is not None and step.failed.reason:
        yield say(lang, "record.step.reason", reason=step.failed.reason)
