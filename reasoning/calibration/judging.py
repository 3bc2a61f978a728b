"""Hold an answer against what its incident was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from graph.model.calibration import Judged
from graph.model.diagnosis import DiagnosisStatus, HypothesisKind

EXTERNAL: Final = "external"
NO_FAULT: Final = "no_fault"

# How a hypothesis is called here: its component, or what it is.
Ranked = tuple[str, float]


@dataclass(frozen=True)
class Stand:
    """What an answer stated: causes with posteriors in its order, and its status."""

    ranked: tuple[Ranked, ...]
    status: DiagnosisStatus


@dataclass(frozen=True)
class Truth:
    """What an incident was: components (with fault mode or None), or a cause outside, or none."""

    incident_id: str
    at: datetime
    causes: tuple[tuple[str, str | None], ...]
    outcome: str


def name_of(kind: HypothesisKind, component_id: str | None) -> str:
    """Name a hypothesis as `Truth` names what it was."""
    if kind is HypothesisKind.COMPONENT:
        return component_id or ""
    return EXTERNAL if kind is HypothesisKind.EXTERNAL else NO_FAULT


def judge(stand: Stand, truth: Truth, kinds: Mapping[str, str]) -> Judged:
    """Judge one answer; of several confirmed causes the best placed counts.

    `kinds` tell the kind of a component whose fault mode nobody named.
    """
    wanted = {c for c, _ in truth.causes} or {truth.outcome}
    places = [place for place, (name, _) in enumerate(stand.ranked, start=1) if name in wanted]
    first, stated = stand.ranked[0]
    return Judged(
        incident_id=truth.incident_id,
        at=truth.at,
        stated=min(1.0, max(0.0, stated)),
        right=first in wanted,
        place=min(places, default=None),
        abstained=stand.status is DiagnosisStatus.INCONCLUSIVE,
        mode=_mode(truth, kinds),
    )


def _mode(truth: Truth, kinds: Mapping[str, str]) -> str:
    if not truth.causes:
        return truth.outcome
    component_id, mode = truth.causes[0]
    if mode is not None:
        return mode
    return f"kind:{kinds.get(component_id, 'unknown')}"


def in_order(judged: Sequence[Judged]) -> tuple[Judged, ...]:
    """Order cases by when they were confirmed, then by incident."""
    return tuple(sorted(judged, key=lambda case: (case.at, case.incident_id)))
