"""What silent rules say of a component: how probable their silence is, degraded or not.

Where a notification was cut short (`truncatedAlerts`), a rule may have spoken without being heard:
of its detection and its false alarms only the share that arrived counts.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from graph.model.library import AlertType, FaultMode
from reasoning import parameters
from reasoning.network.priors import ModePrior, odds_times

HEARTBEAT_LOST: Final = AlertType.model_validate(
    {
        "alertname": "HeartbeatLost",
        "kinds": ["region"],
        "direction": "own",
        "name": {"zh": "监控失联", "en": "Monitoring lost"},
        "detection": 0.0,
        "false_alarm": parameters.HEARTBEAT_LOST_FALSE_ALARM,
        "delay_s": 0,
    }
)


@dataclass(frozen=True)
class Silence:
    """Weighs silence; `arrived` is the share of the alerts sent that came along, in (0, 1]."""

    arrived: float = 1.0

    def chance(self, types: Sequence[AlertType], *, spoken: bool = False) -> float:
        """P(none of these rules is heard | degraded), at least what the cap leaves.

        `spoken`: another rule that watches the same state was heard. Which of them speak is the
        manner of the harm (slow, failing), so that silence beside speech is worth little.
        """
        missed = math.prod(1.0 - t.detection * self.arrived for t in types)
        return max(missed, 1.0 - (parameters.BESIDE_CAP if spoken else parameters.SILENCE_CAP))

    def calm(self, types: Sequence[AlertType]) -> float:
        """P(none of these rules is heard | not degraded)."""
        return math.prod(1.0 - t.false_alarm * self.arrived for t in types)

    def without(self, prior: ModePrior, silent: Sequence[AlertType]) -> ModePrior:
        """Condition a mode's prior on the silence of its own alerts: odds times (1 - d) each."""
        factor = math.prod(1.0 - own_detection(prior.mode, t) * self.arrived for t in silent)
        return replace(prior, conditioned=odds_times(prior.conditioned, factor))


def own_detection(mode: FaultMode, sign: AlertType) -> float:
    """P(this own alert | this mode alone); a lost heartbeat speaks of being cut off."""
    if sign is HEARTBEAT_LOST:
        cut_off = mode.id.endswith("region.cut-off")
        return parameters.HEARTBEAT_LOST_DETECTION if cut_off else 0.0
    return max((s.detection for s in mode.signatures if s.alertname == sign.alertname), default=0.0)
