"""What travels over HTTP beside the model: requests, and views composed for screens and commands.

Model values (`Incident`, `Diagnosis`, `LedgerEntry`) travel as they are. Readers ignore keys that
they do not know. Every list is `{items, next_cursor}`.
"""

from __future__ import annotations

from typing import Generic, TypeVar

from pydantic import ConfigDict, Field

from api.schemas.catalogue import ActionWords
from graph.model.base import Id, Instant, Model, Text
from graph.model.diagnosis import DiagnosisStatus, HypothesisKind, RevisionTop
from graph.model.incident import Incident, IncidentState, LedgerEntry, Urgency
from graph.model.signals import AlertRecord
from graph.model.topology import RelationType, WindowKind

T = TypeVar("T")


class View(Model):
    """A frozen answer; unknown keys are ignored, so that an older reader lives on."""

    model_config = ConfigDict(extra="ignore")


class Items(View, Generic[T]):
    """A page of a list; `next_cursor` is None at the end."""

    items: tuple[T, ...]
    next_cursor: str | None = None


# ── Incidents ───────────────────────────────────────────────────────────────────────────────────


class TopCause(View):
    """The first hypothesis of the newest diagnosis, named as `standing_name` does."""

    kind: HypothesisKind
    component_id: Id | None
    fault_mode_id: Id | None
    name: Text
    posterior: float
    prior: float


class StepView(View):
    """A flow step; `probability` is None where the diagnosis says nothing of it."""

    flow_id: Id
    step_id: Id
    name: Text
    probability: float | None


class IncidentView(Incident):
    """An incident as the duty board shows it; diagnosed parts are None before the first diagnosis.

    `age_s`: seconds since `began_at`, by the wall clock or, for replayed incidents, by their own.
    `etag` goes into If-Match. `users` and `regions` are those of the most affected step.
    """

    model_config = ConfigDict(extra="ignore")

    etag: str
    timezone: str
    age_s: float
    alerts: int
    status: DiagnosisStatus | None = None
    settling: bool | None = None
    top: TopCause | None = None
    broken_step: StepView | None = None
    users: int | None = None
    users_basis: str | None = None
    regions: tuple[str, ...] = ()


class FlowView(View):
    """A business flow with its steps in order."""

    id: Id
    name: Text
    steps: tuple[StepView, ...]


class SopStepView(View):
    """A numbered step of an SOP section."""

    number: int
    text: Text


class SopPassage(View):
    """The steps of one matched section, in the order of `diagnosis.sops`."""

    sop_id: Id
    title: Text
    section: str
    score: float
    steps: tuple[SopStepView, ...]


class CaseView(View):
    """What a similar case lacks in the diagnosis, by `case_id`."""

    case_id: Id
    title: Text
    opened_at: Instant


class IncidentDetail(IncidentView):
    """An incident with a name for each id of its diagnosis; `flow`: the most affected one."""

    flow: FlowView | None = None
    flows: tuple[FlowView, ...] = ()
    component_names: dict[str, Text] = Field(default_factory=dict)
    component_kinds: dict[str, Id] = Field(default_factory=dict)
    region_names: dict[str, Text] = Field(default_factory=dict)
    sop_passages: tuple[SopPassage, ...] = ()
    cases: tuple[CaseView, ...] = ()
    action_words: dict[Id, ActionWords] = Field(default_factory=dict)
    components_total: int = 0
    ledger_length: int = 0  # lines of its ledger, which only grows


class IncidentPatch(Model):
    """PATCH /incidents/{id}: what is given changes; `owner` null gives the incident back."""

    owner: str | None = Field(default=None, max_length=100)
    state: IncidentState | None = None


class Pending(View):
    """202: no diagnosis covers `evidence_revision` yet."""

    status: str = "pending"
    evidence_revision: int


class Mark(View):
    """A point on the timeline."""

    at: Instant
    name: Text
    ids: tuple[Id, ...] = ()


