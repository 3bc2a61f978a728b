"""Why a component is, or is not, the cause: one answer asked again, with exact weights by group."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import Field

from graph.model.base import Id, Model, Probability, Text
from graph.model.diagnosis import HypothesisKind


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


class Why(Model):
    """Why a component is or is not the cause, as of one revision; figures are None outside.

    `log10_bayes_factor`: posterior odds over base odds, all that was seen and changed. `exact` is
    False where the answer itself is an approximation (thinned, loopy).
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
