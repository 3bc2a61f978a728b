"""Series of metrics on one common clock: which component, which quantity, in which unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from graph.errors import InputError

Floats = NDArray[np.float64]

SERIES_AT_MOST: Final = 20_000
SAMPLES_AT_MOST: Final = 200_000
# To the base unit of its quantity: seconds, a share of 0..1, or a count (a rate) as it is.
UNITS: Final[Mapping[str, float]] = {
    "s": 1.0,
    "ms": 1e-3,
    "us": 1e-6,
    "ratio": 1.0,
    "percent": 1e-2,
    "count": 1.0,
    "per_second": 1.0,
}


class Quantity(StrEnum):
    """What a series measures; it also says which way is bad.

    `latency` in seconds: up. `errors`, a share of requests: up. `availability`, a share: down.
    `traffic`, requests: down (more of it is a crowd, and no symptom).
    """

    LATENCY = "latency"
    ERRORS = "errors"
    AVAILABILITY = "availability"
    TRAFFIC = "traffic"


@dataclass(frozen=True, order=True)
class SeriesName:
    """One series: a component as its source calls it, a quantity, and the unit it came in."""

    component: str
    quantity: Quantity
    unit: str


@dataclass(frozen=True)
class Panel:
    """Several series at the same evenly spaced instants.

    `times` are UTC seconds, rising by `step_s`; `values[i, t]` is series i at instant t in its base
    unit (seconds, shares, counts), NaN where nothing was measured.
    """

    names: tuple[SeriesName, ...]
    times: Floats
    values: Floats

    @property
    def step_s(self) -> float:
        """Seconds between two instants; 0.0 where there are not two."""
        return float(self.times[1] - self.times[0]) if len(self.times) > 1 else 0.0

    def between(self, since: float, until: float) -> Panel:
        """Keep the instants in [since, until)."""
        first, last = np.searchsorted(self.times, [since, until])
        return Panel(self.names, self.times[first:last], self.values[:, first:last])


def align(
    names: Sequence[SeriesName], samples: Sequence[tuple[Floats, Floats]], *, step_s: float
) -> Panel:
    """Put series of (times, values) onto one clock; of several samples in a step the last counts.

    Values change to base units and infinite ones become NaN; instants without a sample stay NaN,
    so that a gap stays a gap. Series come in name order.

    Raises: InputError for an unknown unit, two series of one name, a step that is not positive, or
        a panel beyond `SERIES_AT_MOST` x `SAMPLES_AT_MOST`.
    """
    _check(names, step_s)
    order = sorted(range(len(names)), key=lambda i: names[i])
    filled = [times for times, _ in samples if len(times)]
    if not filled:
        return Panel(tuple(names[i] for i in order), np.empty(0), np.empty((len(names), 0)))
    first = min(float(times.min()) for times in filled)
    count = round((max(float(times.max()) for times in filled) - first) / step_s) + 1
    if count > SAMPLES_AT_MOST:
        raise InputError(
            f"the series span {count} steps of {step_s:g} s; read at most {SAMPLES_AT_MOST} at once"
        )
    values = np.full((len(names), count), np.nan)
    for row, index in enumerate(order):
        times, given = samples[index]
        places = np.rint((times - first) / step_s).astype(np.int64)
        usable = np.where(np.isfinite(given), given, np.nan)
        values[row, places] = usable * UNITS[names[index].unit]
    clock = first + step_s * np.arange(count, dtype=np.float64)
    return Panel(tuple(names[i] for i in order), clock, values)


def _check(names: Sequence[SeriesName], step_s: float) -> None:
    if not 0.0 < step_s < float("inf"):
        raise InputError(f"the step must be positive, is {step_s} s; check the instants")
    if len(names) > SERIES_AT_MOST:
        raise InputError(f"{len(names)} series; read at most {SERIES_AT_MOST} at once")
    if len({(name.component, name.quantity) for name in names}) < len(names):
        seen = [(name.component, name.quantity) for name in names]
        twice = next(name for name in names if seen.count((name.component, name.quantity)) > 1)
        raise InputError(f"{twice.component!r} has two series of {twice.quantity.value}; keep one")
    for name in names:
        if name.unit not in UNITS:
            known = ", ".join(UNITS)
            raise InputError(f"{name.component!r}: unknown unit {name.unit!r}; use {known}")
