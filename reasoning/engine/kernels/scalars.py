"""Log odds and their probabilities, one at a time."""

from __future__ import annotations

import math

LIMIT = 500.0
_MOST = 1.0 - 1e-15
_THIRD = 1.0 / 3.0
_SIXTH = 1.0 / 6.0


def clip(odds: float) -> float:
    """Keep log odds where exp() neither overflows nor vanishes."""
    return min(max(odds, -LIMIT), LIMIT)


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


def log_miss(strength: float, odds: float) -> float:
    """Return ln P(an arrow does not fire), never minus infinity; 0 below e^-45."""
    if odds < -45.0:
        return 0.0
    return log_rest(min(strength * chance(odds), _MOST))


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
