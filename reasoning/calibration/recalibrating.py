"""The recalibration map: what a stated posterior has meant so far, as a rising curve.

Two parameters on the log odds (Platt), pulled towards "as stated" by a prior that weighs as much as
a handful of incidents: at fifty cases a step function of as many parameters as it likes (isotonic)
learns the noise. The slope is above 0, so no cause ever passes another.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from graph.model.calibration import Curve, Judged, Recalibration
from reasoning import parameters
from reasoning.calibration.figures import figures_of

AS_STATED: Final = Curve(slope=1.0, shift=0.0)
FOLDS: Final = 10
_LEAST: Final = 1e-4  # stated 0 or 1 counts as this far from it
_FLATTEST: Final = 0.05
_STEPS: Final = 50
_CLOSE: Final = 1e-12
Point = tuple[float, float]


def recalibrate(judged: Sequence[Judged]) -> Recalibration | None:
    """Fit the map on all cases and judge it on cases that it has not seen; None below the bar."""
    if len(judged) < parameters.RECALIBRATED_FROM:
        return None
    return Recalibration(curve=fit(judged), unseen=figures_of(judged, stated_unseen(judged)))


def stated_unseen(judged: Sequence[Judged]) -> list[float]:
    """Put each case on the map of the other nine tenths, in the cases' order.

    Cases are taken in their order, every tenth to one fold: equal input, equal output.
    """
    unseen = [0.0] * len(judged)
    for fold in range(FOLDS):
        curve = fit([case for place, case in enumerate(judged) if place % FOLDS != fold])
        for place in range(fold, len(judged), FOLDS):
            unseen[place] = mapped(curve, judged[place].stated)
    return unseen


def mapped(curve: Curve, posterior: float) -> float:
    """Put a posterior on the map; of two, the larger never becomes the smaller.

    >>> round(mapped(AS_STATED, 0.8), 6)
    0.8
    """
    return _sigma(curve.slope * _logit(posterior) + curve.shift)


def fit(judged: Sequence[Judged]) -> Curve:
    """Find the most probable map: Newton's method on a convex sum, from "as stated".

    Source: Platt 1999; a normal prior of weight `RECALIBRATION_PRIOR` on slope 1 and shift 0 keeps
    it finite where every case was right.
    """
    points = [(_logit(case.stated), 1.0 if case.right else 0.0) for case in judged]
    slope, shift = _descend(points, (1.0, 0.0), tilts=True)
    if slope < _FLATTEST:
        slope, shift = _descend(points, (_FLATTEST, shift), tilts=False)
    return Curve(slope=slope, shift=shift)


def _descend(points: Sequence[Point], start: Point, *, tilts: bool) -> Point:
    """Walk to the least loss; where it may not tilt, the slope stays."""
    here, loss = start, _loss(points, start)
    for _ in range(_STEPS):
        step = _newton(points, here, tilts=tilts)
        reach = 1.0
        while reach > _CLOSE:
            there = (here[0] - reach * step[0], here[1] - reach * step[1])
            less = _loss(points, there)
            if less < loss:
                break
            reach /= 2.0
        else:
            return here
        gained, here, loss = loss - less, there, less
        if gained < _CLOSE:
            return here
    return here


def _newton(points: Sequence[Point], at: Point, *, tilts: bool) -> Point:
    """Return the Newton step of the penalised log loss."""
    weight = parameters.RECALIBRATION_PRIOR
    g0, g1 = weight * (at[0] - 1.0), weight * at[1]
    h00, h01, h11 = weight, 0.0, weight
    for x, y in points:
        q = _sigma(at[0] * x + at[1])
        miss, curving = q - y, q * (1.0 - q)
        g0, g1 = g0 + miss * x, g1 + miss
        h00, h01, h11 = h00 + curving * x * x, h01 + curving * x, h11 + curving
    if not tilts:
        return 0.0, g1 / h11
    whole = h00 * h11 - h01 * h01
    return (h11 * g0 - h01 * g1) / whole, (h00 * g1 - h01 * g0) / whole


def _loss(points: Sequence[Point], at: Point) -> float:
    weight = parameters.RECALIBRATION_PRIOR
    found = weight * ((at[0] - 1.0) ** 2 + at[1] ** 2) / 2.0
    for x, y in points:
        z = at[0] * x + at[1]
        found += max(z, 0.0) - z * y + math.log1p(math.exp(-abs(z)))
    return found


def _logit(probability: float) -> float:
    sure = min(1.0 - _LEAST, max(_LEAST, probability))
    return math.log(sure / (1.0 - sure))


def _sigma(z: float) -> float:
    if z >= 0.0:
        return 1.0 / (1.0 + math.exp(-z))
    grown = math.exp(z)
    return grown / (1.0 + grown)
