"""One night for the screens' tests: a settled storm, its second minute, and a duty board."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from graph.model.base import Text
from graph.model.diagnosis import (
    AsOf,
    Coverage,
    Diagnosis,
    DiagnosisStatus,
    Engine,
    HypothesisKind,
    HypothesisResult,
    NextCheck,
    RuleFired,
    SimilarCase,
    Stability,
    UrgencyResult,
)
from graph.model.incident import Incident, IncidentState, Urgency
from ui.scene import (
    Board,
    CalendarBanner,
    Cause,
    EngineHealth,
    GraphMap,
    Layer,
    LostSource,
    MapNode,
    Mark,
    People,
    Reign,
    Row,
    Scene,
    SopPassage,
    Step,
    StepState,
    Timeline,
)

ZONE: Final = "Asia/Shanghai"
BEGAN: Final = datetime(2025, 3, 12, 13, 40, 7, tzinfo=UTC)
NOW: Final = datetime(2025, 3, 12, 13, 46, 8, tzinfo=UTC)
HOSTILE: Final = '<img src=x onerror="alert(1)"> :red[x] `y` \u202eexe.7-ndc **b** {z}'


def both(zh: str, en: str) -> Text:
    """Pair the two languages of a text."""
    return Text(zh=zh, en=en)


CDN = both("CDN 节点 cdn-7 回源链路中断", "CDN node cdn-7 origin link down")
LINE = both("区域 3 出口线路 A 丢包", "region 3 uplink A packet loss")
REGION_5 = both("区域 5", "Region 5")


def causes() -> tuple[Cause, ...]:
    """The causes of the settled night, ten components below the two outcomes."""
    first = Cause(
        key="med:cdn-7",
        rank=1,
        kind=HypothesisKind.COMPONENT,
        name=CDN,
        posterior=0.82,
        prior=0.003,
        before=0.61,
        evidence_for=(
            (both("五个区域播放器报失败，152 条", "Players fail in 5 regions, 152"), 2.04),
            (both("cdn-6、cdn-8 的下游正常", "Downstream of cdn-6 and cdn-8 is fine"), 0.9),
            (both("21:31 向 cdn-7 下发配置", "21:31 config pushed to cdn-7"), 0.6),
        ),
        evidence_against=(
            (both("节点自检通过，21:45", "Self-test passed, 21:45"), -0.3),
            (both("NodeDown 该响未响", "NodeDown stayed silent"), -0.1),
        ),
        unobserved=(
            (
                both("区域 5 边缘探针", "Region 5 edge probes"),
                both("失联 8 分钟", "lost for 8 min"),
            ),
        ),
        path=(CDN, both("播放服务", "player"), both("学习", "Study")),
    )
    rest = (
        ("med:line-a", LINE, 0.11, 0.005, 0.29),
        ("med:origin-2", both("源站 origin-2 过载", "origin-2 overloaded"), 0.04, 0.008, 0.02),
    )
    components = [
        Cause(key, i, HypothesisKind.COMPONENT, name, p, prior, before, (), (), (), ())
        for i, (key, name, p, prior, before) in enumerate(rest, start=2)
    ]
    external = Cause(
        "external", 4, HypothesisKind.EXTERNAL, both("外", "out"), 0.03, 0.01, 0.09, (), (), (), ()
    )
    small = [
        Cause(
            f"med:part-{i}",
            4 + i,
            HypothesisKind.COMPONENT,
            both(f"组件 {i} 宕机", f"part {i} down"),
            0.028 - i / 1000,
            0.001,
            None,
            (),
            (),
            (),
            (),
        )
        for i in range(1, 8)
    ]
    healthy = Cause(
        "healthy", 12, HypothesisKind.HEALTHY, both("无", "none"), 0.004, 0.88, 0.01, (), (), (), ()
    )
    return (first, *components, external, *small, healthy)


def diagnosis(**changes: Any) -> Diagnosis:
    """A settled `likely` diagnosis; `changes` replace its parts."""
    top = HypothesisResult(
        rank=1,
        kind=HypothesisKind.COMPONENT,
        component_id="med:cdn-7",
        fault_mode_id="cdn_node/origin-link-down".replace("/", ":"),
        name=CDN,
        posterior=0.82,
        prior=0.003,
    )
    values: dict[str, Any] = {
        "incident_id": "inc-1",
        "status": DiagnosisStatus.LIKELY,
        "computed_at": NOW,
        "revision": 14,
        "supersedes": 13,
        "evidence_revision": 20,
        "topology_revision": "t1",
        "as_of": AsOf(now=NOW, alerts_included=380, alerts_pending=0, last_alert_at=NOW),
        "coverage": Coverage(mapped=0.98, quarantined=3, explained=0.93, unexplained=0.07),
        "stability": Stability(top_since=NOW - timedelta(seconds=260), top_changes_10m=0),
        "settling": False,
        "hypotheses": (top,),
        "urgency": UrgencyResult(
            level=Urgency.P0,
            rules_fired=(
                RuleFired(
                    rule="exam-week",
                    why=both(
                        "考试周，考试受损概率 62%，超过 30%",
                        "exam week, exam degraded 62%, above 30%",
                    ),
                ),
            ),
        ),
        "engine": Engine(
            method="loopy",
            exact=False,
            model_digest="m",
            library_digest="l",
            duration_ms=31.4,
            components_considered=2291,
        ),
    }
    return Diagnosis(**(values | changes))


def incident(**changes: Any) -> Incident:
    """An acknowledged incident of the storm."""
    values: dict[str, Any] = {
        "id": "inc-1",
        "pack_id": "med",
        "state": IncidentState.ACKNOWLEDGED,
        "rule": "storm",
        "opened_by": "al-0",
        "opened_at": BEGAN,
        "began_at": BEGAN,
        "last_alert_at": NOW,
        "title": both(
            "区域 1–5 课程播放中断，考试进场变慢",
            "Course playback down in regions 1–5, exam entry slow",
        ),
        "owner": "周岚",
        "urgency": Urgency.P0,
    }
    return Incident(**(values | changes))


def steps() -> tuple[Step, ...]:
    """The five steps of the main flow, the third broken."""
    rows = (
        ("register", "注册", "Register", 0.02, StepState.CLEAR),
        ("choose", "选课", "Enrol", 0.07, StepState.CLEAR),
        ("study", "学习", "Study", 0.97, StepState.BROKEN),
        ("exam", "考试", "Exam", 0.62, StepState.DEGRADED),
        ("credit", "学分认证", "Credit", None, StepState.CLEAR),
    )
    return tuple(Step(i, both(zh, en), p, state) for i, zh, en, p, state in rows)


def people(**changes: Any) -> People:
    """Five regions, estimated."""
    values: dict[str, Any] = {
        "users": 23106,
        "estimated": True,
        "growing": False,
        "regions": tuple(both(f"区域 {i}", f"region {i}") for i in range(1, 6)),
        "tiers": (),
        "courses": 312,
        "credit_types": (both("I 类", "class I"),),
    }
    return People(**(values | changes))


def reigns() -> tuple[Reign, ...]:
    """Who was on top since the first alert."""
    at = [BEGAN + timedelta(seconds=s) for s in (13, 43, 78, 100, 361)]
    names = (
        both("源站 origin-2", "origin-2"),
        both("线路 A", "line A"),
        both("图外原因", "External cause"),
        both("cdn-7", "cdn-7"),
    )
    return tuple(Reign(n, a, b) for n, a, b in zip(names, at, at[1:], strict=False))


def graph_map() -> GraphMap:
    """Thirty-five boxes in five bands."""
    layers: dict[Layer, tuple[str, ...]] = {
        Layer.SERVICE: (
            "user-api",
            "catalog-api",
            "lms-web",
            "player-api",
            "live-api",
            "exam-web",
            "exam-api",
            "credit-api",
        ),
        Layer.STORAGE: (
            "user-db",
            "search-es",
            "media-idx",
            "session-redis",
            "exam-db",
            "credit-db",
        ),
        Layer.NODE: (
            "origin-1",
            "origin-2",
            "cdn-6",
            "cdn-7",
            "cdn-8",
            "cdn-9",
            "k8s-a3",
            "k8s-b1",
        ),
        Layer.NETWORK: (
            "gslb-1",
            "line-a",
            "region-1",
            "region-2",
            "region-3",
            "region-4",
            "region-5",
            "line-b",
        ),
    }
    hit = {"lms-web", "player-api", "exam-web", "region-1", "region-2", "region-3", "region-4"}
    nodes = [MapNode(f"med:{s.id}", s.name, Layer.STEP, s.state) for s in steps()]
    for layer, names in layers.items():
        for name in names:
            known = StepState.UNSURE if name == "region-5" else StepState.CLEAR
            state = StepState.DEGRADED if name in hit else known
            nodes.append(
                MapNode(f"med:{name}", both(name, name), layer, state, top=name == "cdn-7")
            )
    pairs = (
        "register user-api",
        "choose catalog-api",
        "study player-api",
        "exam exam-web",
        "credit credit-api",
        "study lms-web",
        "study live-api",
        "exam exam-api",
        "user-api user-db",
        "catalog-api search-es",
        "lms-web media-idx",
        "player-api media-idx",
        "exam-web session-redis",
        "exam-api exam-db",
        "credit-api credit-db",
        "player-api cdn-7",
        "exam-web cdn-7",
        "live-api cdn-8",
        "media-idx origin-1",
        "search-es origin-2",
        "exam-db k8s-a3",
        "credit-db k8s-b1",
        "cdn-7 region-1",
        "cdn-7 region-2",
        "cdn-7 region-3",
        "cdn-7 region-4",
        "cdn-7 region-5",
        "cdn-6 line-a",
        "cdn-9 line-b",
        "origin-1 gslb-1",
    )
    edges = tuple((f"med:{a}", f"med:{b}") for a, b in (pair.split() for pair in pairs))
    paths = (
        ("med:study", "med:player-api", "med:cdn-7"),
        ("med:exam", "med:exam-web", "med:cdn-7"),
    )
    return GraphMap(tuple(nodes), edges, paths, 2291)


def timeline() -> Timeline:
    """380 alerts in six minutes, one change, one person."""
    seconds = [int(361 * (i / 380) ** 1.3) for i in range(380)]
    return Timeline(
        alert_times=tuple(BEGAN + timedelta(seconds=s) for s in seconds),
        changes=(
            Mark(
                datetime(2025, 3, 12, 13, 31, tzinfo=UTC),
                both("21:31 cdn-7 下发配置 cfg-2291", "21:31 config cfg-2291 to cdn-7"),
            ),
        ),
        reigns=reigns(),
        people=(Mark(BEGAN + timedelta(seconds=170), both("周岚 认领", "周岚 owns it")),),
        began_at=BEGAN,
        now=NOW,
    )


def scene(**changes: Any) -> Scene:
    """The settled night."""
    values: dict[str, Any] = {
        "incident": incident(),
        "zone": ZONE,
        "diagnosis": diagnosis(),
        "alerts": 380,
        "steps": steps(),
        "people": people(),
        "lost": (),
        "causes": causes(),
        "reigns": reigns(),
        "checks": (
            NextCheck(
                check_id="c1",
                text=both(
                    "从区域 3 之外直连 cdn-7 的 443 端口，能握手吗？",
                    "From outside region 3, can you complete a handshake with cdn-7 on port 443?",
                ),
                command="curl -sv --connect-timeout 3 https://cdn-7:443/healthz",
                expected_information_gain_bits=0.6,
                minutes=1,
            ),
            NextCheck(
                check_id="c2",
                text=both("二", "two"),
                command=None,
                expected_information_gain_bits=0.1,
                minutes=4,
            ),
        ),
        "sops": (
            SopPassage(
                sop_id="med:cdn-03",
                title=both("节点回源故障", "Node origin failure"),
                section="diagnosis",
                score=0.86,
                steps=(
                    (
                        1,
                        both(
                            "确认同组节点下游正常，排除源站问题",
                            "Confirm that sibling nodes serve well; rule out the origin",
                        ),
                    ),
                    (
                        2,
                        both(
                            "核对线路 B 余量，切后负载不得超过 70%",
                            "Check headroom on line B; load after the switch must stay under 70%",
                        ),
                    ),
                ),
            ),
            SopPassage(
                sop_id="med:cdn-03",
                title=both("节点回源故障", "Node origin failure"),
                section="verification",
                score=0.8,
                steps=(
                    (
                        1,
                        both(
                            "5 分钟内播放成功率回到 98% 以上",
                            "Playback success above 98% within 5 minutes",
                        ),
                    ),
                ),
            ),
        ),
        "cases": tuple(
            SimilarCase(
                case_id=f"med:case-{i}",
                score=0.9 - i / 10,
                cause=cause,
                fix=fix,
                outcome=outcome,
                minutes_to_repair=took,
            )
            for i, (cause, fix, outcome, took) in enumerate(
                (
                    (
                        both("cdn-7 回源链路中断", "cdn-7 origin link down"),
                        both("切到线路 B", "moved to line B"),
                        "worked",
                        14.0,
                    ),
                    (
                        both("cdn-4 证书过期", "cdn-4 certificate expired"),
                        both("更换证书", "replaced certificate"),
                        "worked",
                        31.0,
                    ),
                    (
                        both("线路 A 丢包，误判为节点", "uplink A loss, taken for a node"),
                        both("切到 cdn-9", "moved to cdn-9"),
                        "failed",
                        70.0,
                    ),
                )
            )
        ),
        "case_days": {"med:case-0": datetime(2024, 11, 2, tzinfo=UTC)},
        "map": graph_map(),
        "timeline": timeline(),
    }
    return Scene(**(values | changes))


def settling_scene() -> Scene:
    """Minute two: still changing, unowned, one region's monitoring lost."""
    now = BEGAN + timedelta(seconds=120)
    return scene(
        incident=incident(owner=None, state=IncidentState.OPEN),
        diagnosis=diagnosis(
            status=DiagnosisStatus.INCONCLUSIVE,
            settling=True,
            revision=4,
            as_of=AsOf(now=now, alerts_included=177, alerts_pending=37, last_alert_at=now),
            coverage=Coverage(mapped=0.8, quarantined=9, explained=0.71, unexplained=0.29),
            stability=Stability(top_since=now - timedelta(seconds=20), top_changes_10m=3),
        ),
        alerts=214,
        people=people(users=9400, growing=True),
        lost=(LostSource(REGION_5, datetime(2025, 3, 12, 13, 38, 10, tzinfo=UTC)),),
    )


