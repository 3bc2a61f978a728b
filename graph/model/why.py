"""Why a component is, or is not, the cause: one answer asked again, with exact weights by group."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import Field

from graph.model.base import Id, Model, Probability, Text
from graph.model.diagnosis import HypothesisKind
from graph.model.topology import Basis


class CauseStanding(StrEnum):
    """Where a component stands in an answer.

    `leads`: first of all. `considered`: in the network, with a posterior. `unheard`: considered,
    but nothing that spoke or was silent could tell of it. `faultless`: the library knows no fault
    of its kind. `unreached`: what alerts does not hang on it.
    """

    LEADS = "leads"
    CONSIDERED = "considered"
    UNHEARD = "unheard"
    FAULTLESS = "faultless"
    UNREACHED = "unreached"


class WeightOfGroup(Model):
    """How far a group of evidence moves the odds of the cause, the rest of the evidence known.

    `posterior_without`: what it would be without the group. `evidence_ids`: at most eight. Kind
    `all`: everything that spoke, and everything that was silent; the groups are parts of them and
    do not add up, since they say much of it twice. `prior`: what came before any alert.
    """

    group: str
    kind: Literal["all", "region", "service", "silence", "entered", "prior"]
    name: Text
    items: int = Field(ge=0)
    evidence_ids: tuple[str, ...]
    log10_bayes_factor: float
    posterior_without: Probability


class WeightOfItem(Model):
    """A single item that moves the odds at least tenfold by itself, the rest known."""

    evidence_id: str
    text: Text
    log10_bayes_factor: float
    posterior_without: Probability


class RivalCause(Model):
    """Who explains it instead, or who stands first; `beside`: both may well be true at once.

    `log10_likelier`: log10 of P(evidence | that, not this) / P(evidence | this, not that); None
    beside each other, and where the core behind the answer holds not both.
    """

    component_id: Id | None
    name: Text
    posterior: Probability
    beside: bool
    log10_likelier: float | None


class RateOfMode(Model):
    """How often one fault is born in such a component, and what that rests on.

    The library's `base_rate`, with its `basis` and `source`, counts as `told_cases` in
    `told_trials` (look-backs of one component); confirmed incidents add `seen_cases` in
    `seen_trials`; `rate` = all cases / all trials. `going_in`: that rate after the changes of this
    incident and the silence of the component's own alerts, None outside the network.
    """

    fault_mode_id: Id
    name: Text
    base_rate: Probability
    basis: Basis
    source: str
    told_cases: float = Field(ge=0)
    told_trials: float = Field(ge=0)
    seen_cases: float = Field(ge=0)
    seen_trials: float = Field(ge=0)
    rate: Probability
    going_in: Probability | None = None


class Why(Model):
    """Why a component is or is not the cause, as of one revision; figures are None outside.

    `log10_bayes_factor`: posterior odds over base odds, all that was seen and changed. `exact` is
    False where the answer itself is an approximation (thinned, loopy). `rates`: of each fault of
    its kind, the most frequent first, ties by id; `confirmed`: how many incidents, confirmed
    before this one was opened, they count.
    """

    incident_id: Id
    revision: int = Field(ge=1)
    component_id: str
    name: Text
    standing: CauseStanding
    text: Text
    posterior: Probability | None = None
    prior: Probability | None = None
    log10_bayes_factor: float | None = None
    exact: bool = True
    groups: tuple[WeightOfGroup, ...] = ()
    decisive: tuple[WeightOfItem, ...] = ()
    rival: RivalCause | None = None
    path: tuple[Id, ...] = ()
    rates: tuple[RateOfMode, ...] = ()
    confirmed: int = Field(default=0, ge=0)


class CauseAhead(Model):
    """A hypothesis now and after each answer to a check; nobody looking leaves it as it is."""

    kind: HypothesisKind
    component_id: Id | None
    name: Text
    now: Probability
    positive: Probability
    negative: Probability


class ModeAhead(Model):
    """A fault of the component that a check looks at, now and after each answer."""

    fault_mode_id: Id
    name: Text
    now: Probability
    positive: Probability
    negative: Probability


class Ahead(Model):
    """What each answer to a check would do to every hypothesis of one revision, in its order.

    `probability`: P(yes | evidence). `modes`: the faults of the component that it looks at, the
    most probable first. `exact` is False where the answer is an approximation.
    """

    incident_id: Id
    revision: int = Field(ge=1)
    check_id: str
    probability: Probability
    causes: tuple[CauseAhead, ...]
    modes: tuple[ModeAhead, ...] = ()
    exact: bool
