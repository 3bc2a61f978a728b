"""A running remediation: at most once, verified, taken back, or honestly not known."""

from __future__ import annotations

import pytest

from graph.errors import ConflictError, InputError, NotAllowedError
from graph.model.actions import OnNotBetter
from graph.model.pack import DomainPack
from graph.model.remediation import (
    Remediation,
    RemediationStatus,
    StepOutcome,
    Verdict,
)
from reasoning.remediation.desk import RemediationDesk
from tests.reasoning.remediation.catalogue import acting_pack, verification
from tests.reasoning.remediation.room import (
    CDN_A,
    CDN_B,
    EXAM_DB,
    RESTART,
    SWITCH,
    Killed,
    Line,
    Room,
    diagnosis,
    person,
)
from tests.small_pack import PACK, after

OTHER = f"{PACK}:client-r1-mobile"


def _judged_by(on_not_better: OnNotBetter) -> DomainPack:
    pack = acting_pack()
    changed = verification("serving_by", "{receiver}", on_not_better)
    actions = tuple(
        a.model_copy(update={"verification": changed}) if a.id == SWITCH else a
        for a in pack.actions
    )
    return pack.model_copy(update={"actions": actions})


def _outcomes(found: Remediation) -> list[tuple[int, bool, str]]:
    return [(run.seq, run.undoing, run.outcome.value) for run in found.runs]


# ── Crashes ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("dies", "arrived"), [("before", 0), ("after", 1)])
def test_a_process_that_dies_while_sending_leaves_it_unknown(dies: str, arrived: int) -> None:
    """Nobody can tell whether the order arrived, so it is not sent again; a person settles it."""
    room = Room(line=Line(dies=dies))
    running = room.started()
    with pytest.raises(Killed):
        room.desk.proceed(running.id, at=after(21))
    assert _outcomes(room.stored(running)) == [(1, False, "intended")]
    room.line.dies = ""
    room.desk = room.new_desk()
    assert room.desk.resume(at=after(30)) == 1
    found = room.run_out(running, from_s=30)

    assert (found.status, len(room.line.sent)) == (RemediationStatus.UNKNOWN, arrived)
    with pytest.raises(ConflictError):
        room.new_desk().start(person("op"), running.id, at=after(40))
    settled = room.desk.resolve(
        person("op"), running.id, outcome="escalated", note="打电话确认", at=after(50)
    )
    assert (settled.status, settled.resolution) == ("escalated", "打电话确认")
    assert settled.ended_at == after(50)


@pytest.mark.parametrize("dies", ["before", "after"])
def test_a_receiver_that_honours_keys_is_asked_again_with_the_same_one(dies: str) -> None:
    """The contract suite proved that a key acts once, so the step may be repeated under it."""
    room = Room(line=Line(dies=dies, honours_key=True))
    running = room.started()
    with pytest.raises(Killed):
        room.desk.proceed(running.id, at=after(21))
    room.line.dies = ""
    room.desk = room.new_desk()
    found = room.run_out(running, from_s=30)

    assert found.status is RemediationStatus.VERIFIED
    assert {key for key, _, _ in room.line.sent} == {f"{running.id}-1"}


def test_a_stop_after_a_crash_sends_nothing_again() -> None:
    """Even where the key is honoured the stop comes first."""
    room = Room(line=Line(dies="before", honours_key=True))
    running = room.started()
    with pytest.raises(Killed):
        room.desk.proceed(running.id, at=after(21))
    room.line.dies = ""
    room.desk = room.new_desk()
    room.desk.pull_stop(person("op"), "halt", after(25))
    found = room.run_out(running, from_s=30)

    assert (found.status, room.line.sent) == (RemediationStatus.UNKNOWN, [])


def test_a_claim_survives_a_restart_before_the_first_step() -> None:
    """Started, then killed: the next process finds it and carries on."""
    room = Room()
    running = room.started()
    room.desk = room.new_desk()
    assert room.desk.resume(at=after(30)) == 1
    job = room.store.write(lambda tx: tx.claim_job(at=after(30)))
    assert job is not None and (job.kind, job.key) == ("remediation", running.id)
    assert room.run_out(running, from_s=30).status is RemediationStatus.VERIFIED
    assert room.desk.resume(at=after(200)) == 0


# ── Answers ─────────────────────────────────────────────────────────────────────────────────────


def test_no_answer_after_sending_is_unknown_and_keeps_its_lock() -> None:
    """It timed out after acting: a person looks, and nothing else touches the target."""
    room = Room(line=Line(answers=[StepOutcome.UNKNOWN]))
    found = room.run_out(room.started())
    assert (found.status, found.ended_at) == (RemediationStatus.UNKNOWN, None)
    room.line.states[CDN_A] = {"state": "serving", "serving_by": CDN_A, "load": 1, "capacity": 99}
    again = room.approve(room.request(who="op2", at_s=1000), "ops", "acad", at_s=1000)
    with pytest.raises(ConflictError) as caught:
        room.desk.start(person("op"), again.id, at=after(1001))
    assert caught.value.code in ("locked", "to_and_fro")


