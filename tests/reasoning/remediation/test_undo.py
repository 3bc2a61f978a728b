"""Taking back: the stored undo by a click, and how a temporary measure comes to its end."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from graph.audit_chain import verify_chain
from graph.errors import ConflictError, EtiographError, InputError, NotAllowedError
from graph.model.access import Role, Scope
from graph.model.incident import IncidentState
from graph.model.moving import Epoch
from graph.model.remediation import Ending, Remediation, RemediationStatus, StepOutcome
from reasoning.remediation.course import is_measure, keeper_of
from tests.reasoning.remediation.catalogue import acting_pack, policies
from tests.reasoning.remediation.room import (
    BACK,
    CAP,
    CDN_A,
    INCIDENT,
    Killed,
    Line,
    Room,
    diagnosis,
    incident,
    person,
    token_of,
)
from tests.small_pack import after

HOUR = 3600


def measure(room: Room, **wanted: object) -> Remediation:
    """Switch over, verified: a temporary measure."""
    done = room.run_out(room.started(**wanted))
    assert is_measure(done)
    return done


def held(room: Room) -> Remediation:
    """Switch over, and lose sight of the node: done, and nobody can tell what came of it."""
    running = room.started()
    room.desk.proceed(running.id, at=after(20))
    seen, room.line.states[CDN_A] = room.line.states[CDN_A], None
    found = room.run_out(running, from_s=30)
    room.line.states[CDN_A] = seen
    assert found.status is RemediationStatus.HELD
    return found


def sound_room() -> Room:
    """A room whose nodes are not suspected, so that going back harms nobody."""
    return Room(known=diagnosis(suspects={CDN_A: 0.3}))


def undo(room: Room, found: Remediation, *, who: str = "op", at_s: float = HOUR) -> Remediation:
    """Ask for the stored undo."""
    return room.desk.measures.undo(person(who), found.id, reason="夜里恢复了", at=after(at_s))


# ── A temporary measure ─────────────────────────────────────────────────────────────────────────


def test_the_undo_of_a_measure_is_a_request_that_needs_every_approval() -> None:
    """Nothing is sent until the demanded people agreed to the undo's own digest."""
    room = Room()
    done = measure(room)
    asked = undo(room, done)
    assert (asked.status, asked.undoes) == ("requested", done.id)
    assert asked.demand.roles == done.demand.roles
    assert asked.digest != done.digest
    assert [(s.operation, s.target_id) for s in asked.plan.steps] == [("switch_back", CDN_A)]
    with pytest.raises(ConflictError, match="lacks"):
        room.desk.start(person("op"), asked.id, at=after(HOUR + 1))
    with pytest.raises(ConflictError, match="digest"):
        room.approve(asked.model_copy(update={"digest": done.digest}), "ops", at_s=HOUR + 2)
    assert len(room.line.sent) == 1


def test_a_measure_leaves_when_its_undo_ran_and_was_verified() -> None:
    """The order goes out once, is read back against the state before, and the measure ends."""
    room = Room()
    done = measure(room)
    asked = room.approve(undo(room, done), "ops", "acad", at_s=HOUR + 5)
    room.desk.start(person("op2"), asked.id, at=after(HOUR + 10))
    assert is_measure(room.stored(done))
    undone = room.run_out(asked, from_s=HOUR + 10)

    assert undone.status is RemediationStatus.VERIFIED
    assert not is_measure(undone)
    assert [order[1] for order in room.line.sent] == ["switch_over", "switch_back"]
    left = room.stored(done).left
    assert left is not None
    assert (left.how, left.by, left.through) == (Ending.TAKEN_BACK, "op2", undone.id)
    assert room.stored(done).status is RemediationStatus.VERIFIED
    assert "measure_ended" in [line.kind for line in room.audit(done.id)]
    assert verify_chain(room.audit()) is None
    with pytest.raises(ConflictError) as again:
        undo(room, done, at_s=HOUR + 100)
    assert again.value.code == "not_a_measure"


