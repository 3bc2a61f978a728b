"""What the platform is made of, and how failures travel through it.

`A DEPENDS_ON B` means B's failure can harm A: failures travel against the arrow.
"""

from __future__ import annotations

from datetime import date, time
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from graph.model.base import Id, Model, Probability, Text

Scalar = str | int | float | bool


class RelationType(StrEnum):
    """How two components are related; read `source TYPE target`."""

    DEPENDS_ON = "DEPENDS_ON"
    CALLS = "CALLS"
    ROUTES_TO = "ROUTES_TO"
    RUNS_ON = "RUNS_ON"
    PART_OF = "PART_OF"
    REPLICATES_TO = "REPLICATES_TO"
    USES = "USES"
    PRECEDES = "PRECEDES"


ACYCLIC_TYPES = frozenset({RelationType.PART_OF, RelationType.RUNS_ON, RelationType.PRECEDES})


class Basis(StrEnum):
    """Where a number comes from."""

    STATED = "stated"
    ASSUMED = "assumed"
    FITTED = "fitted"


class Visibility(StrEnum):
    """Who may read: everybody, or people of the same site."""

    ALL = "all"
    SITE = "site"


class Component(Model):
    """A thing that can fail (a CMDB configuration item).

    `attributes` used by the product: region, carrier, system, tier (str); owner, on_call, vendor
    (str: whom to call where no SOP answers; a carrier too); affects_exam,
    affects_credits, standby (bool); min_healthy (int, for a group whose members are PART_OF it);
    serves (str: the facets of its dependants' work that it harms, space-separated; none = all).
    """

    id: Id
    kind: Id
    name: Text
    aliases: tuple[str, ...] = ()
    site: Id | None = None
    visibility: Visibility = Visibility.ALL
    attributes: dict[str, Scalar] = Field(default_factory=dict)


class Relation(Model):
    """`strength` = P(source degraded | target degraded); `confidence` = P(the relation exists).

    For PART_OF the member is the source and the group the target; whether the group fails is
    decided by the group's `min_healthy`, and `strength` is not used.
    """

    source: Id
    type: RelationType
    target: Id
    strength: Probability
    confidence: Probability = 1.0
    basis: Basis = Basis.ASSUMED
    discovered_from: str = "pack"


class StepUse(Model):
    """A flow step uses a component; `strength` = P(step degraded | component degraded)."""

    component_id: Id
    strength: Probability


class FlowStep(Model):
    """A step of a business flow, as a user of the platform knows it."""

    id: Id
    name: Text
    uses: tuple[StepUse, ...]
    affects_exam: bool = False
    affects_credits: bool = False
    affects_study: bool = False
    credit_types: tuple[str, ...] = ()


class BusinessFlow(Model):
    """A business flow; steps stand in the order in which a user walks them (PRECEDES)."""

    id: Id
    name: Text
    steps: tuple[FlowStep, ...]


class RegionProfile(Model):
    """People behind a region, for impact: who is online at peak, and where they work.

    `peak_users` = people online at the evening peak; `tier_shares` by hospital tier sum to 1.
    """

    region: Id
    name: Text
    peak_users: int = Field(ge=0)
    tier_shares: dict[str, Probability] = Field(default_factory=dict)
    basis: Basis = Basis.ASSUMED


class WindowKind(StrEnum):
    """What a calendar window stands for."""

    EXAM_WEEK = "exam_week"
    EVENING_PEAK = "evening_peak"
    WEEKEND = "weekend"
    CREDIT_DEADLINE = "credit_deadline"
    LIVE_EVENT = "live_event"


class CalendarWindow(Model):
    """A window in the pack's timezone: dates inclusive, daily times half-open [from, to).

    Without dates it recurs; without times it covers the whole day. `weekdays` 0 = Monday.
    `load_factor` = expected load beside an ordinary hour.
    """

    id: Id
    kind: WindowKind
    name: Text
    first_day: date | None = None
    last_day: date | None = None
    weekdays: tuple[Annotated[int, Field(ge=0, le=6)], ...] = ()
    from_time: time | None = None
    to_time: time | None = None
    load_factor: float = Field(default=1.0, gt=0)
    exams_per_evening: int | None = None
    source: str


class Calendar(Model):
    """The windows of a pack and the timezone in which they are judged (IANA name)."""

    timezone: str
    windows: tuple[CalendarWindow, ...] = ()


class Subgraph(Model):
    """A cut of the topology; components in id order, relations in (source, type, target) order."""

    topology_revision: str
    components: tuple[Component, ...]
    relations: tuple[Relation, ...]
