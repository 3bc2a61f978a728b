"""The sums behind a shift, against slower ways to the same numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.metrics import shifts
from ingest.metrics.panel import Panel, Quantity, SeriesName

SAMPLES = st.lists(st.one_of(st.just(float("nan")), st.floats(-1e3, 1e3)), min_size=2, max_size=30)


@given(SAMPLES)
def test_change_point_is_the_best_of_all_splits(samples: list[float]) -> None:
    """No other upward split leaves a smaller sum of squared errors."""
    values = np.array(samples)
    known = values[~np.isnan(values)]

    found = shifts.change_point(values)

    errors = {
        at: float(np.sum((left - left.mean()) ** 2) + np.sum((right - right.mean()) ** 2))
        for at in range(1, len(known))
        if (right := known[at:]).mean() > (left := known[:at]).mean()
    }
    if found:
        at = int(np.sum(~np.isnan(values[:found])))
        assert errors[at] <= min(errors.values()) + 1e-6 * (1.0 + min(errors.values()))
        assert not np.isnan(values[found])
    else:
        rises = [np.mean(known[at:]) - np.mean(known[:at]) for at in range(1, len(known))]
        assert max(rises, default=0.0) <= 1e-6


@given(SAMPLES)
def test_middles_are_medians_of_what_is_known(samples: list[float]) -> None:
    """The quick median agrees with the slow one, and says nothing of nothing."""
    values = np.array(samples)
    found = shifts.middles(values[None, :])[0]

    if np.isnan(values).all():
        assert np.isnan(found)
    else:
        assert found == pytest.approx(float(np.nanmedian(values)))


def test_a_daily_peak_is_no_shift() -> None:
    """What returns every evening is taken out once three days are known, and not before."""
    times = np.arange(0, 4 * 86_400, 300.0)
    peak = np.exp(-(((times % 86_400) - 72_000) ** 2) / (2 * 3600**2))[None, :]

    known = shifts.daily_profile(times, peak, at=times)
    short = shifts.daily_profile(times[:288], peak[:, :288], at=times)

    assert np.abs(peak - known - np.median(peak - known)).max() < 0.05
    assert not short.any()


def test_up_is_bad_for_every_quantity() -> None:
    """Slower, more errors, less available, less traffic: each turns upwards."""
    worse = {
        Quantity.LATENCY: [0.1, 0.2],
        Quantity.ERRORS: [0.0, 0.1],
        Quantity.AVAILABILITY: [1.0, 0.9],
        Quantity.TRAFFIC: [100.0, 10.0],
    }
    names = tuple(SeriesName("c", quantity, "ratio") for quantity in worse)
    panel = Panel(names, np.array([0.0, 60.0]), np.array(list(worse.values())))

    bad = shifts.badness(panel)

    assert (bad[:, 1] > bad[:, 0]).all()


def test_a_constant_series_has_a_scale() -> None:
    """A series that never moved is judged by the least shift that counts, not by nothing."""
    calm = np.zeros((1, 100))

    assert shifts.scales(calm, np.array([0.02]))[0] == 0.02
