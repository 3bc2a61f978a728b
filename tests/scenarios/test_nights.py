"""What the person on duty reads after a storm: the right cause, the harm, or an honest nothing."""

from __future__ import annotations

import pytest

from graph.model.diagnosis import Diagnosis, DiagnosisStatus, HypothesisKind
from graph.model.incident import Urgency
from graph.model.pack import DomainPack
from tests.scenarios.night import Night, largest


@pytest.fixture(scope="module")
def storm(pack: DomainPack) -> tuple[Diagnosis, ...]:
    """Let the 380 alerts of exam week come in, and diagnose every incident."""
    return Night("cdn-storm").diagnose(pack)


def test_the_broken_node_is_first_and_sure(storm: tuple[Diagnosis, ...]) -> None:
    """Node 7 of the CDN, which itself says little, is on top with more than likely posterior."""
    top = largest(storm).hypotheses[0]
    assert top.component_id == "medical_education:cdn-7"
    assert top.fault_mode_id == "lib:cdn_node.origin-link-down"
    assert top.posterior > 0.9
    assert top.evidence_for and top.path[0] == top.component_id
    assert largest(storm).status in (DiagnosisStatus.LIKELY, DiagnosisStatus.CONCLUSIVE)


def test_the_storm_is_one_incident(storm: tuple[Diagnosis, ...]) -> None:
    """Nine in ten related alerts stand in one incident; nothing else names a cause."""
    main = largest(storm)
    assert main.as_of.alerts_included >= 0.9 * 380
    others = [d for d in storm if d is not main]
    assert all(d.hypotheses[0].kind is HypothesisKind.HEALTHY for d in others)


def test_the_harm_is_told_by_steps_and_regions(storm: tuple[Diagnosis, ...]) -> None:
    """P0 in exam week, with the rule, and the five regions of the node, no more."""
    main = largest(storm)
    assert main.urgency.level is Urgency.P0
    assert main.urgency.rules_fired[0].rule == "exam_or_credit_in_window"
    hit = {region for impact in main.impact for region in impact.regions}
    assert hit == set(Night("cdn-storm").truth["regions"])
    assert max(impact.users for impact in main.impact) > 0


def test_a_noisy_evening_accuses_nobody(pack: DomainPack) -> None:
    """Chronic false alarms and wobbles: no fault found, or not enough evidence; never urgent."""
    diagnoses = Night("noisy-evening").diagnose(pack)
    assert diagnoses
    for diagnosis in diagnoses:
        assert diagnosis.status in (DiagnosisStatus.INCONCLUSIVE, DiagnosisStatus.HEALTHY)
        assert diagnosis.urgency.level is Urgency.P3


def test_a_dead_identity_service_is_named_first(pack: DomainPack) -> None:
    """Everything logs in through it: the cause is on top of the storm, and it is urgent."""
    night = Night("identity-down")
    main = largest(night.diagnose(pack))
    assert main.hypotheses[0].component_id == night.cause
    assert main.urgency.level is Urgency.P0


def test_an_exhausted_exam_database_is_among_the_first_three(pack: DomainPack) -> None:
    """A second fault beside it looks as probable; the truth stays in sight."""
    night = Night("exam-pool-exhaustion")
    main = largest(night.diagnose(pack))
    assert night.cause in [h.component_id for h in main.hypotheses[:3]]
    assert main.urgency.level is Urgency.P0


def test_a_cause_outside_the_graph_blames_no_component(pack: DomainPack) -> None:
    """A cut outside the platform: external on top or not enough evidence."""
    for diagnosis in Night("outside-cause").diagnose(pack):
        top = diagnosis.hypotheses[0]
        assert (
            top.kind is not HypothesisKind.COMPONENT
            or diagnosis.status is DiagnosisStatus.INCONCLUSIVE
        )


def test_a_region_cut_off_with_its_monitoring_is_named_and_urgent(pack: DomainPack) -> None:
    """Nobody there can complain: the region is on top, its people count, its silence does not."""
    night = Night("region-cut-off")
    main = largest(night.diagnose(pack))
    assert main.hypotheses[0].component_id == night.cause
    assert main.urgency.level in (Urgency.P0, Urgency.P1)
    assert {r for impact in main.impact for r in impact.regions} == {"r4"}
    assert "监控失联，不代表正常" in {u.reason.zh for u in main.unobserved}
