"""Whom it hurts: steps, regions, people; the crowd is smaller outside the peak."""

from __future__ import annotations

from datetime import timedelta

import pytest

from graph.failure import FailureGraph
from graph.model.diagnosis import Impact
from graph.model.pack import DomainPack
from graph.model.topology import RegionProfile
from reasoning.answer.impact import OFF_PEAK_SHARE, impact_of
from reasoning.network.reading import Reading
from tests.reasoning.evidence_room import changed, evidence, fired, read
from tests.small_pack import START, after, small_pack, text

CLIENTS = [f"client-r{r}-{c}" for r in (1, 2) for c in ("mobile", "telecom")]
MORNING = START - timedelta(hours=6)


def _reading(pack: DomainPack, *names: str) -> Reading:
    return read(pack, evidence(*(fired("PlaybackFailureHigh", n) for n in names or CLIENTS)))


def _impacts(pack: DomainPack, reading: Reading, *, morning: bool = False) -> tuple[Impact, ...]:
    return impact_of(pack, FailureGraph(pack), reading, at=MORNING if morning else START)


def test_a_step_is_a_noisy_or_of_what_it_uses() -> None:
    """P(step degraded) = 1 - product of (1 - strength * P(component degraded))."""
    pack = small_pack()
    reading = _reading(pack)
    study, exam = _impacts(pack, reading)
    for impact, step in zip((study, exam), pack.flows[0].steps, strict=True):
        calm = 1.0
        for use in step.uses:
            calm *= 1.0 - use.strength * reading.degraded(use.component_id)
        assert impact.probability_degraded == pytest.approx(1.0 - calm)


def test_people_of_a_step_with_clients_are_those_behind_the_degraded_groups() -> None:
    """A region's people are shared evenly by its groups, weighed by P(group degraded)."""
    pack = small_pack()
    reading = _reading(pack)
    study = _impacts(pack, reading)[0]
    expected = sum(
        1000 * region / 2 * reading.degraded(f"small:client-r{region}-{carrier}")
        for region in (1, 2, 3)
        for carrier in ("mobile", "telecom")
    )
    assert study.users == round(expected)
    assert study.users > 2500


def test_a_step_without_clients_is_the_flows_share_of_everybody() -> None:
    """The exam step uses a service: everybody online / steps of the flow * P(step degraded)."""
    pack = small_pack()
    reading = read(
        pack,
        evidence(fired("DbConnectionPoolExhausted", "exam-db"), fired("HighErrorRate", "exam-api")),
    )
    exam = _impacts(pack, reading)[1]
    assert exam.probability_degraded > 0.5
    assert exam.users == round(6000 / 2 * exam.probability_degraded)
    assert exam.regions == exam.site_tiers == ()


def test_harm_counts_before_those_harmed_could_have_spoken() -> None:
    """A change, then the database alone complains: the exam is hit though nobody says so yet."""
    pack = small_pack()
    seen = evidence(
        fired("DbConnectionPoolExhausted", "exam-db"),
        now=after(90),
        changes=(changed("exam-db", at=after(-60)),),
    )
    reading = read(pack, seen)
    exam = _impacts(pack, reading)[1]
    expected = 0.9 * 0.9 * reading.degraded("small:exam-db")
    assert exam.probability_degraded == pytest.approx(expected, rel=0.01)
    assert exam.probability_degraded > 0.5


def test_outside_the_peak_a_tenth_of_the_people_is_online() -> None:
    """The evening, the weekend and a live event are peaks; a weekday afternoon is none."""
    pack = small_pack()
    reading = _reading(pack)
    evening, afternoon = (_impacts(pack, reading, morning=m)[0] for m in (False, True))
    assert afternoon.users == pytest.approx(evening.users * OFF_PEAK_SHARE, abs=1)
    assert afternoon.probability_degraded == evening.probability_degraded


def test_regions_are_those_with_a_probably_degraded_group() -> None:
    """A region is hit when one of its groups is degraded by more than a half; sorted, once."""
    pack = small_pack()
    study = _impacts(pack, _reading(pack))[0]
    assert study.regions == ("r1", "r2")
    assert study.site_tiers == ("city", "county")
    one = _impacts(pack, _reading(pack, "client-r3-mobile", "client-r3-telecom"))[0]
    assert one.regions == ("r3",)


def test_nobody_is_counted_in_a_region_without_a_profile() -> None:
    """An unknown region has no people, and is still named as hit."""
    pack = small_pack().model_copy(update={"regions": ()})
    study = _impacts(pack, _reading(pack))[0]
    assert (study.users, study.regions, study.site_tiers) == (0, ("r1", "r2"), ())


def test_a_region_is_found_by_its_local_name() -> None:
    """Profiles carry full ids; groups name the region by its local part."""
    pack = small_pack()
    profile = RegionProfile(region="small:r1", name=text("r1"), peak_users=500)
    pack = pack.model_copy(update={"regions": (profile,)})
    reading = _reading(pack)
    expected = 250 * sum(reading.degraded(f"small:client-r1-{c}") for c in ("mobile", "telecom"))
    assert _impacts(pack, reading)[0].users == round(expected)
