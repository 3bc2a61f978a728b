"""Small values for tests of stores: every one says only what its test is about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from graph.model.access import Principal
from graph.model.base import Text
from graph.model.diagnosis import (
    AsOf,
    Coverage,
    Diagnosis,
    DiagnosisStatus,
    Engine,
    HypothesisKind,
    HypothesisResult,
    Stability,
    UrgencyResult,
)
from graph.model.digest import alert_evidence_id, change_evidence_id, tick_evidence_id
from graph.model.incident import Incident, IncidentState, Tick, Urgency
from graph.model.knowledge import CaseOutcome, PastCase, Sop, SopSection, SopSectionName, SopStep
from graph.model.library import (
    AlertType,
    Check,
    ComponentKind,
    Direction,
    FaultLibrary,
    FaultMode,
    Signature,
)
from graph.model.pack import DomainPack
from graph.model.signals import (
    Alert,
    AlertRecord,
    AlertStatus,
    ChangeEvent,
    ChangeKind,
    ChangeRecord,
    Lane,
    QuarantineReason,
)
from graph.model.topology import (
    Basis,
    BusinessFlow,
    Calendar,
    CalendarWindow,
    Component,
    FlowStep,
    RegionProfile,
    Relation,
    RelationType,
    StepUse,
    Visibility,
    WindowKind,
)

T0: Final = datetime(2025, 3, 12, 13, 40, 7, tzinfo=UTC)
PACK: Final = "medical"
ANYBODY: Final = Principal(name="wang")
NORTH: Final = Principal(name="li", sites=frozenset({"north"}))
NOBODY: Final = Principal(name="zhao", sites=frozenset())


def later(seconds: float) -> datetime:
    """Tell the instant `seconds` after T0."""
    return T0 + timedelta(seconds=seconds)


def text(zh: str, en: str = "a text") -> Text:
    """Write a text in both languages."""
    return Text(zh=zh, en=en)


def component(
    slug: str, *, site: str | None = None, visibility: Visibility = Visibility.ALL
) -> Component:
    """Make a service of the pack."""
    return Component(
        id=f"{PACK}:{slug}",
        kind="service",
        name=text(f"考试服务「{slug}」"),
        aliases=(f"别名-{slug}", slug.upper()),
        site=site,
        visibility=visibility,
        attributes={"region": "r3", "affects_exam": True, "tier": 2, "load": 0.5},
    )


def relation(
    source: str, target: str, type: RelationType = RelationType.DEPENDS_ON, strength: float = 0.8
) -> Relation:
    """Join two components of the pack."""
    return Relation(
        source=f"{PACK}:{source}", type=type, target=f"{PACK}:{target}", strength=strength
    )


def library() -> FaultLibrary:
    """Make a library of one kind, one mode, one check and two alert types of one name."""
    high = AlertType(
        alertname="HighLatency",
        kinds=("service",),
        direction=Direction.DEPENDANT,
        name=text("延迟高"),
        detection=0.8,
        false_alarm=0.02,
        delay_s=60,
    )
    return FaultLibrary(
        kinds=(ComponentKind(id="service", name=text("服务"), layer="service"),),
        alert_types=(high.model_copy(update={"kinds": ("gateway",)}), high),
        modes=(
            FaultMode(
                id="service:crash",
                kind="service",
                name=text("崩溃"),
                base_rate=0.002,
                basis=Basis.ASSUMED,
                source="a test",
                signatures=(Signature(alertname="HighLatency", detection=0.9, delay_s=30),),
                check_ids=("look",),
            ),
        ),
        checks=(Check(id="look", text=text("看日志"), minutes=2, detection=0.9, false_alarm=0.1),),
    )


def sop(slug: str = "restart") -> Sop:
    """Make an SOP of one section."""
    steps = (SopStep(number=1, text=text("重启服务", "Restart the service")),)
    return Sop(
        id=f"{PACK}:{slug}",
        title=text("重启"),
        revision="1",
        sections=(SopSection(name=SopSectionName.REMEDIATION, steps=steps),),
    )


def past_case(slug: str = "case-1", **changes: object) -> PastCase:
    """Make a past case."""
    made = PastCase(
        id=f"{PACK}:{slug}",
        title=text("考试高峰崩溃"),
        opened_at=T0,
        component_id=f"{PACK}:exam",
        fault_mode_id="service:crash",
        symptoms=text("进不了考试"),
        cause=text("内存不足"),
        fix=text("扩容"),
        outcome=CaseOutcome.WORKED,
        minutes_to_detect=5.5,
        minutes_to_repair=70,
        source="a test",
    )
    return made.model_copy(update=changes)


def pack(
    components: tuple[Component, ...] | None = None,
    relations: tuple[Relation, ...] | None = None,
    *,
    id: str = PACK,
) -> DomainPack:
    """Make a pack with something of everything; exam depends on db and runs on host."""
    own = (component("db"), component("exam"), component("host"))
    joined = (relation("exam", "db"), relation("exam", "host", RelationType.RUNS_ON))
    step = FlowStep(
        id="medical:enter",
        name=text("进入考试"),
        uses=(StepUse(component_id="medical:exam", strength=0.9),),
        affects_exam=True,
    )
    window = CalendarWindow(
        id="exam-week", kind=WindowKind.EXAM_WEEK, name=text("考试周"), source="a test"
    )
    return DomainPack(
        id=id,
        title=text("医学教育"),
        source="a test",
        components=own if components is None else components,
        relations=joined if relations is None else relations,
        flows=(BusinessFlow(id="medical:exam-flow", name=text("考试"), steps=(step,)),),
        regions=(RegionProfile(region="r3", name=text("三区"), peak_users=1200),),
        calendar=Calendar(timezone="Asia/Shanghai", windows=(window,)),
        library=library(),
        sops=(sop(),),
        cases=(past_case(),),
    )


def incident(
    slug: str = "1",
    *,
    urgency: Urgency | None = None,
    began_s: float = 0,
    state: IncidentState = IncidentState.OPEN,
    site: str | None = None,
    visibility: Visibility = Visibility.ALL,
    version: int = 1,
) -> Incident:
    """Make an incident that began `began_s` seconds after T0."""
    return Incident(
        id=f"inc-{slug}",
        pack_id=PACK,
        state=state,
        rule="three-alerts",
        opened_by="al-0000000000000000",
        opened_at=T0,
        began_at=later(began_s),
        last_alert_at=T0,
        title=text("播放失败（三区）"),
        site=site,
        visibility=visibility,
        urgency=urgency,
        version=version,
    )


def alert(
    fingerprint: str = "ab",
    *,
    received_s: float = 30,
    starts_s: float = 0,
    lane: Lane = Lane.UNASSIGNED,
    incident_id: str | None = None,
    component_id: str | None = None,
    reason: QuarantineReason | None = None,
    labels: dict[str, str] | None = None,
    annotations: dict[str, str] | None = None,
) -> AlertRecord:
    """Make a firing alert state of source `demo-alerts`."""
    starts_at = later(starts_s)
    sent = Alert(
        source="demo-alerts",
        fingerprint=fingerprint,
        status=AlertStatus.FIRING,
        alertname="HighLatency",
        labels={"alertname": "HighLatency"} | (labels or {}),
        annotations=annotations or {},
        starts_at=starts_at,
        received_at=later(received_s),
    )
    evidence_id = alert_evidence_id(
        "demo-alerts", fingerprint, starts_at=starts_at, status="firing"
    )
    return AlertRecord(
        evidence_id=evidence_id,
        alert=sent,
        pack_id=PACK,
        lane=lane,
        component_id=component_id,
        incident_id=incident_id,
        reason=reason,
    )


def change(
    slug: str = "deploy-1", *, at_s: float = 0, incident_ids: tuple[str, ...] = ()
) -> ChangeRecord:
    """Make a change of source `ci`, `at_s` seconds after T0."""
    event = ChangeEvent(
        source="ci",
        id=slug,
        at=later(at_s),
        kind=ChangeKind.DEPLOY,
        targets=("exam", "不认识"),
        summary="发布 2.3.1",
        received_at=later(at_s + 1),
    )
    return ChangeRecord(
        evidence_id=change_evidence_id("ci", slug),
        change=event,
        pack_id=PACK,
        component_ids=("medical:exam",),
        unmapped_targets=("不认识",),
        incident_ids=incident_ids,
    )


def tick(incident_id: str = "inc-1", *, at_s: float = 60) -> Tick:
    """Make a tick of an incident."""
    at = later(at_s)
    return Tick(evidence_id=tick_evidence_id(incident_id, at), incident_id=incident_id, at=at)


def diagnosis(incident_id: str = "inc-1", *, revision: int = 1) -> Diagnosis:
    """Make a diagnosis with one hypothesis."""
    hypothesis = HypothesisResult(
        rank=1,
        kind=HypothesisKind.COMPONENT,
        component_id="medical:exam",
        fault_mode_id="service:crash",
        name=text("考试服务崩溃"),
        posterior=0.1 + 0.2,
        prior=1e-7,
    )
    return Diagnosis(
        incident_id=incident_id,
        status=DiagnosisStatus.LIKELY,
        computed_at=later(90),
        revision=revision,
        supersedes=revision - 1 or None,
        evidence_revision=3,
        topology_revision="ab",
        as_of=AsOf(now=later(60), alerts_included=3, alerts_pending=0, last_alert_at=T0),
        coverage=Coverage(mapped=1, quarantined=0, explained=1, unexplained=0),
        stability=Stability(top_since=T0, top_changes_10m=0),
        settling=True,
        hypotheses=(hypothesis,),
        urgency=UrgencyResult(level=Urgency.P1, rules_fired=()),
        engine=Engine(
            method="exact",
            exact=True,
            model_digest="m",
            library_digest="l",
            duration_ms=1.5,
            components_considered=12,
        ),
    )
