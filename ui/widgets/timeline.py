"""The timeline: lanes of alerts, changes, top cause and people; marks differ by shape."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ui.format import Lang, clock, count, percent, span
from ui.markup import Html, div, element
from ui.markup import span as inline
from ui.scene import Mark, Reign, Stage, Timeline
from ui.text import listed, pick, say
from ui.widgets.frame import wrap

_LEAD: Final = timedelta(minutes=2)
_LONGEST_BEFORE: Final = timedelta(minutes=30)
_TAIL: Final = 0.04
_COLUMNS: Final = 40
_TICKS_S: Final = (60, 120, 300, 600, 1800, 3600, 7200, 21600, 43200, 86400)
_MOST_TICKS: Final = 10
_ALERTS_PX: Final = 44
_MARK_ROW_PX: Final = 22
_NARROWEST: Final = 0.6
# Below this much room (percent of the width) a name would be cut: it is left to the causes card.
_CHAR_PERCENT: Final = 1.15


@dataclass(frozen=True, slots=True)
class Window:
    """The stretch of time that is drawn; `at` gives percent of the width."""

    start: datetime
    end: datetime

    def at(self, instant: datetime) -> float:
        """Place an instant in percent of the width, kept inside."""
        whole = (self.end - self.start).total_seconds()
        part = (instant - self.start).total_seconds() / whole
        return 100 * min(1.0, max(0.0, part))


def timeline_card(timeline: Timeline, zone: str, lang: Lang) -> Html:
    """Draw the lanes over one axis, with dashed onset and solid now."""
    window = window_of(timeline)
    people = _marks_lane("lane.people", timeline.people, "●", window, lang)
    parts = (
        div("", style="height:20px"),
        _alerts_lane(timeline, window, lang),
        _marks_lane("lane.changes", timeline.changes, "◆", window, lang),
        _marks_lane("lane.checks", timeline.checks, "■", window, lang),
        _top_lane(timeline, window, lang),
        people,
        _ticks(window, zone),
        *_rules(timeline, window, zone, lang),
    )
    heading = div("eg-h", element("b", say(lang, "timeline")))
    scroll = div("eg-scroll", div("eg-time", *parts))
    return wrap(lang, div("eg-card", heading, scroll, _stages(timeline.stages, zone, lang)))


def _stages(stages: Sequence[Stage], zone: str, lang: Lang) -> Html:
    """Tell where the minutes went: each stage with its instant and the wait before it."""
    facts = [_stage(stage, zone, lang) for stage in stages]
    if not facts:
        return Html("")
    return div("eg-line", inline("eg-note", say(lang, "waits")), *facts)


def _stage(stage: Stage, zone: str, lang: Lang) -> Html:
    name = say(
        lang, f"stage.{stage.stage}.who" if stage.who else f"stage.{stage.stage}", name=stage.who
    )
    waited = f" +{span(stage.wait_s, lang)}" if stage.wait_s is not None else ""
    return inline("", f"{name} {clock(stage.at, zone)}{waited}")


def window_of(timeline: Timeline) -> Window:
    """Choose the stretch: from shortly before the first thing (at most 30 min back) to now."""
    first = min([timeline.began_at, *(mark.at for mark in timeline.changes)])
    start = max(first, timeline.began_at - _LONGEST_BEFORE) - _LEAD
    now = max(timeline.now, timeline.began_at + timedelta(minutes=1))
    return Window(start, now + (now - start) * _TAIL)


def tick_step_s(window: Window) -> int:
    """Choose the distance of the ticks in seconds: at most ten of them."""
    whole = (window.end - window.start).total_seconds()
    return next((s for s in _TICKS_S if whole / s <= _MOST_TICKS), _TICKS_S[-1])


def _alerts_lane(timeline: Timeline, window: Window, lang: Lang) -> Html:
    wide = (window.end - window.start) / _COLUMNS
    counts = Counter((at - timeline.began_at) // wide for at in timeline.alert_times)
    most = max(counts.values(), default=1)
    width = 100 / _COLUMNS
    onset = window.at(timeline.began_at)
    columns = [
        element(
            "div",
            cls="eg-column",
            style=f"left:{max(0.0, onset + slot * width):.2f}%;"
            f"width:calc({min(width, window.at(timeline.now) - onset - slot * width):.2f}% - 2px);"
            f"height:{max(3.0, _ALERTS_PX * number / most):.0f}px",
        )
        for slot, number in sorted(counts.items())
    ]
    total = say(lang, "time.total", n=count(len(timeline.alert_times)))
    name = f"{say(lang, 'lane.alerts')} {total}"
    return _lane(name, columns, _ALERTS_PX + 6)


def _marks_lane(name: str, marks: Sequence[Mark], sign: str, window: Window, lang: Lang) -> Html:
    rows = _stack([(window.at(m.at), len(pick(m.name, lang))) for m in marks], lang)
    drawn = []
    for mark, row in zip(marks, rows, strict=True):
        x = window.at(mark.at)
        left = x > 60
        text = (inline("", pick(mark.name, lang)), element("i", f" {sign}"))
        drawn.append(
            div(
                "eg-mark eg-mark-left" if left else "eg-mark",
                *(text if left else (element("i", sign), text[0])),
                style=f"left:{x:.2f}%;top:{2 + row * _MARK_ROW_PX}px",
            )
        )
    return _lane(say(lang, name), drawn, 26 + max(rows, default=0) * _MARK_ROW_PX)


def _top_lane(timeline: Timeline, window: Window, lang: Lang) -> Html:
    spans = []
    for i, reign in enumerate(timeline.reigns):
        last = i == len(timeline.reigns) - 1
        left, right = window.at(reign.since), window.at(timeline.now if last else reign.until)
        left = min(left, right - _NARROWEST)
        told = (text for text in _reign_words(reign, lang) if right - left >= _room(text))
        spans.append(
            div(
                "eg-span eg-span-last" if last else "eg-span",
                next(told, ""),
                style=f"left:{left:.2f}%;width:{right - left:.2f}%",
            )
        )
    return _lane(say(lang, "lane.top"), spans, 26)


def _reign_words(reign: Reign, lang: Lang) -> list[str]:
    """Say what stood on top, the longest first: with its posterior and its mode's, down to a name.

    What broke may be far less sure than that something broke there.
    """
    words = [pick(reign.name, lang)]
    if reign.posterior is not None:
        words.append(f"{words[0]} {percent(reign.posterior)}")
        if reign.mode is not None and reign.mode_posterior is not None:
            mode = f"{pick(reign.mode, lang)} {percent(reign.mode_posterior)}"
            words.append(listed([words[-1], mode], lang))
    return words[::-1]


def _rules(timeline: Timeline, window: Window, zone: str, lang: Lang) -> list[Html]:
    onset = say(lang, "time.onset", at=clock(timeline.began_at, zone))
    now = say(lang, "time.now", at=clock(timeline.now, zone, seconds=False))
    lines = (("onset", timeline.began_at, onset), ("now", timeline.now, now))
    drawn = []
    for name, at, text in lines:
        x = window.at(at)
        # The rule's parent is the card, the lanes' is inset: 96 px left and 44 px right.
        left = f"calc(96px + (100% - 140px) * {x / 100:.4f})"
        outside = "eg-outside" if name == "now" and x < 30 else ""
        if name == "onset" and x < 18:
            outside = "eg-outside"
        label = element("b", text, cls=outside, style="left:6px;right:auto" if outside else "")
        drawn.append(div(f"eg-rule eg-rule-{name}", label, style=f"left:{left};bottom:22px"))
    return drawn


def _ticks(window: Window, zone: str) -> Html:
    step = tick_step_s(window)
    first = -(-int(window.start.timestamp()) // step) * step
    last = int(window.end.timestamp())
    ticks = []
    for second in range(first, last + 1, step):
        at = datetime.fromtimestamp(second, tz=window.start.tzinfo)
        text = clock(at, zone, seconds=False)
        ticks.append(div("eg-tick", text, style=f"left:{window.at(at):.2f}%;top:2px"))
    return div("eg-lane", *ticks, style="height:22px;border:none")


def _lane(name: str, children: Sequence[Html], height: int) -> Html:
    return div("eg-lane", div("eg-lane-name", name), *children, style=f"height:{height}px")


def _room(name: str) -> float:
    """Estimate the percent of the width that a name needs; Han characters are twice as wide."""
    wide = sum(2 if ord(char) > 0x2E80 else 1 for char in name)
    return wide * _CHAR_PERCENT * 0.62 + 1.0


def _stack(spots: Sequence[tuple[float, int]], lang: Lang) -> list[int]:
    """Give each mark the first row in which its text covers no other one."""
    wide = 1.5 if lang == "zh" else 0.85
    ends: list[list[tuple[float, float]]] = []
    rows = []
    for x, length in spots:
        room = length * wide * 0.9 + 2.5
        low, high = (x - room, x + 1) if x > 60 else (x - 1, x + room)
        row = next(
            (i for i, taken in enumerate(ends) if all(high <= a or low >= b for a, b in taken)),
            len(ends),
        )
        if row == len(ends):
            ends.append([])
        ends[row].append((low, high))
        rows.append(row)
    return rows
