"""Attacks on the start: what was approved runs once, as it was approved, or not at all."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from graph.errors import ConflictError, NotAllowedError
from graph.model.access import Role, Scope
from graph.model.remediation import RemediationStatus
from tests.reasoning.remediation.catalogue import acting_pack, policies
from tests.reasoning.remediation.room import CDN_A, CDN_B, Room, diagnosis, person, token_of
from tests.small_pack import after


def test_half_an_approval_starts_nothing() -> None:
    """With one lead of two the start is refused, and says who is missing."""
    room = Room()
    half = room.approve(room.request(), "acad")
    with pytest.raises(ConflictError, match="operations lead"):
        room.desk.start(person("op"), half.id, at=after(20))


def test_an_approval_is_used_once() -> None:
    """The second redeemer, and the replay after the end, hear 409; one order was sent."""
    room = Room()
    running = room.started()
    for at_s in (20, 21):
        with pytest.raises(ConflictError):
            room.desk.start(person("op2"), running.id, at=after(at_s))
    room.run_out(running)
    with pytest.raises(ConflictError):
        room.desk.start(person("op"), running.id, at=after(120))
    assert len(room.line.sent) == 1


def test_of_two_redeemers_at_once_one_wins() -> None:
    """Eight people press the button in the same moment; one starts it, one order is sent."""
    room = Room()
    approved = room.approved()
    gate = Barrier(8)

    def press(number: int) -> str:
        gate.wait()
        try:
            who = person("op" if number % 2 else "op2")
            return str(room.desk.start(who, approved.id, at=after(20)).status)
        except ConflictError:
            return "refused"

    with ThreadPoolExecutor(8) as pool:
        heard = list(pool.map(press, range(8)))
    assert sorted(heard) == ["refused"] * 7 + ["running"]
    with ThreadPoolExecutor(4) as pool:
        for _ in range(4):
            list(pool.map(lambda _: room.desk.proceed(approved.id, at=after(40)), range(4)))
    assert len(room.line.sent) == 1


def test_an_expired_approval_does_not_start() -> None:
    """All agreed, nobody started in time: ask again."""
    room = Room()
    approved = room.approved()
    with pytest.raises(ConflictError) as caught:
        room.desk.start(person("op"), approved.id, at=approved.expires_at)
    assert (caught.value.code, room.stored(approved).status) == ("expired", "expired")


def test_expiry_comes_by_itself() -> None:
    """The tick ends what is due and leaves the rest."""
    room = Room()
    asked = room.request()
    assert room.desk.expire_due(after(899)) == 0
    assert room.desk.expire_due(after(900)) == 1
    assert room.stored(asked).status is RemediationStatus.EXPIRED


def test_a_withdrawn_approval_no_longer_stands() -> None:
    """Before all have agreed it is as if never given; after, everything is revoked."""
    room = Room()
    half = room.approve(room.request(), "ops")
    assert room.desk.withdraw(person("ops"), half.id, at=after(11)).approvals == ()
    whole = room.approve(half, "ops", "acad")
    gone = room.desk.withdraw(person("acad"), whole.id, at=after(12))
    assert gone.status is RemediationStatus.REVOKED
    with pytest.raises(ConflictError):
        room.desk.start(person("op"), whole.id, at=after(20))


def test_nobody_takes_back_what_they_did_not_give() -> None:
    """A stranger cannot void an approval."""
    room = Room()
    asked = room.approve(room.request(), "ops")
    with pytest.raises(ConflictError):
        room.desk.withdraw(person("acad"), asked.id, at=after(11))
    with pytest.raises(NotAllowedError):
        room.desk.withdraw(token_of("ops", *Scope), asked.id, at=after(11))


def test_an_approver_who_lost_the_role_has_not_agreed() -> None:
    """Roles are read again at the start."""
    room = Room()
    approved = room.approved()
    room.put_user("acad", Role.VIEWER)
    with pytest.raises(ConflictError, match="academic lead"):
        room.desk.start(person("op"), approved.id, at=after(20))


def test_a_stored_plan_that_was_edited_does_not_run() -> None:
    """Parameters changed behind the desk's back no longer fit the digest."""
    room = Room()
    approved = room.approved()
    step = approved.plan.steps[0]
    edited = step.model_copy(update={"parameters": {"receiver": CDN_A}})
    plan = approved.plan.model_copy(update={"steps": (edited,)})
    forged = approved.model_copy(update={"plan": plan, "version": approved.version + 1})
    room.store.write(lambda tx: tx.put_remediation(forged, expected_version=approved.version))
    with pytest.raises(ConflictError) as caught:
        room.desk.start(person("op"), approved.id, at=after(20))
    assert (caught.value.code, room.line.sent) == ("other_digest", [])


