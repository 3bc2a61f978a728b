"""An incident gone through again, minute by minute: when could one have known."""

from __future__ import annotations

from pydantic import Field

from graph.model.base import Id, Instant, Model, Probability, Text
from graph.model.diagnosis import DiagnosisStatus, HypothesisKind


class ReplayedMinute(Model):
    """What the diagnosis would have said at `at`, `minute` minutes after the first receipt.

    `alerts`: states received by then; `posterior` of what stands first; `aim`: the posterior of
    what it turned out to be, the largest of several.
    """

    minute: int = Field(ge=0)
    at: Instant
    alerts: int = Field(ge=0)
    kind: HypothesisKind
    component_id: Id | None
    name: Text
    posterior: Probability
    status: DiagnosisStatus
    settling: bool
    aim: Probability


class Replay(Model):
    """The minutes, and from which on it was known: stood first, at least `likely`, until the end.

    `aims`: what it turned out to be, component ids, `external` or `no_fault`; confirmed by people,
    or (`confirmed` false) what the newest diagnosis says. `first_on_top`: the first minute with one
    of them first, however unsure. None: never. `sources`: who sent alerts or changes, by name.
    """

    incident_id: Id
    without_source: str | None
    with_relations: tuple[str, ...]
    step_s: int = Field(ge=60)
    aims: tuple[str, ...]
    confirmed: bool
    first_on_top: int | None
    known_from: int | None
    minutes: tuple[ReplayedMinute, ...]
    sources: tuple[str, ...] = ()
