"""What the reading of series is compared with: an isolation forest per series, and Prophet.

Both get the same weeks in blocks of five minutes; what they flag for two blocks, above the series'
median (the bad way up), is an episode, and flags half an hour apart are one.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from typing import Final

import numpy as np

from ingest.metrics import shifts
from ingest.metrics.onsets import blocks
from ingest.metrics.panel import Floats, Panel, SeriesName

BLOCK: Final = 5
GAP: Final = 6
LEAST: Final = 2
CONTAMINATION: Final = 0.01
Span = tuple[SeriesName, float, float]
Finder = Callable[[Panel], list[Span]]


def isolation_forest(panel: Panel, *, seed: int) -> list[Span]:
    """Flag 1% of each series' blocks by value, time of day, last hour's mean and spread."""
    forest_of = importlib.import_module("sklearn.ensemble").IsolationForest

    def flags(values: Floats, clock: Floats) -> Floats:
        known = np.where(np.isnan(values), np.nanmedian(values), values)
        around = np.lib.stride_tricks.sliding_window_view(np.pad(known, (11, 0), "edge"), 12)
        turn = 2 * np.pi * clock / 86_400.0
        columns = [known, np.sin(turn), np.cos(turn), around.mean(axis=1), around.std(axis=1)]
        forest = forest_of(contamination=CONTAMINATION, random_state=seed)
        rows = np.stack(columns, axis=1)
        return np.asarray(forest.fit_predict(rows) < 0, dtype=np.float64)

    return _spans(panel, flags)


def prophet(panel: Panel) -> list[Span]:
    """Flag what lies outside Prophet's 99% interval with daily and weekly seasons."""
    prophet_of = importlib.import_module("prophet").Prophet
    pandas = importlib.import_module("pandas")

    def flags(values: Floats, clock: Floats) -> Floats:
        frame = pandas.DataFrame({"ds": pandas.to_datetime(clock, unit="s"), "y": values})
        model = prophet_of(interval_width=0.99, daily_seasonality=True, weekly_seasonality=True)
        seen = model.fit(frame).predict(frame)
        return np.asarray(values > seen["yhat_upper"].to_numpy(), dtype=np.float64)

    return _spans(panel, flags)


def has_prophet() -> bool:
    """Tell whether the extra is installed."""
    return importlib.util.find_spec("prophet") is not None


def _spans(panel: Panel, flags: Callable[[Floats, Floats], Floats]) -> list[Span]:
    bad = blocks(shifts.badness(panel), BLOCK)
    clock = panel.times[: bad.shape[1] * BLOCK : BLOCK]
    found: list[Span] = []
    for row, name in enumerate(panel.names):
        flagged = (flags(bad[row], clock) > 0) & (bad[row] > np.nanmedian(bad[row]))
        places = np.flatnonzero(flagged)
        runs = np.split(places, np.flatnonzero(np.diff(places) > GAP) + 1)
        found += [
            (name, float(clock[run[0]]), float(clock[run[-1]]) + 60.0 * BLOCK)
            for run in runs
            if len(run) >= LEAST
        ]
    return found
