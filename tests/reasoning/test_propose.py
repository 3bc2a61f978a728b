"""Proposals: the right actions, in order, with what one clear choice fills, and no more."""

from __future__ import annotations

import pytest

from graph.failure import FailureGraph
from graph.model.access import Role
from graph.model.actions import ActionTemplate
from graph.model.diagnosis import Diagnosis, DiagnosisStatus, HypothesisKind
from graph.model.digest import diagnosis_digest
from graph.model.pack import DomainPack
from graph.model.topology import Component, Relation, RelationType
from ingest.action_files import read_actions
from ingest.policy_files import read_policies
from ingest.yaml_source import parse_yaml
from reasoning.remediation.propose import with_proposals
from tests.bench_room import BenchRoom
from tests.ingest.pack_room import howto_files
from tests.small_pack import PACK, after, small_pack, text


def _pack(*spares: str, **changed: object) -> DomainPack:
    """Take the small pack with the how-to's catalogue, and nodes that back up region 1."""
    pack, files = small_pack(), howto_files()
    actions = read_actions(parse_yaml(files["actions.yaml"], "a"), pack.library, pack_id=PACK)
    rules = read_policies(parse_yaml(files["policies.yaml"], "p"), pack.library, pack_id=PACK)
    nodes = tuple(
        Component(id=f"{PACK}:{slug}", kind="cdn_node", name=text(slug)) for slug in spares
    )
    backing = tuple(
        Relation(
            source=f"{PACK}:client-r1-telecom",
            type=RelationType.ROUTES_TO,
            target=node.id,
            strength=0.05,
        )
        for node in nodes
    )
    grown = {
        "components": tuple(sorted((*pack.components, *nodes), key=lambda c: c.id)),
        "relations": tuple(
            sorted((*pack.relations, *backing), key=lambda r: (r.source, r.type, r.target))
        ),
        "actions": actions,
        "policies": rules,
    }
    return pack.model_copy(update={**grown, **changed})


def _storm(pack: DomainPack, *, until: float = 600) -> BenchRoom:
    room = BenchRoom(pack)
    room.beat(after(-60))
    room.storm()
    room.beat(after(until))
    return room


def _variants(action: ActionTemplate, *successes: float) -> tuple[ActionTemplate, ...]:
    return tuple(
        action.model_copy(update={"id": f"{PACK}:way-{number}", "expected_success": success})
        for number, success in enumerate(successes)
    )


def test_the_answer_of_the_top_cause_is_proposed_with_its_demand() -> None:
    """Node, mode, default and spare node come together; in exam week both leads must agree."""
    (found,) = _storm(_pack("cdn-c")).diagnose().proposed_actions

    assert found.action_id == "small:cdn-switch-over"
    assert found.target_ids == ("small:cdn-a",)
    assert found.parameters == {"receiver": "small:cdn-c", "share": 100}
    assert found.required_roles == (Role.OPS_LEAD, Role.ACADEMIC_LEAD)


def test_a_receiver_that_serves_nobody_of_them_is_left_to_a_person() -> None:
    """The only other node stands beside other regions: no clear choice, so none is made."""
    (found,) = _storm(_pack()).diagnose().proposed_actions

    assert found.parameters == {"share": 100}


def test_of_equal_spare_nodes_the_least_id_is_taken() -> None:
    """The same choice on every run, in whatever order the pack lists them."""
    (found,) = _storm(_pack("cdn-e", "cdn-c", "cdn-d")).diagnose().proposed_actions

    assert found.parameters["receiver"] == "small:cdn-c"


def test_a_suspect_or_standby_node_is_no_receiver() -> None:
    """A spare that is probably at fault itself, or not in use, comes after every other."""
    pack = _pack("cdn-c", "cdn-d", "cdn-e")
    idle = tuple(
        c.model_copy(update={"attributes": {"standby": True}}) if c.id == "small:cdn-c" else c
        for c in pack.components
    )
    pack = pack.model_copy(update={"components": idle})
    bare = _storm(pack).diagnose().model_copy(update={"proposed_actions": ()})

    judged = with_proposals(
        pack, FailureGraph(pack), bare, born=lambda c: 0.4 if c == "small:cdn-d" else 0.0
    )

    assert judged.proposed_actions[0].parameters["receiver"] == "small:cdn-e"


