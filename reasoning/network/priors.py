"""How probable each fault was before the alerts: base rates, and changes that raise the odds."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from graph.calendar import kinds_at
from graph.model.library import FaultMode
from graph.model.pack import DomainPack
from graph.model.signals import ChangeKind, ChangeRecord
from graph.model.topology import Component, WindowKind
from reasoning import parameters
from reasoning.network.evidence import Evidence

# Work that may do anything to what it touches: people at it by hand, in a window or at a storm.
BY_HAND: Final = frozenset({ChangeKind.MAINTENANCE, ChangeKind.OTHER})


@dataclass(frozen=True)
class ModePrior:
    """A mode's base rate and its prior after changes (and silent own alerts).

    `changes` are the (evidence id, log10 odds factor) that raised it, in evidence order.
    """

    mode: FaultMode
    base: float
    conditioned: float
    changes: tuple[tuple[str, float], ...] = ()


def odds_times(probability: float, factor: float) -> float:
    """Multiply the odds of a probability.

    >>> round(odds_times(0.5, 3.0), 6)
    0.75
    >>> odds_times(0.0, 9.0)
    0.0
    """
    raised = probability * factor
    return raised / (raised + (1.0 - probability)) if raised else 0.0


def change_odds(age_s: float, *, fresh: float = parameters.CHANGE_ODDS) -> float:
    """Odds factor of a change of this age in seconds (>= 0): `fresh`, halving towards 1.

    >>> change_odds(0.0)
    30.0
    >>> round(change_odds(1800.0), 3)
    15.5
    """
    fade = math.exp(-math.log(2.0) * age_s / parameters.CHANGE_HALF_LIFE_S)
    return 1.0 + (fresh - 1.0) * fade


def in_surge(pack: DomainPack, evidence: Evidence) -> bool:
    """Tell whether a booked big live event was on when the incident began, or is on now."""
    ends = (evidence.began_at, evidence.now)
    return any(WindowKind.LIVE_EVENT in kinds_at(pack.calendar, at) for at in ends)


def mode_priors(
    modes: Sequence[FaultMode],
    component: Component,
    evidence: Evidence,
    *,
    first_sign: datetime | None = None,
    rates: Mapping[str, float] | None = None,
) -> tuple[ModePrior, ...]:
    """Return the priors of a component's modes in mode id order; `rates` replace base rates.

    Only changes on the component itself raise its odds, of a kind that the mode names, or work by
    hand; several multiply. They lie before the storm's onset; a later one, as people make while
    they look, counts from `first_sign`, when the component or what stands on it first spoke, if
    that was after it. A mode that comes in with a change, and a change log that is heard without
    one: its odds fall to the share of changes that pass the log by.
    """
    touching = [
        (record, age)
        for record in evidence.changes
        if component.id in record.component_ids
        and (age := _age_s(record, evidence.burst_onset, first_sign)) is not None
    ]
    return tuple(
        _prior(
            mode,
            touching,
            base=(rates or {}).get(mode.id, mode.base_rate),
            heard=evidence.change_log_heard,
        )
        for mode in sorted(modes, key=lambda mode: mode.id)
    )


def _age_s(record: ChangeRecord, onset: datetime, first_sign: datetime | None) -> float | None:
    """Return by how many seconds a change came before what it may have caused; None where after."""
    late = record.change.at > onset
    since = first_sign if late and first_sign is not None else onset
    age = (since - record.change.at).total_seconds()
    return age if age >= 0.0 else None


def _odds(mode: FaultMode, record: ChangeRecord, age_s: float) -> float:
    """Weigh one change for one mode: fully where the mode names its kind, less for other work."""
    if record.change.kind in mode.change_kinds:
        return change_odds(age_s)
    if record.change.kind in BY_HAND:
        return change_odds(age_s, fresh=parameters.WORK_ODDS)
    return 1.0


def _prior(
    mode: FaultMode, changes: Sequence[tuple[ChangeRecord, float]], *, base: float, heard: bool
) -> ModePrior:
    touching = [(r, odds) for r, age in changes if (odds := _odds(mode, r, age)) > 1.0]
    weights = [(record.evidence_id, odds) for record, odds in touching]
    raised = base
    if mode.by_change and heard and not touching:
        raised = odds_times(raised, 1.0 - parameters.CHANGE_RECORDED)
    for _, odds in weights:
        raised = odds_times(raised, odds)
    shown = tuple((evidence_id, math.log10(odds)) for evidence_id, odds in weights)
    return ModePrior(mode, base, raised, shown)
