"""What a moved series says: a symptom with its numbers, and how often a calm hour says the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ingest.metrics.panel import UNITS, Floats, Quantity, SeriesName

# Beyond what history holds, a shift z times as large is z**3 times as rare: bursts are heavy-tailed
# (assumed; a Gaussian tail would make one odd minute certain).
TAIL_POWER: Final = 3.0
# Of so many calm comparisons on an empirical tail is believed.
CALM_AT_LEAST: Final = 40


@dataclass(frozen=True)
class Symptom:
    """One series that moved the bad way, or did not.

    `onset` is where the step lies (UTC seconds). `strength` is the shift in units of the series'
    own calm shifts. `false_alarm` = P(a calm hour moves at least as far), by its history.
    `baseline` and `value` are in the series' unit, before and after the onset; `calm` counts the
    comparisons of history that `false_alarm` rests on, `samples` those behind the value.
    """

    name: SeriesName
    onset: float
    strength: float
    false_alarm: float
    baseline: float
    value: float
    calm: int
    samples: int


def false_alarm(strength: float, calm: Floats) -> float:
    """Return P(a calm comparison reaches this strength); `calm` are those of history, NaN free.

    Counted with one added to both sides, so never 0; beyond the largest one by the power tail. What
    moved less than one unit moved hardly at all, however calm history was: at least 1 - strength.

    >>> false_alarm(3.0, np.array([1.0] * 98 + [3.0]))
    0.02
    >>> round(false_alarm(6.0, np.array([1.0] * 98 + [3.0])), 5)
    0.00125
    """
    return max(_reached(strength, calm), min(1.0, 1.0 - strength))


def _reached(strength: float, calm: Floats) -> float:
    if len(calm) < CALM_AT_LEAST:
        return float(max(strength, 1.0) ** -TAIL_POWER)
    reached = int(np.sum(calm >= strength))
    share = (reached + 1) / (len(calm) + 1)
    if reached:
        return share
    largest = max(float(calm.max()), 1.0)
    return float(share * min(1.0, largest / strength) ** TAIL_POWER)


def in_unit(bad: float, name: SeriesName) -> float:
    """Turn a value of `shifts.badness` back into the unit of its series."""
    if name.quantity is Quantity.LATENCY:
        plain = float(np.exp(bad))
    elif name.quantity is Quantity.TRAFFIC:
        plain = float(np.expm1(-bad))
    else:
        plain = -bad if name.quantity is Quantity.AVAILABILITY else bad
    return plain / UNITS[name.unit]
