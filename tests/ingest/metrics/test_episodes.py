"""Episodes in a planted week: nearly all found, hardly one invented, at the right minute."""

from __future__ import annotations

import numpy as np

from benchmarks.planted_series import plant
from ingest.metrics.episodes import find_episodes
from ingest.metrics.panel import Panel, Quantity, SeriesName

# No seed that the thresholds were chosen on (those are 100 to 102).
SEED = 7


def test_planted_episodes_are_found() -> None:
    """Most of a week's episodes are found, with at most one false one in 80 series."""
    week = plant(80, SEED)
    found = find_episodes(week.panel)

    hits = [
        p
        for p in week.episodes
        if any(e.name == p.name and e.onset < p.end and e.end > p.begin for e in found)
    ]
    false = [
        e
        for e in found
        if not any(e.name == p.name and e.onset < p.end and e.end > p.begin for p in week.episodes)
    ]
    assert len(hits) >= 0.85 * len(week.episodes)
    assert len(false) <= 1


def test_an_empty_or_short_panel_has_no_episodes() -> None:
    """Less than the hour before and the ten minutes after says nothing."""
    name = SeriesName("c", Quantity.LATENCY, "s")
    short = Panel((name,), 60.0 * np.arange(30, dtype=np.float64), np.ones((1, 30)))
    empty = Panel((name,), np.empty(0), np.empty((1, 0)))

    assert find_episodes(short) == ()
    assert find_episodes(empty) == ()


def test_a_series_of_nothing_has_no_episodes() -> None:
    """A panel with a series that was never measured is read all the same."""
    week = plant(1, SEED)
    hole = np.vstack([week.panel.values, np.full((1, len(week.panel.times)), np.nan)])
    names = (*week.panel.names, SeriesName("never", Quantity.LATENCY, "s"))

    found = find_episodes(Panel(names, week.panel.times, hole))

    assert [e.name.component for e in found if e.name.component == "never"] == []
