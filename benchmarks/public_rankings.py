"""How rankings are judged on public sets: hits expected under ties, intervals, a paired test."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any, Final

import numpy as np

# Scores that differ by less are one tie.
DIGITS: Final = 12
EXACT_PAIRS: Final = 16
DRAWS: Final = 20_000
CONFIDENCE_Z: Final = 1.959964


def expected_hit(scores: Mapping[str, float], roots: Sequence[str], k: int) -> float:
    """P(a root is among the first k when ties are broken at random); the best of several roots.

    Nodes without a score are not ranked.

    >>> expected_hit({"a": 1.0, "b": 0.5, "c": 0.5}, ["c"], 2)
    0.5
    """
    return max((_hit(scores, root, k) for root in roots), default=0.0)


def _hit(scores: Mapping[str, float], root: str, k: int) -> float:
    if root not in scores:
        return 0.0
    own = round(scores[root], DIGITS)
    above = sum(round(s, DIGITS) > own for s in scores.values())
    equal = sum(round(s, DIGITS) == own for s in scores.values())
    return min(1.0, max(0.0, (k - above) / equal))


def wilson(hits: float, count: int) -> tuple[float, float]:
    """Return the 95% interval of a share (Wilson); (0, 1) of nothing.

    >>> [round(bound, 3) for bound in wilson(8, 10)]
    [0.49, 0.943]
    """
    if not count:
        return 0.0, 1.0
    share, z2 = hits / count, CONFIDENCE_Z**2
    middle = (share + z2 / (2 * count)) / (1 + z2 / count)
    half = math.sqrt(share * (1 - share) / count + z2 / (4 * count**2))
    half *= CONFIDENCE_Z / (1 + z2 / count)
    return max(0.0, middle - half), min(1.0, middle + half)


def cell_of(hits: Sequence[tuple[float, float]]) -> dict[str, Any]:
    """Sum up (top-1, top-3) expected hits of a cell."""
    cell: dict[str, Any] = {"n": len(hits)}
    for place, name in enumerate(("top1", "top3")):
        total = math.fsum(hit[place] for hit in hits)
        low, high = wilson(total, len(hits))
        cell[name] = {
            "hits": round(total, 3),
            "share": round(total / len(hits), 4) if hits else None,
            "interval": [round(low, 3), round(high, 3)],
        }
    return cell


def paired(ours: Sequence[float], theirs: Sequence[float], *, seed: int) -> dict[str, Any]:
    """Test paired hits by flipping the signs of their differences; two-sided.

    Exact up to `EXACT_PAIRS` pairs that differ, else by `DRAWS` random flips.

    >>> paired([1, 1, 1, 1], [0, 0, 1, 0], seed=0)["p"]
    0.25
    """
    gaps = np.array([a - b for a, b in zip(ours, theirs, strict=True) if a != b])
    said = {"better": int(np.sum(gaps > 0)), "worse": int(np.sum(gaps < 0))}
    if not len(gaps):
        return {**said, "equal": len(ours), "p": 1.0}
    if len(gaps) <= EXACT_PAIRS:
        flips = np.array(list(product((-1.0, 1.0), repeat=len(gaps))))
    else:
        flips = np.random.default_rng(seed).choice([-1.0, 1.0], size=(DRAWS, len(gaps)))
    reached = np.abs(flips @ np.abs(gaps)) >= abs(gaps.sum()) - 1e-9
    return {**said, "equal": len(ours) - len(gaps), "p": round(float(reached.mean()), 5)}
