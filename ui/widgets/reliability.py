"""Reliability, drawn: a curve of our own, its counts, figures, and the figures of each mode.

Lines are SVG used as masks, so that their colours are tokens; dots, whiskers and ticks are boxes.
"""

from __future__ import annotations

import urllib.parse
from collections.abc import Sequence
from typing import Final

from api.schemas.calibration import CalibrationView, ModeView
from graph.model.calibration import Figures, ReliabilityBin
from ui.format import Lang, count
from ui.markup import Html, div, element, join
from ui.markup import span as inline
from ui.text import pick, say
from ui.widgets.frame import wrap
from ui.widgets.tables import table

# Below so many incidents a share tells little, and the card says so.
FEW: Final = 20
# A line joins bins of so many cases or more; rarer ones are dots beside it.
_JOINED_FROM: Final = 3
_TICKS: Final = (0, 20, 40, 60, 80, 100)
Point = tuple[float, float]


def figures_line(figures: Figures, lang: Lang) -> Html:
    """Draw the figures with their counts; one without a case is a dash."""
    cases, committed = figures.cases, figures.committed
    told = (
        ("cal.cases", count(cases)),
        ("cal.first", _share(figures.first, cases)),
        ("cal.three", _share(figures.first_three, cases)),
        ("cal.abstained", _share(figures.abstained, cases)),
        ("cal.committed", _share(figures.committed_right, committed)),
        ("cal.brier", score(figures.brier)),
        ("cal.error", score(figures.error)),
    )
    boxes = [div("", div("eg-note", say(lang, key)), element("b", value)) for key, value in told]
    return wrap(lang, div("eg-figures", *boxes))


def curve(view: CalibrationView, lang: Lang) -> Html:
    """Draw what was right over what was said, and beside it every bin in words and counts."""
    stated = view.figures.bins
    again = view.recalibration.unseen.bins if view.recalibration else ()
    keys = [inline("", say(lang, "cal.stated"))]
    keys += [inline("", say(lang, "cal.mapped"))] if again else []
    note = div("eg-second", say(lang, "cal.picture"))
    layers = (*_layers(stated, again), *_ticks())
    plot = div("eg-plot", *layers, role="img", aria_label=_read(stated, lang))
    frame = div("eg-plot-frame", plot, div("eg-plot-x", say(lang, "cal.x")))
    up = div("eg-note", say(lang, "cal.y"))
    return wrap(lang, up, frame, div("eg-line", *keys), note)


def bin_lines(bins: Sequence[ReliabilityBin], lang: Lang) -> Html:
    """Say of each bin how often it was said and how often that was right, highest first."""
    lines = [div("eg-bin-line", _line(one, lang)) for one in reversed(bins)]
    return wrap(lang, *lines)


def bin_table(bins: Sequence[ReliabilityBin], lang: Lang) -> Html:
    """List the bins with shares and intervals."""
    rows = [
        (
            f"{_low(one)}–{_low(one) + 10}%",
            count(one.cases),
            count(one.right),
            f"{one.right / one.cases:.0%}",
            f"{one.low:.0%}–{one.high:.0%}",
        )
        for one in bins
    ]
    columns = [f"cal.col.{name}" for name in ("said", "times", "right", "share", "interval")]
    return table(columns, rows, lang)


def mode_table(modes: Sequence[ModeView], lang: Lang) -> Html:
    """List the fault modes, most incidents first, with hits and abstentions."""
    rows = [
        (
            pick(mode.name, lang),
            count(mode.figures.cases),
            _share(mode.figures.first, mode.figures.cases),
            _share(mode.figures.first_three, mode.figures.cases),
            _share(mode.figures.abstained, mode.figures.cases),
            score(mode.figures.brier),
        )
        for mode in modes
    ]
    columns = ["cal.col.mode", "cal.col.times"]
    columns += ["cal.first", "cal.three", "cal.abstained", "cal.brier"]
    return table(columns, rows, lang)


def score(value: float | None) -> str:
    """Write a score with three decimals; a dash where there is no case."""
    return "—" if value is None else f"{value:.3f}"


def _share(part: int, whole: int) -> str:
    return f"{count(part)} / {count(whole)}" if whole else "—"


def _line(one: ReliabilityBin, lang: Lang) -> str:
    low, n, right = _low(one), count(one.cases), count(one.right)
    return say(lang, "cal.line", low=str(low), high=str(low + 10), n=n, right=right)


def _low(one: ReliabilityBin) -> int:
    return round(one.begins * 100)


def _read(bins: Sequence[ReliabilityBin], lang: Lang) -> str:
    """Tell a screen reader what the picture shows."""
    apart = "；" if lang == "zh" else "; "
    return apart.join(_line(one, lang) for one in bins)


def _layers(stated: Sequence[ReliabilityBin], again: Sequence[ReliabilityBin]) -> list[Html]:
    grid = "".join(f"M0 {t}H100M{t} 0V100" for t in _TICKS)
    even = "M0 100L100 0"
    drawn = [_mask("eg-plot-grid", grid, width=1.0), _mask("eg-plot-even", even, dash="5 5")]
    drawn += [_mask("eg-plot-mapped", _path(again), width=2.0, dash="6 4")]
    drawn += [_whisker(one) for one in stated]
    drawn += [_mask("eg-plot-stated", _path(stated), width=2.4)]
    most = max((one.cases for one in (*stated, *again)), default=1)
    drawn += [_dot("eg-plot-box", one, most) for one in again]
    drawn += [_dot("eg-plot-dot", one, most) for one in stated]
    return [part for part in drawn if part]


def _path(bins: Sequence[ReliabilityBin]) -> str:
    points = [_at(one) for one in bins if one.cases >= _JOINED_FROM]
    return "M" + "L".join(f"{x:.2f} {y:.2f}" for x, y in points) if len(points) > 1 else ""


def _at(one: ReliabilityBin) -> Point:
    return 100.0 * one.stated, 100.0 - 100.0 * one.right / one.cases


def _mask(cls: str, path: str, *, width: float = 1.4, dash: str = "") -> Html:
    if not path:
        return Html("")
    dashed = f" stroke-dasharray='{dash}'" if dash else ""
    picture = (
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 100 100' preserveAspectRatio='none'>"
        f"<path d='{path}' fill='none' stroke='black' stroke-width='{width}'{dashed} "
        "vector-effect='non-scaling-stroke'/></svg>"
    )
    url = "data:image/svg+xml," + urllib.parse.quote(picture, safe="")
    style = f"mask-image:url({url});mask-size:100% 100%;mask-repeat:no-repeat"
    return element("div", cls=f"eg-plot-line {cls}", style=style, aria_hidden="true")


def _whisker(one: ReliabilityBin) -> Html:
    x, _ = _at(one)
    top, tall = 100.0 - 100.0 * one.high, 100.0 * (one.high - one.low)
    return div("eg-plot-whisker", style=f"left:{x:.2f}%;top:{top:.2f}%;height:{tall:.2f}%")


def _dot(cls: str, one: ReliabilityBin, most: int) -> Html:
    """Draw a bin; its area grows with its cases."""
    x, y = _at(one)
    size = 7.0 + 10.0 * (one.cases / most) ** 0.5
    style = f"left:{x:.2f}%;top:{y:.2f}%;width:{size:.0f}px;height:{size:.0f}px"
    return div(cls, style=style)


def _ticks() -> list[Html]:
    below = [div("eg-plot-tick-x", f"{t}%", style=f"left:{t}%") for t in _TICKS]
    beside = [div("eg-plot-tick-y", f"{t}%", style=f"top:{100 - t}%") for t in _TICKS]
    return [join(below), join(beside)]
