"""How far each series has moved the bad way from what it was shortly before.

A value is compared with the local baseline: the median of the hour before. What returns each day
is taken out first where three days are known, so that an evening peak is no shift. The scale is
that of the same comparison over calm history, so slow drifts, bursts and the noise of small counts
are all in it. Latency moves in ratios, shares and traffic in plain differences of the share.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ingest.metrics.panel import Floats, Panel, Quantity

# One day's profile in half hours; three days are the least of which a median means anything.
PROFILE_BINS: Final = 48
PROFILE_DAYS: Final = 3
DAY_S: Final = 86_400.0
# One unit of the scale is never less than this, so a constant series has one too: 2% of the latency
# or of the traffic, 0.2% of the requests. Five units (10%, 1%) are the least worth a word.
LEAST_SHIFT: Final = {
    Quantity.LATENCY: 0.02,
    Quantity.ERRORS: 0.002,
    Quantity.AVAILABILITY: 0.002,
    Quantity.TRAFFIC: 0.02,
}


def badness(panel: Panel) -> Floats:
    """Turn every series so that up is bad, and a shift of equal weight has equal size.

    Latency: natural logarithm of seconds. Traffic: minus the logarithm of 1 + count. Shares: as
    they are, availability negated.
    """
    turned = panel.values.copy()
    for row, name in enumerate(panel.names):
        if name.quantity is Quantity.LATENCY:
            turned[row] = np.log(np.maximum(turned[row], 1e-6))
        elif name.quantity is Quantity.TRAFFIC:
            turned[row] = -np.log1p(np.maximum(turned[row], 0.0))
        elif name.quantity is Quantity.AVAILABILITY:
            turned[row] = -turned[row]
    return turned


def least_shifts(panel: Panel) -> Floats:
    """Return the least shift that counts for each series, in the units of `badness`."""
    return np.array([LEAST_SHIFT[name.quantity] for name in panel.names])


def daily_profile(times: Floats, bad: Floats, *, at: Floats) -> Floats:
    """Return what each series does at the times of day of `at`: the median over days, half hours.

    Between the middles of half hours it is interpolated. Where fewer than `PROFILE_DAYS` are
    covered it is zero: nothing is known to return.
    """
    if bad.size == 0 or times[-1] - times[0] < PROFILE_DAYS * DAY_S * 0.99:
        return np.zeros((len(bad), len(at)))
    bins = (times % DAY_S / DAY_S * PROFILE_BINS).astype(np.int64) % PROFILE_BINS
    profile = np.stack([middles(bad[:, bins == b]) for b in range(PROFILE_BINS)], axis=1)
    profile = np.nan_to_num(profile - middles(profile)[:, None], nan=0.0)
    rounded = np.concatenate([profile[:, -1:], profile, profile[:, :1]], axis=1)
    place = at % DAY_S / DAY_S * PROFILE_BINS + 0.5
    left = np.floor(place).astype(np.int64)
    share = place - left
    return rounded[:, left] * (1.0 - share) + rounded[:, left + 1] * share


def middles(values: Floats) -> Floats:
    """Return each row's median without NaN (NaN for an empty row), sooner than `nanmedian`."""
    ordered = np.sort(values, axis=1)  # NaN last
    counts = np.sum(~np.isnan(values), axis=1)
    rows = np.arange(len(values))
    low, high = np.maximum(counts - 1, 0) // 2, counts // 2
    if ordered.shape[1] == 0:
        return np.full(len(values), np.nan)
    high = np.minimum(high, ordered.shape[1] - 1)
    found: Floats = np.where(counts > 0, (ordered[rows, low] + ordered[rows, high]) / 2, np.nan)
    return found


def local_shifts(bad: Floats, *, before: int, after: int) -> Floats:
    """Compare at each place: mean of the `after` samples from it on - median of the `before`.

    Column t is the shift at t = before .. T - after; NaN where fewer than half of either side was
    measured (one sample at least).
    """
    width = before + after
    count = bad.shape[1] - width + 1
    if count <= 0:
        return np.empty((len(bad), 0))
    windows = np.lib.stride_tricks.sliding_window_view(bad, width, axis=1)
    earlier = windows[:, :, :before].reshape(-1, before)
    base = middles(earlier)
    base[np.sum(~np.isnan(earlier), axis=1) < max(1, before // 2)] = np.nan
    return means(windows[:, :, before:]) - base.reshape(len(bad), count)


def means(values: Floats) -> Floats:
    """Return the mean over the last axis without NaN; NaN where under half was measured."""
    known = ~np.isnan(values)
    counts = known.sum(axis=-1)
    sums = np.where(known, values, 0.0).sum(axis=-1)
    enough = counts >= max(1, values.shape[-1] // 2)
    mean: Floats = np.where(enough, sums / np.maximum(counts, 1), np.nan)
    return mean


def scales(shifts: Floats, least: Floats) -> Floats:
    """Return each series' unit of shift: robust spread of calm shifts, and never below `least`.

    The larger of 1.4826 x median absolute shift and (90% quantile) / 1.645: equal for Gaussian
    noise, the second larger for bursts. A tenth of the history may be incidents unseen.
    """
    away = np.abs(shifts)
    spread = np.nan_to_num(middles(away) * 1.4826, nan=0.0)
    ordered = np.sort(away, axis=1)
    counts = np.sum(~np.isnan(away), axis=1)
    place = np.maximum((counts * 0.9).astype(np.int64) - 1, 0)
    rows = np.arange(len(away))
    tail = ordered[rows, place] if ordered.shape[1] else np.zeros(len(away))
    tail = np.where(counts >= 40, np.nan_to_num(tail, nan=0.0) / 1.645, 0.0)
    return np.maximum(np.maximum(spread, tail), least)


def change_point(values: Floats) -> int:
    """Return where one step up splits the samples best: the first index after it.

    Exact: of all splits the one with the least sum of squared errors, by prefix sums in O(n), among
    those that go up; the earliest of equal ones; 0 where none goes up. NaN is passed over.
    Source: the single change of Page 1955 / binary segmentation's first step, L2 cost.
    """
    places = np.flatnonzero(~np.isnan(values))
    known = values[places]
    if len(known) < 2:
        return 0
    total = np.cumsum(known)
    left = np.arange(1, len(known))
    right = len(known) - left
    gap = (total[-1] - total[:-1]) / right - total[:-1] / left
    gain = np.where(gap > 0.0, gap**2 * left * right, 0.0)
    best = int(np.argmax(gain))
    return int(places[best + 1]) if gain[best] > 0.0 else 0
