"""What confirmed incidents say of stated probabilities, and the map that is learnt from them."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.model.calibration import Judged
from graph.model.diagnosis import DiagnosisStatus, HypothesisKind
from reasoning.calibration.figures import by_mode, figures_of
from reasoning.calibration.judging import (
    EXTERNAL,
    NO_FAULT,
    Stand,
    Truth,
    in_order,
    judge,
    name_of,
)
from reasoning.calibration.recalibrating import AS_STATED, fit, mapped, recalibrate
from tests.small_pack import small_pack

_DAY = datetime(2026, 1, 1, tzinfo=UTC)


def _case(place: int, stated: float, *, right: bool, abstained: bool = False) -> Judged:
    return Judged(
        incident_id=f"inc-{place:04}",
        at=_DAY + timedelta(hours=place),
        stated=stated,
        right=right,
        place=1 if right else None,
        abstained=abstained,
        mode="lib:cdn_node.node-down" if place % 2 else EXTERNAL,
    )


def _boastful(count: int, seed: int = 7) -> list[Judged]:
    """Answers that state 90% where 70% is true, and 60% where half is."""
    draw = random.Random(seed)
    said = [0.9 if draw.random() < 0.6 else 0.6 for _ in range(count)]
    return [
        _case(place, p, right=draw.random() < (0.7 if p > 0.8 else 0.5))
        for place, p in enumerate(said)
    ]


cases = st.lists(st.tuples(st.floats(0.0, 1.0), st.booleans()), min_size=0, max_size=80).map(
    lambda pairs: [_case(n, p, right=hit) for n, (p, hit) in enumerate(pairs)]
)


def test_forty_times_said_eighty_percent_and_thirty_three_were_right() -> None:
    """The counts stand in the bin of what was said; the interval holds the share."""
    judged = [_case(n, 0.8, right=n < 33) for n in range(40)]
    (one,) = figures_of(judged).bins
    assert (one.begins, one.cases, one.right) == (0.8, 40, 33)
    assert one.low < 33 / 40 < one.high
    assert figures_of(judged).error == pytest.approx(abs(0.8 - 33 / 40))


def test_no_case_has_no_figure() -> None:
    """An empty list states no share, rather than 0%."""
    nothing = figures_of([])
    assert (nothing.cases, nothing.brier, nothing.error, nothing.bins) == (0, None, None, ())
    assert by_mode([]) == () and recalibrate([]) is None


def test_one_incident_is_counted_and_nothing_is_learnt() -> None:
    """One is a case like any other, with an interval that admits it."""
    found = figures_of([_case(0, 0.9, right=True)])
    assert found.brier == pytest.approx(0.01)
    assert found.bins[0].low < 0.3 and found.bins[0].high == 1.0


@given(judged=cases)
def test_bins_hold_every_case_once(judged: list[Judged]) -> None:
    """Counts add up, whatever was stated, 0 and 1 included."""
    found = figures_of(judged)
    assert sum(b.cases for b in found.bins) == found.cases == len(judged)
    assert sum(b.right for b in found.bins) == found.first
    assert sum(m.figures.cases for m in by_mode(judged)) == len(judged)


def test_the_map_waits_for_fifty() -> None:
    """49 are too few, 50 are enough."""
    judged = _boastful(50)
    assert recalibrate(judged[:49]) is None
    assert recalibrate(judged) is not None


@settings(deadline=None)
@given(judged=cases, posteriors=st.lists(st.floats(0.0, 1.0), min_size=2, max_size=8))
def test_the_map_never_lets_one_cause_pass_another(
    judged: list[Judged], posteriors: list[float]
) -> None:
    """Whatever it learnt from, larger stays larger or equal, and stays a probability."""
    curve = fit(judged)
    shown = [mapped(curve, p) for p in sorted(posteriors)]
    assert shown == sorted(shown)
    assert all(0.0 <= p <= 1.0 for p in shown)


def test_without_a_case_the_map_is_as_stated() -> None:
    """What nobody taught it, it does not know."""
    assert fit([]) == AS_STATED


def test_boasting_is_heard_on_cases_that_the_map_has_not_seen() -> None:
    """Error and surprise fall on the tenth that each map was not fitted on."""
    judged = _boastful(400)
    before, after = figures_of(judged), recalibrate(judged)
    assert after is not None
    assert before.error is not None and after.unseen.error is not None
    assert after.unseen.error < before.error / 2
    assert (after.unseen.log_loss or 9) < (before.log_loss or 0)
    assert (after.unseen.first, after.unseen.cases) == (before.first, before.cases)


def test_honest_answers_stay_nearly_as_they_are() -> None:
    """A calibrated answer is moved by at most a few points."""
    draw = random.Random(3)
    said = [draw.random() for _ in range(1000)]
    curve = fit([_case(n, p, right=draw.random() < p) for n, p in enumerate(said)])
    assert max(abs(mapped(curve, p / 20) - p / 20) for p in range(1, 20)) < 0.05


@pytest.mark.parametrize("right", [True, False])
def test_a_clean_sheet_has_a_finite_map(right: bool) -> None:
    """All right, or all wrong: the prior keeps the map from promising certainty."""
    judged = [_case(n, 0.7 + 0.2 * (n % 2), right=right) for n in range(60)]
    shown = mapped(fit(judged), 0.8)
    assert 0.001 < shown < 0.999
    assert (shown > 0.8) is right


def test_a_thousand_incidents_take_less_than_a_second() -> None:
    """Ten folds and the whole, in plain Python."""
    judged = _boastful(1000)
    begun = time.process_time()
    assert recalibrate(judged) is not None
    assert time.process_time() - begun < 1.0


def test_an_answer_is_judged_by_the_best_of_several_causes() -> None:
    """Two faults: the second place counts for the first three, and the top was wrong."""
    ranked = (("small:origin", 0.6), ("small:cdn-a", 0.4), (EXTERNAL, 0.1), (NO_FAULT, 0.01))
    stand = Stand(ranked, DiagnosisStatus.INCONCLUSIVE)
    causes = (("small:cdn-a", None), ("small:exam-db", "lib:database.pool-exhausted"))
    kinds = {c.id: c.kind for c in small_pack().components}
    found = judge(stand, Truth("inc-1", _DAY, causes, "modelled"), kinds)
    assert (found.right, found.place, found.abstained) == (False, 2, True)
    assert found.mode == "kind:cdn_node"
    outside = judge(stand, Truth("inc-1", _DAY, (), EXTERNAL), {})
    assert (outside.place, outside.mode) == (3, EXTERNAL)


def test_hypotheses_are_called_as_outcomes_are() -> None:
    """A component by its id, the two outcomes by their names."""
    assert name_of(HypothesisKind.COMPONENT, "small:cdn-a") == "small:cdn-a"
    assert name_of(HypothesisKind.EXTERNAL, None) == EXTERNAL
    assert name_of(HypothesisKind.HEALTHY, None) == NO_FAULT


def test_cases_stand_in_the_order_of_their_confirmation() -> None:
    """Equal input, equal folds: ties by incident."""
    judged = _boastful(30)
    assert in_order(list(reversed(judged))) == tuple(judged)
