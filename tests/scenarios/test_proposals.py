"""What the storm nights propose to do, and that a night without a cause proposes nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import jsonschema
import pytest

from graph.failure import FailureGraph
from graph.model.access import Principal, Role
from graph.model.diagnosis import Diagnosis, HypothesisKind
from graph.model.pack import DomainPack
from reasoning.remediation.arguments import check_wish
from reasoning.remediation.propose import with_proposals
from tests.scenarios.night import Night, largest

SCHEMA: Final = Path(__file__).resolve().parents[2] / "api" / "json_schemas" / "diag.v1.json"


@pytest.fixture(scope="module")
def storm(pack: DomainPack) -> tuple[Diagnosis, ...]:
    """Let the 380 alerts of exam week come in, and diagnose every incident."""
    return Night("cdn-storm").diagnose(pack)


def test_the_storm_proposes_the_switch_over_of_its_node(storm: tuple[Diagnosis, ...]) -> None:
    """First comes node 7 to be switched over; in exam week two roles must agree to it."""
    first = largest(storm).proposed_actions[0]

    assert first.action_id == "medical_education:cdn-switch-over"
    assert first.target_ids == ("medical_education:cdn-7",)
    assert first.required_roles == (Role.OPS_LEAD, Role.ACADEMIC_LEAD)


def test_the_receiver_is_a_spare_node_that_nobody_suspects(
    storm: tuple[Diagnosis, ...], pack: DomainPack
) -> None:
    """It serves some of the same regions, nobody mainly, and is not thought to be at fault."""
    main = largest(storm)
    receiver = str(main.proposed_actions[0].parameters["receiver"])
    graph = FailureGraph(pack)
    mine, others = (
        {effect for effect, _ in graph.effects[c]} for c in (receiver, "medical_education:cdn-7")
    )
    posteriors = {h.component_id: h.posterior for h in main.hypotheses}

    assert graph.components[receiver].kind == "cdn_node"
    assert mine & others
    assert posteriors.get(receiver, 0.0) < 0.01
    assert max(strength for _, strength in graph.effects[receiver]) < 0.5


@pytest.mark.parametrize("name", ["outside-cause", "noisy-evening", "traffic-peak"])
def test_a_night_without_a_cause_proposes_nothing(pack: DomainPack, name: str) -> None:
    """No fault, or one outside the graph: there is nothing to act on."""
    for diagnosis in Night(name).diagnose(pack):
        assert diagnosis.hypotheses[0].kind is not HypothesisKind.COMPONENT
        assert diagnosis.proposed_actions == ()


def test_nothing_is_proposed_while_alerts_still_come(pack: DomainPack) -> None:
    """Two minutes into the storm the answer still moves, however sure it looks."""
    early = Night("cdn-storm").diagnose(pack, minutes=2)

    assert largest(early).settling
    assert largest(early).hypotheses[0].posterior > 0.6
    assert all(diagnosis.proposed_actions == () for diagnosis in early)


def test_the_exam_night_proposes_more_connections(pack: DomainPack) -> None:
    """The pool of the exam database, enlarged by the usual half, with the academic lead."""
    found = largest(Night("exam-pool-exhaustion").diagnose(pack)).proposed_actions

    assert [a.action_id for a in found] == ["medical_education:pool-enlarge"]
    assert found[0].parameters == {"percent": 50}
    assert Role.ACADEMIC_LEAD in found[0].required_roles


def test_a_lost_database_is_taken_over_by_its_own_replica(
    storm: tuple[Diagnosis, ...], pack: DomainPack
) -> None:
    """Not by another database that serves the same services, and not by the standby site."""
    main = largest(storm)
    lost = {"component_id": "medical_education:exam-db", "fault_mode_id": "lib:database.down"}
    top = main.hypotheses[0].model_copy(update=lost)
    judged = main.model_copy(update={"hypotheses": (top,), "proposed_actions": ()})

    (found,) = with_proposals(pack, FailureGraph(pack), judged, born=lambda _: 0.0).proposed_actions

    assert found.action_id == "medical_education:db-failover"
    assert found.parameters == {"receiver": "medical_education:exam-db-r1"}
    assert found.required_roles == (Role.OPS_LEAD, Role.ACADEMIC_LEAD, Role.PLATFORM_OWNER)


def test_the_proposal_of_the_storm_can_be_asked_for_as_it_stands(
    storm: tuple[Diagnosis, ...], pack: DomainPack
) -> None:
    """Nothing is missing from it and nothing in it is refused."""
    first = largest(storm).proposed_actions[0]

    wish = check_wish(
        pack,
        Principal(name="zhou"),
        action_id=first.action_id,
        target_ids=first.target_ids,
        parameters=first.parameters,
    )

    assert wish.parameters == first.parameters


def test_proposals_fit_the_published_schema(storm: tuple[Diagnosis, ...]) -> None:
    """diag.v1.json tells readers what every entry holds."""
    document = json.loads(SCHEMA.read_text(encoding="utf-8"))
    printed = json.loads(largest(storm).model_dump_json(by_alias=True))

    jsonschema.Draft202012Validator(document).validate(printed)
    assert printed["proposed_actions"][0]["required_roles"] == ["ops_lead", "academic_lead"]
    broken = [printed["proposed_actions"][0] | {"risk": "none"}]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(printed | {"proposed_actions": broken}, document)
