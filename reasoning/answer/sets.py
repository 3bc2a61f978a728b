"""Causes that the evidence cannot tell apart, and causes that it finds together."""

from __future__ import annotations

from collections.abc import Sequence

from graph.failure import FailureGraph
from graph.model.diagnosis import (
    CausesTogether,
    HypothesisKind,
    HypothesisResult,
    InseparableSet,
    NextCheck,
)
from graph.model.library import FaultLibrary
from reasoning import parameters
from reasoning.answer.absent import Born, born_without, faults_of
from reasoning.answer.checks import checks_of, tested
from reasoning.answer.unheard import log10_odds
from reasoning.engine.problem import ProblemError
from reasoning.engine.ratios import mutual_information_bits
from reasoning.engine.what_if import WhatIf
from reasoning.network.reading import Reading


def log10_odds_factor(hypothesis: HypothesisResult) -> float:
    """Return log10 of posterior odds over prior odds: all that was seen and changed, as one factor.

    At most 16 either way, where a posterior or prior is 0 or 1 to the last bit.
    """
    return log10_odds(hypothesis.posterior) - log10_odds(hypothesis.prior)


def inseparable_sets(
    library: FaultLibrary,
    graph: FailureGraph,
    reading: Reading,
    hypotheses: Sequence[HypothesisResult],
) -> tuple[InseparableSet, ...]:
    """Put causes into sets of two or three of which the evidence favours none, likeliest first.

    Two belong together where all evidence speaks for both alike (within `SET_WITHIN`) and each
    explains the other away: both at once at most half as often as by chance. Unrelated suspects
    are no set. The joint probabilities are sums over the core behind the answer; none is made
    where no two causes come into question, nor where messages alone spoke.
    """
    groups = _alike(hypotheses)
    if not groups or reading.posterior.method == "loopy":
        return ()
    joint = _Joint(reading)
    try:
        found = [joint.rivals(group) for group in groups]
        sets = [_told(library, graph, reading, members, joint) for members in found if members]
    except ProblemError:
        return ()
    return tuple(sorted(sets, key=lambda s: (-s.posterior, s.component_ids)))


def causes_together(hypotheses: Sequence[HypothesisResult]) -> CausesTogether | None:
    """Name the causes of which all were born with more than even odds; None where one is enough.

    P(all) is at least the sum of their posteriors less one for each but the first, however they
    depend on one another. Source: Frechet 1935.
    """
    likely = [h for h in _components(hypotheses) if h.posterior > parameters.TOGETHER_FROM]
    for count in range(len(likely), 1, -1):
        bound = sum(h.posterior for h in likely[:count]) - (count - 1)
        if bound > parameters.TOGETHER_FROM:
            ids = tuple(h.component_id or "" for h in likely[:count])
            return CausesTogether(component_ids=ids, posterior_at_least=min(bound, 1.0))
    return None


class _Joint:
    """Joint probabilities of causes: one sum over the core tells of all that stand beside one."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._none: dict[tuple[str, ...], float] = {(): 1.0}
        self._left: dict[tuple[str, ...], Born] = {(): reading.born.__getitem__}
        self._what_if: WhatIf | None = None

    def rivals(self, group: Sequence[HypothesisResult]) -> tuple[str, ...]:
        """Keep of a group its first and who explains the kept away; none where it stays alone."""
        kept = [group[0]]
        for other in group[1:]:
            if len(kept) < parameters.SET_SIZE and all(self._apart(k, other) for k in kept):
                kept.append(other)
        return tuple(h.component_id or "" for h in kept) if len(kept) > 1 else ()

    def any_of(self, component_ids: Sequence[str]) -> float:
        """Return P(a fault was born in at least one of them | evidence)."""
        return min(max(1.0 - self._none_of(tuple(component_ids)), 0.0), 1.0)

    def _none_of(self, component_ids: tuple[str, ...]) -> float:
        """Return P(no fault in any of them), one after the other."""
        if component_ids not in self._none:
            before, last = component_ids[:-1], component_ids[-1]
            beside = self._beside(before)(last)
            self._none[component_ids] = self._none_of(before) * (1.0 - beside)
        return self._none[component_ids]

    def _beside(self, absent: tuple[str, ...]) -> Born:
        """Return P(a fault in a component | e, none in these)."""
        if absent not in self._left:
            faults = [f for c in absent for f in faults_of(self._reading, c)]
            self._left[absent] = born_without(self._reading, self._asked(), faults)
        return self._left[absent]

    def _apart(self, one: HypothesisResult, other: HypothesisResult) -> bool:
        chance = parameters.SET_OVERLAP * one.posterior * other.posterior
        if one.posterior + other.posterior - 1.0 > chance:  # so much of both at once, at least
            return False
        either = self.any_of((one.component_id or "", other.component_id or ""))
        both = one.posterior + other.posterior - either
        return both <= chance

    def _asked(self) -> WhatIf:
        if self._what_if is None:
            self._what_if = self._reading.ask()
        return self._what_if


def _alike(hypotheses: Sequence[HypothesisResult]) -> list[list[HypothesisResult]]:
    """Group the causes worth a look by what all evidence says of them, in rank order."""
    groups: list[list[HypothesisResult]] = []
    for hypothesis in _components(hypotheses):
        if hypothesis.posterior >= parameters.SET_MEMBER_FROM:
            near = (g for g in groups if all(_as_likely(hypothesis, o) for o in g))
            home = next(near, None)
            groups.append([hypothesis]) if home is None else home.append(hypothesis)
    enough = parameters.SET_FROM
    return [g for g in groups if len(g) > 1 and sum(h.posterior for h in g) >= enough]


def _as_likely(one: HypothesisResult, other: HypothesisResult) -> bool:
    return abs(log10_odds_factor(one) - log10_odds_factor(other)) <= parameters.SET_WITHIN


def _told(
    library: FaultLibrary,
    graph: FailureGraph,
    reading: Reading,
    members: tuple[str, ...],
    joint: _Joint,
) -> InseparableSet:
    posterior = joint.any_of(members)
    check = _separating(library, graph, reading, members, posterior)
    return InseparableSet(
        component_ids=members,
        posterior=posterior,
        separating_check_id=check.check_id if check else None,
    )


def _separating(
    library: FaultLibrary,
    graph: FailureGraph,
    reading: Reading,
    members: Sequence[str],
    posterior: float,
) -> NextCheck | None:
    """Choose the check that tells most per minute about which of them it is, one being it."""
    rates = {check.id: (check.detection, check.false_alarm) for check in library.checks}
    best: tuple[float, str, NextCheck] | None = None
    for component_id in members:
        for candidate in checks_of(library, reading, graph.components[component_id]):
            asked = candidate.check_id.partition("@")[0]
            share = min(tested(reading, component_id, asked) / max(posterior, 1e-12), 1.0)
            detection, false_alarm = rates[asked]
            bits = mutual_information_bits(share, detection=detection, false_alarm=false_alarm)
            key = (-bits / candidate.minutes, candidate.check_id, candidate)
            if bits > 1e-6 and (best is None or key[:2] < best[:2]):
                best = key
    return best[2] if best else None


def _components(hypotheses: Sequence[HypothesisResult]) -> list[HypothesisResult]:
    return [h for h in hypotheses if h.kind is HypothesisKind.COMPONENT]
