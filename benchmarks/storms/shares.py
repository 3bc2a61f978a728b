"""Shares with their intervals, and how well stated probabilities hold."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

BINS = 10
_Z = 1.959963984540054  # both tails together 5%
_DRAWS = 2000


def share(found: Sequence[bool]) -> dict[str, Any]:
    """Give hits, cases, their share and its 95% interval (Wilson 1927).

    >>> share([True, True, False, False])["share"]
    0.5
    """
    hits, cases = sum(found), len(found)
    low, high = wilson(hits, cases)
    return {
        "hits": hits,
        "cases": cases,
        "share": round(hits / cases, 4) if cases else None,
        "interval": [round(low, 4), round(high, 4)],
    }


def wilson(hits: int, cases: int) -> tuple[float, float]:
    """Return the 95% score interval of a share; (0, 1) where nothing was asked.

    >>> low, high = wilson(9, 10)
    >>> round(low, 3), round(high, 3)
    (0.596, 0.982)
    """
    if not cases:
        return 0.0, 1.0
    rate, weight = hits / cases, _Z**2 / cases
    middle = (rate + weight / 2.0) / (1.0 + weight)
    half = _Z * math.sqrt(rate * (1.0 - rate) / cases + weight / (4.0 * cases)) / (1.0 + weight)
    return max(0.0, middle - half), min(1.0, middle + half)


def reliability(stated: Sequence[float], right: Sequence[bool]) -> dict[str, Any]:
    """Give the expected calibration error of equal-width bins, its bootstrap interval, the bins.

    The interval takes cases with replacement, 2,000 times, from seed 0. A calibrated answer has
    an error above 0 by chance alone; `by_chance` is the mean of that, were every stated
    probability true.
    """
    if not stated:
        return {"ece": None, "interval": None, "by_chance": None, "cases": 0, "bins": []}
    said, true = np.asarray(stated, float), np.asarray(right, float)
    draw = np.random.default_rng(0)
    picks = draw.integers(0, len(said), size=(_DRAWS, len(said)))
    drawn = [_error(said[pick], true[pick]) for pick in picks]
    dice = draw.random((_DRAWS, len(said))) < said
    low, high = np.quantile(drawn, [0.025, 0.975])
    return {
        "ece": round(_error(said, true), 4),
        "interval": [round(float(low), 4), round(float(high), 4)],
        "by_chance": round(float(np.mean([_error(said, throw) for throw in dice])), 4),
        "cases": len(said),
        "bins": _bins(said, true),
    }


def _slot(said: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    slots: np.ndarray[Any, Any] = np.minimum((said * BINS).astype(int), BINS - 1)
    return slots


def _error(said: np.ndarray[Any, Any], true: np.ndarray[Any, Any]) -> float:
    gaps = np.bincount(_slot(said), weights=said - true, minlength=BINS)
    return float(np.abs(gaps).sum() / len(said))


def _bins(said: np.ndarray[Any, Any], true: np.ndarray[Any, Any]) -> list[dict[str, Any]]:
    slots, rows = _slot(said), []
    for slot in range(BINS):
        inside = slots == slot
        if inside.any():
            told = share([bool(hit) for hit in true[inside]])
            rows.append(
                {"from": slot / BINS, "stated": round(float(said[inside].mean()), 4)} | told
            )
    return rows
