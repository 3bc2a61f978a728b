"""How much an alert is doubted: what is over while the storm goes on, and what rang before it.

Two stated likelihoods, both on false-alarm rates, never beyond a channel's detection: doubt never
makes an alert speak against what it stands for. Whatever began in company is doubted less
(`reasoning.network.coincidence`).

* One alert of a lasting fault in six is over while the fault lasts (traffic steered away, a replica
  taken out, a flapping rule), and most false alarms are short: a rule of a component whose last
  alert was over while the storm went on is `OVER_DOUBT` times as often wrong as it is stated to be.
* A rule of a component that rang n times in the look-back, and was over before the storm began,
  rings for nothing in n of n + `RANG_WEIGHT` storms: people know such rules by name.

Source of both figures: assumed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from graph.model.signals import AlertRecord
from reasoning import parameters
from reasoning.network.causal_model import CausalModel
from reasoning.network.coincidence import less_doubt
from reasoning.network.evidence import Evidence, identity, rule_of

_SLACK = timedelta(seconds=parameters.BURST_S)


@dataclass(frozen=True)
class Doubt:
    """Judges the alerts of one incident by when they ended."""

    evidence: Evidence
    company: Mapping[tuple[str, str], int] = field(default_factory=dict)

    def settle(self, model: CausalModel) -> None:
        """Raise or lower the false-alarm rates of a network's channels that the doubt is about."""
        for entry in model.channels:
            channel = model.meaning[str(entry["id"])]
            record = self.evidence.fired.get(channel.component_id, {}).get(channel.alertname)
            stated, detection = entry["false_alarm"], entry["detection"]
            if record is not None and isinstance(stated, float) and isinstance(detection, float):
                doubted = max(stated, min(self.false_alarm(record, stated), detection))
                size = self.company.get((channel.component_id, channel.alertname), 1)
                entry["false_alarm"] = doubted / less_doubt(size)

    def false_alarm(self, record: AlertRecord, stated: float) -> float:
        """Return P(this alert rings | all is well), given what its rule is stated to have."""
        early = self.evidence.over_early(self._last_end.get(rule_of(record)))
        rang = self._rang_before[rule_of(record)]
        often = rang / (rang + parameters.RANG_WEIGHT)
        return max(stated * (parameters.OVER_DOUBT if early else 1.0), often)

    @cached_property
    def _rang_before(self) -> Counter[tuple[str, str]]:
        """Count for each rule of a component the firings that were over before the storm began."""
        since = self.evidence.burst_onset - _SLACK
        placed = {identity(r): r for r in self.evidence.placed}
        over = self.evidence.over.items()
        return Counter(rule_of(placed[i]) for i, over_at in over if over_at < since and i in placed)

    @cached_property
    def _last_end(self) -> Mapping[tuple[str, str], datetime]:
        """Map each rule of a component that the storm saw to when it fell silent.

        One of which some alert still stands is left out.
        """
        ends: dict[tuple[str, str], datetime] = {}
        standing = set()
        for record in self.evidence.placed:
            over_at = self.evidence.over.get(identity(record))
            if over_at is None:
                standing.add(rule_of(record))
            elif over_at >= self.evidence.burst_onset - _SLACK:
                ends[rule_of(record)] = max(over_at, ends.get(rule_of(record), over_at))
        return {rule: end for rule, end in ends.items() if rule not in standing}
