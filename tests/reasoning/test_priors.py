"""How probable a fault was before the alerts: odds, changes and their age, the crowd outside."""

from __future__ import annotations

import math
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.model.pack import DomainPack
from graph.model.signals import AlertRecord, ChangeKind, ChangeRecord
from graph.model.topology import CalendarWindow, WindowKind
from reasoning import parameters
from reasoning.network.evidence import Evidence
from reasoning.network.priors import (
    ModePrior,
    change_odds,
    in_surge,
    mode_priors,
    odds_times,
)
from tests.reasoning.evidence_room import changed, evidence, fired
from tests.small_pack import START, after, small_pack, text

_OPEN = st.floats(1e-9, 1.0 - 1e-9)


def _priors(
    *changes: ChangeRecord, alerts: tuple[AlertRecord, ...] = (), heard: bool = False
) -> dict[str, ModePrior]:
    """Judge cdn-a, where node-down comes in with a change and origin-link-down does not."""
    pack = small_pack()
    target = next(c for c in pack.components if c.id == "small:cdn-a")
    modes = [
        m.model_copy(update={"by_change": m.id.endswith("node-down")})
        for m in pack.library.modes
        if m.kind == target.kind
    ]
    seen = evidence(*alerts, changes=changes, change_log_heard=heard)
    return {p.mode.id: p for p in mode_priors(modes, target, seen)}


def _odds(probability: float) -> float:
    return probability / (1.0 - probability)


@given(_OPEN, st.floats(1e-3, 1e3))
def test_odds_are_multiplied(probability: float, factor: float) -> None:
    """The result's odds are the factor times the given odds, and it stays a probability."""
    raised = odds_times(probability, factor)
    assert 0.0 < raised <= 1.0
    assert raised == pytest.approx(
        factor * probability / (factor * probability + 1.0 - probability)
    )


@given(_OPEN, st.floats(1e-2, 1e2), st.floats(1e-2, 1e2))
def test_two_factors_are_their_product(probability: float, one: float, two: float) -> None:
    """Evidence may come in any order."""
    assert odds_times(odds_times(probability, one), two) == pytest.approx(
        odds_times(probability, one * two), rel=1e-6
    )


@pytest.mark.parametrize(("certain", "factor"), [(0.0, 30.0), (1.0, 0.1)])
def test_certainty_cannot_be_argued_with(certain: float, factor: float) -> None:
    """Odds of 0 and of infinity stay."""
    assert odds_times(certain, factor) == certain


@given(st.floats(0.0, 1e6))
def test_the_excess_odds_of_a_change_halve_with_every_half_life(age_s: float) -> None:
    """The odds fall from 30 towards 1 and never below."""
    excess = change_odds(age_s) - 1.0
    later = change_odds(age_s + parameters.CHANGE_HALF_LIFE_S) - 1.0
    assert 0.0 <= later <= excess <= parameters.CHANGE_ODDS - 1.0
    assert later == pytest.approx(excess / 2.0, abs=1e-12)


def test_a_change_raises_every_mode_that_it_can_cause_by_its_age() -> None:
    """Half an hour old: odds times 15.5, told as log10 beside its evidence id."""
    change = changed("cdn-a", at=after(-1800))
    for prior in _priors(change).values():
        assert _odds(prior.conditioned) == pytest.approx(15.5 * _odds(prior.base))
        assert dict(prior.changes) == {change.evidence_id: pytest.approx(math.log10(15.5))}


@pytest.mark.parametrize(
    "change",
    [
        changed("cdn-b", at=after(-60)),
        changed("cdn-a", at=after(1)),
        changed("cdn-a", at=after(-60), kind=ChangeKind.SCALE),
    ],
    ids=["another component", "after the onset", "a kind the modes do not name"],
)
def test_other_changes_raise_nothing(change: ChangeRecord) -> None:
    """Only the component itself, before the onset, with a kind that the mode names."""
    assert _priors(change) == _priors()


def test_a_change_at_the_very_onset_counts_in_full() -> None:
    """Before the onset includes the onset."""
    prior = _priors(changed("cdn-a", at=START))["lib:cdn_node.node-down"]
    assert _odds(prior.conditioned) == pytest.approx(30.0 * _odds(prior.base))


