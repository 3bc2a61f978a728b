"""What the usual probability of each fault of a component rests on, with its counts."""

from __future__ import annotations

from graph.model.why import RateOfMode
from reasoning.answer.restored import Restored
from reasoning.network.confirmed import LearntRate, counted_rates
from reasoning.network.priors import ModePrior


def rates_of(found: Restored, component_id: str) -> tuple[RateOfMode, ...]:
    """Tell the rate of each fault of a component's kind, the most frequent first, ties by id.

    `external` has no faults, and so no rates.
    """
    component = found.graph.components.get(component_id)
    if component is None:
        return ()
    counted = counted_rates(found.pack, found.evidence.outcomes)
    priors = {p.mode.id: p for p in found.model.modes.get(component_id, ())}
    told = [
        _rate(found, counted[mode.id], priors.get(mode.id))
        for mode in found.pack.library.modes
        if mode.kind == component.kind
    ]
    return tuple(sorted(told, key=lambda rate: (-rate.rate, rate.fault_mode_id)))


def _rate(found: Restored, counted: LearntRate, prior: ModePrior | None) -> RateOfMode:
    mode = next(m for m in found.pack.library.modes if m.id == counted.mode_id)
    return RateOfMode(
        fault_mode_id=mode.id,
        name=mode.name,
        base_rate=mode.base_rate,
        basis=mode.basis,
        source=mode.source,
        told_cases=round(counted.told_cases, 6),
        told_trials=counted.told_trials,
        seen_cases=round(counted.seen_cases, 6),
        seen_trials=counted.seen_trials,
        rate=counted.mean,
        going_in=None if prior is None else prior.conditioned,
    )
