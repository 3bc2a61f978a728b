"""How sure is sure enough: status as a function of the posterior, and when it still settles.

Cost argument. Acting on a cause with posterior p costs (1 - p) W when it is wrong (a needless
switch-over in the exam, W), waiting for one more check costs D while it is right. Acting pays when
(1 - p) W < p D, that is p > W / (W + D). A wrong switch-over is judged nine times as costly as
the minutes of one more check: p > 0.9 is `conclusive`. Looking there first, which harms nobody
but wastes minutes, is judged 1.5 times as costly: p > 0.6 is `likely`.
Of a crowd nothing follows: nothing is broken, and whether capacity is enough no alert tells.
No fault is only said of evidence that has settled: calm in the first minutes of a storm is no calm.
Source of the ratios: assumed.
"""

from __future__ import annotations

from graph.model.diagnosis import DiagnosisStatus, HypothesisKind
from reasoning import parameters
from reasoning.network.evidence import Evidence


def is_settling(evidence: Evidence) -> bool:
    """Tell whether alerts are still arriving, or the storm is too young to have shown itself.

    Stragglers of a big storm do not count: what came in the last `SETTLE_QUIET_S` has to be more
    than `SETTLE_SHARE` of all. A function of the evidence alone, so that equal evidence settles
    alike however it arrived.
    """
    age_s = (evidence.now - evidence.burst_onset).total_seconds()
    recent = evidence.arrived_within(parameters.SETTLE_QUIET_S)
    arriving = recent > parameters.SETTLE_SHARE * evidence.firing_count
    return age_s < parameters.SETTLE_AGE_S or arriving


def status_of(
    kind: HypothesisKind,
    posterior: float,
    *,
    settling: bool,
    mapped: float,
    explained: float = 1.0,
    exact: bool,
) -> DiagnosisStatus:
    """Judge the top hypothesis of any kind.

    Args:
        mapped: share of the incident's alerts that found a component, in [0, 1].
        explained: share of them that the answer explains, in [0, 1].
        exact: False for loopy and thinned answers, which never let a status be more than `likely`.

    >>> status_of(HypothesisKind.COMPONENT, 0.95, settling=False, mapped=1.0, exact=True).value
    'conclusive'
    >>> status_of(HypothesisKind.COMPONENT, 0.95, settling=True, mapped=1.0, exact=True).value
    'likely'
    """
    if kind is HypothesisKind.HEALTHY:
        healthy = posterior >= parameters.HEALTHY_FROM and not settling
        return DiagnosisStatus.HEALTHY if healthy else DiagnosisStatus.INCONCLUSIVE
    if kind is HypothesisKind.CROWD:
        return DiagnosisStatus.INCONCLUSIVE
    covered = mapped >= parameters.COVERAGE_FROM and explained >= parameters.EXPLAINED_BAR
    sure = posterior >= parameters.CONCLUSIVE_FROM and covered
    if sure and exact and not settling:
        return DiagnosisStatus.CONCLUSIVE
    if posterior >= parameters.LIKELY_FROM:
        return DiagnosisStatus.LIKELY
    return DiagnosisStatus.INCONCLUSIVE
