"""An incident's headline: the step that suffers most, and where."""

from __future__ import annotations

from graph.model.base import Text
from graph.model.diagnosis import Diagnosis, Impact
from graph.model.pack import DomainPack
from graph.model.topology import FlowStep
from reasoning import parameters
from reasoning.answer.words import storm_title


def title_of(pack: DomainPack, diagnosis: Diagnosis, present: Text) -> Text:
    """Name the worst step and its regions; without a degraded step the present title stays."""
    return harm_of(pack, diagnosis) or present


def harm_of(pack: DomainPack, diagnosis: Diagnosis) -> Text | None:
    """Name the step that suffers most, and where; None where none is degraded.

    Of those hit about as probably as the most probable one (`HARM_NEAR`), the one that is the most
    urgent: exam and credits, then study, then the rest; ties by probability, then ids.
    """
    most = max((i.probability_degraded for i in diagnosis.impact), default=0.0)
    if most < parameters.P2_ANY:
        return None
    steps = {(flow.id, step.id): step for flow in pack.flows for step in flow.steps}
    least = max(parameters.P2_ANY, most - parameters.HARM_NEAR)
    near = [i for i in diagnosis.impact if i.probability_degraded >= least]
    worst = min(near, key=lambda i: _urgent_first(steps[i.flow_id, i.step_id], i))
    step = steps[worst.flow_id, worst.step_id]
    names = {r.region.partition(":")[2] or r.region: r.name for r in pack.regions}
    names |= {r.region: r.name for r in pack.regions}
    regions = [names.get(r, Text(zh=r, en=r)) for r in sorted(worst.regions, key=_by_number)]
    return storm_title(step.name, regions)


def _urgent_first(step: FlowStep, impact: Impact) -> tuple[int, float, str, str]:
    kind = 0 if step.affects_exam or step.affects_credits else 1 if step.affects_study else 2
    return kind, -impact.probability_degraded, impact.flow_id, impact.step_id


def _by_number(region: str) -> tuple[str, int, str]:
    """Order r2 before r10."""
    stem = region.rstrip("0123456789")
    return stem, int(region[len(stem) :] or 0), region
