"""What a story really did to people and to business flows, read off the physics."""

from __future__ import annotations

from benchmarks.simulator.history import History
from benchmarks.simulator.structure import Platform

_PLAYBACK, _PAGE, _EXAM = 0.08, 2.0, 2.5  # beyond these people notice: failing share, slowness
_DEGRADED_ERR, _DEGRADED_SLOW = 0.05, 2.5


def regions_hit(platform: Platform, history: History) -> list[str]:
    """List the regions whose people noticed failing playback, slow pages or slow exam entry."""
    seen = history.metrics
    hurt = (
        (seen["playback_err"].max(axis=0) > _PLAYBACK)
        | (seen["page_slow"].max(axis=0) > _PAGE)
        | (seen["exam_slow"].max(axis=0) > _EXAM)
    )
    groups = (platform.parts[at] for at in platform.positions("client_group") if hurt[at])
    return sorted({part.region for part in groups if part.region})


def steps_hit(platform: Platform, history: History) -> list[str]:
    """List the flow steps of which a component failed or crawled."""
    err, slow = history.metrics["err"], history.metrics["slow"]
    bad = ((err - err[0]).max(axis=0) > _DEGRADED_ERR) | (slow.max(axis=0) > _DEGRADED_SLOW)
    degraded = {part.id for at, part in enumerate(platform.parts) if bad[at]}
    return sorted(step for step, used in platform.flows if degraded & set(used))
