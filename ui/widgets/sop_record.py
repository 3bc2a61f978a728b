"""How an SOP has fared, beside its text: reviewed, worked, changed since, what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from api.schemas.chat import CitationView
from api.schemas.sop_records import SopRecord, StepRecord
from ui.format import Lang, day
from ui.markup import Html, div, element
from ui.text import listed, pick, say
from ui.widgets.frame import wrap
from ui.widgets.upkeep_rows import flag_line, moment

# A step changed within so many days says so (safety rule 8).
NEW_DAYS: Final = 7


def record_card(
    record: SopRecord, citation: CitationView | None, *, now: datetime, zone: str, lang: Lang
) -> Html:
    """Draw the record of an SOP, of the cited step too, and every reason to look again."""
    heading = div("eg-h", element("b", say(lang, "record.title")))
    lines = [div("eg-second", line) for line in _lines(record, zone, lang)]
    step = _step(record, citation)
    if step is not None and (told := list(_step_lines(step, now, lang))):
        said = say(lang, "record.step") + listed(told, lang)
        lines.append(div("eg-second", said))
    flags = [flag_line(flag, lang) for flag in record.flags]
    return wrap(lang, div("eg-card", heading, *lines, *flags))


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


def _step(record: SopRecord, citation: CitationView | None) -> StepRecord | None:
    if citation is None or citation.doc_id != record.sop_id:
        return None
    place = (citation.section, citation.step)
    return next((s for s in record.steps if (s.section.value, s.step) == place), None)


def _step_lines(step: StepRecord, now: datetime, lang: Lang) -> Iterator[str]:
    if step.reviewed_at is not None and now - step.reviewed_at <= timedelta(days=NEW_DAYS):
        yield say(lang, "record.step.new", n=str(NEW_DAYS))
    if step.done:
        yield say(lang, "record.step.done", n=str(step.done))
    if step.failures:
        yield say(lang, "record.step.failed", n=str(step.failures))
    if step.failed is not None and step.failed.reason:
        yield say(lang, "record.step.reason", reason=step.failed.reason)
