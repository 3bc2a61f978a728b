"""The next check: one question, what was answered, and what else people entered."""

from __future__ import annotations

from typing import Final

from api.schemas.observations import ObservationView
from graph.model.diagnosis import NextCheck
from graph.model.observation import VERDICTS, Result
from ui.format import Lang, clock, minutes, percent
from ui.markup import Html, div, element
from ui.markup import span as inline
from ui.text import pick, say
from ui.widgets.frame import wrap

# From here on a check that moves nothing is told as one that tells the cause's faults apart.
_LIKELIER_THAN_NOT: Final = 0.5


def check_card(check: NextCheck | None, lang: Lang, *, total: int) -> Html:
    """Draw a check as a question with its minutes; the command is beside it."""
    if check is None:
        heading = div("eg-h", element("b", say(lang, "check")), id="next-check")
        return wrap(lang, heading, div("eg-second", say(lang, "check.none")))
    took = minutes(check.minutes, lang)
    note = say(lang, "check.note", n=str(total), minutes=took)
    heading = div(
        "eg-h", element("b", say(lang, "check")), inline("eg-note", note), id="next-check"
    )
    return wrap(lang, heading, div("eg-question", pick(check.text, lang)))


def leads_to(check: NextCheck, lang: Lang) -> Html:
    """Say what each answer would do to this cause, and what the library says it means."""
    by_result = {answer.result: answer for answer in check.answers}
    if "positive" not in by_result or "negative" not in by_result:
        return Html("")
    yes, no = by_result["positive"], by_result["negative"]
    sure, unsure = percent(yes.posterior), percent(no.posterior)
    lines = [say(lang, "check.leads", yes=sure, no=unsure)]
    if sure == unsure:
        mode = yes.posterior >= _LIKELIER_THAN_NOT
        lines = [say(lang, "check.leads.mode" if mode else "check.leads.same", p=sure)]
    for answer in (yes, no):
        if answer.means is not None:
            word = say(lang, f"answer.{answer.result}")
            lines.append(say(lang, "check.means", answer=word, text=pick(answer.means, lang)))
    return wrap(lang, *(div("eg-second", line) for line in lines))


def recorded_line(result: Result | None, lang: Lang) -> Html:
    """Say what was recorded, or that it is being recorded."""
    if result is None:
        text = say(lang, "check.recording")
    else:
        text = say(lang, "check.recorded", answer=say(lang, f"answer.{result.value}"))
    return wrap(lang, div("eg-second", text, role="status"))


def role_line(lang: Lang) -> Html:
    """Say which role may enter results."""
    return wrap(lang, div("eg-second", say(lang, "check.role")))


def entries_heading(lang: Lang) -> Html:
    """Draw the heading of everything that people entered."""
    return wrap(lang, div("eg-h", element("b", say(lang, "entries"))))


def entry_line(entry: ObservationView, zone: str, lang: Lang, *, named: bool) -> Html:
    """Draw what somebody saw or judged, who, when and until when; `named` with its component.

    One whose time has passed is drawn dashed, with the sign of what nobody can tell.
    """
    name = f"{pick(entry.component_name, lang)}{'：' if lang == 'zh' else ': '}" if named else ""
    who = say(lang, "entry.who", name=entry.by, at=clock(entry.at, zone, seconds=False))
    said = pick(entry.text, lang)
    if entry.check not in VERDICTS:
        said = say(lang, "entry.said", asked=said, answer=say(lang, f"answer.{entry.result.value}"))
    note = [div("eg-small", entry.note)] if entry.note else []
    sign = [inline("eg-q", "?")] if entry.expired else []
    told = ("，" if lang == "zh" else ", ").join([who, *_lasting(entry, zone, lang)])
    parts = (*sign, inline("", f"{name}{said}"), inline("eg-cite", told), *note)
    return wrap(lang, div("eg-entry eg-entry-over" if entry.expired else "eg-entry", *parts))


def _lasting(entry: ObservationView, zone: str, lang: Lang) -> list[str]:
    """Say until when an answer counts, or that it counts no more."""
    if entry.expires_at is None:
        return []
    key = "entry.expired" if entry.expired else "entry.until"
    return [say(lang, key, at=clock(entry.expires_at, zone, seconds=False))]
