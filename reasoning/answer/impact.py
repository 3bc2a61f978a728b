"""Whom it hurts: flow steps, regions, people. Never multiplies a probability of a cause."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from graph.calendar import kinds_at
from graph.failure import FailureGraph
from graph.model.diagnosis import Impact
from graph.model.pack import DomainPack
from graph.model.topology import BusinessFlow, FlowStep, RegionProfile, WindowKind
from reasoning import parameters
from reasoning.network.reading import Reading

OFF_PEAK_SHARE = 0.1  # source 000, 1.2: the evening peak is 8 to 12 times an ordinary hour
PEAK_KINDS = frozenset({WindowKind.EVENING_PEAK, WindowKind.WEEKEND, WindowKind.LIVE_EVENT})


def impact_of(
    pack: DomainPack, graph: FailureGraph, reading: Reading, *, at: datetime
) -> tuple[Impact, ...]:
    """Estimate the harm to every flow step, in pack order of flows and steps.

    People = for a step that uses client groups, the sum over them of people online times
    P(group degraded); otherwise the flow's share of everybody online times P(step degraded).
    """
    peak = bool(kinds_at(pack.calendar, at) & PEAK_KINDS)
    scale = 1.0 if peak else OFF_PEAK_SHARE
    crowd = _Crowd(pack.regions, graph, scale)
    return tuple(_impact(flow, step, crowd, reading) for flow in pack.flows for step in flow.steps)


class _Crowd:
    """People online, by client group."""

    def __init__(
        self, profiles: Iterable[RegionProfile], graph: FailureGraph, scale: float
    ) -> None:
        self._graph = graph
        self.profiles = {profile.region: profile for profile in profiles}
        groups = [c for c in graph.components.values() if c.kind == "client_group"]
        self.region = {c.id: str(c.attributes.get("region", "")) for c in groups}
        counts: dict[str, int] = {}
        for region in self.region.values():
            counts[region] = counts.get(region, 0) + 1
        self.people = {
            c: self._online(region, scale) / counts[region] for c, region in self.region.items()
        }

    def _online(self, region: str, scale: float) -> float:
        profile = self.profile(region)
        return scale * profile.peak_users if profile else 0.0

    def profile(self, region: str) -> RegionProfile | None:
        """Find a region's profile by full id or by the local part of it."""
        for key, profile in self.profiles.items():
            if region in (key, key.partition(":")[2]):
                return profile
        return None


def _impact(flow: BusinessFlow, step: FlowStep, crowd: _Crowd, reading: Reading) -> Impact:
    probability = _degraded(step, reading)
    groups = [use.component_id for use in step.uses if use.component_id in crowd.people]
    regions = _regions(groups, crowd, reading)
    if groups:
        users = sum(crowd.people[g] * reading.degraded(g) for g in groups)
    else:
        users = sum(crowd.people.values()) / len(flow.steps) * probability
    return Impact(
        flow_id=flow.id,
        step_id=step.id,
        probability_degraded=probability,
        users=round(users),
        regions=regions,
        site_tiers=_tiers(regions, crowd),
        courses=None,
        credit_types=step.credit_types,
        basis="estimated",
    )


def _degraded(step: FlowStep, reading: Reading) -> float:
    """P(step degraded): noisy-OR of what it uses, taken as independent given the evidence.

    The steps stay out of the network: with a hundred parents each they would widen it beyond
    exact inference, and they are never a parent of a cause. Shared causes make this lean high
    while posteriors are undecided; it is right where they are near 0 or 1.
    """
    calm = 1.0
    for use in step.uses:
        calm *= 1.0 - use.strength * reading.degraded(use.component_id)
    return 1.0 - calm


def _regions(groups: Iterable[str], crowd: _Crowd, reading: Reading) -> tuple[str, ...]:
    hit = [g for g in groups if reading.degraded(g) >= parameters.REGION_HIT_FROM]
    return tuple(sorted({crowd.region[g] for g in hit}))


def _tiers(regions: Iterable[str], crowd: _Crowd) -> tuple[str, ...]:
    profiles = [crowd.profile(region) for region in regions]
    return tuple(sorted({tier for p in profiles if p for tier in p.tier_shares}))
