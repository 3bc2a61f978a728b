"""One night for the screens' tests: a settled storm, its second minute, and a duty board."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from api.schemas.observations import ObservationView
from graph.model.diagnosis import (
    AsOf,
    Coverage,
    DiagnosisStatus,
    NextCheck,
    SimilarCase,
    Stability,
)
from graph.model.incident import IncidentState
from graph.model.observation import RULE_OUT, Result
from tests.ui.sample_answers import (
    BEGAN,
    CDN,
    HOSTILE,
    LINE,
    NOW,
    REGION_5,
    ZONE,
    both,
    causes,
    diagnosis,
    incident,
    people,
    reigns,
    steps,
)
from tests.ui.sample_board import board
from tests.ui.sample_views import graph_map, timeline
from ui.scene import (
    LostSource,
    Scene,
    SopPassage,
)

__all__ = [
    "BEGAN",
    "CDN",
    "HOSTILE",
    "LINE",
    "NOW",
    "REGION_5",
    "ZONE",
    "board",
    "both",
    "causes",
    "diagnosis",
    "entries",
    "graph_map",
    "incident",
    "people",
    "scene",
    "settling_scene",
    "steps",
    "timeline",
]


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


def entries(**changes: Any) -> tuple[ObservationView, ...]:
    """What two people entered: a check that was answered, and a cause that was ruled out."""
    base: dict[str, Any] = {
        "incident_id": "inc-1",
        "by": "zhou-lan",
        "at": NOW,
        "component_name": both("cdn-7", "cdn-7"),
        "holds": True,
    }
    checked = base | {
        "evidence_id": "ob-1",
        "check_id": "med:handshake@med:cdn-7",
        "result": Result.NEGATIVE,
        "text": both("握手是否失败？", "Does the handshake fail?"),
    }
    ruled_out = base | {
        "evidence_id": "ob-2",
        "check_id": f"{RULE_OUT}@med:cdn-7",
        "result": Result.POSITIVE,
        "text": both("人工排除", "Ruled out by hand"),
    }
    return tuple(ObservationView(**(values | changes)) for values in (checked, ruled_out))


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