def test_a_measure_stays_until_the_undo_is_seen() -> None:
    """An executor that says yes and does nothing leaves the measure on the list."""
    room = Room()
    done = measure(room)
    room.line.acts = False
    asked = room.approve(undo(room, done), "ops", "acad", at_s=HOUR + 5)
    room.desk.start(person("op"), asked.id, at=after(HOUR + 10))
    found = room.run_out(asked, from_s=HOUR + 10)
    assert found.status is RemediationStatus.HELD
    assert is_measure(room.stored(done))
    with pytest.raises(ConflictError) as unsettled:
        undo(room, done, at_s=HOUR + 200)
    assert unsettled.value.code == "undo_not_settled"
    room.desk.resolve(
        person("op"), found.id, outcome="verified", note="现场看过", at=after(HOUR + 300)
    )
    assert not is_measure(room.stored(done))


def test_asking_twice_is_one_undo() -> None:
    """Two people and two clicks at once make one request, and one order."""
    room = Room()
    done = measure(room)
    with ThreadPoolExecutor(4) as pool:
        asked = list(pool.map(lambda who: undo(room, done, who=who), ["op", "op2", "op", "op2"]))
    assert len({found.id for found in asked}) == 1
    whole = room.approve(asked[0], "ops", "acad", at_s=HOUR + 5)
    room.desk.start(person("op"), whole.id, at=after(HOUR + 10))
    assert undo(room, done, at_s=HOUR + 11).id == whole.id
    room.run_out(whole, from_s=HOUR + 12)
    assert [order[1] for order in room.line.sent].count("switch_back") == 1


def test_an_undo_may_follow_at_once_but_not_again_and_again() -> None:
    """The brake against going to and fro lets an asked undo pass, and holds after it."""
    room = Room()
    done = measure(room)
    asked = room.approve(undo(room, done, at_s=200), "ops", "acad", at_s=210)
    room.desk.start(person("op"), asked.id, at=after(220))
    room.run_out(asked, from_s=220)
    with pytest.raises(ConflictError) as caught:
        room.request(at_s=400)
    assert caught.value.code == "to_and_fro"


def test_a_measure_that_no_longer_stands_is_not_undone() -> None:
    """Somebody moved the node by hand meanwhile: the undo is refused before anything is sent."""
    room = Room()
    done = measure(room)
    asked = room.approve(undo(room, done), "ops", "acad", at_s=HOUR + 5)
    room.line.states[CDN_A] = {"state": "serving", "serving_by": CDN_A}
    with pytest.raises(ConflictError) as caught:
        room.desk.start(person("op"), asked.id, at=after(HOUR + 10))
    assert caught.value.code == "refused"
    assert len(room.line.sent) == 1


def test_a_reverse_action_ends_the_measure_too() -> None:
    """The catalogue's own way back, once verified, takes the measure off the list."""
    room = Room(known=diagnosis(suspects={CDN_A: 0.3}))
    done = measure(room)
    asked = room.request(action=BACK, at_s=HOUR)
    room.approve(asked, "ops", "acad", at_s=HOUR + 5)
    room.desk.start(person("op"), asked.id, at=after(HOUR + 10))
    assert room.run_out(asked, from_s=HOUR + 10).status is RemediationStatus.VERIFIED
    left = room.stored(done).left
    assert left is not None
    assert (left.how, left.through) == (Ending.TAKEN_BACK, asked.id)


def test_a_setting_goes_back_to_what_it_was() -> None:
    """Where the operation is its own undo, the captured value is what is sent and expected."""
    room = Room()
    room.line.states[CDN_A] = {"quality": "high", "state": "serving"}
    asked = room.request(action=CAP, parameters={"quality": "low"})
    room.approve(asked, "ops", "acad")
    room.desk.start(person("op"), asked.id, at=after(20))
    done = room.run_out(asked)
    back = room.approve(undo(room, done), "ops", "acad", at_s=HOUR + 5)
    assert back.plan.steps[0].parameters == {"quality": "high"}
    room.desk.start(person("op"), back.id, at=after(HOUR + 10))
    assert room.run_out(back, from_s=HOUR + 10).status is RemediationStatus.VERIFIED
    assert room.line.states[CDN_A] == {"quality": "high", "state": "serving"}


