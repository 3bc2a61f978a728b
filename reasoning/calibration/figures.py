"""Reliability, Brier score, log loss, hits and abstention of judged answers; pure arithmetic."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from graph.model.calibration import Figures, Judged, ModeFigures, ReliabilityBin

BINS: Final = 10
_Z: Final = 1.959963984540054  # both tails together 5%
_LEAST: Final = 1e-6  # a stated 0 or 1 that is wrong costs this much surprise, not infinity
_FIRST_THREE: Final = 3


def figures_of(judged: Sequence[Judged], stated: Sequence[float] | None = None) -> Figures:
    """Sum up cases; `stated` replaces what each answer stated, in the same order.

    Source: Brier 1950; expected calibration error over ten equal bins, Naeini et al. 2015.
    """
    said = [case.stated for case in judged] if stated is None else list(stated)
    right = [case.right for case in judged]
    count = len(judged)
    return Figures(
        cases=count,
        first=sum(right),
        first_three=sum(c.place is not None and c.place <= _FIRST_THREE for c in judged),
        abstained=sum(c.abstained for c in judged),
        committed_right=sum(c.right and not c.abstained for c in judged),
        stated=sum(said) / count if count else None,
        brier=_mean([(p - hit) ** 2 for p, hit in zip(said, right, strict=True)]),
        log_loss=_mean([_surprise(p, hit) for p, hit in zip(said, right, strict=True)]),
        error=_error(said, right),
        bins=bins_of(said, right),
    )


def by_mode(judged: Sequence[Judged]) -> tuple[ModeFigures, ...]:
    """Sum up the cases of each fault mode; most cases first, ties by mode."""
    groups: dict[str, list[Judged]] = defaultdict(list)
    for case in judged:
        groups[case.mode].append(case)
    ordered = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))
    return tuple(ModeFigures(mode=mode, figures=figures_of(cases)) for mode, cases in ordered)


def bins_of(stated: Sequence[float], right: Sequence[bool]) -> tuple[ReliabilityBin, ...]:
    """Count ten equal bins of what was stated; empty ones are left out, lowest first."""
    slots: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for p, hit in zip(stated, right, strict=True):
        slots[min(int(p * BINS), BINS - 1)].append((p, hit))
    return tuple(_bin(slot, pairs) for slot, pairs in sorted(slots.items()))


def _bin(slot: int, pairs: Sequence[tuple[float, bool]]) -> ReliabilityBin:
    hits = sum(hit for _, hit in pairs)
    low, high = wilson(hits, len(pairs))
    return ReliabilityBin(
        begins=slot / BINS,
        stated=min(1.0, sum(p for p, _ in pairs) / len(pairs)),
        cases=len(pairs),
        right=hits,
        low=low,
        high=high,
    )


def wilson(hits: int, cases: int) -> tuple[float, float]:
    """Return the 95% score interval of a share; (0, 1) where there is no case.

    Source: Wilson 1927.

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


def _error(stated: Sequence[float], right: Sequence[bool]) -> float | None:
    if not stated:
        return None
    gaps = sum(abs(b.stated * b.cases - b.right) for b in bins_of(stated, right))
    return gaps / len(stated)


def _surprise(stated: float, hit: bool) -> float:
    sure = min(1.0 - _LEAST, max(_LEAST, stated))
    return -math.log(sure if hit else 1.0 - sure)


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
