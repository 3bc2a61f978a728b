"""Small platforms whose right answer a person can see."""

from __future__ import annotations

import json

import pytest

from graph.model.diagnosis import Diagnosis, DiagnosisStatus, HypothesisKind
from graph.model.digest import diagnosis_digest
from graph.model.incident import Urgency
from graph.model.topology import Relation, RelationType
from tests.bench_room import READER, BenchRoom
from tests.payloads import alert
from tests.small_pack import after, small_pack


def _settled_storm() -> BenchRoom:
    """Four clients of cdn-a fail, everybody else is quiet and heard, ten minutes pass."""
    room = BenchRoom()
    room.beat(after(-60))
    room.storm()
    room.beat(after(600))
    return room


def _top(diagnosis: Diagnosis) -> str | None:
    return diagnosis.hypotheses[0].component_id


def test_a_silent_node_wins_over_its_origin_and_its_sibling() -> None:
    """cdn-a says nothing itself, yet only its clients fail: it is on top, by P(fault born)."""
    diagnosis = _settled_storm().diagnose()
    assert _top(diagnosis) == "small:cdn-a"
    assert diagnosis.status is DiagnosisStatus.LIKELY
    names = [h.component_id for h in diagnosis.hypotheses]
    assert names.index("small:origin") < names.index("small:cdn-b")


def test_silence_counts_only_when_it_could_have_spoken() -> None:
    """Without a heartbeat the quiet sibling clears nobody: the origin gains, by the exact factor.

    Heard: the origin pays P(both r3 clients silent) = .3 + .7 * (1 - .85 * .8)^2 = .372; the node
    pays for CdnNodeDown, silent: its modes .002 and .003 become .0002 and .003, times .64.
    """
    heard = _settled_storm().diagnose()
    deaf = BenchRoom()
    deaf.storm()
    unheard = deaf.diagnose()

    def share(diagnosis: Diagnosis) -> float:
        by_id = {h.component_id: h.posterior for h in diagnosis.hypotheses}
        return by_id["small:origin"] / by_id["small:cdn-a"]

    assert share(heard) / share(unheard) == pytest.approx(0.372 / 0.64, rel=0.05)
    assert {u.reason.en for u in unheard.unobserved} == {"no heartbeat was ever received"}


def test_a_late_heartbeat_is_said_and_is_no_health() -> None:
    """Monitoring that stopped at the onset is listed as lost, not as quiet."""
    room = BenchRoom()
    room.beat(after(0))
    room.storm()
    late = [alert("PlaybackFailureHigh", at=after(500), service="client-r1-telecom", extra="x")]
    room.send(*late, at=after(560))
    diagnosis = room.diagnose()
    assert "monitoring lost, which is not healthy" in {u.reason.en for u in diagnosis.unobserved}


def test_external_and_healthy_are_always_listed_once() -> None:
    """The outside and no fault are outcomes like any other."""
    kinds = [h.kind for h in _settled_storm().diagnose().hypotheses]
    assert kinds.count(HypothesisKind.EXTERNAL) == 1
    assert kinds.count(HypothesisKind.HEALTHY) == 1


def test_hypotheses_stand_in_a_total_order() -> None:
    """Posterior, then kind, then id; ranks count from 1."""
    hypotheses = _settled_storm().diagnose().hypotheses
    keys = [(-h.posterior, h.kind, h.component_id or "") for h in hypotheses]
    assert keys == sorted(keys)
    assert [h.rank for h in hypotheses] == list(range(1, len(hypotheses) + 1))


def test_an_own_alert_tells_the_mode() -> None:
    """With CdnNodeDown active the mode is node-down, not the silent origin link."""
    room = _settled_storm()
    room.send(alert("CdnNodeDown", at=after(5), host="cdn-a"), at=after(610))
    top = room.diagnose().hypotheses[0]
    assert (top.component_id, top.fault_mode_id) == ("small:cdn-a", "lib:cdn_node.node-down")