def test_a_measure_outlives_its_incident() -> None:
    """A closed incident keeps nobody from taking the measure back, and is not opened by it."""
    room = Room()
    done = measure(room)
    old = room.store.incident(person("op"), INCIDENT)
    shut = old.model_copy(update={"state": IncidentState.CLOSED, "version": old.version + 1})
    room.store.write(lambda tx: tx.put_incident(shut, expected_version=old.version))
    asked = room.approve(undo(room, done), "ops", "acad", at_s=HOUR + 5)
    room.desk.start(person("op"), asked.id, at=after(HOUR + 10))
    room.run_out(asked, from_s=HOUR + 10)
    assert not is_measure(room.stored(done))
    assert room.store.incident(person("op"), incident().id).state is IncidentState.CLOSED


# ── What is held ────────────────────────────────────────────────────────────────────────────────


def test_a_held_one_goes_back_under_the_approvals_of_its_plan() -> None:
    """The undo was part of what people agreed to: one click, one order, at most once."""
    room = sound_room()
    found = held(room)
    running = undo(room, found, who="op2", at_s=200)
    assert (running.id, running.status) == (found.id, RemediationStatus.RUNNING)
    assert undo(room, found, at_s=201).version == running.version
    back = room.run_out(running, from_s=202)
    assert back.status is RemediationStatus.ROLLED_BACK
    assert room.line.sent == [
        (f"{found.id}-1", "switch_over", CDN_A),
        (f"{found.id}-1-undo", "switch_back", CDN_A),
    ]
    told = [(line.kind, line.actor) for line in room.audit(found.id)]
    assert told[-4:] == [
        ("undo_asked", "op2"),
        ("undo_intended", "op2"),
        ("undo_answered", "op2"),
        ("remediation_rolled_back", "op2"),
    ]
    assert undo_code(room, found, at_s=300) == "other_state"


def test_many_clicks_on_what_is_held_send_one_undo() -> None:
    """However many ask at the same moment, all are told of the same run."""
    room = sound_room()
    found = held(room)
    with ThreadPoolExecutor(6) as pool:
        names = ["op", "op2", "ops", "acad", "op", "op2"]
        got = list(pool.map(lambda who: undo(room, found, who=who, at_s=200), names))
    assert {(r.id, r.status) for r in got} == {(found.id, RemediationStatus.RUNNING)}
    room.run_out(found, from_s=202)
    assert [order[1] for order in room.line.sent].count("switch_back") == 1
    assert [line.kind for line in room.audit(found.id)].count("undo_asked") == 1


def test_an_undo_that_the_approvals_do_not_cover_is_asked_for() -> None:
    """Later, or with role, executor, demand, node or house another one: people agree anew."""

    def lose_the_role(room: Room) -> None:
        room.put_user("acad", Role.VIEWER)
        room.put_user("acad2", Role.ACADEMIC_LEAD)

    def change_the_executor(room: Room) -> None:
        room.line.version = "line/2"

    def demand_more(room: Room) -> None:
        extra = {"roles": (*policies()[1].roles, Role.PLATFORM_OWNER)}
        cdn = policies()[1].model_copy(update=extra)
        room.put_pack(acting_pack(policies=(policies()[0], cdn, *policies()[2:])))

    def suspect_the_node(room: Room) -> None:
        worse = diagnosis(suspects={CDN_A: 0.9}, revision=2)
        room.store.write(lambda tx: tx.add_diagnosis(worse))

    def move_house(room: Room) -> None:
        epoch = Epoch(id="epoch-2", number=2, begun_at=after(190))
        room.store.write(lambda tx: tx.put_epoch(epoch))

    changes = (lose_the_role, change_the_executor, demand_more, suspect_the_node, move_house)
    for change in changes:
        room = sound_room()
        found = held(room)
        change(room)
        asked = undo(room, found, at_s=200)
        assert (asked.status, asked.undoes) == ("requested", found.id), change.__name__
        assert len(room.line.sent) == 1
    room = sound_room()
    found = held(room)
    assert undo(room, found, at_s=20 + HOUR + 1).undoes == found.id


