"""The answer as alerts come: what must not move it does not, and what is over reads so."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.model.diagnosis import Diagnosis
from graph.model.digest import diagnosis_digest
from graph.model.incident import IncidentState
from tests.bench_room import READER, BenchRoom
from tests.payloads import alert
from tests.small_pack import after

CLIENTS = ("client-r1-telecom", "client-r1-mobile", "client-r2-telecom", "client-r2-mobile")


def _settled() -> BenchRoom:
    room = BenchRoom()
    room.beat(after(-60))
    room.storm()
    room.beat(after(900))
    return room


def _posteriors(told: Diagnosis) -> dict[str, float]:
    return {row.component_id or row.kind.value: row.posterior for row in told.hypotheses}


def test_an_alert_sent_again_changes_nothing() -> None:
    """Alertmanager repeats what it was not sure to have delivered; the digest stays."""
    room = _settled()
    before = room.diagnose()
    room.send(alert("PlaybackFailureHigh", at=after(0), service=CLIENTS[0]), at=after(890))
    assert diagnosis_digest(room.diagnose()) == diagnosis_digest(before)


def test_a_storm_told_twice_reads_the_same_to_the_byte() -> None:
    """Two houses that hear the same say the same."""
    digests = {diagnosis_digest(_settled().diagnose()) for _ in range(2)}
    assert len(digests) == 1


def test_a_resolve_at_the_end_leaves_the_cause_where_it_is() -> None:
    """All alerts end together: who was at fault is no other, and hardly less sure."""
    room = _settled()
    before = room.diagnose()
    room.send(
        *(
            alert("PlaybackFailureHigh", at=after(10 * n), status="resolved",
                  ends_at=after(895), service=name)
            for n, name in enumerate(CLIENTS)
        ),
        at=after(900),
    )  # fmt: skip
    told = room.diagnose()
    assert told.hypotheses[0].component_id == before.hypotheses[0].component_id == "small:cdn-a"
    assert _posteriors(told)["small:cdn-a"] == pytest.approx(
        _posteriors(before)["small:cdn-a"], abs=0.05
    )


@settings(deadline=None, max_examples=12, suppress_health_check=[HealthCheck.too_slow])
@given(st.permutations(range(4)))
def test_the_order_of_receipt_within_a_payload_changes_nothing(order: list[int]) -> None:
    """Posteriors after one payload do not depend on how its alerts are ordered in it."""
    rooms = []
    for chosen in (list(range(4)), order):
        room = BenchRoom()
        room.beat(after(-60))
        sent = [alert("PlaybackFailureHigh", at=after(10 * n), service=CLIENTS[n]) for n in chosen]
        room.send(*sent, at=after(60))
        room.beat(after(900))
        rooms.append(room)
    first, second = (_posteriors(room.diagnose()) for room in rooms)
    assert first == pytest.approx(second)


def test_an_adopted_alert_brings_its_resolve_along() -> None:
    """It rang and was over before the incident was opened: it must not keep the incident awake."""
    room = BenchRoom(replay=False)
    name = "PlaybackFailureHigh"
    room.send(alert(name, at=after(0), service=CLIENTS[0]), at=after(10))
    over = alert(name, at=after(0), status="resolved", ends_at=after(100), service=CLIENTS[0])
    room.send(over, at=after(110))
    opener = alert(name, at=after(120), severity="critical", service=CLIENTS[1])
    room.send(opener, at=after(130))
    (incident,) = room.incidents()
    assert incident.state is IncidentState.OPEN
    statuses = sorted(str(r.alert.status) for r in room.store.alerts_of(incident.id))
    assert statuses == ["firing", "firing", "resolved"]
    assert room.store.incident(READER, incident.id).began_at == after(0)