class Wait(View):
    """A stage that was reached, by whom, and the seconds since the stage before (None: unknown)."""

    stage: str
    at: Instant
    who: str = ""
    wait_s: float | None = None


class TimelineView(Items[LedgerEntry]):
    """The ledger by seq, with the onsets of firing alerts and the changes, each by time.

    `tops`: what stood on top of every revision, oldest first.
    `waits`: the stages from the first alert to the last verification, in order.
    """

    alert_onsets: tuple[Instant, ...] = ()
    changes: tuple[Mark, ...] = ()
    tops: tuple[RevisionTop, ...] = ()
    waits: tuple[Wait, ...] = ()


# ── The map ─────────────────────────────────────────────────────────────────────────────────────


class MapNode(View):
    """A box: a flow step (`kind` `step`, id `FLOW/STEP`) or a component.

    layer: step, service, storage, node, network. `probability`: of a step P(degraded), of a cause
    its posterior, else None. `alerting`: it has firing alerts in this incident; `unobserved`: its
    silence says nothing. `rank` of the hypothesis, 1 first.
    """

    id: str
    name: Text
    kind: Id
    layer: str
    probability: float | None = None
    alerting: bool = False
    unobserved: bool = False
    rank: int | None = None


class MapRelation(View):
    """`source` depends on `target`; of a step: it uses the target."""

    source: str
    type: RelationType
    target: str


class MapView(View):
    """At most 60 boxes and the relations among them; paths run from cause to step."""

    nodes: tuple[MapNode, ...]
    relations: tuple[MapRelation, ...]
    paths: tuple[tuple[str, ...], ...]
    total: int


# ── The duty board ──────────────────────────────────────────────────────────────────────────────


class WindowView(View):
    """A calendar window in force; `day` of `days` counts from its first day, 1-based."""

    id: Id
    kind: WindowKind
    name: Text
    day: int | None = None
    days: int | None = None
    from_time: str | None = None
    to_time: str | None = None
    exams_per_evening: int | None = None


class EngineView(View):
    """Whether the worker runs, what waits, and how long the newest diagnosis took."""

    alive: bool
    jobs_open: int
    jobs_failed: int
    last_duration_ms: float | None = None
    last_at: Instant | None = None


class MonitoringView(View):
    """The last proof of life of one source's monitoring in one site (None = the whole source)."""

    source: str
    site: str | None
    name: Text
    last_at: Instant
    age_s: float
    late: bool


class WaitingView(View):
    """How many requests wait for the caller's agreement, and when the first of them expires."""

    count: int = 0
    first_expires_at: Instant | None = None


class AgreedView(View):
    """How many have agreed to a request, of how many."""

    have: int
    need: int


class NoiseGroup(View):
    """How many alerts of one name are kept as noise, and the rule that says so."""

    alertname: str
    reason: str
    count: int


class BoardView(View):
    """What the duty board shows above and below its table.

    `calendar_at`: the instant at which `windows` and `tonight` are judged: `now`, or the clock of
    the newest replayed incident while every open incident is a replay (`replay` says so).
    `tonight` are the windows with daily times of that day, by start. `agreed`: the newest request
    of each incident that has one. `noise`: the largest groups by name and reason of one day.
    """

    now: Instant
    timezone: str
    calendar_at: Instant
    replay: bool
    windows: tuple[WindowView, ...]
    tonight: tuple[WindowView, ...]
    counts: dict[Urgency, int]
    incidents_open: int
    engine: EngineView
    monitoring: tuple[MonitoringView, ...]
    lanes: dict[str, int]
    noise_count: int = 0
    noise_groups: int
    noise: tuple[NoiseGroup, ...] = ()
    alerts_included: int
    alerts_pending: int
    waiting: WaitingView = Field(default_factory=WaitingView)
    agreed: dict[Id, AgreedView] = Field(default_factory=dict)


class QuarantinedPage(Items[AlertRecord]):
    """GET /alerts?quarantined=true: newest received first."""
