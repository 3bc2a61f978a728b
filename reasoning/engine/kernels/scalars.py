"""Log odds and their probabilities, one at a time."""

from __future__ import annotations

import math

LIMIT = 500.0
LEAST = 7.124576406741286e-218  # exp(-LIMIT)
MOST = 1.4035922178528375e217  # exp(LIMIT)
SUREST = 1.0 - 1e-15
KEPT_BACK = 2e-3
_THIRD = 1.0 / 3.0
_SIXTH = 1.0 / 6.0


def clip(odds: float) -> float:
    """Keep log odds where exp() neither overflows nor vanishes."""
    return min(max(odds, -LIMIT), LIMIT)


def bounded(ratio: float) -> float:
    """Keep a ratio where neither it nor its inverse overflows."""
    return min(max(ratio, LEAST), MOST)


def change_of(old: float, new: float) -> float:
    """Return by how much the logarithms of two ratios differ, right to 3% below a twentieth."""
    gap = abs(new - old) / min(new, old)
    if gap <= 0.05:
        return gap
    if gap < 1.0:  # Pade's quotient, 1% above the logarithm at 1
        return gap * (6.0 + gap) / (6.0 + 4.0 * gap)
    return math.log(1.0 + gap)


def mixed(old: float, new: float, kept: float) -> float:
    """Return the geometric mean of two ratios, `kept` of the old one."""
    if kept == 0.0:
        return new
    return math.exp(kept * math.log(old) + (1.0 - kept) * math.log(new))


def softplus(odds: float) -> float:
    """Return ln(1 + exp(odds)); minus it is ln P(not so)."""
    if odds > 0.0:
        return odds + math.log1p(math.exp(-odds))
    return math.log1p(math.exp(odds))


def chance(odds: float) -> float:
    """Return the probability of log odds."""
    if odds >= 0.0:
        return 1.0 / (1.0 + math.exp(-odds))
    ratio = math.exp(odds)
    return ratio / (1.0 + ratio)


def log_rest(part: float) -> float:
    """Return ln(1 - part), quicker than log1p and right to 1e-12."""
    if part < 1e-4:
        return -part * (1.0 + part * (0.5 + part * _THIRD))
    return math.log(1.0 - part)


def rest_of(log: float) -> float:
    """Return 1 - exp(log) for a logarithm not above 0, quicker than expm1 and right to 1e-12."""
    if log > -1e-4:
        return -log * (1.0 + log * (0.5 + log * _SIXTH))
    return 1.0 - math.exp(log)


def log_struck(log_off: float) -> float:
    """Return ln(1 - exp(log_off)), not below -690."""
    return math.log(max(rest_of(log_off), 1e-300))
