"""Reading series around an onset: what speaks, how loudly, since when, and how often by chance."""

from __future__ import annotations

import numpy as np
import pytest

from ingest.metrics.onsets import read_onset
from ingest.metrics.panel import Floats, Panel, Quantity, SeriesName
from ingest.metrics.speaking import SPEAKS_BELOW, speaks
from ingest.metrics.symptoms import Symptom

MINUTE = 60.0
ONSET = 86_400.0 * 2 + 7200.0


def _panel(rows: Floats, *, start: float, unit: str = "s") -> Panel:
    names = tuple(SeriesName(f"c-{n}", Quantity.LATENCY, unit) for n in range(len(rows)))
    times = start + MINUTE * np.arange(rows.shape[1], dtype=np.float64)
    return Panel(names, times, rows)


def _noise(seed: int, rows: int, minutes: int) -> Floats:
    draw = np.random.default_rng(seed)
    made: Floats = 0.1 * np.exp(0.1 * draw.standard_normal((rows, minutes)))
    return made


def _around(rows: Floats) -> tuple[Panel, Panel]:
    """Cut two days of history and the two hours around the onset out of one panel."""
    panel = _panel(rows, start=0.0)
    return panel.between(0.0, ONSET - 3600.0), panel.between(ONSET - 3600.0, ONSET + 600.0)


def _only(symptoms: tuple[Symptom, ...]) -> Symptom:
    assert len(symptoms) == 1
    return symptoms[0]


def test_a_step_is_read_with_its_numbers() -> None:
    """Doubled latency speaks, from its minute on, with baseline and value in its own unit."""
    rows = _noise(1, 1, 3020)
    step = int(ONSET / MINUTE) + 2
    rows[0, step:] *= 2.0
    history, window = _around(rows)

    found = _only(read_onset(history, window, ONSET))

    assert speaks(found)
    assert found.onset == step * MINUTE
    assert found.baseline == pytest.approx(0.1, rel=0.1)
    assert found.value == pytest.approx(0.2, rel=0.25)
    assert found.false_alarm < 0.001


def test_units_change_numbers_and_nothing_else() -> None:
    """The same series in milliseconds says the same, in milliseconds."""
    rows = _noise(2, 1, 3020)
    rows[0, int(ONSET / MINUTE) :] *= 1.5
    history, window = _around(rows)
    milli = [SeriesName(n.component, n.quantity, "ms") for n in window.names]

    plain = _only(read_onset(history, window, ONSET))
    other = _only(read_onset(history, Panel(tuple(milli), window.times, window.values), ONSET))

    assert other.strength == plain.strength
    assert other.value == pytest.approx(plain.value * 1000.0)


def test_calm_hours_speak_as_rarely_as_stated() -> None:
    """Of calm series about as many speak as the bar says, and their rates are no smaller."""
    history, window = _around(_noise(3, 400, 3020))

    found = read_onset(history, window, ONSET)

    share = sum(speaks(s) for s in found) / len(found)
    assert share <= 2.5 * SPEAKS_BELOW
    assert sum(s.false_alarm <= 0.1 for s in found) / len(found) == pytest.approx(0.1, abs=0.05)


def test_what_is_missing_is_unknown() -> None:
    """A series without samples on one side is left out, neither calm nor moved."""
    rows = _noise(4, 3, 3020)
    rows[0, int(ONSET / MINUTE) :] = np.nan
    rows[1, int(ONSET / MINUTE) - 60 : int(ONSET / MINUTE)] = np.nan
    history, window = _around(rows)

    assert [s.name.component for s in read_onset(history, window, ONSET)] == ["c-2"]


def test_a_constant_series_that_moves_speaks() -> None:
    """Without any noise in history a clear step is a symptom, and a tiny one is none."""
    rows = np.full((2, 3020), 0.1)
    rows[0, int(ONSET / MINUTE) :] = 0.15
    rows[1, int(ONSET / MINUTE) :] = 0.1001
    history, window = _around(rows)

    loud, quiet = read_onset(history, window, ONSET)

    assert speaks(loud)
    assert not speaks(quiet)


def test_without_history_the_least_shift_judges() -> None:
    """A series that was never seen before can still be read, with no calm comparison behind it."""
    rows = _noise(5, 1, 3020)
    rows[0, int(ONSET / MINUTE) :] *= 3.0
    _, window = _around(rows)
    nothing = Panel((), np.empty(0), np.empty((0, 0)))

    found = _only(read_onset(nothing, window, ONSET))

    assert speaks(found)
    assert found.calm == 0


def test_a_lone_spike_is_no_shift() -> None:
    """One slow minute of ten does not make ten slow minutes."""
    rows = _noise(6, 1, 3020)
    rows[0, int(ONSET / MINUTE) + 4] *= 6.0
    history, window = _around(rows)

    assert not speaks(_only(read_onset(history, window, ONSET)))


def test_nothing_beside_the_onset_says_nothing() -> None:
    """An onset outside the window has no sides to compare."""
    history, window = _around(_noise(7, 1, 3020))

    assert read_onset(history, window, ONSET + 86_400.0) == ()
