"""What a cause would be worth without some of what was seen: exact factors of groups."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import cached_property

from reasoning.engine.posterior import infer
from reasoning.engine.problem import ProblemError
from reasoning.engine.what_if import WhatIf
from reasoning.network.reading import Reading

_MOST = 15.0  # beyond that a factor is rounding


class Unheard:
    """Asks one answer again with channels left out. Not safe from several threads."""

    def __init__(self, reading: Reading) -> None:
        """Solve nothing yet."""
        self._reading = reading

    @cached_property
    def what_if(self) -> WhatIf | None:
        """The core behind the answer; None where messages alone spoke."""
        try:
            return self._reading.ask()
        except ProblemError:
            return None

    def factors(self, cause: str, groups: Mapping[str, Collection[str]]) -> Mapping[str, float]:
        """Return, per group of channels, log10 of how far it moves the odds of a cause.

        The rest of the evidence is known. `cause` is a component, for which its most probable mode
        stands, or one outside. Exact on the core behind the answer; where that core folded the
        cause itself (thinned answers do), the whole answer is computed again without the group, as
        exact as that answer's method is.
        """
        key = self._reading.fault_key(cause)
        found = self._asked(key, groups)
        if any(found.values()):
            return found
        return {name: self.again(cause, channels) for name, channels in groups.items()}

    def _asked(self, key: str, groups: Mapping[str, Collection[str]]) -> Mapping[str, float]:
        """Ask the core; nothing where there is none, or where it is too wide without a group."""
        try:
            asked = self.what_if
            return {} if asked is None else asked.group_factors([key], groups)[key]
        except ProblemError:
            return {}

    def again(self, cause: str, channels: Collection[str]) -> float:
        """Return the same for one group, the whole answer computed again without it.

        For groups that hold most of the evidence: another core lies behind the answer then.
        """
        key = self._reading.fault_key(cause)
        whole = log10_odds(self._reading.posterior.faults[key])
        return _bounded(whole - log10_odds(self._without(key, channels)))

    def _without(self, key: str, channels: Collection[str]) -> float:
        """Return P(fault born) with these channels unknown."""
        told, gone = self._reading.observation, frozenset(channels)
        left = replace(
            told,
            active=tuple(c for c in told.active if c not in gone),
            unknown=tuple(sorted(gone.union(told.unknown))),
        )
        return float(infer(self._reading.compiled, left).faults[key])


def moved(posterior: float, log10_factor: float) -> float:
    """Return a posterior after its odds have lost a factor.

    >>> round(moved(0.5, 1.0), 4)
    0.0909
    """
    odds = log10_odds(posterior) - log10_factor
    return 1.0 / (1.0 + math.pow(10.0, -odds))


def log10_odds(probability: float) -> float:
    """Return log10 of the odds, at most 16 either way.

    >>> round(log10_odds(10 / 11), 9)
    1.0
    """
    kept = min(max(probability, 1e-16), 1.0 - 1e-16)
    return math.log10(kept) - math.log1p(-kept) / math.log(10.0)


def _bounded(factor: float) -> float:
    return min(max(factor, -_MOST), _MOST)
