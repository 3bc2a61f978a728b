"""How much of a caller's shift its callees' shifts can carry: milliseconds and errors must add up.

A callee that got 5 ms slower does not make its caller 25 ms slower at one call a request, however
clearly it moved; one that nobody calls harms nobody.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Final

from ingest.metrics.panel import UNITS, Quantity
from ingest.metrics.speaking import speaks
from ingest.metrics.symptoms import Symptom

# A callee is the cause of a shift when at least half of it comes from there. Shares are known to a
# third or so (log-normal), and no measurement is so good that a relation carries nothing.
CAUSE_FROM: Final = 0.5
KNOWN_TO: Final = 0.35
LEAST_CARRIED: Final = 0.002
# A shift of another kind (errors make callers retry, slowness makes them time out) carries half.
OTHER_KIND: Final = 0.5
_HARM: Final = (Quantity.LATENCY, Quantity.ERRORS, Quantity.AVAILABILITY)
_Of = Mapping[tuple[str, Quantity], Symptom]


def carried(
    symptoms: Iterable[Symptom], calls: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], float]:
    """Return for (caller, callee) the share of the usual harm that this relation carries now.

    Names are those of the series. 0.0 for a callee without a request before and after the onset;
    for a caller that moved, P(half or more of one of its shifts comes from there), in
    [`LEAST_CARRIED`, 1]: the callee's shift times its calls for each request of the caller.
    Where the caller did not move, or the callee is not measured, nothing is said of the relation.
    """
    known = {(s.name.component, s.name.quantity): s for s in symptoms}
    found: dict[tuple[str, str], float] = {}
    for caller, callee in calls:
        share = _share(known, caller, callee)
        if share is not None:
            found[caller, callee] = share
    return found


def _share(known: _Of, caller: str, callee: str) -> float | None:
    traffic = known.get((callee, Quantity.TRAFFIC))
    if traffic is not None and traffic.baseline <= 0.0 and traffic.value <= 0.0:
        return 0.0
    moved = [s for q in _HARM if (s := known.get((caller, q))) is not None and speaks(s)]
    below = [s for q in _HARM if (s := known.get((callee, q))) is not None]
    if not moved or not below:
        return None
    calls = _calls_each(known, caller, callee)
    return max(_carried_of(shift, cause, calls) for shift in moved for cause in below)


def _carried_of(shift: Symptom, cause: Symptom, calls: float) -> float:
    if shift.name.quantity is not cause.name.quantity:
        return OTHER_KIND if speaks(cause) else LEAST_CARRIED
    share = calls * _moved(cause) / _moved(shift)
    doubt = math.log(share / CAUSE_FROM) / (KNOWN_TO * math.sqrt(2.0))
    return max(0.5 * (1.0 + math.erf(doubt)), LEAST_CARRIED)


def _moved(symptom: Symptom) -> float:
    """How far it moved the bad way, in seconds or as a share of requests; never 0."""
    moved = (symptom.value - symptom.baseline) * UNITS[symptom.name.unit]
    if symptom.name.quantity is Quantity.AVAILABILITY:
        moved = -moved
    return max(moved, 1e-9)


def _calls_each(known: _Of, caller: str, callee: str) -> float:
    """Calls of the callee for each request of the caller, at most; 1.0 where not measured."""
    above, below = known.get((caller, Quantity.TRAFFIC)), known.get((callee, Quantity.TRAFFIC))
    if above is None or below is None or above.value <= 0.0:
        return 1.0
    return below.value / above.value
