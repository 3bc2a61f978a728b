"""The desk, move by move: who may, what is written, and what never runs."""

from __future__ import annotations

import pytest

from graph.audit_chain import verify_chain
from graph.errors import ConflictError, InputError, NotAllowedError
from graph.model.access import Scope
from graph.model.base import Text
from graph.model.incident import IncidentState
from graph.model.remediation import RemediationStatus
from tests.reasoning.remediation.catalogue import acting_pack
from tests.reasoning.remediation.room import CDN_A, EXAM_DB, INCIDENT, Room, person, token_of
from tests.small_pack import after


def test_a_switch_over_goes_from_request_to_verified() -> None:
    """Two leads agree, it runs once, and is judged by what the executor reads back."""
    room = Room()
    asked = room.request()
    assert (asked.status, asked.demand.roles) == ("requested", ("ops_lead", "academic_lead"))
    half = room.approve(asked, "acad")
    assert half.status is RemediationStatus.REQUESTED
    whole = room.approve(half, "ops")
    assert whole.status is RemediationStatus.APPROVED
    room.desk.start(person("op"), whole.id, at=after(20))
    done = room.run_out(whole)

    assert done.status is RemediationStatus.VERIFIED
    assert room.line.sent == [(f"{done.id}-1", "switch_over", CDN_A)]
    assert [line.kind for line in room.audit(done.id)] == [
        "remediation_requested",
        "approval_given",
        "approval_given",
        "remediation_started",
        "step_intended",
        "step_answered",
        "verification_done",
    ]
    assert verify_chain(room.audit()) is None
    told = [e.kind for e in room.store.ledger(INCIDENT) if e.kind != "state_changed"]
    assert told == [line.kind for line in room.audit(done.id)]


@pytest.mark.parametrize(
    ("state", "then"),
    [
        (IncidentState.OPEN, IncidentState.MITIGATING),
        (IncidentState.ACKNOWLEDGED, IncidentState.MITIGATING),
        (IncidentState.WATCHING, IncidentState.WATCHING),
        (IncidentState.RESOLVED, IncidentState.RESOLVED),
    ],
)
def test_a_start_moves_the_incident_to_mitigating(
    state: IncidentState, then: IncidentState
) -> None:
    """Only what was open or acknowledged moves on, with a line in the ledger; nothing goes back."""
    room = Room()
    approved = room.approved()
    put_state(room, state)
    room.desk.start(person("op"), approved.id, at=after(20))
    found = room.store.incident(person("op"), INCIDENT)
    moves = [e for e in room.store.ledger(INCIDENT) if e.kind == "state_changed"]
    assert found.state is then
    assert [(m.actor, m.detail["from"], m.detail["to"]) for m in moves] == (
        [("op", state, then)] if then is not state else []
    )
    if then is not state:
        assert found.acknowledged_at is not None
    room.run_out(approved)
    assert room.store.incident(person("op"), INCIDENT).state is then


def put_state(room: Room, state: IncidentState) -> None:
    """Let somebody have moved the incident."""
    old = room.store.incident(person("op"), INCIDENT)
    new = old.model_copy(update={"state": state, "version": old.version + 1})
    room.store.write(lambda tx: tx.put_incident(new, expected_version=old.version))


def test_refusals_name_states_and_kinds_in_words() -> None:
    """A Chinese sentence holds no code of a state, a kind or a scope."""
    pack = acting_pack()
    named = {"database": "数据库", "cdn_node": "CDN 节点"}
    kinds = tuple(
        k.model_copy(update={"name": Text(zh=named.get(k.id, k.id), en=k.id)})
        for k in pack.library.kinds
    )
    library = pack.library.model_copy(update={"kinds": kinds})
    room = Room(pack=pack.model_copy(update={"library": library}))
    running = room.started()
    with pytest.raises(ConflictError) as caught:
        room.desk.start(person("op"), running.id, at=after(21))
    assert "执行中" in str(caught.value.zh)
    assert "running" not in str(caught.value.zh)
    with pytest.raises(InputError) as wrong:
        room.request(targets=(EXAM_DB,))
    assert wrong.value.zh == "「exam-db」的类型是「数据库」，这里只能用：CDN 节点"
    with pytest.raises(NotAllowedError) as scoped:
        room.desk.start(token_of("op", Scope.OPERATE), running.id, at=after(22))
    assert "execute" not in str(scoped.value.zh)
