"""The calibration tab's parts: every count is said, nothing leaves the picture, tokens only."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.schemas.calibration import CalibrationView
from graph.model.calibration import Curve, Figures, Recalibration, ReliabilityBin
from ui.format import Lang
from ui.widgets import reliability


def _bin(begins: float, cases: int, right: int) -> ReliabilityBin:
    share = right / cases
    return ReliabilityBin(
        begins=begins,
        stated=min(1.0, begins + 0.04),
        cases=cases,
        right=right,
        low=share / 2,
        high=(1 + share) / 2,
    )


def _figures(*bins: ReliabilityBin) -> Figures:
    cases, right = sum(b.cases for b in bins), sum(b.right for b in bins)
    return Figures(
        cases=cases, first=right, first_three=right, abstained=0, committed_right=right, bins=bins
    )


def _view(figures: Figures, *, again: Figures | None = None) -> CalibrationView:
    found = Recalibration(curve=Curve(slope=1, shift=0), unseen=again) if again else None
    return CalibrationView(
        figures=figures, modes=(), left_out=0, fewest=50, recalibration=found, on=False
    )


@st.composite
def bins(draw: st.DrawFn) -> tuple[ReliabilityBin, ...]:
    """Some of ten bins with counts."""
    slots = sorted(draw(st.sets(st.integers(0, 9))))
    cases = [draw(st.integers(1, 400)) for _ in slots]
    return tuple(
        _bin(slot / 10, n, draw(st.integers(0, n))) for slot, n in zip(slots, cases, strict=True)
    )


@given(found=bins())
def test_every_dot_lies_inside_the_picture(found: tuple[ReliabilityBin, ...]) -> None:
    """One dot a bin, between 0 and 100% both ways, whatever was counted."""
    drawn = str(reliability.curve(_view(_figures(*found), again=_figures(*found)), "zh"))
    assert drawn.count("eg-plot-dot") == len(found) == drawn.count("eg-plot-box")
    places = [float(p) for p in re.findall(r"(?:left|top):(-?[\d.]+)%", drawn)]
    assert all(0.0 <= p <= 100.0 for p in places)


def test_colours_are_tokens_alone() -> None:
    """The masks are black on nothing; the sheet gives each its token."""
    drawn = str(reliability.curve(_view(_figures(_bin(0.8, 40, 33))), "en"))
    assert not re.search(r"#[0-9a-fA-F]{3}", drawn) and "rgb" not in drawn


@pytest.mark.parametrize(
    ("lang", "said"),
    [("zh", "说 80–90%：40 次，33 次是对的"), ("en", "Said 80–90%: 40 times, 33 right")],
)
def test_the_counts_are_said_in_words(lang: Lang, said: str) -> None:
    """Forty times said eighty, thirty-three were right: as a line, and read out."""
    view = _view(_figures(_bin(0.8, 40, 33)))
    assert said in str(reliability.bin_lines(view.figures.bins, lang))
    assert f'aria-label="{said}"' in str(reliability.curve(view, lang))


def _shares(figures: Figures) -> Iterator[str]:
    yield from re.findall(r"<b>(.*?)</b>", str(reliability.figures_line(figures, "zh")))


def test_what_has_no_case_is_a_dash() -> None:
    """No share of nothing: no 0%, no division."""
    told = list(_shares(_figures()))
    assert told[0] == "0" and set(told[1:]) == {"—"}


def test_a_line_joins_only_what_was_counted_often_enough() -> None:
    """A bin of one case is a dot beside the line, so that chance draws no cliff."""
    few, many = _bin(0.2, 1, 0), (_bin(0.5, 40, 20), _bin(0.8, 40, 33))
    drawn = str(reliability.curve(_view(_figures(few, *many)), "zh"))
    alone = str(reliability.curve(_view(_figures(*many)), "zh"))
    line = re.compile(r'eg-plot-stated" style="([^"]*)"')
    assert line.findall(drawn) == line.findall(alone)
