"""Where in a long series something moved: every episode, without being told when to look."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from ingest.metrics import shifts
from ingest.metrics.onsets import BLOCK_S, blocks
from ingest.metrics.panel import Floats, Panel, SeriesName
from ingest.metrics.symptoms import false_alarm, in_unit

# The hour before, and the ten minutes after, in blocks of five minutes.
BEFORE: Final = 12
AFTER: Final = 2
# An episode begins this many units above the local baseline, and as far above what the series does
# at that time of day that a return from a dip is none.
SPEAKS_FROM: Final = 5.0
ABOVE_USUAL: Final = 3.0
# It is over when two blocks lie nearer to the level before than to the height.
OVER_BELOW: Final = 0.5


@dataclass(frozen=True)
class Episode:
    """A series moved the bad way from `onset` until `end` (UTC s); numbers as in `Symptom`."""

    name: SeriesName
    onset: float
    end: float
    strength: float
    false_alarm: float
    baseline: float
    value: float


def find_episodes(panel: Panel) -> tuple[Episode, ...]:
    """Find what moved in each series of a panel, in (name, onset) order.

    The panel is its own history: as long as a twentieth of it at most is incidents, they do not
    hide themselves. O(samples).
    """
    if not panel.step_s:
        return ()
    bad = shifts.badness(panel)
    bad -= shifts.daily_profile(panel.times, bad, at=panel.times)
    size = max(1, round(BLOCK_S / panel.step_s))
    coarse = blocks(bad, size)
    moved = shifts.local_shifts(coarse, before=BEFORE, after=AFTER)
    if not moved.shape[1]:
        return ()
    least = shifts.least_shifts(panel)
    unit = shifts.scales(moved, least)
    usual = shifts.middles(coarse)
    spread = shifts.scales(coarse - usual[:, None], least)
    found: list[Episode] = []
    for row in range(len(panel.names)):
        strengths = moved[row] / unit[row]
        high = (coarse[row, BEFORE : BEFORE + len(strengths)] - usual[row]) / spread[row]
        later = (coarse[row, BEFORE + 1 : BEFORE + 1 + len(strengths)] - usual[row]) / spread[row]
        unusual = np.fmax(high, later) >= ABOVE_USUAL
        series = _Series(panel, row, bad[row], coarse[row], size)
        found += _episodes(series, np.where(unusual, strengths, np.nan), strengths, unit[row])
    return tuple(found)


@dataclass(frozen=True)
class _Series:
    """One row of the panel, fine and in blocks."""

    panel: Panel
    row: int
    fine: Floats
    coarse: Floats
    size: int


def _episodes(series: _Series, strengths: Floats, every: Floats, unit: float) -> Iterator[Episode]:
    """Walk from one start to the next; what rises again before the end belongs to it."""
    places = np.flatnonzero(strengths >= SPEAKS_FROM)
    resume = -1
    for place in places:
        if place < resume:
            continue
        run = strengths[place : place + AFTER + 1]
        peak = int(place) + int(np.nanargmax(run))
        first = peak + BEFORE
        base = float(np.nanmedian(series.coarse[peak:first]))
        level = float(np.nanmean(series.coarse[first : first + AFTER]))
        last = _end(series.coarse, first, base + OVER_BELOW * (level - base))
        resume = last - BEFORE + AFTER
        calm = np.concatenate([every[: max(peak - BEFORE, 0)], every[last - BEFORE + AFTER :]])
        yield Episode(
            name=series.panel.names[series.row],
            onset=_onset(series, first),
            end=float(series.panel.times[min(last * series.size, len(series.fine) - 1)]),
            strength=float(strengths[peak]),
            false_alarm=false_alarm(
                float(strengths[peak]), calm[~np.isnan(calm)] if len(calm) else calm
            ),
            baseline=in_unit(base, series.panel.names[series.row]),
            value=in_unit(level, series.panel.names[series.row]),
        )


def _end(coarse: Floats, first: int, bar: float) -> int:
    """Return the first of two blocks in a row below the bar; unknown blocks change nothing."""
    below = np.where(np.isnan(coarse[first:]), np.nan, coarse[first:] < bar)
    known = np.flatnonzero(~np.isnan(below))
    calm = [k for k, n in pairwise(known) if below[k] and below[n]]
    return first + (int(calm[0]) if calm else len(coarse) - first)


def _onset(series: _Series, first: int) -> float:
    """Place the step exactly: the best split of half an hour's samples around it."""
    low = max((first - 3) * series.size, 0)
    high = min((first + 3) * series.size, len(series.fine))
    step = shifts.change_point(series.fine[low:high])
    return float(
        series.panel.times[low + step] if step else series.panel.times[first * series.size]
    )
