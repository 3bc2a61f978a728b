"""How urgent: each rule, its bar, the order of the rules and their words."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.model.diagnosis import Impact, UrgencyResult
from graph.model.incident import Urgency
from graph.model.pack import DomainPack
from graph.model.topology import BusinessFlow, CalendarWindow, FlowStep, WindowKind
from reasoning.answer.title import harm_of
from reasoning.answer.urgency import urgency_of
from tests.reasoning.remediation.room import diagnosis
from tests.small_pack import START, small_pack, text

OUTSIDE = START - timedelta(days=30)


def _step(slug: str, **flags: bool) -> FlowStep:
    raw = {"id": f"small:{slug}", "name": text(slug), "uses": ()}
    return FlowStep.model_validate(raw | flags)


def _pack() -> DomainPack:
    """Give the small pack one step of every kind; the credit deadline is the exam week's."""
    pack = small_pack()
    steps = (
        _step("study", affects_study=True),
        _step("exam", affects_exam=True),
        _step("credit", affects_credits=True),
        _step("report"),
    )
    flow = BusinessFlow(id="small:flow", name=text("flow"), steps=steps)
    exam_week = next(w for w in pack.calendar.windows if w.kind is WindowKind.EXAM_WEEK)
    deadline = CalendarWindow.model_validate(
        exam_week.model_dump()
        | {"id": "small:deadline", "kind": "credit_deadline", "name": text("deadline")}
    )
    windows = (*pack.calendar.windows, deadline)
    calendar = pack.calendar.model_copy(update={"windows": windows})
    return pack.model_copy(update={"flows": (flow,), "calendar": calendar})


def _impact(slug: str, probability: float) -> Impact:
    return Impact(
        flow_id="small:flow",
        step_id=f"small:{slug}",
        probability_degraded=probability,
        users=0,
        regions=(),
        site_tiers=(),
        courses=None,
        credit_types=(),
        basis="estimated",
    )


def _judge(at: datetime = OUTSIDE, **probabilities: float) -> UrgencyResult:
    impacts = [_impact(slug, p) for slug, p in probabilities.items()]
    return urgency_of(_pack(), impacts, began_at=at)


@pytest.mark.parametrize(
    ("slug", "probability", "at", "level", "rule"),
    [
        ("exam", 0.30, START, Urgency.P0, "exam_or_credit_in_window"),
        ("exam", 0.29, START, Urgency.P3, "none_degraded"),
        ("credit", 0.30, START, Urgency.P0, "exam_or_credit_in_window"),
        ("exam", 0.50, OUTSIDE, Urgency.P0, "exam_or_credit"),
        ("exam", 0.49, OUTSIDE, Urgency.P3, "none_degraded"),
        ("credit", 0.50, OUTSIDE, Urgency.P0, "exam_or_credit"),
        ("study", 0.50, START, Urgency.P1, "study"),
        ("study", 0.49, START, Urgency.P3, "none_degraded"),
        ("report", 0.50, START, Urgency.P2, "any_step"),
        ("report", 0.49, START, Urgency.P3, "none_degraded"),
    ],
)
def test_each_rule_fires_from_its_bar(
    slug: str, probability: float, at: datetime, level: Urgency, rule: str
) -> None:
    """The bar belongs to the rule; exam and credit have a lower one inside their window."""
    judged = _judge(at, **{slug: probability})
    assert (judged.level, judged.rules_fired[0].rule) == (level, rule)


def test_an_exam_step_is_not_helped_by_the_credit_window_alone() -> None:
    """Each kind of step has its own window: a credit deadline lowers no bar for the exam."""
    pack = _pack()
    kept = tuple(w for w in pack.calendar.windows if w.kind is not WindowKind.EXAM_WEEK)
    calendar = pack.calendar.model_copy(update={"windows": kept})
    pack = pack.model_copy(update={"calendar": calendar})
    exam, credit = (urgency_of(pack, [_impact(s, 0.4)], began_at=START) for s in ("exam", "credit"))
    assert (exam.level, credit.level) == (Urgency.P3, Urgency.P0)


def test_rules_are_listed_once_per_level_most_urgent_first() -> None:
    """P0 before P1 before P2, each by its worst step."""
    judged = _judge(START, report=0.99, study=0.7, exam=0.4, credit=0.8)
    assert judged.level is Urgency.P0
    assert [r.rule for r in judged.rules_fired] == [
        "exam_or_credit_in_window",
        "study",
        "any_step",
    ]
    assert judged.rules_fired[0].why.en == "deadline, credit degraded 80%, above 30%"
    assert judged.rules_fired[2].why.en == "report degraded 99%, above 50%"


def test_the_words_name_window_step_share_and_bar_in_both_languages() -> None:
    """Chinese words use full-width punctuation; the window stands first."""
    why = _judge(START, exam=0.42).rules_fired[0].why
    assert why.zh == "exam week，exam受损概率 42%，超过 30%"
    assert why.en == "exam week, exam degraded 42%, above 30%"
    plain = _judge(OUTSIDE, exam=0.999).rules_fired[0].why
    assert plain.zh == "exam受损概率 >99%，超过 50%"


def test_no_degraded_step_is_an_early_warning() -> None:
    """P3 says why it is no more, in both languages; so it does without any step."""
    for judged in (_judge(START, exam=0.1), _judge(START)):
        assert judged.level is Urgency.P3
        assert judged.rules_fired[0].why.zh == "没有流程步骤可能受损"


@given(
    st.fixed_dictionaries({s: st.floats(0.0, 1.0) for s in ("study", "exam", "credit", "report")}),
    st.sampled_from(["study", "exam", "credit", "report"]),
    st.floats(0.0, 1.0),
)
def test_more_harm_is_never_less_urgent(
    probabilities: dict[str, float], slug: str, more: float
) -> None:
    """Raising any step's probability cannot lower the level, and the order of steps is no matter.

    Levels compare as text: P0 < P1.
    """
    worse = probabilities | {slug: max(more, probabilities[slug])}
    assert _judge(START, **worse).level <= _judge(START, **probabilities).level
    mixed = dict(reversed(list(probabilities.items())))
    assert _judge(START, **mixed) == _judge(START, **probabilities)


@pytest.mark.parametrize(
    ("probabilities", "named"),
    [
        ({"study": 0.75, "exam": 0.70}, "exam"),
        ({"study": 0.95, "exam": 0.70}, "study"),
        ({"report": 0.75, "study": 0.70}, "study"),
        ({"study": 0.55, "exam": 0.49}, "study"),
        ({"exam": 0.70, "credit": 0.72}, "credit"),
        ({"study": 0.49, "exam": 0.49}, None),
    ],
)
def test_the_headline_names_the_most_urgent_of_the_steps_hit_alike(
    probabilities: dict[str, float], named: str | None
) -> None:
    """An incident is not called after study when the exam is hit as surely; a bar is a bar."""
    impacts = tuple(_impact(slug, p) for slug, p in probabilities.items())
    for told in (impacts, impacts[::-1]):
        harm = harm_of(_pack(), diagnosis().model_copy(update={"impact": told}))
        assert (harm and named and named in harm.en) if named else harm is None
