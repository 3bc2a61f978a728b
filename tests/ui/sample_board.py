"""A small duty board."""

from __future__ import annotations

from typing import Any

from graph.model.diagnosis import (
    DiagnosisStatus,
    HypothesisKind,
)
from graph.model.incident import IncidentState, Urgency
from tests.ui.sample_answers import (
    CDN,
    NOW,
    REGION_5,
    ZONE,
    both,
    steps,
)
from ui.scene import (
    Board,
    CalendarBanner,
    EngineHealth,
    LostSource,
    Row,
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
            agreed=(1, 2) if i == 0 else None,
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
        noise_lines=(("disk-1", "flapping", 4), ("<b>old-1</b>", "severity", 1)),
        quarantined=9,
        alerts_included=465,
        alerts_pending=0,
        waiting=1,
        first_expires_at=NOW,
    )
