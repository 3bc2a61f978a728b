"""How badly even the best explanation fits: more alerts left over than false alarms would make."""

from __future__ import annotations

import math
from collections.abc import Mapping

from graph.failure import FailureGraph
from graph.model.diagnosis import Surprise
from graph.model.library import Direction
from reasoning.network.evidence import Catalogue, Evidence
from reasoning.network.reading import Reading


def surprise_of(
    graph: FailureGraph, catalogue: Catalogue, evidence: Evidence, reading: Reading
) -> Surprise:
    """Compare the alerts that the answer leaves unexplained with the false alarms to be expected.

    Left over: for each alert, P(its component is neither degraded nor starved | e), summed.
    Expected: for each rule of each component considered, its false alarm rate times P(the component
    is not degraded | e), summed; rules that could not have spoken yet count too, so it is at most
    less surprising. `bits` = -log2 of Chernoff's bound on as many false alarms or more, by rules
    that err by themselves. Source: Hoeffding 1963, theorem 1, in its Poisson form; the comparison
    itself is a posterior predictive check (Gelman, Meng, Stern 1996).
    """
    calm = _false_alarms(catalogue)
    expected = sum(
        calm.get(graph.components[c].kind, 0.0) * (1.0 - reading.degraded(c))
        for c in reading.model.components
    )
    left = sum(
        (1.0 - _explained(reading, component_id)) * len(names)
        for component_id, names in evidence.fired.items()
    )
    return Surprise(
        unexplained=round(left, 6), expected=round(expected, 6), bits=round(bits(left, expected), 6)
    )


def bits(seen: float, expected: float) -> float:
    """Return -log2 of the bound on P(a count of this mean is so great); 0 where it is not above it.

    >>> bits(3.0, 4.0), round(bits(30.0, 10.0), 1)
    (0.0, 18.7)
    """
    if seen <= expected:
        return 0.0
    least = max(expected, 1e-9)
    return (seen * math.log(seen / least) - seen + least) / math.log(2.0)


def _false_alarms(catalogue: Catalogue) -> Mapping[str, float]:
    """Add up, for each kind, how many of its rules speak for nothing."""
    return {
        kind: sum(t.false_alarm for t in types if t.direction is not Direction.HEARTBEAT)
        for kind, types in catalogue.by_kind.items()
    }


def _explained(reading: Reading, component_id: str) -> float:
    starved = reading.posterior.degraded.get(f"{component_id}#starved", 0.0)
    return max(reading.degraded(component_id), starved)