def test_at_most_three_come_best_first_and_equal_ones_by_id() -> None:
    """What most often helped stands first."""
    (action,) = _pack().actions
    pack = _pack("cdn-c", actions=_variants(action, 0.5, 0.9, 0.7, 0.9))

    found = _storm(pack).diagnose().proposed_actions

    assert [a.action_id for a in found] == ["small:way-1", "small:way-3", "small:way-2"]


@pytest.mark.parametrize(
    ("field", "value"), [("modes", ("lib:origin.overload",)), ("modes", ()), ("kinds", ("origin",))]
)
def test_an_action_for_another_fault_is_not_proposed(field: str, value: tuple[str, ...]) -> None:
    """Both the kind of the target and its mode must be named."""
    (action,) = _pack().actions
    pack = _pack("cdn-c", actions=(action.model_copy(update={field: value}),))

    assert _storm(pack).diagnose().proposed_actions == ()


def _judged_anew(found: Diagnosis, pack: DomainPack, **changed: object) -> Diagnosis:
    bare = found.model_copy(update={"proposed_actions": (), **changed})
    return with_proposals(pack, FailureGraph(pack), bare, born=lambda _: 0.0)


@pytest.mark.parametrize(
    "changed",
    [
        {"settling": True},
        {"status": DiagnosisStatus.INCONCLUSIVE},
        {"status": DiagnosisStatus.HEALTHY},
    ],
)
def test_an_answer_that_moves_or_is_unsure_proposes_nothing(changed: dict[str, object]) -> None:
    """However high the posterior, a person waits for the answer to stand."""
    pack = _pack("cdn-c")
    found = _storm(pack).diagnose()

    assert _judged_anew(found, pack).proposed_actions == found.proposed_actions != ()
    assert _judged_anew(found, pack, **changed).proposed_actions == ()


@pytest.mark.parametrize(("posterior", "proposed"), [(0.6, 1), (0.59, 0)])
def test_the_proposal_line_is_sixty_percent(posterior: float, proposed: int) -> None:
    """On the line it is proposed, below it is not."""
    pack = _pack("cdn-c")
    found = _storm(pack).diagnose()
    top = found.hypotheses[0].model_copy(update={"posterior": posterior})

    judged = _judged_anew(found, pack, hypotheses=(top, *found.hypotheses[1:]))

    assert len(judged.proposed_actions) == proposed


def test_a_cause_outside_the_graph_proposes_nothing() -> None:
    """Nothing of ours is at fault, so nothing of ours is switched."""
    pack = _pack("cdn-c")
    found = _storm(pack).diagnose()
    outside = next(h for h in found.hypotheses if h.kind is HypothesisKind.EXTERNAL)
    top = outside.model_copy(update={"posterior": 0.95})

    judged = _judged_anew(found, pack, hypotheses=(top, *found.hypotheses))

    assert judged.proposed_actions == ()


def test_without_rules_everybody_must_agree() -> None:
    """A pack that brings actions and no rules gets the highest demand."""
    (found,) = _storm(_pack("cdn-c", policies=())).diagnose().proposed_actions

    assert found.required_roles == (Role.OPS_LEAD, Role.ACADEMIC_LEAD, Role.PLATFORM_OWNER)


def test_a_new_catalogue_is_used_at_once() -> None:
    """Loading a pack whose topology stands still changes what is proposed, and the digest."""
    room = _storm(_pack("cdn-c"))
    before = room.diagnose()
    room.store.write(lambda tx: tx.replace_pack(_pack("cdn-c", actions=())))

    after_load = room.diagnose()

    assert before.proposed_actions and after_load.proposed_actions == ()
    assert after_load.topology_revision == before.topology_revision
    assert after_load.revision == before.revision + 1
    assert diagnosis_digest(after_load) != diagnosis_digest(before)


def test_the_same_evidence_gives_the_same_digest() -> None:
    """Proposals rest on nothing but pack and evidence."""
    pack = _pack("cdn-d", "cdn-c")

    assert len({diagnosis_digest(_storm(pack).diagnose()) for _ in range(2)}) == 1