def test_a_held_one_is_settled_by_its_own_undo_request() -> None:
    """Approved anew, the undo passes the lock of what it takes back, and settles it."""
    room = Room()
    found = held(room)
    asked = room.approve(undo(room, found, at_s=200), "ops", "acad", at_s=210)
    room.desk.start(person("op"), asked.id, at=after(220))
    assert room.run_out(asked, from_s=220).status is RemediationStatus.VERIFIED
    settled = room.stored(found)
    assert settled.status is RemediationStatus.ROLLED_BACK
    assert [order[1] for order in room.line.sent] == ["switch_over", "switch_back"]


def test_a_stop_holds_the_undo_too() -> None:
    """Nothing starts under the emergency stop, and one pulled on the way holds what is left."""
    room = sound_room()
    found = held(room)
    room.desk.pull_stop(person("op"), "halt", after(190))
    assert undo_code(room, found, at_s=200) == "stopped"
    for who in ("ops", "acad"):
        room.desk.release_stop(person(who), after(201))
    undo(room, found, at_s=210)
    room.desk.pull_stop(person("op"), "halt", after(211))
    assert room.run_out(found, from_s=212).status is RemediationStatus.HELD
    assert len(room.line.sent) == 1


@pytest.mark.parametrize("dies", ["before", "after"])
def test_a_crash_in_an_undo_sends_it_at_most_once(dies: str) -> None:
    """Without an answer nobody knows: unknown, and a person settles it."""
    room = sound_room()
    found = held(room)
    undo(room, found, at_s=200)
    room.line.dies = dies
    with pytest.raises(Killed):
        room.desk.proceed(found.id, at=after(201))
    room.line.dies, room.desk = "", room.new_desk()
    assert room.desk.resume(at=after(210)) == 1
    assert room.run_out(found, from_s=210).status is RemediationStatus.UNKNOWN
    assert [o[1] for o in room.line.sent].count("switch_back") == (1 if dies == "after" else 0)


def test_what_cannot_go_back_is_said() -> None:
    """No undo in the plan, nothing done, or not held: each is refused with its own reason."""
    room = Room(line=Line(rolls_back=False))
    assert undo_code(room, held_without_undo(room), at_s=200) == "cannot_undo"
    room = Room()
    assert undo_code(room, room.approved(), at_s=20) == "other_state"
    room = Room()
    running = room.started()
    room.desk.pull_stop(person("op"), "halt", after(20))
    assert room.run_out(running).status is RemediationStatus.HELD
    assert undo_code(room, running, at_s=100) == "nothing_to_undo"


def held_without_undo(room: Room) -> Remediation:
    """Have it held where the executor takes nothing back."""
    running = room.started()
    room.line.acts = False
    found = room.run_out(running)
    assert found.status is RemediationStatus.HELD
    return found


# ── Who may, and how a measure ends without a click ─────────────────────────────────────────────


def test_only_who_operates_may_ask() -> None:
    """Viewers and admins never; a token needs the scopes; a reason is demanded."""
    room = sound_room()
    found = held(room)
    desk = room.desk.measures
    for who in ("viewer", "admin"):
        with pytest.raises(NotAllowedError):
            undo(room, found, who=who)
    for scopes in ((Scope.OPERATE,), (Scope.EXECUTE,), (Scope.READ,)):
        with pytest.raises(NotAllowedError):
            desk.undo(token_of("op", *scopes), found.id, reason="x", at=after(200))
    with pytest.raises(InputError):
        desk.undo(person("op"), found.id, reason=" ", at=after(200))
    with pytest.raises(NotAllowedError):
        desk.end(person("viewer"), found.id, how=Ending.BY_HAND, reason="x", at=after(200))
    assert room.refusals()[-1] == "wrong_role"
    assert room.stored(found) == found


