"""An incident's headline: the step that suffers most, and where."""

from __future__ import annotations

from graph.model.base import Text
from graph.model.diagnosis import Diagnosis
from graph.model.pack import DomainPack
from reasoning import parameters
from reasoning.answer.words import storm_title


def title_of(pack: DomainPack, diagnosis: Diagnosis, present: Text) -> Text:
    """Name the worst step and its regions; without a degraded step the present title stays."""
    return harm_of(pack, diagnosis) or present


def harm_of(pack: DomainPack, diagnosis: Diagnosis) -> Text | None:
    """Name the step that suffers most, and where; None where none is degraded."""
    if not diagnosis.impact:
        return None
    worst = min(diagnosis.impact, key=lambda i: (-i.probability_degraded, i.flow_id, i.step_id))
    if worst.probability_degraded < parameters.P2_ANY:
        return None
    step = next(
        s for f in pack.flows if f.id == worst.flow_id for s in f.steps if s.id == worst.step_id
    )
    names = {r.region.partition(":")[2] or r.region: r.name for r in pack.regions}
    names |= {r.region: r.name for r in pack.regions}
    regions = [names.get(r, Text(zh=r, en=r)) for r in sorted(worst.regions, key=_by_number)]
    return storm_title(step.name, regions)


def _by_number(region: str) -> tuple[str, int, str]:
    """Order r2 before r10."""
    stem = region.rstrip("0123456789")
    return stem, int(region[len(stem) :] or 0), region
