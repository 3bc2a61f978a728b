"""What the answer had seen, how much of it found a component, and how much it explains."""

from __future__ import annotations

from graph.model.diagnosis import AsOf, Coverage
from reasoning import parameters
from reasoning.network.evidence import Evidence
from reasoning.network.reading import Reading


def as_of(evidence: Evidence) -> AsOf:
    """Tell what the evidence holds, and up to when."""
    return AsOf(
        now=evidence.now,
        alerts_included=evidence.firing_count,
        alerts_pending=evidence.pending,
        last_alert_at=evidence.last_alert_at,
    )


def coverage_of(evidence: Evidence, reading: Reading) -> Coverage:
    """Share of the sources' alert states that found a component, and of alerts explained."""
    mapped = len(evidence.alerts) + evidence.mapped_elsewhere
    total = mapped + evidence.quarantined
    fired = [
        (component_id, name) for component_id, names in evidence.fired.items() for name in names
    ]
    explained = sum(_explained(reading, component_id) for component_id, _ in fired)
    share = explained / len(fired) if fired else 1.0
    return Coverage(
        mapped=mapped / total if total else 1.0,
        quarantined=evidence.quarantined,
        explained=share,
        unexplained=1.0 - share,
    )


def _explained(reading: Reading, component_id: str) -> bool:
    """An alert is explained when its component is probably degraded, starved, or at fault."""
    starved = reading.posterior.degraded.get(f"{component_id}#starved", 0.0)
    return max(reading.degraded(component_id), starved) >= parameters.EXPLAINED_FROM