def test_a_first_step_refused_by_the_executor_is_escalated() -> None:
    """Nothing was done, so nothing is taken back; a person hears of it."""
    room = Room(line=Line(answers=[StepOutcome.FAILED]))
    found = room.run_out(room.started())
    assert found.status is RemediationStatus.ESCALATED
    assert found.refusal is not None and "nothing was changed" in found.refusal.en
    assert len(room.line.sent) == 1


def test_a_later_step_refused_takes_the_earlier_ones_back() -> None:
    """Two nodes, the second refuses: the first goes back, last one first."""
    third = f"{PACK}:cdn-c"
    pack = acting_pack()
    spare = next(c for c in pack.components if c.id == CDN_B).model_copy(update={"id": third})
    room = Room(
        pack=pack.model_copy(update={"components": (*pack.components, spare)}),
        known=diagnosis(suspects={EXAM_DB: 0.4}),
    )
    room.line.states[third] = {"state": "serving", "serving_by": third, "load": 0, "capacity": 999}
    room.line.answers = [StepOutcome.DONE, StepOutcome.FAILED]
    asked = room.request(targets=(CDN_B, CDN_A), parameters={"receiver": third})
    # cdn-c is on no flow, but no target either; the demand is that of every switch-over.
    whole = room.approve(asked, "ops", "acad")
    room.desk.start(person("op"), whole.id, at=after(20))
    found = room.run_out(whole)

    assert found.status is RemediationStatus.ROLLED_BACK
    assert _outcomes(found) == [(1, False, "done"), (2, False, "failed"), (1, True, "done")]
    assert [operation for _, operation, _ in room.line.sent] == [
        "switch_over",
        "switch_over",
        "switch_back",
    ]


# ── Verification and rollback ───────────────────────────────────────────────────────────────────


def test_it_waits_to_settle_and_judges_at_the_deadline() -> None:
    """Ten seconds of rest, then looks until sixty; only then it has not become better."""
    room = Room(line=Line(acts=False))
    running = room.started()
    assert room.desk.proceed(running.id, at=after(20)) == after(20)
    assert room.desk.proceed(running.id, at=after(20)) == after(30)
    assert room.stored(running).verify_at == after(30)
    assert room.desk.proceed(running.id, at=after(30)) == after(32)
    assert room.desk.proceed(running.id, at=after(59)) == after(80 - 19)
    assert room.stored(running).verified is None
    assert room.desk.proceed(running.id, at=after(80)) == after(80)
    found = room.stored(running)
    assert found.verified is not None and found.verified.verdict is Verdict.UNCHANGED


def test_accepted_but_not_done_is_called_off() -> None:
    """Nothing moved, so the undo only takes the order back, even to a faulty node; all audited."""
    room = Room(line=Line(acts=False))
    found = room.run_out(room.started())
    assert found.status is RemediationStatus.ROLLED_BACK
    assert _outcomes(found) == [(1, False, "done"), (1, True, "done")]
    kinds = [line.kind for line in room.audit(found.id)]
    assert kinds[-4:] == [
        "verification_done",
        "undo_intended",
        "undo_answered",
        "remediation_rolled_back",
    ]


def test_no_switch_back_onto_a_faulty_node_by_itself() -> None:
    """It moved, but elsewhere than planned: back would be onto the node that broke."""
    room = Room()
    running = room.started()
    room.desk.proceed(running.id, at=after(20))
    room.line.states[CDN_A] = {"state": "drained", "serving_by": OTHER}
    found = room.run_out(running)
    assert (found.status, len(room.line.sent)) == (RemediationStatus.HELD, 1)
    assert found.verified is not None and found.verified.verdict is Verdict.WORSE


def test_a_switch_back_onto_a_sound_node_goes_by_itself() -> None:
    """Where the node has recovered, what went wrong is taken back."""
    room = Room()
    running = room.started()
    room.desk.proceed(running.id, at=after(20))
    room.line.states[CDN_A] = {"state": "drained", "serving_by": OTHER}
    well = diagnosis(revision=2, suspects={EXAM_DB: 0.9, CDN_A: 0.05})
    room.store.write(lambda tx: tx.add_diagnosis(well))
    assert room.run_out(running).status is RemediationStatus.ROLLED_BACK


def test_what_nobody_can_read_is_held() -> None:
    """A state that went dark is neither better nor worse."""
    room = Room()
    running = room.started()
    room.desk.proceed(running.id, at=after(20))
    room.line.states[CDN_A] = None
    found = room.run_out(running)
    assert found.status is RemediationStatus.HELD
    assert found.verified is not None and found.verified.verdict is Verdict.CANNOT_TELL


@pytest.mark.parametrize(
    ("wanted", "status"),
    [(OnNotBetter.HOLD_AND_ASK, "held"), (OnNotBetter.ESCALATE, "escalated")],
)
def test_hold_and_escalate_take_nothing_back(wanted: OnNotBetter, status: str) -> None:
    """What the approvers read beforehand is what follows."""
    room = Room(pack=_judged_by(wanted), line=Line(acts=False))
    found = room.run_out(room.started())
    assert (found.status, len(room.line.sent)) == (status, 1)


