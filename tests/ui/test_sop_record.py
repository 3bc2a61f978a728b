"""How an SOP has fared, beside the steps of a diagnosis."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from api.schemas.sop_records import SopFlag, SopRecord, StepRecord, StepUseView
from graph.model.knowledge import SopSectionName
from tests.ui import samples
from tests.ui.drawn import read
from ui.widgets.sop_record import beside_step, beside_title

SOP = "med:cdn-03"


def a_flag(step: int, **changes: Any) -> SopFlag:
    """A contradiction at a step of the diagnosis section."""
    values: dict[str, Any] = {
        "kind": "contradicts",
        "text": samples.both("与 CDN-04 说法不一", "CDN-04 says otherwise"),
        "section": SopSectionName.DIAGNOSIS,
        "step": step,
    }
    return SopFlag(**(values | changes))


def a_record(**changes: Any) -> SopRecord:
    """An SOP that was reviewed and worked, with a step that failed once."""
    use = StepUseView(incident_id="inc-7", by="周岚", at=samples.BEGAN, reason="登不上")
    step = StepRecord(
        section=SopSectionName.DIAGNOSIS,
        step=1,
        reviewed_at=samples.BEGAN,
        fresh=True,
        done=2,
        failures=1,
        failed=use,
    )
    values: dict[str, Any] = {
        "sop_id": SOP,
        "title": samples.CDN,
        "reviewed_at": samples.BEGAN - timedelta(days=2),
        "reviewed_by": "李",
        "worked": use,
        "changed_since": 0,
        "steps": (step,),
    }
    return SopRecord(**(values | changes))


def test_the_title_says_when_it_was_reviewed_last_worked_and_whether_anything_changed() -> None:
    """In one line below the title, in either language."""
    zh = read(beside_title(a_record(), {("diagnosis", 1)}, samples.ZONE, "zh"))
    en = read(beside_title(a_record(), {("diagnosis", 1)}, samples.ZONE, "en"))
    assert "复核 " in zh and "上次做成 " in zh and "复核后组件没有变更" in zh
    assert "Reviewed " in en and "Last worked " in en and "No change on the component" in en


def test_what_speaks_against_a_shown_step_stands_beside_it() -> None:
    """Not below the title as well; the step is not named again."""
    record = a_record(flags=(a_flag(1),))
    assert "说法不一" not in read(beside_title(record, {("diagnosis", 1)}, samples.ZONE, "zh"))
    told = read(beside_step(record, ("diagnosis", 1), "zh"))
    assert "与 CDN-04 说法不一" in told and "第 1 步" not in told
    assert "7 天内改过" in told and "做完 2 次" in told and "登不上" in told
    assert "changed within 7 days" in read(beside_step(record, ("diagnosis", 1), "en"))


def test_flags_of_other_steps_stand_below_the_title_and_the_rest_is_counted() -> None:
    """Two with their places, and how many more behind a link to the SOP."""
    record = a_record(flags=tuple(a_flag(step) for step in (2, 3, 4)), more=4)
    drawn = beside_title(record, {("diagnosis", 1)}, samples.ZONE, "zh")
    assert read(drawn).count("说法不一") == 4  # two flags: the word and the sentence
    assert "还有 5 处" in read(drawn) and "/sop?sop=med%3Acdn-03" in drawn


def test_a_step_without_a_record_draws_nothing() -> None:
    """No line, no box."""
    assert beside_step(a_record(steps=()), ("diagnosis", 1), "zh") == ""
