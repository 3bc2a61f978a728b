"""Small answers: causes, a diagnosis, its incident, the steps and people it touches."""

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
    RuleFired,
    Stability,
    UrgencyResult,
)
from graph.model.incident import Incident, IncidentState, Urgency
from ui.scene import (
    Cause,
    People,
    Reign,
    Step,
    StepState,
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