def test_several_changes_multiply() -> None:
    """Two changes on one node: both factors, in evidence order."""
    changes = (
        changed("cdn-a", at=START, change_id="c1"),
        changed("cdn-a", "cdn-b", at=after(-1800), kind=ChangeKind.DEPLOY, change_id="c2"),
    )
    prior = _priors(*changes)["lib:cdn_node.node-down"]
    assert _odds(prior.conditioned) == pytest.approx(30.0 * 15.5 * _odds(prior.base))
    assert [i for i, _ in prior.changes] == [c.evidence_id for c in changes]


def _kept(priors: dict[str, ModePrior], mode: str) -> float:
    """Tell by what the odds of a mode were multiplied."""
    prior = priors[f"lib:cdn_node.{mode}"]
    return _odds(prior.conditioned) / _odds(prior.base)


def test_a_change_log_that_is_heard_without_a_change_speaks_against_what_comes_with_one() -> None:
    """Nine of ten changes stand in the log: the odds fall to a tenth, of such modes alone."""
    silent = _priors(heard=True)
    assert _kept(silent, "node-down") == pytest.approx(0.1)
    assert _kept(silent, "origin-link-down") == pytest.approx(1.0)
    elsewhere = _priors(changed("cdn-b", at=after(-60)), heard=True)
    assert _kept(elsewhere, "node-down") == pytest.approx(0.1)


def test_a_change_log_that_nobody_hears_says_nothing() -> None:
    """No change was ever told of: that none is known speaks against no mode."""
    assert all(p.conditioned == p.base for p in _priors(heard=False).values())


def test_a_change_that_was_made_counts_in_full_although_the_log_is_heard() -> None:
    """The log holds a change here: its factor, and nothing against."""
    assert _kept(_priors(changed("cdn-a", at=START), heard=True), "node-down") == pytest.approx(30)
    other_kind = _priors(changed("cdn-a", at=START, kind=ChangeKind.SCALE), heard=True)
    assert _kept(other_kind, "node-down") == pytest.approx(0.1)


def test_noise_long_before_the_storm_does_not_hide_a_change_made_just_before_it() -> None:
    """An alert was adopted from half an hour before: changes are timed from where onsets crowd."""
    noise = fired("Odd", "origin", at=after(0))
    storm = [
        fired("PlaybackFailureHigh", f"client-r{r}-{c}", at=after(1800 + 10 * r))
        for r in (1, 2)
        for c in ("mobile", "telecom")
    ]
    late = changed("cdn-a", at=after(1800 - 60))
    priors = _priors(late, alerts=(noise, *storm))
    # Made 70 s before the first onset of the crowd: nearly the whole factor of 30.
    assert _kept(priors, "node-down") == pytest.approx(change_odds(70.0))
    assert _kept(_priors(late, alerts=(noise,)), "node-down") == pytest.approx(1.0)


def test_modes_stand_in_id_order() -> None:
    """Whatever order the library has."""
    assert list(_priors()) == ["lib:cdn_node.node-down", "lib:cdn_node.origin-link-down"]


def with_live_event() -> DomainPack:
    """Book a live event on the day of the storm, in the pack's timezone."""
    pack = small_pack()
    live = CalendarWindow(
        id="small:live",
        kind=WindowKind.LIVE_EVENT,
        name=text("live"),
        first_day=date(2025, 3, 12),
        last_day=date(2025, 3, 12),
        source="assumed",
    )
    windows = (*pack.calendar.windows, live)
    calendar = pack.calendar.model_copy(update={"windows": windows})
    return pack.model_copy(update={"calendar": calendar})


@pytest.mark.parametrize(
    ("began_s", "now_s", "surge"),
    [(0, 86_400, True), (-86_400, 0, True), (86_400, 90_000, False), (-90_000, -86_400, False)],
)
def test_an_event_counts_if_it_was_on_at_the_onset_or_is_on_now(
    began_s: float, now_s: float, surge: bool
) -> None:
    """An incident that outlives the event, or began before it, still stands in the crowd."""
    seen = Evidence(
        incident_id="i", began_at=after(began_s), now=after(now_s), revision=0, alerts=()
    )
    assert in_surge(with_live_event(), seen) is surge
    assert not in_surge(small_pack(), seen)
