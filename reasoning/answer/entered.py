"""How far the verdict rests on what people entered by hand (safety rule 11)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from graph.model.diagnosis import HandShare, HypothesisKind, HypothesisResult
from graph.model.people import PEOPLE
from reasoning.network.evidence import Evidence
from reasoning.network.reading import Reading


def entered_share(
    evidence: Evidence, top: HypothesisResult, read: Callable[[Evidence], Reading]
) -> HandShare | None:
    """Ask for the top hypothesis once more without what people entered; None where they did not.

    It is the whole network that is asked again, as work by hand moves priors and reports move
    channels: exact where the answer is, and as dear as the answer, so only where it matters.
    """
    by, items = _people(evidence)
    if not items:
        return None
    without = _posterior(read(_unentered(evidence)), top)
    share = max(0.0, top.posterior - without) / top.posterior if top.posterior else 0.0
    return HandShare(share=round(share, 6), posterior_without=round(without, 6), items=items, by=by)


def _unentered(evidence: Evidence) -> Evidence:
    return replace(
        evidence,
        alerts=tuple(r for r in evidence.alerts if r.alert.source != PEOPLE),
        changes=tuple(r for r in evidence.changes if r.change.source != PEOPLE),
        observations=(),
    )


def _people(evidence: Evidence) -> tuple[tuple[str, ...], int]:
    """Name who entered what holds, and count it; a report without a name counts too."""
    heard = [r for r in evidence.alerts if r.alert.source == PEOPLE]
    done = [r for r in evidence.changes if r.change.source == PEOPLE]
    names = {r.alert.labels.get("taken_by", "") for r in heard}
    names |= {r.change.actor for r in done} | {o.by for o in evidence.observations}
    return tuple(sorted(names - {""})), len(heard) + len(done) + len(evidence.observations)


def _posterior(reading: Reading, top: HypothesisResult) -> float:
    """P(the same hypothesis); what nothing leads to any more has its prior."""
    if top.kind is HypothesisKind.HEALTHY:
        return min(max(reading.healthy, 0.0), 1.0)
    if top.component_id is None:
        return min(max(reading.outside(top.kind.value), 0.0), 1.0)
    return min(max(reading.born.get(top.component_id, top.prior), 0.0), 1.0)
