"""What people looked at: results of checks and soft verdicts, as channels on faults.

Nothing that a person enters makes a fault certain or impossible.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from graph.model.library import Check, FaultLibrary, FaultMode
from graph.model.observation import CONFIRM, VERDICTS, Observation, Result
from reasoning import parameters
from reasoning.network.causal_model import CausalModel, bounded_id, observed_channel
from reasoning.network.evidence import Evidence


@dataclass(frozen=True)
class Tested:
    """One result of a check on a component, and the modes that name the check."""

    observation: Observation
    check: Check
    mode_ids: tuple[str, ...]


@dataclass(frozen=True)
class Checked:
    """Reads what people entered; an answer that nobody could give is no evidence."""

    library: FaultLibrary
    evidence: Evidence

    def tested(self, component_id: str, modes: Iterable[FaultMode]) -> tuple[Tested, ...]:
        """List the results that tell these modes of a component apart, in order of entry."""
        telling = self._telling(component_id)
        checks = {check.id: check for check in self.library.checks} if telling else {}
        kept = tuple(modes)
        found = []
        for observation in telling:
            named = tuple(m.id for m in kept if observation.check in m.check_ids)
            if named and observation.check in checks:
                found.append(Tested(observation, checks[observation.check], named))
        return tuple(found)

    def add_verdicts(self, model: CausalModel, component_id: str, born: str) -> None:
        """Weigh what people ruled out or confirmed: the odds of a fault here times 1/20 or 20."""
        for observation in self._telling(component_id):
            if observation.check in VERDICTS:
                ratio = parameters.VERDICT_RATIO
                ratio = ratio if observation.check == CONFIRM else 1.0 / ratio
                rates = ratio / (1.0 + ratio), 1.0 / (1.0 + ratio)
                _add(model, (born, component_id), observation, rates=rates, says_yes=True)

    def _telling(self, component_id: str) -> list[Observation]:
        return [
            o
            for o in self.evidence.observations
            if o.component_id == component_id and o.result is not Result.UNKNOWN
        ]


def add_results(model: CausalModel, component_id: str, results: Sequence[Tested]) -> None:
    """Put each result on "one of the modes that name its check was born here"."""
    for result in results:
        check = result.check
        node = bounded_id(f"{component_id}?{check.id}")
        model.node(node)
        for mode_id in result.mode_ids:
            if (f"{component_id}/{mode_id}", node) not in model.links:
                model.link(f"{component_id}/{mode_id}", node, 1.0)
        positive = result.observation.result is Result.POSITIVE
        rates = check.detection, check.false_alarm
        _add(model, (node, component_id), result.observation, rates=rates, says_yes=positive)


def answered(evidence: Evidence) -> frozenset[str]:
    """Name the checks (CHECK@COMPONENT) that somebody answered with yes or no."""
    told = (o for o in evidence.observations if o.result is not Result.UNKNOWN)
    return frozenset(o.check_id for o in told if o.check not in VERDICTS)


def _add(
    model: CausalModel,
    spot: tuple[str, str],
    observation: Observation,
    *,
    rates: tuple[float, float],
    says_yes: bool,
) -> None:
    kept = tuple(min(max(rate, 1e-6), 1.0 - 1e-6) for rate in rates)
    detection, false_alarm = kept if says_yes else (1.0 - kept[0], 1.0 - kept[1])
    channel = observed_channel(
        spot[0],
        spot[1],
        observation.evidence_id,
        active=says_yes,
        told=math.log10(detection / false_alarm),
    )
    model.add_channel(channel, rates)
