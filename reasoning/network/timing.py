"""Onset order as evidence: what began clearly before its supposed cause was not caused by it.

One stated likelihood, on single links only. Of a link between two components that both spoke, let
`early` be by how many seconds the last symptom of the effect began before the first of the cause,
each set back by its rule's usual delay. The link's odds of having fired are multiplied by

    P(such an order | caused) / P(such an order | not caused) = 1 up to `ONSET_SLACK_S` seconds,
    then halving every `ONSET_HALF_LIFE_S`, and never below 1 / `ONSET_RATIO`.

It never speaks for a link, as alerts of one storm are close in time anyhow, and never against the
cause's being broken: what was broken before it, it did not break. Who is silent has no onset.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from graph.failure import FailureGraph
from graph.model.library import Direction
from reasoning import parameters
from reasoning.network.evidence import Catalogue, Evidence
from reasoning.network.priors import odds_times

# A link of strength 1 has no odds; it is taken as sure as this.
_SUREST: Final = 0.99


def order_likelihood(early_s: float) -> float:
    """Weigh an effect that began so many seconds before its supposed cause (negative: after).

    >>> order_likelihood(-300.0), order_likelihood(120.0), order_likelihood(240.0)
    (1.0, 1.0, 0.5)
    >>> order_likelihood(86400.0) == 1.0 / parameters.ONSET_RATIO
    True
    """
    over = max(0.0, early_s - parameters.ONSET_SLACK_S)
    return max(math.exp2(-over / parameters.ONSET_HALF_LIFE_S), 1.0 / parameters.ONSET_RATIO)


@dataclass(frozen=True)
class Timing:
    """When each component began and ceased to show new symptoms, as far as it spoke."""

    graph: FailureGraph
    catalogue: Catalogue
    evidence: Evidence
    _spans: Mapping[str, tuple[datetime, datetime]] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Set every onset back by its rule's delay; missing traffic is nobody's own trouble."""
        spans = {}
        for component_id in self.evidence.fired:
            onsets = self._onsets(component_id)
            if onsets:
                spans[component_id] = min(onsets), max(onsets)
        object.__setattr__(self, "_spans", spans)

    def _onsets(self, component_id: str) -> list[datetime]:
        component = self.graph.components.get(component_id)
        if component is None:
            return []
        found = []
        for alertname, record in self.evidence.fired[component_id].items():
            rule = self.catalogue.find(component.kind, alertname)
            if rule is None or rule.direction is not Direction.STARVATION:
                delay_s = rule.delay_s if rule else parameters.GENERIC_DELAY_S
                found.append(record.alert.starts_at - timedelta(seconds=delay_s))
        return found

    def strength(self, cause: str, effect: str, usual: float) -> float:
        """Return P(the effect degraded | the cause is), their onsets known."""
        first, last = self._spans.get(cause), self._spans.get(effect)
        if first is None or last is None:
            return usual
        ratio = order_likelihood((first[0] - last[1]).total_seconds())
        return usual if ratio == 1.0 else odds_times(min(usual, _SUREST), ratio)

    def first_sign(self, component_id: str) -> datetime | None:
        """Return when the component, or what stands directly on it, first spoke; None if never."""
        near = [component_id, *(e for e, _ in self.graph.effects.get(component_id, ()))]
        onsets = (
            record.alert.starts_at
            for c in near
            for record in self.evidence.fired.get(c, {}).values()
        )
        return min(onsets, default=None)
