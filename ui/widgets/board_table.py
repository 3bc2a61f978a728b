"""The duty board: the strip of cards and one row per open incident."""

from __future__ import annotations

from collections import Counter

from graph.model.diagnosis import HypothesisKind
from graph.model.incident import Urgency
from ui.format import Lang, age, clock, count, percent, span
from ui.markup import Html, div, element, escape, join
from ui.markup import span as inline
from ui.scene import Board, CalendarBanner, EngineHealth, Row, Step
from ui.text import pick, say
from ui.widgets.causes import bar
from ui.widgets.frame import status_dot, status_word, urgency_badge, wrap
from ui.widgets.ribbon import SIGNS

_EVENING = (18 * 60, 24 * 60)
_COLUMNS = ("step", "people", "cause", "status", "approvals", "owner", "age")


def strip(board: Board, lang: Lang) -> Html:
    """Draw calendar, counts P0-P3, what waits for me, and engine; a part without data hides."""
    cards = [_levels(board.rows, lang), _waiting(board, lang)]
    if board.calendar is not None:
        cards.insert(
            0, _calendar(board.calendar, clock(board.calendar_at, board.zone, seconds=False), lang)
        )
    if board.engine is not None:
        cards.append(_engine(board.engine, lang))
    return wrap(lang, div("eg-strip", *cards))


def board_heading(board: Board, lang: Lang) -> Html:
    """Draw how many incidents are open and how they are ordered."""
    title = element("b", say(lang, "board.open", n=str(len(board.rows))))
    return wrap(lang, div("eg-h", title, inline("eg-note", say(lang, "board.order"))))


def column_names(lang: Lang) -> Html:
    """Draw the names of the columns right of the title."""
    cells = [
        div("eg-num" if name in ("people", "age") else "", say(lang, f"col.{name}"))
        for name in _COLUMNS
    ]
    return wrap(lang, div("eg-cells eg-cols", *cells))


def column_name(name: str, lang: Lang) -> Html:
    """Draw the name of one column left of the others."""
    return wrap(lang, div("eg-cols", say(lang, f"col.{name}")))


def row_badge(row: Row, lang: Lang) -> Html:
    """Draw how urgent a row is."""
    return wrap(lang, urgency_badge(row.urgency))


def row_second_line(row: Row, lang: Lang) -> Html:
    """Draw the line below the title."""
    return wrap(lang, div("eg-second", say(lang, "row.alerts", n=count(row.alerts))))


def row_cells(row: Row, lang: Lang) -> Html:
    """Draw the cells right of the title, two lines each."""
    status = div(
        "",
        div("", status_dot(row.status, settling=row.settling), _status(row, lang)),
        div("eg-second", say(lang, f"state.{row.state.value}")),
    )
    owner = (
        element("b", say(lang, "row.unowned"), cls="eg-alarm") if row.owner is None else row.owner
    )
    return wrap(
        lang,
        div(
            "eg-cells",
            _step(row.step, lang),
            _people(row, lang),
            _cause(row, lang),
            status,
            _agreed(row, lang),
            div("", owner),
            div("eg-num", age(row.age_s, lang)),
        ),
    )


def noise_line(board: Board, lang: Lang) -> Html:
    """Draw how much noise there is, folded, and what nobody understood; it is never dropped."""
    parts = []
    if board.noise is not None:
        parts.append(_noise(board, lang))
    if board.quarantined is not None:
        told = say(lang, "quarantined", n=count(board.quarantined))
        where = f"/admin?tab=health&lang={lang}"
        link = element("a", told, href=where, target="_self") if board.quarantined else told
        parts.append(inline("eg-second", link))
    if not parts:
        return Html("")
    return wrap(lang, div("eg-card eg-between", *parts))


def _noise(board: Board, lang: Lang) -> Html:
    groups = count(board.noise_groups)
    said = say(lang, "noise", n=count(board.noise or 0), groups=groups)
    title = element("b", said if board.noise else say(lang, "noise.none"))
    if not board.noise_lines:
        return title
    lines = [_noise_group(*group, lang) for group in board.noise_lines]
    how = inline("eg-note", say(lang, "noise.why"))
    return element("details", element("summary", title, how), *lines, cls="eg-fold")


def _noise_group(alertname: str, reason: str, number: int, lang: Lang) -> Html:
    known = reason in ("severity", "flapping")
    why = say(lang, f"noise.{reason}") if known else reason
    name = inline("", inline("eg-code", alertname))
    return div(
        "eg-line", name, inline("", say(lang, "row.alerts", n=count(number))), inline("", why)
    )


def board_foot(board: Board, lang: Lang) -> Html:
    """Draw when this picture was made and how many alerts are in it."""
    updated = say(lang, "board.updated", at=clock(board.now, board.zone))
    included = say(
        lang,
        "board.included",
        n=count(board.alerts_included),
        waiting=count(board.alerts_pending),
    )
    return wrap(lang, div("eg-foot", inline("", updated), inline("", included)))


def _levels(rows: tuple[Row, ...], lang: Lang) -> Html:
    counts = Counter(row.urgency for row in rows)
    cells = [
        div(
            "eg-level",
            urgency_badge(level),
            element("b", str(counts[level])),
            div("", say(lang, level.value)),
        )
        for level in Urgency
    ]
    return div("eg-card", div("eg-levels", *cells))


