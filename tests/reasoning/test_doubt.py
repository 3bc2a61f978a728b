"""What is over while the storm goes on, and what rang before it, says less."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from graph.model.signals import AlertRecord, AlertStatus
from reasoning import parameters
from reasoning.network.doubt import Doubt
from reasoning.network.evidence import Evidence, identity
from tests.reasoning.evidence_room import evidence, fired, read
from tests.small_pack import after, small_pack

CLIENTS = ("r1-telecom", "r1-mobile", "r2-telecom", "r2-mobile")


def _client(name: str, *, at: datetime) -> AlertRecord:
    return fired("PlaybackFailureHigh", f"client-{name}", at=at)


def _over(record: AlertRecord, *, at: datetime) -> AlertRecord:
    """Make the resolve of an alert."""
    sent = record.alert.model_copy(
        update={"status": AlertStatus.RESOLVED, "ends_at": at, "received_at": at}
    )
    changes = {"alert": sent, "evidence_id": f"{record.evidence_id}-over"}
    return record.model_copy(update=changes)


def _storm(*more: AlertRecord) -> Evidence:
    """Let four clients fail within half a minute, one hour after the incident's first alert."""
    return evidence(
        *(_client(name, at=after(3600 + 10 * n)) for n, name in enumerate(CLIENTS)),
        *more,
        now=after(4800),
    )


def test_what_was_over_before_the_storm_is_no_sign_of_it() -> None:
    """A wobble of an hour ago is taken in with the storm and speaks for nothing in it."""
    early = fired("Cdn5xxHigh", "cdn-b", at=after(0))
    assert "small:cdn-b" in _storm(early).fired
    assert "small:cdn-b" not in _storm(early, _over(early, at=after(240))).fired


def test_what_resolves_in_the_storm_did_fire() -> None:
    """Alerts that are over, all together, still tell who was at fault."""
    alerts = [_client(name, at=after(10 * n)) for n, name in enumerate(CLIENTS)]
    gone = [_over(record, at=after(800)) for record in alerts]
    seen = evidence(*alerts, *gone, now=after(900))
    assert set(seen.fired) == {f"small:client-{name}" for name in CLIENTS}
    born = read(small_pack(), seen).born
    assert max(born, key=lambda c: born[c]) == "small:cdn-a"


@pytest.mark.parametrize(("length_s", "doubted"), [(60, True), (1199, False)])
def test_only_what_is_over_long_before_the_others_is_doubted(length_s: int, doubted: bool) -> None:
    """Five minutes are the least; an alert that ends with the storm is taken at its word."""
    short = fired("Odd", "cdn-b", at=after(3600))
    seen = _storm(short, _over(short, at=after(3600 + length_s)))
    told = Doubt(seen).false_alarm(short, 0.01)
    assert told == pytest.approx(0.01 * (parameters.OVER_DOUBT if doubted else 1.0))


def test_resolves_that_get_lost_do_not_keep_a_storm_alive() -> None:
    """One of ten alerts never resolves: the storm is over all the same, and nobody is doubted."""
    alerts = [fired(f"Odd{n}", "cdn-a", at=after(n)) for n in range(10)]
    gone = [_over(record, at=after(900)) for record in alerts[1:]]
    seen = evidence(*alerts, *gone, now=after(7200))
    assert Doubt(seen).false_alarm(alerts[5], 0.01) == 0.01


def test_a_rule_that_rang_before_the_storm_is_known_for_it() -> None:
    """Rang twice within the hour, and over each time: a third of its storms are none."""
    wobbles = [fired("Odd", "cdn-b", at=after(600 * n)) for n in (0, 1)]
    gone = [_over(record, at=record.alert.starts_at + timedelta(minutes=2)) for record in wobbles]
    again = fired("Odd", "cdn-b", at=after(3605))
    doubt = Doubt(_storm(*wobbles, *gone, again))
    assert doubt.false_alarm(again, 0.01) == pytest.approx(2 / (2 + parameters.RANG_WEIGHT))


def test_doubt_takes_away_and_never_turns_round() -> None:
    """P(at fault): silent node <= its alert is over <= its alert stands."""
    pack, spoke = small_pack(), fired("Odd", "cdn-a", at=after(3600))
    silent = read(pack, _storm()).born["small:cdn-a"]
    short = read(pack, _storm(spoke, _over(spoke, at=after(3660)))).born["small:cdn-a"]
    stands = read(pack, _storm(spoke)).born["small:cdn-a"]
    assert silent - 1e-9 <= short <= stands + 1e-9


def test_what_rings_anew_had_ended_although_nobody_heard_so() -> None:
    """Its resolve was lost, but its next alert says that it was over before: no sign, and known."""
    lost, again = (fired("Odd", "cdn-b", at=after(s)) for s in (0, 1200))
    seen = _storm(lost, again, _over(again, at=after(1260)))
    assert seen.over[identity(lost)] == after(600)
    assert "small:cdn-b" not in seen.fired
    third = fired("Odd", "cdn-b", at=after(3605))
    known = Doubt(_storm(lost, again, third)).false_alarm(third, 0.01)
    assert known == pytest.approx(2 / (2 + parameters.RANG_WEIGHT))


def test_one_that_rings_for_another_rule_does_not_end_it() -> None:
    """Only the same alert of the same source takes itself back."""
    first, other = fired("Odd", "cdn-b", at=after(0)), fired("Odder", "cdn-b", at=after(1200))
    assert identity(first) not in _storm(first, other).over


def test_a_rule_that_flaps_in_the_storm_is_judged_by_its_last_alert() -> None:
    """Over within a minute, it rings again and stands: no short alarm. Over again: one."""
    short, again = (fired("Odd", "cdn-b", at=after(s)) for s in (3600, 3700))
    flapping = (short, _over(short, at=after(3660)), again)
    assert Doubt(_storm(*flapping)).false_alarm(short, 0.01) == 0.01
    gone = Doubt(_storm(*flapping, _over(again, at=after(3760))))
    assert gone.false_alarm(short, 0.01) == pytest.approx(0.01 * parameters.OVER_DOUBT)


def test_a_storm_begins_where_what_stands_crowds_not_where_noise_did() -> None:
    """Seven wobbles within five minutes, half an hour before, are less than four that stand."""
    wobbles = [fired(f"Odd{n}", "cdn-b", at=after(1200 + 30 * n)) for n in range(7)]
    gone = [_over(record, at=record.alert.starts_at + timedelta(minutes=2)) for record in wobbles]
    assert _storm(*wobbles, *gone).burst_onset == after(3600)
    assert _storm(*wobbles).burst_onset == after(1200)  # had they stood, they were the crowd