@pytest.mark.parametrize("how", [Ending.PERMANENT, Ending.BY_HAND])
def test_a_person_ends_a_measure_with_a_reason(how: Ending) -> None:
    """It leaves the list with an audit line and a ledger line; nothing is sent, and once is all."""
    room = Room()
    done = measure(room)
    desk = room.desk.measures
    with pytest.raises(InputError):
        desk.end(person("op2"), done.id, how=how, reason="", at=after(HOUR))
    ended = desk.end(person("op2"), done.id, how=how, reason="换了正式线路", at=after(HOUR))
    assert ended.left is not None
    assert (ended.left.how, ended.left.by, ended.left.reason) == (how, "op2", "换了正式线路")
    again = desk.end(person("op2"), done.id, how=how, reason="again", at=after(HOUR + 1))
    assert again == ended
    with pytest.raises(ConflictError):
        desk.end(person("op"), done.id, how=how, reason="me too", at=after(HOUR + 2))
    assert undo_code(room, done, at_s=HOUR + 3) == "not_a_measure"
    assert [e.kind for e in room.store.ledger(INCIDENT)].count("measure_ended") == 1
    assert len(room.line.sent) == 1
    assert verify_chain(room.audit()) is None


def test_nobody_says_that_an_undo_ran() -> None:
    """Only an undo that was verified ends a measure as taken back."""
    room = Room()
    done = measure(room)
    with pytest.raises(ConflictError):
        room.desk.measures.end(
            person("op"), done.id, how=Ending.TAKEN_BACK, reason="x", at=after(HOUR)
        )


def test_an_approved_undo_of_a_measure_that_ended_sends_nothing() -> None:
    """Somebody undid it by hand meanwhile: the approvals buy nothing any more."""
    room = Room()
    done = measure(room)
    asked = room.approve(undo(room, done), "ops", "acad", at_s=HOUR + 5)
    room.desk.measures.end(
        person("op"), done.id, how=Ending.BY_HAND, reason="x", at=after(HOUR + 6)
    )
    with pytest.raises(EtiographError) as caught:
        room.desk.start(person("op"), asked.id, at=after(HOUR + 10))
    assert caught.value.code == "not_a_measure"
    assert len(room.line.sent) == 1


def test_who_takes_over_keeps_the_measures() -> None:
    """The successor accepts by name, once; what ended meanwhile is nobody's."""
    room = Room()
    done = measure(room)
    assert keeper_of(done) == "op"
    for at_s in (HOUR, HOUR + 60):
        room.desk.measures.accept(person("op2"), [done.id], note="", at=after(at_s))
    assert keeper_of(room.stored(done)) == "op2"
    kinds = [line.kind for line in room.audit()]
    assert (kinds.count("handover_accepted"), kinds.count("measure_handed_over")) == (2, 1)


def test_a_step_of_unknown_outcome_that_took_effect_can_be_taken_back() -> None:
    """A person found that it acted: then it is a measure like any other."""
    room = Room(line=Line(answers=[StepOutcome.UNKNOWN]))
    running = room.started()
    assert room.run_out(running).status is RemediationStatus.UNKNOWN
    done = room.desk.resolve(
        person("op"), running.id, outcome="verified", note="看过", at=after(100)
    )
    assert is_measure(done)
    assert undo(room, done).undoes == done.id


def undo_code(room: Room, found: Remediation, *, at_s: float) -> str | None:
    """Ask for an undo that must be refused; tell the code."""
    with pytest.raises(ConflictError) as caught:
        undo(room, found, at_s=at_s)
    return caught.value.code