def _waiting(board: Board, lang: Lang) -> Html:
    """Draw how many requests wait for the person who looks, and the way to them."""
    until = Html("")
    if board.first_expires_at is not None:
        at = clock(board.first_expires_at, board.zone, seconds=False)
        until = div("eg-note", say(lang, "board.waiting.until", at=at))
    number = element("b", str(board.waiting))
    text = div("", div("eg-second", say(lang, "board.waiting")), number, until)
    target = f"/approvals?lang={lang}"
    go = element("a", say(lang, "board.waiting.go"), href=target, target="_self", cls="eg-press")
    return div("eg-card eg-waiting", text, go)


def _agreed(row: Row, lang: Lang) -> Html:
    if row.agreed is None:
        return div("eg-note", "—")
    have, need = row.agreed
    return div("", say(lang, "row.agreed", have=str(have), need=str(need)))


def _calendar(calendar: CalendarBanner, now: str, lang: Lang) -> Html:
    day = say(lang, "calendar.day", day=str(calendar.day)) if calendar.day else ""
    notes = []
    if calendar.days:
        notes.append(say(lang, "calendar.of", days=str(calendar.days)))
    if calendar.exams:
        notes.append(say(lang, "calendar.exams", n=str(calendar.exams)))
    title = inline("eg-big", f"{pick(calendar.name, lang)} {day}".strip())
    note = inline("eg-note", ("，" if lang == "zh" else ", ").join(notes))
    return div("eg-card eg-calendar", title, note, _evening(calendar.peak, now, lang))


def _evening(peak: tuple[str, str] | None, now: str, lang: Lang) -> Html:
    text = say(lang, "calendar.now", now=now)
    bars = ""
    if peak is not None:
        text = say(lang, "calendar.peak", from_=peak[0], to=peak[1], now=now)
        left, right = _evening_at(peak[0]), _evening_at(peak[1])
        bars = element("div", style=f"left:{left:.1f}%;width:{max(0.0, right - left):.1f}%")
    line = div("eg-evening", bars, element("i", style=f"left:{_evening_at(now):.1f}%"))
    ends = (inline("eg-small", "18:00"), inline("", text), inline("eg-small", "24:00"))
    return join([line, div("eg-between", *ends)])


def _evening_at(local: str) -> float:
    hours, minutes = (int(part) for part in local.split(":")[:2])
    low, high = _EVENING
    return 100 * min(1.0, max(0.0, (hours * 60 + minutes - low) / (high - low)))


def _engine(engine: EngineHealth, lang: Lang) -> Html:
    lines = [
        _engine_line("?", "eg-unsure", say(lang, "engine.lost", name=pick(lost.name, lang)), "")
        for lost in engine.lost
    ]
    last = say(lang, "engine.last", ms=count(round(engine.last_ms))) if engine.last_ms else ""
    if engine.alive:
        lines.append(_engine_line("✓", "eg-ok", say(lang, "engine.ok"), last))
    else:
        lines.insert(0, _engine_line("✕", "eg-broken", say(lang, "engine.down"), ""))
    heard = engine.sources - len(engine.lost)
    if heard > 0:
        name = "engine.sources" if engine.lost else "engine.source"
        oldest = engine.oldest_signal_s
        note = "" if oldest is None else say(lang, "engine.oldest", span=span(oldest, lang))
        lines.append(_engine_line("✓", "eg-ok", say(lang, name, n=str(heard)), note))
    return div("eg-card eg-engine", *lines)


def _engine_line(sign: str, cls: str, text: str, note: str) -> Html:
    left = element("span", element("i", sign, cls=cls), escape(text))
    return div("", left, inline("eg-note", note))


def _status(row: Row, lang: Lang) -> str:
    return status_word(row.status, lang, settling=row.settling)


def _step(step: Step | None, lang: Lang) -> Html:
    if step is None:
        return div("eg-note", "—")
    state = step.state.value
    word = say(lang, f"row.step.{state}", name=pick(step.name, lang))
    below = percent(step.probability) if step.probability is not None else ""
    second = say(lang, "step.p", p=below) if below else ""
    text = element("b", f"{SIGNS[step.state]} {word}", cls=f"eg-{state}")
    return div("", text, div("eg-second", second))


def _people(row: Row, lang: Lang) -> Html:
    if row.users is None:
        return div("eg-num eg-note", "—")
    regions = ""
    if row.regions:
        regions = say(lang, "row.regions", n=str(row.regions))
    number = element("b", say(lang, "row.people", n=count(row.users)))
    return div("eg-num", number, div("eg-second", regions))


def _cause(row: Row, lang: Lang) -> Html:
    if row.cause is None:
        return div("eg-note", "—")
    kind, name, posterior = row.cause
    shown = (
        pick(name, lang) if kind is HypothesisKind.COMPONENT else say(lang, f"kind.{kind.value}")
    )
    mini = div("eg-mini", bar(posterior, kind.value), element("b", percent(posterior)))
    return div("", div("", shown), mini)
