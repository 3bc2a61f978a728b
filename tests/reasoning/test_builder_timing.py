"""Onset order: what began clearly before its supposed cause was not caused by it."""

from __future__ import annotations

import pytest

from graph.model.signals import AlertRecord
from reasoning import parameters
from reasoning.network.reading import Reading
from reasoning.network.timing import order_likelihood
from tests.reasoning.evidence_room import changed, evidence, fired, read
from tests.small_pack import after, small_pack

DB, API = "small:exam-db", "small:exam-api"


def _storm(db_s: float | None, api_s: float) -> tuple[AlertRecord, ...]:
    api = fired("HighErrorRate", "exam-api", at=after(api_s))
    if db_s is None:
        return (api,)
    return api, fired("DbConnectionPoolExhausted", "exam-db", at=after(db_s))


def _link(reading: Reading) -> float:
    return reading.model.links[DB, API]


@pytest.mark.parametrize("late_s", [0.0, 60.0, 120.0])
def test_a_cause_that_spoke_first_or_about_then_keeps_its_link(late_s: float) -> None:
    """Within two minutes nobody can tell who was first; the network is byte for byte the same."""
    usual = read(small_pack(), evidence(*_storm(0.0, 60.0)))
    assert _link(usual) == pytest.approx(0.9)
    assert read(small_pack(), evidence(*_storm(late_s, 0.0))).document == usual.document


def test_a_symptom_that_began_long_before_its_supposed_cause_is_not_its_work() -> None:
    """The service failed ten minutes before the pool was exhausted: something else broke it."""
    usual = read(small_pack(), evidence(*_storm(0.0, 0.0)))
    odd = read(small_pack(), evidence(*_storm(600.0, 0.0)))
    weight = 0.9 * order_likelihood(600.0)
    assert _link(odd) == pytest.approx(weight / (weight + 0.1))
    assert odd.born[API] > 2 * usual.born[API]
    assert odd.born[DB] > 0.5  # what alerted is still broken, it only broke nothing before


def test_a_silent_cause_has_no_onset_to_hold_against_it() -> None:
    """Whoever raised no alert may have broken at any time."""
    assert _link(read(small_pack(), evidence(*_storm(None, 0.0)))) == pytest.approx(0.9)


def test_noise_long_before_a_real_symptom_does_not_spare_the_cause() -> None:
    """The service has an early stray alert and one after the database's: the later one counts."""
    early = fired("Odd", "exam-api", at=after(-1800))
    storm = _storm(0.0, 30.0)
    assert _link(read(small_pack(), evidence(early, *storm))) == pytest.approx(0.9)


def test_the_order_likelihood_falls_from_one_to_a_floor_and_never_rises() -> None:
    """One up to the slack, halving afterwards, at most a factor of twenty."""
    values = [order_likelihood(s) for s in range(-600, 3600, 30)]
    assert values == sorted(values, reverse=True)
    assert values[0] == order_likelihood(parameters.ONSET_SLACK_S) == 1.0
    assert values[-1] == 1.0 / parameters.ONSET_RATIO


def test_a_change_before_the_storm_raises_the_odds_and_one_after_it_does_not() -> None:
    """Nothing near the origin spoke after the late change, so it explains nothing."""
    clients = [fired("PlaybackFailureHigh", f"client-r1-{c}") for c in ("mobile", "telecom")]
    plain = read(small_pack(), evidence(*clients))
    before = read(small_pack(), evidence(*clients, changes=(changed("cdn-a", at=after(-60)),)))
    later = read(small_pack(), evidence(*clients, changes=(changed("cdn-a", at=after(300)),)))
    assert before.born["small:cdn-a"] > plain.born["small:cdn-a"]
    assert later.document == plain.document


def test_what_people_did_in_the_storm_may_explain_what_spoke_later() -> None:
    """Somebody changed the database at minute five; its first alert came at minute six."""
    clients = [fired("PlaybackFailureHigh", f"client-r1-{c}") for c in ("mobile", "telecom")]
    late = fired("HighErrorRate", "exam-api", at=after(360))
    work = (changed("exam-db", at=after(300)),)
    plain = read(small_pack(), evidence(*clients, late))
    raised = read(small_pack(), evidence(*clients, late, changes=work))
    assert raised.born[DB] > 5 * plain.born[DB]
    early = fired("HighErrorRate", "exam-api", at=after(240))
    kept = read(small_pack(), evidence(*clients, early, changes=work))
    assert kept.born[DB] == read(small_pack(), evidence(*clients, early)).born[DB]
