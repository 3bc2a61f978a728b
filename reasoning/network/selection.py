"""The evidence subgraph: what could have caused the alerts, and who would have noticed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from graph.failure import FailureGraph
from graph.model.observation import Result
from reasoning import parameters
from reasoning.network.evidence import Catalogue, Evidence
from reasoning.network.feeders import Feeders


def select_components(
    graph: FailureGraph, catalogue: Catalogue, evidence: Evidence
) -> tuple[str, ...]:
    """Choose the components of the causal net, in id order.

    Alerting components, then the suspects that most of them share, what was changed or looked at,
    then the observers: whatever a suspect would have harmed, so that its silence can speak. At most
    `MAX_COMPONENTS`.
    """
    alerting = [c for c in sorted(evidence.fired) if c in graph.components]
    votes = _votes(graph, catalogue, evidence, alerting)
    changed = {c for record in evidence.changes for c in record.component_ids}
    changed |= {o.component_id for o in evidence.observations if o.result is not Result.UNKNOWN}
    ranked = sorted(votes, key=lambda c: (-votes[c], c))[: parameters.MAX_SUSPECTS]
    suspects = [*ranked, *sorted(c for c in changed if c in graph.components)]
    chosen = dict.fromkeys([*alerting, *suspects])
    for observer in _observers(graph, suspects):
        if len(chosen) >= parameters.MAX_COMPONENTS:
            break
        chosen.setdefault(observer)
    return tuple(sorted(chosen))


def _votes(
    graph: FailureGraph, catalogue: Catalogue, evidence: Evidence, alerting: Iterable[str]
) -> Counter[str]:
    """Count for each suspect the alerting components it could explain, by path weight."""
    votes: Counter[str] = Counter()
    feeders = Feeders(graph, catalogue, evidence)
    for component_id in alerting:
        for suspect, weight in _suspects(graph, feeders, component_id).items():
            if not _idle_member(graph, evidence, suspect, component_id):
                votes[suspect] += weight  # type: ignore[assignment]  # Counter of floats
    return votes


def _suspects(graph: FailureGraph, feeders: Feeders, component_id: str) -> dict[str, float]:
    depth, floor = parameters.CAUSE_DEPTH, parameters.CAUSE_FLOOR
    found = dict(graph.possible_causes(component_id, depth, floor))
    if feeders.lacks_work(component_id):
        for caller, (share, steps) in _callers(feeders, component_id, depth).items():
            for suspect, weight in graph.possible_causes(caller, depth - steps, floor).items():
                found[suspect] = max(found.get(suspect, 0.0), share * weight)
    return found


def _callers(feeders: Feeders, component_id: str, depth: int) -> dict[str, tuple[float, int]]:
    """Map who sends a component work, and who sends those, to (best product of shares, steps)."""
    best: dict[str, tuple[float, int]] = {}
    layer = {component_id: 1.0}
    for steps in range(1, depth + 1):
        reached: dict[str, float] = {}
        for callee, so_far in layer.items():
            for caller, share in feeders.of(callee):
                if so_far * share > best.get(caller, (0.0, 0))[0]:
                    best[caller] = so_far * share, steps
                    reached[caller] = so_far * share
        layer = {c: w for c, w in reached.items() if w >= parameters.CAUSE_FLOOR}
    best.pop(component_id, None)
    return best


def _idle_member(graph: FailureGraph, evidence: Evidence, suspect: str, alerting: str) -> bool:
    """A silent replica of a redundant group explains nothing that its group does not."""
    return suspect != alerting and suspect in graph.groups_of and suspect not in evidence.fired


def _observers(graph: FailureGraph, suspects: Iterable[str]) -> list[str]:
    """List who a suspect would have harmed, one step and then two, nearest suspects first."""
    near: dict[str, float] = {}
    far: dict[str, float] = {}
    for suspect in suspects:
        for effect, strength in graph.effects.get(suspect, ()):
            if strength >= parameters.EFFECT_FLOOR:
                near[effect] = max(strength, near.get(effect, 0.0))
    for middle, first in sorted(near.items()):
        for effect, strength in graph.effects.get(middle, ()):
            weight = first * strength
            if effect not in near and weight >= parameters.EFFECT_FLOOR:
                far[effect] = max(weight, far.get(effect, 0.0))
    order = [*sorted(near, key=lambda c: (-near[c], c)), *sorted(far, key=lambda c: (-far[c], c))]
    return [c for c in order if c not in graph.groups_of]
