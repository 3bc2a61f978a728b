"""Brakes and the stop: locks, the limits of a group, and what nobody lifts alone."""

from __future__ import annotations

import pytest

from graph.errors import ConflictError, NotAllowedError
from graph.model.access import Role, Scope
from graph.model.remediation import RemediationStatus
from tests.reasoning.remediation.catalogue import acting_pack
from tests.reasoning.remediation.room import (
    BACK,
    CDN_A,
    CDN_B,
    CREDIT,
    DRAIN,
    EXAM_DB,
    FAILOVER,
    RESTART,
    Line,
    Room,
    diagnosis,
    person,
    token_of,
)
from tests.small_pack import PACK, after


def test_a_target_or_receiver_in_use_is_locked() -> None:
    """While one runs, another on its target or receiver waits, and may start afterwards."""
    room = Room()
    running = room.started()
    other = room.approve(
        room.request(who="op2", targets=(CDN_B,), parameters={"receiver": CDN_A}), "ops", "acad"
    )
    room.line.states[CDN_A] = {"state": "serving", "serving_by": CDN_A, "load": 1, "capacity": 99}
    ill = diagnosis(revision=2, suspects={EXAM_DB: 0.9})
    room.store.write(lambda tx: tx.add_diagnosis(ill))
    with pytest.raises(ConflictError) as caught:
        room.desk.start(person("op"), other.id, at=after(21))
    assert caught.value.code == "locked"
    room.run_out(running)
    room.line.states[CDN_A] = {"state": "serving", "serving_by": CDN_A, "load": 1, "capacity": 99}
    assert room.desk.start(person("op"), other.id, at=after(100)).status == "running"


def test_there_is_no_going_to_and_fro() -> None:
    """A -> B -> A within half an hour stops at the request."""
    room = Room()
    room.run_out(room.started())
    with pytest.raises(ConflictError) as caught:
        room.request(action=BACK, at_s=600)
    assert caught.value.code == "to_and_fro"
    assert room.request(action=BACK, at_s=1900).status is RemediationStatus.REQUESTED


def test_at_most_three_actions_on_a_group_in_half_an_hour() -> None:
    """The fourth waits, whichever member it is on; half an hour later it may."""
    room = Room(pack=acting_pack())
    for turn, pod in enumerate((1, 2, 3, 1)):
        asked = room.request(action=RESTART, targets=(f"{PACK}:exam-pod-{pod}",), at_s=100 * turn)
        whole = room.approve(asked, *[_NAMES[r] for r in asked.demand.roles], at_s=100 * turn)
        if turn == 3:
            with pytest.raises(ConflictError) as caught:
                room.desk.start(person("op"), whole.id, at=after(100 * turn))
            assert caught.value.code == "too_many"
            return
        room.desk.start(person("op"), whole.id, at=after(100 * turn))
        ended = room.run_out(whole, from_s=100 * turn)
        room.desk.resolve(
            person("op"), ended.id, outcome="verified", note="seen", at=after(100 * turn + 9)
        )


_NAMES = {
    Role.OPS_LEAD: "ops",
    Role.ACADEMIC_LEAD: "acad",
    Role.PLATFORM_OWNER: "owner",
}


def test_the_stop_holds_everything_until_two_others_lift_it() -> None:
    """Nothing starts, what runs sends nothing more, and one person alone lifts nothing."""
    room = Room()
    running, desk = room.started(), room.desk
    asked = room.approve(room.request(action=CREDIT, targets=(EXAM_DB,)), "ops", "acad")
    desk.pull_stop(person("op"), "不对劲", after(21))
    assert room.run_out(running, from_s=22).status is RemediationStatus.HELD
    with pytest.raises(ConflictError) as caught:
        room.new_desk().start(person("op"), asked.id, at=after(23))
    assert caught.value.code == "stopped"
    assert room.line.sent == []
    with pytest.raises(NotAllowedError):
        desk.release_stop(person("op"), after(24))
    with pytest.raises(NotAllowedError):
        desk.release_stop(token_of("ops", *Scope), after(24))
    assert desk.release_stop(person("ops"), after(25)) is not None
    with pytest.raises(ConflictError):
        desk.release_stop(person("ops"), after(26))
    assert desk.release_stop(person("acad"), after(27)) is None
    assert desk.start(person("op"), asked.id, at=after(28)).status == "running"


def test_the_group_keeps_its_minimum() -> None:
    """Draining two of three replicas would leave too few, and is refused at the start."""
    room = Room()
    pods = (f"{PACK}:exam-pod-1", f"{PACK}:exam-pod-2")
    asked = room.request(action=DRAIN, targets=pods)
    whole = room.approve(asked, *[_NAMES[r] for r in asked.demand.roles])
    with pytest.raises(ConflictError, match="must keep 2, and 1"):
        room.desk.start(person("op"), whole.id, at=after(20))


def test_a_failover_takes_the_owner_and_never_rolls_back_by_itself() -> None:
    """Its plan says so to the approvers, whatever the catalogue says."""
    room = Room(line=Line(acts=False))
    asked = room.request(action=FAILOVER, targets=(EXAM_DB,))
    assert asked.demand.roles == (Role.OPS_LEAD, Role.ACADEMIC_LEAD, Role.PLATFORM_OWNER)
    assert asked.plan.verification.on_not_better == "hold_and_ask"
    whole = room.approve(asked, "ops", "acad", "owner")
    room.desk.start(person("op"), whole.id, at=after(20))
    assert room.run_out(whole).status is RemediationStatus.HELD
    assert [operation for _, operation, _ in room.line.sent] == ["failover"]