def board() -> Board:
    """Four open incidents."""
    kind = HypothesisKind
    spec: tuple[tuple[Any, ...], ...] = (
        (
            "区域 1–5 课程播放中断，考试进场变慢",
            "Course playback down in regions 1–5, exam entry slow",
            Urgency.P0,
            "周岚",
            380,
            560,
            2,
            23106,
            5,
            (kind.COMPONENT, CDN, 0.82),
            DiagnosisStatus.LIKELY,
            False,
        ),
        (
            "考试交卷变慢",
            "Exam submission slow",
            Urgency.P0,
            None,
            41,
            180,
            3,
            1840,
            2,
            (kind.COMPONENT, both("exam-db 连接池耗尽", "exam-db connection pool exhausted"), 0.64),
            DiagnosisStatus.LIKELY,
            True,
        ),
        (
            "重症医学专场直播画面模糊",
            "Critical-care live session is blurred",
            Urgency.P1,
            "何清",
            17,
            2460,
            2,
            6512,
            4,
            (kind.COMPONENT, both("transcode-4 CPU 过载", "transcode-4 CPU overload"), 0.91),
            DiagnosisStatus.CONCLUSIVE,
            False,
        ),
        (
            "区域 4 弱网课程加载慢",
            "Courses load slowly in region 4",
            Urgency.P2,
            "林启",
            12,
            1560,
            2,
            2210,
            1,
            (kind.EXTERNAL, both("x", "x"), 0.58),
            DiagnosisStatus.LIKELY,
            False,
        ),
        (
            "学分库夜间备份偏长",
            "Nightly backup of the credit database takes long",
            Urgency.P3,
            "吴越",
            1,
            3120,
            4,
            0,
            0,
            (kind.HEALTHY, both("x", "x"), 0.71),
            DiagnosisStatus.HEALTHY,
            False,
        ),
        ("告警刚到", "Alerts just came in", None, None, 2, 10, None, None, 0, None, None, False),
    )
    rows = tuple(
        Row(
            incident_id=f"inc-{i}",
            title=both(zh, en),
            urgency=level,
            state=IncidentState.OPEN if owner is None else IncidentState.ACKNOWLEDGED,
            owner=owner,
            alerts=alerts,
            age_s=age,
            step=None if step is None else steps()[step],
            users=users,
            regions=regions,
            cause=cause,
            status=status,
            settling=settling,
        )
        for i, (
            zh,
            en,
            level,
            owner,
            alerts,
            age,
            step,
            users,
            regions,
            cause,
            status,
            settling,
        ) in enumerate(spec)
    )
    return Board(
        now=NOW,
        calendar_at=NOW,
        zone=ZONE,
        rows=rows,
        calendar=CalendarBanner(both("考试周", "Exam week"), 2, 5, 14, ("19:00", "23:00")),
        engine=EngineHealth(True, 31.4, (LostSource(REGION_5, None),), 12, 22.0),
        noise=64,
        noise_groups=12,
        quarantined=9,
        alerts_included=465,
        alerts_pending=0,
    )