@pytest.mark.parametrize(
    ("outcome", "status"),
    [(StepOutcome.FAILED, "escalated"), (StepOutcome.UNKNOWN, "unknown")],
)
def test_an_undo_that_fails_is_never_called_rolled_back(outcome: StepOutcome, status: str) -> None:
    """Failed: a person at once. No answer: not known."""
    room = Room(line=Line(acts=False, answers=[StepOutcome.DONE, outcome]))
    assert room.run_out(room.started()).status == status


def test_an_executor_that_cannot_undo_is_held() -> None:
    """The plan says so beforehand, and nothing is sent back."""
    room = Room(line=Line(acts=False, rolls_back=False))
    asked = room.request()
    assert asked.plan.steps[0].undo is None
    assert asked.plan.verification.on_not_better is OnNotBetter.HOLD_AND_ASK
    assert room.run_out(room.started()).status is RemediationStatus.HELD


def test_the_stop_holds_an_undo_too() -> None:
    """What was not sent is not sent, whichever way it goes."""
    room = Room(line=Line(acts=False))
    running = room.started()
    room.desk.proceed(running.id, at=after(20))
    room.desk.pull_stop(person("op2"), "halt", after(70))
    found = room.run_out(running, from_s=80)
    assert (found.status, len(room.line.sent)) == (RemediationStatus.HELD, 1)


def test_an_executor_that_changes_on_the_way_is_held() -> None:
    """Its content is locked until the last step."""
    room = Room()
    running = room.started()
    room.line.version = "line/2"
    assert room.run_out(running).status is RemediationStatus.HELD
    assert room.line.sent == []


def test_an_executor_that_vanished_on_the_way_is_held() -> None:
    """Its profile was removed: before a step nothing is sent, after it nobody can read back."""
    before, sent = Room(), Room()
    for room, first in ((before, False), (sent, True)):
        running = room.started()
        if first:
            room.desk.proceed(running.id, at=after(20))
        room.desk = RemediationDesk(room.store, {})
        found = room.run_out(running, from_s=21)
        assert found.status is RemediationStatus.HELD
        assert len(room.line.sent) == first


def test_a_later_step_refused_is_held_where_back_is_a_faulty_node() -> None:
    """One of two nodes moved and is the one that broke: a person decides."""
    third = f"{PACK}:cdn-c"
    pack = acting_pack()
    spare = next(c for c in pack.components if c.id == CDN_B).model_copy(update={"id": third})
    room = Room(pack=pack.model_copy(update={"components": (*pack.components, spare)}))
    room.line.states[third] = {"state": "serving", "serving_by": third, "load": 0, "capacity": 999}
    room.line.answers = [StepOutcome.DONE, StepOutcome.FAILED]
    asked = room.request(targets=(CDN_A, CDN_B), parameters={"receiver": third})
    whole = room.approve(asked, "ops", "acad")
    room.desk.start(person("op"), whole.id, at=after(20))
    found = room.run_out(whole)
    assert (found.status, len(room.line.sent)) == (RemediationStatus.HELD, 2)


def test_a_dry_run_sends_nothing_and_claims_nothing() -> None:
    """It says at once that there is nothing to verify, and leaves the end to a person."""
    room = Room()
    asked = room.request(action=RESTART, targets=(f"{PACK}:report-api",))
    whole = room.approve(asked, "ops", "acad", *(["owner"] if len(asked.demand.roles) > 2 else []))
    room.desk.start(person("op"), whole.id, at=after(20))
    found = room.run_out(whole)
    assert (found.status, room.line.sent) == (RemediationStatus.HELD, [])
    assert found.verified is not None and "nothing was sent" in found.verified.text.en


def test_only_an_operator_settles_and_says_why() -> None:
    """A viewer, a missing note, or something that needs no settling: all refused."""
    room = Room(line=Line(answers=[StepOutcome.UNKNOWN]))
    found = room.run_out(room.started())
    with pytest.raises(NotAllowedError):
        room.desk.resolve(person("viewer"), found.id, outcome="verified", note="x", at=after(90))
    with pytest.raises(InputError):
        room.desk.resolve(person("op"), found.id, outcome="verified", note="", at=after(90))
    done = room.desk.resolve(
        person("op"), found.id, outcome="verified", note="后台已确认", at=after(90)
    )
    assert done.status is RemediationStatus.VERIFIED
    with pytest.raises(ConflictError):
        room.desk.resolve(person("op"), found.id, outcome="escalated", note="x", at=after(91))


def test_an_ended_or_waiting_remediation_has_nothing_to_do() -> None:
    """The handler may be called as often as it likes."""
    room = Room()
    asked = room.request()
    assert room.desk.proceed(asked.id, at=after(5)) is None
    done = room.run_out(room.started(who="op2"))
    assert room.desk.proceed(done.id, at=after(500)) is None
    assert len(room.line.sent) == 1
