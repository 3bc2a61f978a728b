"""`diag/v1`: the answer to "what broke, how sure are we, and why"; see docs/glossary.md."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import Field, JsonValue

from graph.model.access import Role
from graph.model.actions import Risk
from graph.model.base import Id, Instant, Model, Probability, Text
from graph.model.incident import Urgency
from graph.model.topology import Scalar


class DiagnosisStatus(StrEnum):
    """How sure the diagnosis is about its top hypothesis."""

    CONCLUSIVE = "conclusive"
    LIKELY = "likely"
    INCONCLUSIVE = "inconclusive"
    HEALTHY = "healthy"


class HypothesisKind(StrEnum):
    """A component of the graph, something outside it, a crowd that breaks nothing, or no fault."""

    COMPONENT = "component"
    EXTERNAL = "external"
    CROWD = "crowd"
    HEALTHY = "healthy"


class AsOf(Model):
    """What the diagnosis had seen; `now` is the latest `received_at` or tick."""

    now: Instant
    alerts_included: int
    alerts_pending: int
    last_alert_at: Instant | None


class Coverage(Model):
    """Shares in [0, 1] of the incident's alerts, and the count that nobody understood."""

    mapped: Probability
    quarantined: int
    explained: Probability
    unexplained: Probability


class Stability(Model):
    """Since when the top cause has stood, and how often it changed in the last ten minutes."""

    top_since: Instant
    top_changes_10m: int


class EvidenceWeight(Model):
    """One item for or against; the factor is log10 P(item | cause) / P(item | not)."""

    evidence_id: str
    text: Text
    log10_bayes_factor: float


class HypothesisResult(Model):
    """One possible cause; `posterior` = P(at least one of its faults was born | evidence).

    `mode_name` and `mode_posterior` = P(that mode was born | evidence) are of the most probable
    mode, which may be far less sure than that something broke there; `first_steps`: what the
    library says to do first about it, if anything.
    """

    rank: int = Field(ge=1)
    kind: HypothesisKind
    component_id: Id | None
    fault_mode_id: Id | None
    name: Text
    posterior: Probability
    prior: Probability
    evidence_for: tuple[EvidenceWeight, ...] = ()
    evidence_against: tuple[EvidenceWeight, ...] = ()
    path: tuple[Id, ...] = ()
    mode_name: Text | None = None
    mode_posterior: Probability | None = None
    first_steps: Text | None = None


class Unobserved(Model):
    """A channel that could not have spoken, or did not yet; silence there is no evidence."""

    channel_id: str
    component_id: Id
    text: Text
    reason: Text


class CheckAnswer(Model):
    """What one answer to a check would do to a fault in the component that it looks at.

    `probability` = P(this answer | evidence), None where nobody can look; `posterior` = P(a fault
    was born there | evidence and this answer). `means`: the library's words for it, if any.
    """

    result: Literal["positive", "negative", "unknown"]
    probability: Probability | None
    posterior: Probability
    means: Text | None = None


class NextCheck(Model):
    """A check worth doing, best first by expected gain per minute; `answers` yes, no, cannot."""

    check_id: str
    text: Text
    command: str | None
    expected_information_gain_bits: float
    minutes: float
    answers: tuple[CheckAnswer, ...] = ()


class InseparableSet(Model):
    """Causes that explain the evidence equally well; `posterior` = P(at least one of them)."""

    component_ids: tuple[Id, ...]
    posterior: Probability
    separating_check_id: str | None


class CausesTogether(Model):
    """Causes of which all were born, says the evidence, with at least this probability."""

    component_ids: tuple[Id, ...]
    posterior_at_least: Probability


class Surprise(Model):
    """How badly even the best explanation fits the alerts.

    `unexplained`: alerts that it leaves over, by P(not explained); `expected`: false alarms of the
    rules considered. So many or more have a chance of at most 2^-`bits`.
    """

    unexplained: float = Field(ge=0)
    expected: float = Field(ge=0)
    bits: float = Field(ge=0)


