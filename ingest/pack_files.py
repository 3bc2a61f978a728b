"""The shapes of a pack's YAML files, as people write them (docs/howto-pack.md).

A shape is closed: an unknown key is an error. Ids are local here (`cdn-7`); loading namespaces
them. Texts and ids of templates may hold placeholders `{axis}`, `{axis.field}`, `{axis:02}`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints

from graph.model.base import Id, Instant, Model, Probability, Text
from graph.model.knowledge import CaseOutcome
from graph.model.pack import PackSettings
from graph.model.topology import (
    Basis,
    CalendarWindow,
    RegionProfile,
    RelationType,
    Scalar,
    Visibility,
)

Schema = Literal["pack/v1"]
Words = Annotated[str, StringConstraints(min_length=1)]
LocalId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_.\-]{1,139}$")]
Axis = str | tuple[Scalar, ...]
Axes = dict[str, Axis]
Row = dict[str, Scalar | tuple[Scalar, ...]]


class Shape(Model):
    """A closed shape whose YAML keys may be Python keywords."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, validate_by_alias=True
    )


class CalendarShape(Shape):
    """`calendar:` of pack.yaml."""

    timezone: Words
    windows: tuple[CalendarWindow, ...] = ()


class PackFile(Shape):
    """pack.yaml."""

    schema_: Schema = Field(alias="schema")
    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,60}$")]
    title: Text
    source: Words
    calendar: CalendarShape
    regions: tuple[RegionProfile, ...] = ()
    settings: PackSettings = Field(default_factory=PackSettings)


class ComponentShape(Shape):
    """One component, or (with `for`) one per combination of the axes."""

    for_: Axes = Field(default_factory=dict, alias="for")
    id: Words
    kind: Id
    name: Text
    aliases: tuple[Words, ...] = ()
    site: Words | None = None
    visibility: Visibility = Visibility.ALL
    attributes: dict[str, Scalar] = Field(default_factory=dict)


class ServiceShape(Shape):
    """A service with its pods: containers PART_OF it, spread over the hosts of a pool."""

    id: LocalId
    name: Text
    system: LocalId
    pods: int = Field(ge=0, le=500)
    min_healthy: int | None = Field(default=None, ge=1)
    pool: Words = "main"
    aliases: tuple[Words, ...] = ()
    site: Id | None = None
    attributes: dict[str, Scalar] = Field(default_factory=dict)
    calls: dict[str, Probability] = Field(default_factory=dict)
    depends_on: dict[str, Probability] = Field(default_factory=dict)
    pods_need: tuple[LocalId, ...] = ()


class RelationShape(Shape):
    """Relations from every match of `from` to every match of `to`.

    `per_source: k` gives each source only k targets, in turn (round robin in natural id order).
    """

    for_: Axes = Field(default_factory=dict, alias="for")
    from_: Words | tuple[Words, ...] = Field(alias="from")
    type: RelationType
    to: Words | tuple[Words, ...]
    strength: Probability
    confidence: Probability = 1.0
    basis: Basis = Basis.ASSUMED
    source: Words | None = None
    per_source: int | None = Field(default=None, ge=1)


class Defaults(Shape):
    """Numbers of the relations that `services:` writes by itself; all assumed."""

    pod_on_host: Probability = 0.95
    pod_needs: Probability = 0.3
    healthy_share: Probability = 0.5
    calls_confidence: Probability = 0.9
    depends_confidence: Probability = 0.95


class TopologyFile(Shape):
    """topology.yaml."""

    defaults: Defaults = Field(default_factory=Defaults)
    lists: dict[str, tuple[Row, ...]] = Field(default_factory=dict)
    pools: dict[str, tuple[Words, ...]] = Field(default_factory=dict)
    components: tuple[ComponentShape, ...]
    services: tuple[ServiceShape, ...] = ()
    relations: tuple[RelationShape, ...] = ()


class StepShape(Shape):
    """A flow step; `uses` maps ids or globs to strength, an id winning over a glob.

    Steps stand in walking order, unless they say `after`.
    """

    id: LocalId
    name: Text
    uses: dict[str, Probability]
    after: tuple[LocalId, ...] = ()
    affects_exam: bool = False
    affects_credits: bool = False
    affects_study: bool = False
    credit_types: tuple[Words, ...] = ()


class FlowShape(Shape):
    """A business flow."""

    id: LocalId
    name: Text
    steps: Annotated[tuple[StepShape, ...], Field(min_length=1)]


class FlowsFile(Shape):
    """flows.yaml."""

    flows: tuple[FlowShape, ...]


class CaseShape(Shape):
    """A past case of incidents.yaml, with local ids."""

    id: LocalId
    title: Text
    opened_at: Instant
    component_id: LocalId
    fault_mode_id: Words
    symptoms: Text
    cause: Text
    fix: Text
    outcome: CaseOutcome
    minutes_to_detect: float = Field(ge=0)
    minutes_to_repair: float = Field(ge=0)
    alertnames: tuple[Words, ...] = ()
    sop_ids: tuple[LocalId, ...] = ()
    source: Words
    basis: Basis = Basis.ASSUMED
    site: Id | None = None
    visibility: Visibility = Visibility.ALL


class CasesFile(Shape):
    """incidents.yaml."""

    cases: tuple[CaseShape, ...]