def test_a_change_raises_the_odds_and_is_evidence() -> None:
    """A configuration pushed nine minutes before speaks for its target, with its own weight."""
    plain = _settled_storm().diagnose().hypotheses[0]
    room = BenchRoom()
    change = {
        "schema": "change/v1",
        "id": "cfg-1",
        "at": "2025-03-12T13:31:00Z",
        "kind": "config",
        "targets": ["cdn-a"],
    }
    body = json.dumps(change).encode()
    room.beat(after(-600))
    room.intake.receive_changes(room.principal, body, received_at=after(-500))
    room.storm()
    room.beat(after(600))
    raised = room.diagnose().hypotheses[0]
    assert raised.component_id == plain.component_id
    assert raised.posterior > plain.posterior
    (item,) = [e for e in raised.evidence_for if e.evidence_id.startswith("ch-")]
    assert item.text.zh.startswith("21:31")
    assert item.log10_bayes_factor > 1


def test_missing_traffic_points_at_the_caller() -> None:
    """Starvation travels from caller to callee: the origin is starved, not at fault."""
    room = _settled_storm()
    room.send(alert("OriginTrafficDrop", at=after(40), host="origin"), at=after(610))
    with_drop = room.diagnose()
    assert _top(with_drop) == "small:cdn-a"
    plain = {h.component_id: h.posterior for h in _settled_storm().diagnose().hypotheses}
    now = {h.component_id: h.posterior for h in with_drop.hypotheses}
    assert now["small:cdn-a"] > plain["small:cdn-a"]


def test_impact_is_beside_the_posterior_and_decides_urgency() -> None:
    """Study is hit in regions 1 and 2; the exam is not; the rule that fired is named."""
    diagnosis = _settled_storm().diagnose()
    study, exam = diagnosis.impact
    assert study.probability_degraded > 0.8
    assert study.regions == ("r1", "r2")
    assert 0 < study.users <= 6000
    assert exam.probability_degraded < 0.1
    assert diagnosis.urgency.level is Urgency.P1
    assert diagnosis.urgency.rules_fired[0].rule == "study"


def test_an_exam_fault_in_exam_week_is_p0() -> None:
    """The exam step degraded above 30% in exam week is P0, with the window named."""
    room = BenchRoom()
    room.beat(after(-60))
    room.send(alert("DbConnectionPoolExhausted", at=after(0), service="exam-db"), at=after(60))
    room.send(alert("HighErrorRate", at=after(20), service="exam-api"), at=after(80))
    diagnosis = room.diagnose()
    assert _top(diagnosis) == "small:exam-db"
    assert diagnosis.urgency.level is Urgency.P0
    assert "exam week" in diagnosis.urgency.rules_fired[0].why.en


def test_the_path_leads_from_cause_to_people() -> None:
    """The path starts at the cause and ends where the worst step is hit."""
    path = _settled_storm().diagnose().hypotheses[0].path
    assert path[0] == "small:cdn-a"
    assert path[-1].startswith("small:client-r")


def test_still_arriving_alerts_mean_settling_and_never_conclusive() -> None:
    """Two minutes after the last alert at the earliest is an answer settled."""
    room = BenchRoom()
    room.beat(after(-60))
    room.storm()
    assert room.diagnose().settling
    assert not _settled_storm().diagnose().settling


def test_an_unknown_alertname_is_a_generic_symptom() -> None:
    """An alert that the library does not know still speaks for its component."""
    room = _settled_storm()
    room.send(
        alert(
            "磁盘/usage~odd" + "x" * 300,
            at=after(50),
            service="client-r1-mobile",
            fingerprint="odd",
        ),
        at=after(610),
    )
    assert _top(room.diagnose()) == "small:cdn-a"


