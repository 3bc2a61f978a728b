"""The sentence of seed scenarios, reviewed in both languages: what, how sure, where.

What speaks against and what comes next move with every figure of the library; their form is held in
`tests/reasoning/test_sentence.py`. A change here is to be read as a person on duty would read it.
"""

from __future__ import annotations

import pytest

from graph.model.pack import DomainPack
from reasoning.answer.words import percent
from tests.scenarios.night import Night, largest

# What is said first, what of the fault, where it hurts; and why that is the right thing to say.
GOLDEN: dict[str, tuple[str, str, str, str]] = {
    # Its clients and its siblings' silence point at the node; five faults of a node look alike.
    "cdn-storm": (
        "原因在 CDN 节点 cdn-7",
        "最像回源链路中断",
        "区域 1–5 学习受损",
        "CDN node cdn-7",
    ),
    # The node says nothing of itself and stands first all the same.
    "cdn-storm-silent": (
        "CDN 节点 cdn-7",
        "最像回源链路中断",
        "区域 1–5 学习受损",
        "CDN node cdn-7",
    ),
    # Users of one carrier in all regions: the carrier, lost packets or a full line.
    "carrier-line": ("电信线路", "最像线路丢包", "区域 1–12 学习受损", "Line, telecom"),
    # The pool's own alert speaks, so what broke is as sure as where.
    "credit-db-slow-query": (
        "学分数据库（主）连接池耗尽",
        "",
        "学分认证受损",
        "Credit database (primary) connection pool exhausted",
    ),
    "exam-pool-exhaustion": (
        "考试数据库（主）连接池耗尽",
        "",
        "区域 1–12 考试受损",
        "Exam database (primary) connection pool exhausted",
    ),
    # The newest release is likely, and no more than that, to be what broke it.
    "bad-release": ("课程接口", "最像发布引入缺陷", "进入基层专区受损", "Course API"),
    "bad-config-gateway": ("API 网关", "最像路由配置错误", "考试受损", "API gateway"),
    # One word for both: the cache is called once. Its own players take over: no step is hit.
    "cache-down": ("播放缓存宕机", "", "", "Playback cache down"),
    "identity-down": ("统一身份节点 1 宕机", "", "区域 3、6 考试受损", "Identity node 1 down"),
    "region-cut-off": ("区域 4 整体断网", "", "区域 4 学习受损", "Region 4 cut off"),
    "storage-slow": ("媒体对象存储慢", "", "区域 1–12 学习受损", "Media object store slow"),
    # Blurred for whoever watches live: the story's own step.
    "transcoder-overload": (
        "转码服务器 3 CPU 过载",
        "",
        "进入直播间受损",
        "Transcoder 3 CPU overload",
    ),
    # All regions and carriers at once, and nothing inside explains them.
    "outside-cause": ("图外原因", "", "区域 1–12 学习受损", "a cause outside the graph"),
    # The event stands in the calendar, learners of all regions are slow, and nothing is broken.
    "traffic-peak": ("大型直播人流高峰", "", "区域 1–12 学习受损", "the crowd of the live event"),
    # Nothing hangs on the sync task that could alert beside it, and its own alert is one of many.
    "credit-sync-failure": ("「未发现故障」", "", "", '"no fault found"'),
    # A container host whose pods moved on: no fault, with the host as the first suspect.
    "host-down": ("未发现故障", "", "", "No fault found"),
    # Noise, and it accuses nobody.
    "noisy-evening": ("「未发现故障」", "", "", '"no fault found"'),
    # The session cache or what stands on it, told apart below, felt badly; that the line of region
    # 9 is down as well stands third, and is what should be looked at next.
    "two-faults": (
        "令牌服务",
        "最像服务过载",
        "区域 3、5、9–12 考试受损",
        "Token service",
    ),
}


@pytest.mark.parametrize("name", sorted(GOLDEN))
def test_the_sentence_says_what_how_sure_and_where(pack: DomainPack, name: str) -> None:
    """Cause and confidence first, then the harm, the same in Chinese and English."""
    what_zh, mode_zh, where_zh, what_en = GOLDEN[name]
    diagnosis = largest(Night(name).diagnose(pack))
    told, top = diagnosis.sentence, diagnosis.hypotheses[0]
    assert told is not None
    first_zh, first_en = told.zh.split("；")[0], told.en.split("; ")[0]
    assert f"{what_zh}，把握 {percent(top.posterior)}" in first_zh
    assert f"{what_en}, confidence {percent(top.posterior)}" in first_en
    assert mode_zh in told.zh and ("哪种故障还没定" in told.zh) == bool(mode_zh)
    assert where_zh in told.zh and ("受损；" in told.zh) == bool(where_zh)
    assert "下一步（" in told.zh and "; next at " in told.en


def test_two_faults_are_told_as_more_than_one_cause(pack: DomainPack) -> None:
    """Something of the session cache and who stands on it; beside it, less sure, the line.

    What to look at next is the line, too.
    """
    diagnosis = largest(Night("two-faults").diagnose(pack))
    told = diagnosis.sentence
    assert told is not None
    causes = {c["component_id"] for c in Night("two-faults").truth["causes"]}
    named = {c for group in diagnosis.inseparable_sets for c in group.component_ids}
    named |= set(diagnosis.causes_together.component_ids if diagnosis.causes_together else ())
    first_three = {h.component_id for h in diagnosis.hypotheses[:3]}
    assert "medical_education:session-redis" in named and causes <= named | first_three
    assert "分不开它和会话缓存" in told.zh and "cannot tell it from Session cache" in told.en
    for words in (told.zh, told.en):
        _, _, rest = words.partition("31%")
        assert "BGP" in rest
    assert "区域 9 移动线路中断的把握也有 31%" in told.zh


def test_no_fault_names_its_first_suspect(pack: DomainPack) -> None:
    """A calm evening accuses nobody, and still says whom one would look at."""
    told = largest(Night("noisy-evening").diagnose(pack)).sentence
    assert told is not None
    assert "「未发现故障」" in told.zh or told.zh.startswith("未发现故障")
    assert "最可疑的是" in told.zh and "the first suspect is" in told.en