class HandShare(Model):
    """How far the top hypothesis rests on what people entered, and who they are, by name.

    Entered: results of checks, verdicts, reports, work done by hand. `posterior_without`: its
    posterior without all of that; `share` = the part of its posterior that is lost so, 0 where
    nothing is.
    """

    share: Probability
    posterior_without: Probability
    items: int = Field(ge=1)
    by: tuple[str, ...]

    @property
    def matters(self) -> bool:
        """Say whether the part is half a percent or more; less is told as none, everywhere."""
        return self.share >= 0.005


class Impact(Model):
    """What one step of a business flow suffers; never multiplies a probability of a cause."""

    flow_id: Id
    step_id: Id
    probability_degraded: Probability
    users: int
    regions: tuple[str, ...]
    site_tiers: tuple[str, ...]
    courses: int | None
    credit_types: tuple[str, ...]
    basis: Literal["known", "estimated"]


class RuleFired(Model):
    """A rule of urgency that fired, and why."""

    rule: str
    why: Text


class UrgencyResult(Model):
    """P0..P3 with the rules that fired, in rule order."""

    level: Urgency
    rules_fired: tuple[RuleFired, ...]


class SimilarCase(Model):
    """A past case that looks like this incident."""

    case_id: Id
    score: float
    cause: Text
    fix: Text
    outcome: str
    minutes_to_repair: float


class SopMatch(Model):
    """A section of an SOP that fits the top causes."""

    sop_id: Id
    section: str
    score: float
    why_matched: Text


class ProposedAction(Model):
    """An action of the catalogue that answers the top cause; nothing is requested by it.

    `parameters`: defaults, and what one clear choice fills; a person gives the rest.
    `required_roles`: who must agree by the rules as the diagnosis stands, in role order; an
    executor whose content cannot be locked demands more when the action is asked for.
    """

    action_id: Id
    target_ids: tuple[Id, ...]
    parameters: dict[str, Scalar]
    risk: Risk
    required_roles: tuple[Role, ...]
    expected_success: Probability


class Engine(Model):
    """How the answer was computed; `duration_ms` is left out of the digest."""

    method: Literal["exact", "core", "thinned", "loopy"]
    exact: bool
    model_digest: str
    library_digest: str
    duration_ms: float
    components_considered: int


class RevisionTop(Model):
    """The cause on top of one revision, with `at` the evidence's own time (`as_of.now`).

    `posterior`, `mode_name` and `mode_posterior` are those of the hypothesis; None where it has no
    mode, and in what a store kept before they were told.
    """

    revision: int = Field(ge=1)
    at: Instant
    kind: HypothesisKind
    component_id: Id | None
    name: Text
    posterior: Probability | None = None
    mode_name: Text | None = None
    mode_posterior: Probability | None = None


class Diagnosis(Model):
    """One revision of the diagnosis of one incident.

    `sentence`: what, where, how sure, what speaks against, what next; None in a revision that was
    stored before it was told. `sole_sources`: each alone carries the verdict; without its alerts
    the top hypothesis falls below `likely`. `surprise`: None in a revision from before it was told.
    `entered`: None where nobody entered anything that holds.
    """

    schema_: Literal["diag/v1"] = Field(default="diag/v1", alias="schema")
    incident_id: Id
    status: DiagnosisStatus
    computed_at: Instant
    revision: int = Field(ge=1)
    supersedes: int | None
    evidence_revision: int = Field(ge=0)
    topology_revision: str
    as_of: AsOf
    coverage: Coverage
    stability: Stability
    settling: bool
    hypotheses: tuple[HypothesisResult, ...]
    inseparable_sets: tuple[InseparableSet, ...] = ()
    ruled_out: tuple[JsonValue, ...] = ()
    unobserved: tuple[Unobserved, ...] = ()
    next_checks: tuple[NextCheck, ...] = ()
    impact: tuple[Impact, ...] = ()
    urgency: UrgencyResult
    similar_cases: tuple[SimilarCase, ...] = ()
    sops: tuple[SopMatch, ...] = ()
    proposed_actions: tuple[ProposedAction, ...] = ()
    engine: Engine
    sentence: Text | None = None
    causes_together: CausesTogether | None = None
    sole_sources: tuple[str, ...] = ()
    surprise: Surprise | None = None
    entered: HandShare | None = None
