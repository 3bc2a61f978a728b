"""What the page of SOPs and cases shows: reports of files, drafts, flags, questions, cases."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from api.schemas.case_drafts import CaseDraft
from api.schemas.documents import ImportedItem, ImportReport, SopVersionView
from api.schemas.sop_records import FlaggedSop, SopFlag
from api.schemas.unanswered import UnansweredView
from graph.model.document import CommandChange, DocumentFinding
from graph.model.knowledge import Sop
from ui.format import Lang, clock, day
from ui.markup import Html, div, element
from ui.markup import span as inline
from ui.text import listed, pick, say
from ui.widgets.frame import wrap
from ui.widgets.knowledge import short_id, with_code

_SIGNS: Final = {"taken": ("✓", "eg-ok"), "unchanged": ("＝", ""), "refused": ("✕", "eg-broken")}
_GRAVITY: Final = {"error": "eg-broken", "warning": "eg-degraded", "notice": ""}


def moment(at: datetime, zone: str) -> str:
    """Write day and time of an instant."""
    return f"{day(at, zone)} {clock(at, zone, seconds=False)}"


def report(found: ImportReport, lang: Lang) -> Html:
    """Draw what became of each file: sign and word, what it holds, findings, commands."""
    counts = {name: str(getattr(found, name)) for name in ("taken", "unchanged", "refused")}
    heading = div("eg-h", element("b", say(lang, "import.report", **counts)))
    after = "import.dry" if found.dry_run else ("import.saved" if found.kind == "sops" else "")
    told = div("eg-second", say(lang, after)) if after and found.taken else Html("")
    rows = [_item(item, found.kind, lang) for item in found.items]
    return wrap(lang, div("eg-card", heading, told, *rows))


def _item(item: ImportedItem, kind: str, lang: Lang) -> Html:
    sign, look = _SIGNS[item.outcome]
    word = inline(f"eg-sign {look}", f"{sign} {say(lang, f'import.{item.outcome}')}")
    title = pick(item.title, lang) if item.title else ""
    held = "import.steps" if kind == "sops" else "import.cases"
    count = say(lang, held, n=str(item.steps)) if item.steps else ""
    facts = [element("b", item.file), word, *(inline("", text) for text in (title, count) if text)]
    return div(
        "eg-source",
        div("eg-facts-line", *facts),
        findings(item.findings, lang),
        changes(item.changes, lang) if item.changes else Html(""),
    )


def findings(found: Iterable[DocumentFinding], lang: Lang) -> Html:
    """Draw findings, a line each, with how grave it is."""
    lines = [
        div(
            "eg-second",
            inline(f"eg-sign {_GRAVITY[one.gravity]}", say(lang, f"import.{one.gravity}")),
            Html(" "),
            pick(one.text, lang),
        )
        for one in found
    ]
    return wrap(lang, *lines) if lines else Html("")


def changes(found: Iterable[CommandChange], lang: Lang) -> Html:
    """Draw the commands that publishing adds and removes, with their places, a line by itself.

    Joined, a second line would read as an argument or a remark of the first.
    """
    lines = []
    for one in found:
        added = one.change == "added"
        sign = inline(f"eg-sign {'eg-ok' if added else 'eg-broken'}", "+" if added else "−")
        section = say(lang, f"section.{one.command.section.value}")
        place = say(lang, "draft.where", section=section, n=str(one.command.step))
        word = say(lang, f"draft.{one.change}")
        note = inline("eg-note", f"{word} {place}")
        for text in one.command.text.splitlines():
            code = element("code", text, cls="eg-code")
            lines.append(div("eg-diff", sign, note, code))
    return wrap(lang, *lines)


def version_line(view: SopVersionView, zone: str, lang: Lang) -> Html:
    """Name a version: title, id, who and when."""
    found = view.found
    published = found.published_at is not None
    at = found.published_at or found.drafted_at
    by = say(
        lang,
        "force.by" if published else "draft.by",
        name=(found.published_by if published else found.drafted_by) or "",
        at=moment(at, zone),
        n=str(found.revision),
    )
    name = f"{short_id(found.sop_id).upper()} {pick(found.sop.title, lang)}"
    return wrap(lang, div("", element("b", name)), div("eg-second", by))


def whole_sop(sop: Sop, lang: Lang) -> Html:
    """Draw every section and step of an SOP, as it would be read."""
    parts = []
    for section in sop.sections:
        parts.append(div("eg-ev-h", say(lang, f"section.{section.name.value}")))
        parts += [
            div(
                "eg-passage",
                inline("eg-no", str(step.number)),
                element("span", with_code(pick(step.text, lang))),
            )
            for step in section.steps
        ]
    return wrap(lang, *parts)


def flagged(one: FlaggedSop, lang: Lang) -> Html:
    """Draw an SOP to look at, whose it is, and every reason."""
    owner = say(lang, "flag.pack")
    if one.owner:
        owner = say(lang, "flag.mine") if one.mine else say(lang, "flag.owner", name=one.owner)
    name = element("b", f"{short_id(one.sop_id).upper()} {pick(one.title, lang)}")
    lines = [flag_line(flag, lang) for flag in one.flags]
    heading = div("eg-facts-line", name, inline("eg-note", owner))
    return wrap(lang, heading, *lines, more_flags(one.more, lang))


def more_flags(number: int, lang: Lang) -> Html:
    """Say how many reasons are not listed; nothing where all are."""
    return div("eg-second", say(lang, "flag.more", n=str(number))) if number else Html("")


def flag_line(flag: SopFlag, lang: Lang, *, placed: bool = True) -> Html:
    """Draw one reason: its word, the sentence, and the way to the incident that showed it.

    Without `placed` the step is not named: it stands beside.
    """
    word = inline("eg-sign eg-degraded", f"▲ {say(lang, f'flag.{flag.kind}')}")
    place = ""
    if placed and flag.section is not None:
        section = say(lang, f"section.{flag.section.value}")
        place = say(lang, "draft.where", section=section, n=str(flag.step)) + " "
    told = inline("", place, with_code(pick(flag.text, lang)))
    parts = [word, told]
    if flag.incident_id is not None:
        href = f"/diagnosis?incident={flag.incident_id}&lang={lang}"
        parts.append(element("a", say(lang, "flag.incident"), href=href, target="_self"))
    return div("eg-facts-line eg-second", *parts)


def question(view: UnansweredView, zone: str, lang: Lang) -> Html:
    """Draw a question with how often and when, who wants an SOP, and how it ended."""
    found = view.found
    facts = [
        inline("", say(lang, "asked.times", n=str(view.times))),
        inline("", say(lang, "asked.last", at=moment(found.last_at, zone))),
    ]
    lines = []
    if found.wishes:
        names = listed([wish.by for wish in found.wishes], lang)
        lines.append(div("eg-second", say(lang, "asked.wishes", names=names)))
        lines += [div("eg-second", wish.note) for wish in found.wishes if wish.note]
    if found.status.value == "answered":
        lines.append(div("eg-second", say(lang, "asked.status.answered", id=found.sop_id or "")))
    elif found.status.value == "dismissed":
        lines.append(div("eg-second", say(lang, "asked.status.dismissed", why=found.ended_why)))
    return wrap(lang, element("b", found.text), div("eg-line eg-second", *facts), *lines)


def case_line(draft: CaseDraft, lang: Lang) -> Html:
    """Name an incident that may be written back, with how far its case is."""
    facts = [day(draft.began_at, draft.timezone)]
    if draft.published_by:
        facts.append(say(lang, "cdraft.published", name=draft.published_by))
    else:
        facts.append(say(lang, "cdraft.confirmed" if draft.confirmed else "cdraft.unconfirmed"))
        saved = say(lang, "cdraft.saved", name=draft.saved_by) if draft.saved_by else ""
        facts.append(saved or say(lang, "cdraft.record"))
    line = div("eg-line eg-second", *(inline("", fact) for fact in facts))
    return wrap(lang, element("b", pick(draft.title, lang)), line)
