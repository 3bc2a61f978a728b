"""A platform small enough to judge by eye: two CDN nodes, six client groups, an exam service."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from graph.model.base import Text
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
    WindowKind,
)

START = datetime(2025, 3, 12, 13, 40, tzinfo=UTC)
PACK = "small"


def text(name: str) -> Text:
    """Name a thing alike in both languages."""
    return Text(zh=name, en=name)


def small_pack() -> DomainPack:
    """Build the pack; cdn-a serves r1 and r2, cdn-b serves r3, both on two carriers."""
    components = sorted(_components(), key=lambda c: c.id)
    relations = sorted(_relations(), key=lambda r: (r.source, r.type, r.target))
    return DomainPack(
        id=PACK,
        title=text("small"),
        source="made for tests",
        components=tuple(components),
        relations=tuple(relations),
        flows=(_learning(),),
        regions=tuple(
            RegionProfile(
                region=f"{PACK}:r{n}",
                name=text(f"region {n}"),
                peak_users=1000 * n,
                tier_shares={"county": 0.4, "city": 0.6},
            )
            for n in (1, 2, 3)
        ),
        calendar=_calendar(),
        library=_library(),
    )


def _component(slug: str, kind: str, **attributes: str | int | bool) -> Component:
    return Component(
        id=f"{PACK}:{slug}",
        kind=kind,
        name=text(slug),
        aliases=(f"{slug}.local", f"别名-{slug}"),
        attributes=dict(attributes),
    )


def _components() -> list[Component]:
    found = [
        _component("cdn-a", "cdn_node"),
        _component("cdn-b", "cdn_node"),
        _component("origin", "origin"),
        _component("exam-api", "service", min_healthy=2, affects_exam=True),
        _component("exam-db", "database", affects_exam=True),
        _component("report-api", "service"),
    ]
    found += [_component(f"exam-pod-{n}", "container") for n in (1, 2, 3)]
    for region in (1, 2, 3):
        for carrier in ("telecom", "mobile"):
            slug = f"client-r{region}-{carrier}"
            found.append(_component(slug, "client_group", region=f"r{region}", carrier=carrier))
    return found


def _relation(source: str, kind: RelationType, target: str, strength: float) -> Relation:
    return Relation(
        source=f"{PACK}:{source}", type=kind, target=f"{PACK}:{target}", strength=strength
    )


def _relations() -> list[Relation]:
    routes = {1: "cdn-a", 2: "cdn-a", 3: "cdn-b"}
    found = [
        _relation(f"client-r{region}-{carrier}", RelationType.ROUTES_TO, node, 0.85)
        for region, node in routes.items()
        for carrier in ("telecom", "mobile")
    ]
    found += [
        _relation("cdn-a", RelationType.DEPENDS_ON, "origin", 0.7),
        _relation("cdn-b", RelationType.DEPENDS_ON, "origin", 0.7),
        _relation("exam-api", RelationType.DEPENDS_ON, "exam-db", 0.9),
    ]
    found += [_relation(f"exam-pod-{n}", RelationType.PART_OF, "exam-api", 0.5) for n in (1, 2, 3)]
    return found


def _learning() -> BusinessFlow:
    clients = tuple(
        StepUse(component_id=f"{PACK}:client-r{region}-{carrier}", strength=0.5)
        for region in (1, 2, 3)
        for carrier in ("mobile", "telecom")
    )
    exam = (StepUse(component_id=f"{PACK}:exam-api", strength=0.9),)
    return BusinessFlow(
        id=f"{PACK}:learning",
        name=text("learning"),
        steps=(
            FlowStep(id=f"{PACK}:study", name=text("study"), uses=clients, affects_study=True),
            FlowStep(id=f"{PACK}:exam", name=text("exam"), uses=exam, affects_exam=True),
        ),
    )


def _calendar() -> Calendar:
    exam_week = CalendarWindow(
        id=f"{PACK}:exam-week",
        kind=WindowKind.EXAM_WEEK,
        name=text("exam week"),
        first_day=date(2025, 3, 11),
        last_day=date(2025, 3, 15),
        source="assumed",
    )
    evening = CalendarWindow(
        id=f"{PACK}:evening",
        kind=WindowKind.EVENING_PEAK,
        name=text("evening"),
        from_time=time(19),
        to_time=time(23),
        load_factor=10.0,
        source="assumed",
    )
    return Calendar(timezone="Asia/Shanghai", windows=(evening, exam_week))


def _type(name: str, kind: str, direction: Direction, detection: float = 0.0) -> AlertType:
    return AlertType(
        alertname=name,
        kinds=(kind,),
        direction=direction,
        name=text(name),
        detection=detection,
        false_alarm=0.005,
        delay_s=60,
    )


def _mode(kind: str, name: str, rate: float, *signs: tuple[str, float]) -> FaultMode:
    return FaultMode(
        id=f"lib:{kind}.{name}",
        kind=kind,
        name=text(name),
        base_rate=rate,
        basis=Basis.ASSUMED,
        source="assumed",
        signatures=tuple(Signature(alertname=s, detection=d, delay_s=60) for s, d in signs),
        check_ids=("lib:look",),
        change_kinds=("config", "deploy"),
    )


def _library() -> FaultLibrary:
    kinds = ("cdn_node", "client_group", "container", "database", "origin", "service")
    return FaultLibrary(
        kinds=tuple(ComponentKind(id=k, name=text(k), layer="service") for k in kinds),
        alert_types=(
            _type("CdnNodeDown", "cdn_node", Direction.OWN),
            _type("DbConnectionPoolExhausted", "database", Direction.OWN),
            _type("HighErrorRate", "service", Direction.DEPENDANT, 0.8),
            _type("NoRequestsReceived", "service", Direction.STARVATION, 0.6),
            _type("OriginTrafficDrop", "origin", Direction.STARVATION, 0.6),
            _type("PlaybackFailureHigh", "client_group", Direction.DEPENDANT, 0.8),
        ),
        modes=(
            _mode("cdn_node", "node-down", 0.002, ("CdnNodeDown", 0.9)),
            _mode("cdn_node", "origin-link-down", 0.003),
            _mode("database", "pool-exhausted", 0.002, ("DbConnectionPoolExhausted", 0.8)),
            _mode("origin", "overload", 0.002),
            _mode("service", "bad-release", 0.001),
            _mode("container", "crash-loop", 0.0005),
        ),
        checks=(
            Check(
                id="lib:look",
                text=Text(zh="看一下 {component}", en="Look at {component}"),
                minutes=2.0,
                detection=0.9,
                false_alarm=0.05,
                command="curl -sI https://{component}/",
            ),
        ),
    )


def after(seconds: float) -> datetime:
    """Return the instant so many seconds after the onset."""
    return START + timedelta(seconds=seconds)
