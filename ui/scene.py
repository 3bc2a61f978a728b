"""What the widgets draw: small frozen values, made by `ui.staging` from the API's answers.

Times are aware instants; `lang` chooses from every `Text` when it is drawn.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from api.schemas.by_hand import ActionTakenView
from api.schemas.calibration import Recalibrated
from api.schemas.catalogue import ActionWords
from api.schemas.sop_records import SopRecord
from api.schemas.ticks import SopTickView
from graph.model.base import Text
from graph.model.diagnosis import (
    Diagnosis,
    DiagnosisStatus,
    HypothesisKind,
    NextCheck,
    SimilarCase,
)
from graph.model.incident import Incident, IncidentState, Urgency

# A step is broken where it is the most probable one at or above DEGRADED_FROM, and says 说不准
# between the two lines: even odds for harm, and one in five for "nothing to see here".
DEGRADED_FROM: Final = 0.5
UNSURE_FROM: Final = 0.2


class StepState(StrEnum):
    """How a step of a flow, or a component on the map, stands."""

    BROKEN = "broken"
    DEGRADED = "degraded"
    UNSURE = "unsure"
    CLEAR = "clear"


class Layer(StrEnum):
    """The bands of the map, top to bottom."""

    STEP = "step"
    SERVICE = "service"
    STORAGE = "storage"
    NODE = "node"
    NETWORK = "network"


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the main flow; probability None where the diagnosis says nothing of it."""

    id: str
    name: Text
    probability: float | None
    state: StepState


@dataclass(frozen=True, slots=True)
class People:
    """Whom it hits; `growing` while the number may still rise."""

    users: int
    estimated: bool
    growing: bool
    regions: tuple[Text, ...]
    tiers: tuple[Text, ...]
    courses: int | None
    credit_types: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class LostSource:
    """Monitoring that went quiet: its source and site, and its last proof of life."""

    name: Text
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class Reign:
    """One stretch of the history in which a hypothesis was on top.

    `posterior`, and that of its most probable mode, as its last revision said; None: not told.
    """

    name: Text
    since: datetime
    until: datetime
    posterior: float | None = None
    mode: Text | None = None
    mode_posterior: float | None = None


@dataclass(frozen=True, slots=True)
class Cause:
    """One row of the causes; `before` = posterior of the revision before, None if it was absent.

    `first_steps`: what the fault library says to do first, where it does. `place`: the component;
    `mode`: its most probable fault with the posterior of that alone.
    """

    key: str
    rank: int
    kind: HypothesisKind
    name: Text
    posterior: float
    prior: float
    before: float | None
    evidence_for: tuple[tuple[Text, float], ...]
    evidence_against: tuple[tuple[Text, float], ...]
    unobserved: tuple[tuple[Text, Text], ...]
    path: tuple[Text, ...]
    first_steps: Text | None = None
    place: Text | None = None
    mode: tuple[Text, float] | None = None


@dataclass(frozen=True, slots=True)
class SopPassage:
    """Steps of one section of an SOP that fit the top causes."""

    sop_id: str
    title: Text
    section: str
    score: float
    steps: tuple[tuple[int, Text], ...]


@dataclass(frozen=True, slots=True)
class MapNode:
    """A box of the map; `top` marks the top cause."""

    id: str
    name: Text
    layer: Layer
    state: StepState
    kind: str = ""
    top: bool = False


@dataclass(frozen=True, slots=True)
class GraphMap:
    """At most 60 boxes, and lines between them; `paths` are chains of node ids, most telling first.

    An edge is (dependent, what it depends on); `total` counts the components of the whole graph.
    """

    nodes: tuple[MapNode, ...]
    edges: tuple[tuple[str, str], ...]
    paths: tuple[tuple[str, ...], ...]
    total: int


@dataclass(frozen=True, slots=True)
class Mark:
    """A point on a lane of the timeline."""

    at: datetime
    name: Text


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage that was reached; `wait_s` seconds after the one before, None where unknown."""

    stage: str
    at: datetime
    who: str
    wait_s: float | None


@dataclass(frozen=True, slots=True)
class Timeline:
    """What happened when; `alert_times` are the onsets, in order."""

    alert_times: tuple[datetime, ...]
    changes: tuple[Mark, ...]
    reigns: tuple[Reign, ...]
    people: tuple[Mark, ...]
    began_at: datetime
    now: datetime
    stages: tuple[Stage, ...] = ()
    checks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One open incident on the duty board; the diagnosed parts are None until there is one.

    `agreed`: of its newest request, how many have agreed and how many must; None without one.
    """

    incident_id: str
    title: Text
    urgency: Urgency | None
    state: IncidentState
    owner: str | None
    alerts: int
    age_s: float
    step: Step | None
    users: int | None
    regions: int
    cause: tuple[HypothesisKind, Text, float] | None
    status: DiagnosisStatus | None
    settling: bool
    agreed: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class CalendarBanner:
    """The window of the calendar in force, and tonight's peak; times are local `HH:MM`."""

    name: Text
    day: int | None
    days: int | None
    exams: int | None
    peak: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class EngineHealth:
    """Whether the engine answers, how long its last run took, and which monitoring is lost."""

    alive: bool
    last_ms: float | None
    lost: tuple[LostSource, ...]
    sources: int
    oldest_signal_s: float | None


@dataclass(frozen=True, slots=True)
class Board:
    """The duty board at one instant; the calendar is judged at `calendar_at`.

    `noise_lines`: alertname, reason and count of the largest groups of noise.
    `waiting`: how many requests wait for the person who looks; the first ends `first_expires_at`.
    """

    now: datetime
    calendar_at: datetime
    zone: str
    rows: tuple[Row, ...]
    calendar: CalendarBanner | None
    engine: EngineHealth | None
    noise: int | None
    noise_groups: int
    quarantined: int | None
    alerts_included: int
    alerts_pending: int
    noise_lines: tuple[tuple[str, str, int], ...] = ()
    waiting: int = 0
    first_expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    """The diagnosis page at one instant; optional parts are None where their data are absent.

    `records`: how the SOPs have fared, by id; looked up beside the diagnosis, no part of it.
    """

    incident: Incident
    zone: str
    diagnosis: Diagnosis
    alerts: int
    steps: tuple[Step, ...]
    people: People | None
    lost: tuple[LostSource, ...]
    causes: tuple[Cause, ...]
    reigns: tuple[Reign, ...]
    checks: tuple[NextCheck, ...]
    sops: tuple[SopPassage, ...]
    cases: tuple[SimilarCase, ...]
    case_days: dict[str, datetime]
    map: GraphMap | None
    timeline: Timeline | None
    ticks: tuple[SopTickView, ...] = ()
    noted: tuple[ActionTakenView, ...] = ()
    recalibrated: Recalibrated | None = None
    action_words: Mapping[str, ActionWords] = field(default_factory=dict)
    records: Mapping[str, SopRecord] = field(default_factory=dict)