def test_a_demand_that_rose_refuses_and_says_so() -> None:
    """Policy is read again: what asks for one more role now was not agreed to."""
    room = Room()
    approved = room.approved()
    stricter = tuple(
        rule.model_copy(update={"roles": (*rule.roles, Role.PLATFORM_OWNER)})
        for rule in policies()
        if rule.id == "cdn"
    )
    room.put_pack(acting_pack(policies=(*policies()[:1], *stricter, *policies()[2:])))
    with pytest.raises(ConflictError, match="platform owner"):
        room.desk.start(person("op"), approved.id, at=after(20))
    found = room.stored(approved)
    assert found.status is RemediationStatus.REFUSED
    assert found.refusal is not None and "平台负责人" in found.refusal.zh


def test_a_password_that_is_demanded_now_refuses() -> None:
    """Agreed to without the password, where it now takes one."""
    room = Room()
    approved = room.approved()
    strict = tuple(rule.model_copy(update={"password_again": True}) for rule in policies())
    room.put_pack(acting_pack(policies=strict))
    with pytest.raises(ConflictError, match="password"):
        room.desk.start(person("op"), approved.id, at=after(20))


def test_a_demand_that_fell_does_not_refuse() -> None:
    """More people agreed than are needed now."""
    room = Room()
    approved = room.approved()
    room.put_pack(acting_pack(policies=policies()[1:2]))
    assert room.desk.start(person("op"), approved.id, at=after(20)).status == "running"


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({"state": "drained"}, "drained"),
        ({"load": 90}, "capacity"),
        (None, "cannot be read"),
    ],
)
def test_a_moved_precondition_refuses_with_what_and_where_to(
    state: dict[str, str | int] | None, said: str
) -> None:
    """The target was switched, filled up, or went dark since people agreed."""
    room = Room()
    approved = room.approved()
    known = room.line.states[CDN_A] or {}
    room.line.states[CDN_A] = None if state is None else {**known, **state}
    with pytest.raises(ConflictError, match=said):
        room.desk.start(person("op"), approved.id, at=after(20))
    assert room.stored(approved).status is RemediationStatus.REFUSED


def test_counters_that_move_do_not_refuse() -> None:
    """A load that changes every second is no reason, as long as there is room."""
    room = Room()
    approved = room.approved()
    for node in (CDN_A, CDN_B):
        room.line.states[node] = {**(room.line.states[node] or {}), "load": 41, "requests": 7}
    later = diagnosis(revision=2, suspects={CDN_A: 0.95})
    room.store.write(lambda tx: tx.add_diagnosis(later))
    assert room.desk.start(person("op"), approved.id, at=after(20)).status == "running"


def test_a_receiver_that_fell_ill_refuses() -> None:
    """The newest diagnosis decides whether the receiver is sound."""
    room = Room()
    approved = room.approved()
    ill = diagnosis(revision=2, suspects={CDN_B: 0.6, CDN_A: 0.4})
    room.store.write(lambda tx: tx.add_diagnosis(ill))
    with pytest.raises(ConflictError, match="60%"):
        room.desk.start(person("op"), approved.id, at=after(20))


def test_another_executor_content_refuses() -> None:
    """The executor that people agreed to is another one now."""
    room = Room()
    approved = room.approved()
    room.line.version = "line/2"
    with pytest.raises(ConflictError, match="line/2"):
        room.desk.start(person("op"), approved.id, at=after(20))


def test_a_target_that_vanished_refuses() -> None:
    """A component that left the graph is acted on no more."""
    room = Room()
    approved = room.approved()
    pack = acting_pack()
    left = tuple(c for c in pack.components if c.id != CDN_A)
    relations = tuple(r for r in pack.relations if CDN_A not in (r.source, r.target))
    room.put_pack(pack.model_copy(update={"components": left, "relations": relations}))
    with pytest.raises(ConflictError, match="not in the graph"):
        room.desk.start(person("op"), approved.id, at=after(20))
    assert room.stored(approved).status is RemediationStatus.REFUSED
