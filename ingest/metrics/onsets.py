"""Series read around the onset of an incident: what moved there, when, and how unusual that is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from ingest.metrics import shifts
from ingest.metrics.panel import Floats, Panel
from ingest.metrics.symptoms import Symptom, false_alarm, in_unit

BEFORE_S: Final = 3600.0
AFTER_S: Final = 600.0
# Sums are made of blocks of so many seconds: a shift is minutes long, and spikes are shorter.
BLOCK_S: Final = 300.0
# From so many samples in a block on, one of them alone is taken for a spike.
SPIKE_FROM: Final = 3
# History of the same clock, within a day of the window, tells what returns daily.
CONTIGUOUS_S: Final = 86_400.0


@dataclass(frozen=True)
class _Sides:
    """The window's samples beside the onset, and how many blocks lie on either side."""

    early: Floats
    late: Floats
    before: int
    after: int


def read_onset(history: Panel, window: Panel, onset: float) -> tuple[Symptom, ...]:
    """Compare every series of `window` after `onset` (UTC seconds) with the hour before it.

    Args:
        history: calm time of the same series (others are ignored); without it, a series is judged
            by the least shift alone.
        window: what lies before and after the onset; of the time after, ten minutes are read.
        onset: when the incident began, as far as known.

    Returns one symptom per series that could be compared, in name order, moved or not: what is
    missing there is unknown. O(samples).
    """
    bad, past = _residuals(history, window)
    sides = _sides(window, bad, onset)
    if sides is None:
        return ()
    block = max(1, round(BLOCK_S / window.step_s)) if window.step_s else 1
    calm = shifts.local_shifts(blocks(past, block), before=sides.before, after=sides.after)
    unit = shifts.scales(calm, shifts.least_shifts(window))
    base = shifts.middles(sides.early)
    level = shifts.means(sides.late)
    found = _symptoms(window, onset, bad, (base, level), (calm, unit))
    return tuple(found)


def _symptoms(
    window: Panel,
    onset: float,
    bad: Floats,
    levels: tuple[Floats, Floats],
    scale: tuple[Floats, Floats],
) -> Iterator[Symptom]:
    (base, level), (calm, unit) = levels, scale
    strengths = (level - base) / unit
    near = (window.times >= onset - BEFORE_S) & (window.times < onset + AFTER_S)
    for row, name in enumerate(window.names):
        if np.isnan(strengths[row]):
            continue
        known = calm[row][~np.isnan(calm[row])] / unit[row]
        step = shifts.change_point(bad[row][near])
        began = float(window.times[near][step]) if step else onset
        yield Symptom(
            name=name,
            onset=began,
            strength=float(strengths[row]),
            false_alarm=false_alarm(float(strengths[row]), known),
            baseline=in_unit(float(base[row]), name),
            value=in_unit(float(level[row]), name),
            calm=len(known),
            samples=int(np.sum(~np.isnan(bad[row][near]))),
        )


def _residuals(history: Panel, window: Panel) -> tuple[Floats, Floats]:
    """Turn both panels bad side up; the past has a row per series of the window, NaN if unknown.

    What returns daily is taken out of both where the window follows the history.
    """
    bad, known = shifts.badness(window), shifts.badness(history)
    if len(history.times) and len(window.times):
        gap = float(window.times[0] - history.times[-1])
        if -CONTIGUOUS_S <= gap <= CONTIGUOUS_S:
            clock = np.concatenate([history.times, window.times])
            profile = shifts.daily_profile(history.times, known, at=clock)
            known = known - profile[:, : len(history.times)]
            bad = bad - _rows(profile[:, len(history.times) :], history, window, missing=0.0)
    return bad, _rows(known, history, window, missing=np.nan)


def _rows(values: Floats, history: Panel, window: Panel, *, missing: float) -> Floats:
    """Put the history's rows into the window's order."""
    places = {(n.component, n.quantity): row for row, n in enumerate(history.names)}
    found = np.full((len(window.names), values.shape[1]), missing)
    for row, name in enumerate(window.names):
        place = places.get((name.component, name.quantity))
        if place is not None:
            found[row] = values[place]
    return found


def _sides(window: Panel, bad: Floats, onset: float) -> _Sides | None:
    """Cut the window at the onset; None where one side has no instant."""
    block = max(1, round(BLOCK_S / window.step_s)) if window.step_s else 1
    bad = without_spikes(bad) if block >= SPIKE_FROM else bad
    early = bad[:, (window.times >= onset - BEFORE_S) & (window.times < onset)]
    late = bad[:, (window.times >= onset) & (window.times < onset + AFTER_S)]
    if not early.shape[1] or not late.shape[1]:
        return None
    return _Sides(early, late, max(1, early.shape[1] // block), max(1, late.shape[1] // block))


def blocks(values: Floats, size: int) -> Floats:
    """Average so many neighbours into one value; a last incomplete block is left out.

    Lone spikes are cut to their neighbours first: one slow minute is no shift.
    """
    if size == 1:
        return values
    calm = without_spikes(values) if size >= SPIKE_FROM else values
    count = values.shape[1] // size
    return shifts.means(calm[:, : count * size].reshape(len(values), count, size))


def without_spikes(values: Floats) -> Floats:
    """Replace each sample by the median of itself and its two neighbours, where all are known."""
    left, here, right = values[:, :-2], values[:, 1:-1], values[:, 2:]
    low, high = np.minimum(left, right), np.maximum(left, right)
    middle = np.minimum(np.maximum(here, low), high)
    calm = values.copy()
    calm[:, 1:-1] = np.where(np.isnan(middle), here, middle)
    return calm