def test_a_call_cycle_is_collapsed_and_answered() -> None:
    """Components that call each other in a circle still get a diagnosis."""
    pack = small_pack()
    back = Relation(
        source="small:exam-db",
        type=RelationType.CALLS,
        target="small:exam-api",
        strength=0.5,
    )
    room = BenchRoom(pack.model_copy(update={"relations": (*pack.relations, back)}))
    room.beat(after(-60))
    room.send(alert("DbConnectionPoolExhausted", at=after(0), service="exam-db"), at=after(60))
    room.send(alert("HighErrorRate", at=after(20), service="exam-api"), at=after(80))
    assert _top(room.diagnose()) == "small:exam-db"


def test_equal_evidence_gives_an_equal_digest_however_it_was_batched() -> None:
    """One POST or four, in any order: the same bytes but for times of computation."""
    one, four = BenchRoom(), BenchRoom()
    names = ("r1-telecom", "r1-mobile", "r2-telecom", "r2-mobile")
    alerts = [
        alert("PlaybackFailureHigh", at=after(i), service=f"client-{n}")
        for i, n in enumerate(names)
    ]
    one.send(*alerts, at=after(60))
    for item in alerts:
        four.send(item, at=after(60))
        for incident in four.incidents():
            four.diagnoser.diagnose_incident(incident.id, computed_at=after(70))
    assert diagnosis_digest(one.diagnose()) == diagnosis_digest(four.diagnose())


def test_diagnosing_again_adds_no_revision() -> None:
    """The job handler is idempotent: unchanged evidence keeps the revision."""
    room = _settled_storm()
    first, second = room.diagnose(), room.diagnose()
    assert first.revision == second.revision == 1
    (incident,) = room.incidents()
    assert len(room.store.diagnoses(incident.id)) == 1
    assert incident.version == 1


def test_revisions_follow_the_evidence() -> None:
    """Each new evidence gives the next revision, which names what it supersedes."""
    room = _settled_storm()
    room.diagnose()
    room.send(alert("CdnNodeDown", at=after(5), host="cdn-a"), at=after(610))
    second = room.diagnose()
    assert (second.revision, second.supersedes) == (2, 1)
    assert room.store.diagnosis(second.incident_id) == second
    kinds = [entry.kind for entry in room.store.ledger(second.incident_id)]
    assert kinds[0] == "incident_opened"
    assert kinds.count("diagnosis") == 2


def test_the_headline_names_step_and_regions() -> None:
    """The incident is titled by what suffers, not by an alert name."""
    room = _settled_storm()
    room.diagnose()
    (incident,) = room.incidents()
    assert incident.title.en == "study degraded in regions 1–2"
    assert incident.urgency is Urgency.P1
    assert room.store.incident(READER, incident.id).diagnosed_revision == 4


def test_a_pack_that_knows_no_flow_is_diagnosed_all_the_same() -> None:
    """Nobody has written flows yet: the cause is told, and that nothing is known of its harm."""
    room = BenchRoom(small_pack().model_copy(update={"flows": ()}))
    room.beat(after(-60))
    room.storm()
    room.beat(after(600))
    diagnosis = room.diagnose()
    assert _top(diagnosis) == "small:cdn-a"
    assert diagnosis.impact == ()
    assert diagnosis.urgency.level is Urgency.P3
    assert diagnosis.hypotheses[0].path[0] == "small:cdn-a"
    assert len(diagnosis.hypotheses[0].path) > 1  # to what rang
    (incident,) = room.incidents()
    assert incident.title.en and incident.title.zh


def test_checks_are_ordered_by_gain_per_minute() -> None:
    """The check on the uncertain suspect comes before the one on the unlikely."""
    checks = _settled_storm().diagnose().next_checks
    rates = [c.expected_information_gain_bits / c.minutes for c in checks]
    assert rates == sorted(rates, reverse=True)
    assert checks[0].check_id == "lib:look@small:cdn-a"
    assert checks[0].command == "curl -sI https://cdn-a/"
