"""What PetShop's rankings are compared with, on the same rows: ranked correlation, largest shift.

Ranked correlation follows its published description: of the target's metric (Average) over the rows
of the window, nodes by the p-value of Pearson's correlation with the target, smallest first; only
nodes that are anomalous at the target's row (deviation from the median of the normal rows, over
their median absolute deviation x 1.4826, above 5; any change where that is 0). Without the filter
it is printed too. Neither ranks the target itself.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from benchmarks.petshop_cases import Case
from ingest.metrics.panel import Floats, Panel, Quantity
from ingest.metrics.symptoms import Symptom

ANOMALOUS_FROM = 5.0
ROW = 2
QUANTITY = {"latency": Quantity.LATENCY, "availability": Quantity.AVAILABILITY}


def ranked_correlation(history: Panel, case: Case, *, filtered: bool) -> dict[str, float]:
    """Score nodes by minus the p-value; without a score where it cannot be computed."""
    rows = _rows(case.window, case.metric)
    calm = _rows(history, case.metric)
    target = rows[case.node]
    spoke = _anomalous(calm.get(case.node), target, _first_anomaly(calm, target, case.node))
    if filtered and not spoke:
        return {}
    row = _first_anomaly(calm, target, case.node)
    scores = {}
    for node, values in rows.items():
        p = _p_value(values, target)
        kept = not filtered or _anomalous(calm.get(node), values, row)
        if node != case.node and p is not None and kept:
            scores[node] = -p
    return scores


def largest_shift(symptoms: tuple[Symptom, ...]) -> dict[str, float]:
    """Score each node by the largest shift of its series from the local baseline."""
    scores: dict[str, float] = {}
    for symptom in symptoms:
        node = symptom.name.component
        scores[node] = max(symptom.strength, scores.get(node, -math.inf))
    return scores


def _rows(panel: Panel, metric: str) -> Mapping[str, Floats]:
    return {
        name.component: panel.values[row]
        for row, name in enumerate(panel.names)
        if name.quantity is QUANTITY[metric]
    }


def _first_anomaly(calm: Mapping[str, Floats], target: Floats, node: str) -> int:
    rows = range(ROW, len(target))
    return next((row for row in rows if _anomalous(calm.get(node), target, row)), ROW)


def _anomalous(calm: Floats | None, values: Floats, row: int) -> bool:
    known = np.array([]) if calm is None else calm[~np.isnan(calm)]
    if len(known) < 10 or np.isnan(values[row]):
        return False
    if float(known.std()) == 0.0:
        return bool(abs(values[row] - known.mean()) > 0.0)
    middle = float(np.median(known))
    spread = float(np.median(np.abs(known - middle))) * 1.4826
    away = abs(float(values[row]) - middle)
    return away / spread > ANOMALOUS_FROM if spread > 0.0 else away > 0.0


def _p_value(values: Floats, target: Floats) -> float | None:
    """Two-sided p of Pearson's r of what both have; None of under two pairs or a constant."""
    both = ~np.isnan(values) & ~np.isnan(target)
    x, y = values[both], target[both]
    if len(x) < 2 or float(x.std()) == 0.0 or float(y.std()) == 0.0:
        return None
    r = float(np.clip(np.corrcoef(x, y)[0, 1], -1.0, 1.0))
    return _tail(r, len(x))


def _tail(r: float, count: int) -> float:
    """P(|correlation| >= |r|) of `count` Gaussian pairs, integrated (degrees of freedom count - 2).

    The density of r is proportional to (1 - r^2)^((count - 4) / 2).
    """
    if count == 2:
        return 1.0
    if abs(r) >= 1.0:
        return 0.0
    # r = sin(t) turns the density into cos(t)^(count - 3), smooth at both ends.
    angle = np.linspace(0.0, math.pi / 2, 20_001)
    density = np.cos(angle) ** (count - 3)
    area = np.concatenate([[0.0], np.cumsum((density[1:] + density[:-1]) / 2)])
    return float(1.0 - np.interp(math.asin(abs(r)), angle, area / area[-1]))
