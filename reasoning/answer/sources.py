"""Which alert source carries the verdict alone: without it nobody would say so."""

from __future__ import annotations

from collections import defaultdict

from graph.model.diagnosis import DiagnosisStatus, HypothesisKind, HypothesisResult
from reasoning import parameters
from reasoning.answer.unheard import Unheard, moved
from reasoning.network.evidence import Evidence
from reasoning.network.reading import Reading

_SAID = frozenset({DiagnosisStatus.CONCLUSIVE, DiagnosisStatus.LIKELY})


def sole_sources(
    evidence: Evidence, reading: Reading, top: HypothesisResult, status: DiagnosisStatus
) -> tuple[str, ...]:
    """Name the sources without whose alerts the top hypothesis would fall below `likely`, by name.

    Nothing is named where nothing is claimed. A source that nobody stands beside is one without a
    sum; where several speak, each costs one sum over the core.
    """
    if status not in _SAID or top.kind is HypothesisKind.HEALTHY:
        return ()
    speaking = _sources_by_channel(evidence, reading)
    heard = sorted({source for sources in speaking.values() for source in sources})
    if len(heard) < 2:
        return tuple(heard)
    alone = {s: [c for c, told in speaking.items() if told == {s}] for s in heard}
    factors = Unheard(reading).factors(top.component_id or top.kind.value, alone)
    return tuple(
        source for source in heard if moved(top.posterior, factors[source]) < parameters.LIKELY_FROM
    )


def _sources_by_channel(evidence: Evidence, reading: Reading) -> dict[str, set[str]]:
    """Tell for each channel that spoke who told of it; what two told does not hang on one."""
    told: dict[tuple[str | None, str], set[str]] = defaultdict(set)
    for record in evidence.alerts:
        told[record.component_id, record.alert.alertname].add(record.alert.source)
    return {
        channel_id: told[channel.component_id, channel.alertname]
        for channel_id, channel in reading.model.meaning.items()
        if channel.active and (channel.component_id, channel.alertname) in told
    }
