"""The verdict and its causes, drawn: how sure, why not surer, what speaks for and against."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from graph.model.diagnosis import AsOf, Coverage, DiagnosisStatus, HypothesisKind, Stability
from tests.ui import samples
from tests.ui.drawn import read
from ui.scene import Cause
from ui.widgets import (
    causes,
    verdict,
)


def test_a_settled_verdict_says_what_it_is_and_why_not_surer() -> None:
    """One sentence, one number, the doubts."""
    text = read(verdict.verdict_card(samples.scene(), "zh"))

    assert "最可能是 CDN 节点 cdn-7 回源链路中断。" in text
    assert "82" in text and "较可能" in text
    assert "为什么不敢更肯定" in text and "没看到" in text


def test_a_moving_verdict_never_sounds_settled() -> None:
    """It begins 还不能定论 and says that it still changes."""
    scene = samples.settling_scene()
    text = read(verdict.verdict_card(scene, "zh"))

    assert verdict.sentence(scene, "zh").startswith("还不能定论")
    assert "仍在变化" in text and "20 秒前刚换过" in text
    assert "37 条告警还没算进来" in text


@pytest.mark.parametrize(
    ("kind", "status", "begins"),
    [
        (HypothesisKind.EXTERNAL, DiagnosisStatus.LIKELY, "最可能是图外原因"),
        (HypothesisKind.HEALTHY, DiagnosisStatus.HEALTHY, "未发现故障"),
        (
            HypothesisKind.CROWD,
            DiagnosisStatus.INCONCLUSIVE,
            "证据不足，暂时排在首位的是大型直播人流高峰",
        ),
        (HypothesisKind.COMPONENT, DiagnosisStatus.INCONCLUSIVE, "证据不足"),
        (HypothesisKind.COMPONENT, DiagnosisStatus.CONCLUSIVE, "原因是"),
    ],
)
def test_every_outcome_is_said_plainly(
    kind: HypothesisKind, status: DiagnosisStatus, begins: str
) -> None:
    """External, healthy and inconclusive are answers like any other."""
    top = replace(samples.causes()[0], kind=kind)
    scene = samples.scene(
        causes=(top, *samples.causes()[1:]), diagnosis=samples.diagnosis(status=status)
    )

    assert verdict.sentence(scene, "zh").startswith(begins)


def test_a_diagnosis_with_nothing_missing_has_no_doubts() -> None:
    """No reason is invented."""
    top = replace(samples.causes()[0], evidence_against=(), unobserved=())
    engine = samples.diagnosis().engine.model_copy(update={"method": "exact"})
    scene = samples.scene(causes=(top,), diagnosis=samples.diagnosis(engine=engine))

    assert verdict.doubts(scene, "zh") == []
    assert "为什么" not in read(verdict.verdict_card(scene, "zh"))


def test_an_approximation_that_holds_a_sure_cause_back_is_the_first_reason() -> None:
    """Nothing else keeps it from being conclusive, so that is said before anything else."""
    top = replace(samples.causes()[0], posterior=0.996)
    engine = samples.diagnosis().engine.model_copy(update={"method": "thinned"})
    scene = samples.scene(causes=(top,), diagnosis=samples.diagnosis(engine=engine))

    assert verdict.doubts(scene, "zh")[0].startswith("本次为近似计算，近似的结果最多说到「较可能」")
    assert "never told as more than likely" in verdict.doubts(scene, "en")[0]


def test_the_coverage_row_names_the_line_only_when_below_it() -> None:
    """80% mapped lies below the 90% line, 98% does not."""
    assert "低于 90% 线" in read(verdict.coverage_row(samples.settling_scene(), "zh"))
    assert "低于" not in read(verdict.coverage_row(samples.scene(), "zh"))


def test_an_incident_without_alerts_is_wholly_included() -> None:
    """Nothing divided by nothing is not a fault of the screen."""
    as_of = AsOf(now=samples.NOW, alerts_included=0, alerts_pending=0, last_alert_at=None)
    coverage = Coverage(mapped=1, quarantined=0, explained=1, unexplained=0)
    scene = samples.scene(diagnosis=samples.diagnosis(as_of=as_of, coverage=coverage))

    assert "0 / 0" in read(verdict.coverage_row(scene, "zh"))


def test_the_prior_is_a_pair_of_notches_beside_the_bar() -> None:
    """The prior is shown by place and by text, never as a line through the bar."""
    markup = causes.cause_bar(samples.causes()[0], "zh", deltas=False)

    assert 'class="eg-notch" style="left:0.30%"' in markup
    assert "平时 0.3%" in read(markup)


def test_the_three_kinds_of_cause_are_drawn_apart() -> None:
    """Solid, hatched and hollow; colour alone says nothing."""
    kinds = {c.kind.value: causes.cause_bar(c, "zh", deltas=False) for c in samples.causes()}

    for kind, markup in kinds.items():
        assert f"eg-fill-{kind}" in markup


def test_evidence_stands_three_ways_with_its_weight() -> None:
    """For, against and not observed, each with its sign."""
    text = read(causes.evidence_panel(samples.causes()[0], "zh"))

    assert "支持" in text and "反对" in text and "没看到" in text
    assert "+2.0" in text and "−0.3" in text
    assert "失联 8 分钟" in text and "路径：" in text


def test_more_than_four_items_are_counted() -> None:
    """Four are shown, the rest is a number and not silently gone."""
    item = (samples.CDN, 1.0)
    cause: Cause = replace(samples.causes()[0], evidence_for=(item,) * 7)

    assert "另有 3 条" in read(causes.evidence_panel(cause, "zh"))


def test_a_cause_without_evidence_says_so() -> None:
    """An empty column says 没有 and is not empty."""
    assert read(causes.evidence_panel(samples.causes()[1], "zh")).count("没有") == 3


@pytest.mark.parametrize(
    ("stood_s", "changes", "said"),
    [
        (0, 0, "首位刚刚出现"),
        (0, 1, "首位刚刚换过"),
        (20, 1, "20 秒前刚换过"),
        (20, 0, "20 秒未变"),
        (240, 2, "4 分未变"),
    ],
)
def test_a_moving_headline_tells_change_from_newness(stood_s: int, changes: int, said: str) -> None:
    """A first revision changed nothing, and after three minutes a change is no news."""
    stability = Stability(
        top_since=samples.NOW - timedelta(seconds=stood_s), top_changes_10m=changes
    )
    scene = samples.scene(diagnosis=samples.diagnosis(settling=True, stability=stability))

    assert said in read(verdict.verdict_card(scene, "zh"))
