"""Attacks on the approval: who agrees, to what, and how long that stands."""

from __future__ import annotations

from datetime import timedelta

import pytest

from graph.errors import ConflictError, GoneError, InputError, NotAllowedError
from graph.model.access import Principal, Role, Scope
from graph.model.diagnosis import EvidenceWeight
from graph.model.observation import Observation, Result
from graph.model.remediation import Decision, Remediation, RemediationStatus
from graph.model.signals import (
    Alert,
    AlertRecord,
    AlertStatus,
    ChangeEvent,
    ChangeKind,
    ChangeRecord,
    Lane,
)
from tests.reasoning.remediation.room import (
    CDN_A,
    CDN_B,
    CREDIT,
    EXAM_DB,
    INCIDENT,
    Room,
    diagnosis,
    person,
    token_of,
)
from tests.small_pack import PACK, after, text


def _decide(room: Room, asked: Remediation, who: Principal, **given: object) -> Remediation:
    known: dict[str, object] = {
        "digest": asked.digest,
        "decision": Decision.APPROVE,
        "reason": "",
        "password_confirmed": True,
        "at": after(10),
    }
    return room.desk.decide(who, asked.id, **{**known, **given})  # type: ignore[arg-type]  # passed on


def test_nobody_approves_their_own_request() -> None:
    """A lead who asked cannot agree, whatever they hold."""
    room = Room()
    asked = room.request(who="ops")
    with pytest.raises(NotAllowedError) as caught:
        _decide(room, asked, person("ops"))
    assert (caught.value.code, room.refusals()) == ("own_request", ["own_request"])


def test_who_accused_the_target_counts_as_requester() -> None:
    """Evidence entered by hand against the target is half a request; taken back it is none."""
    room = Room()
    seen = Observation(
        evidence_id="ob-1",
        incident_id=INCIDENT,
        check_id=f"confirm@{CDN_A}",
        result=Result.POSITIVE,
        by="acad",
        at=after(1),
    )
    room.store.write(lambda tx: tx.put_observation(seen))
    asked = room.request()
    with pytest.raises(NotAllowedError) as caught:
        _decide(room, asked, person("acad"))
    assert caught.value.code == "own_request"
    taken_back = seen.model_copy(update={"retracted_at": after(5)})
    room.store.write(lambda tx: tx.put_observation(taken_back))
    assert len(_decide(room, asked, person("acad")).approvals) == 1


@pytest.mark.parametrize(
    ("source", "place", "weight", "refused"),
    [
        ("people", CDN_A, 0.0, True),
        ("people", "small:exam-db", 1.2, True),
        ("people", "small:exam-db", 0.4, False),
        ("prometheus", CDN_A, 1.2, False),
    ],
)
def test_who_took_a_decisive_report_counts_as_requester(
    source: str, place: str, weight: float, refused: bool
) -> None:
    """A report on the target, or one that weighs tenfold for it, is half a request."""
    told = diagnosis()
    item = EvidenceWeight(evidence_id="al-1", text=text("call"), log10_bayes_factor=weight)
    top = told.hypotheses[0].model_copy(update={"evidence_for": (item,)})
    assert top.component_id == CDN_A
    room = Room(known=told.model_copy(update={"hypotheses": (top, *told.hypotheses[1:])}))
    call = Alert(
        source=source,
        fingerprint="call-1",
        status=AlertStatus.FIRING,
        alertname="PeopleReports",
        labels={"alertname": "PeopleReports", "component": place, "taken_by": "acad"},
        starts_at=after(1),
        received_at=after(1),
    )
    record = AlertRecord(
        evidence_id="al-1",
        alert=call,
        pack_id=PACK,
        lane=Lane.INCIDENT,
        component_id=place,
        incident_id=INCIDENT,
    )
    room.store.write(lambda tx: tx.add_alerts([record]))
    asked = room.request()
    if not refused:
        assert len(_decide(room, asked, person("acad")).approvals) == 1
        return
    with pytest.raises(NotAllowedError) as caught:
        _decide(room, asked, person("acad"))
    assert caught.value.code == "own_request"


@pytest.mark.parametrize(
    ("source", "target", "taken_back", "refused"),
    [
        ("people", CDN_A, False, True),
        ("people", CDN_A, True, True),
        ("people", "small:exam-db", False, False),
        ("deploys", CDN_A, False, False),
    ],
)
def test_who_wrote_down_work_on_the_target_counts_as_requester(
    source: str, target: str, taken_back: bool, refused: bool
) -> None:
    """Work by hand raises the odds of its target; elsewhere, or told by a machine, it does not.

    Taking it back clears nobody: who said to have been at the target is no stranger to it.
    """
    room = Room()
    did = ChangeEvent(
        source=source,
        id="c-1",
        at=after(-30),
        kind=ChangeKind.OTHER,
        targets=(target,),
        actor="acad",
        summary="pulled the cable",
        received_at=after(1),
    )
    record = ChangeRecord(
        evidence_id="ch-1",
        change=did,
        pack_id=PACK,
        component_ids=(target,),
        incident_ids=(INCIDENT,),
        retracted_at=after(2) if taken_back else None,
    )
    room.store.write(lambda tx: tx.put_change(record))
    asked = room.request()
    if not refused:
        assert len(_decide(room, asked, person("acad")).approvals) == 1
        return
    with pytest.raises(NotAllowedError) as caught:
        _decide(room, asked, person("acad"))
    assert caught.value.code == "own_request"


def test_one_person_fills_one_entry() -> None:
    """Holding both roles does not make two people."""
    room = Room()
    both = Principal(
        name="both",
        roles=frozenset({Role.OPS_LEAD, Role.ACADEMIC_LEAD}),
        session_id="s",
    )
    room.put_user("both", Role.OPS_LEAD, Role.ACADEMIC_LEAD)
    asked = room.request()
    _decide(room, asked, both)
    with pytest.raises(ConflictError) as caught:
        _decide(room, asked, both, role=Role.ACADEMIC_LEAD)
    assert caught.value.code == "same_person"
    with pytest.raises(ConflictError) as filled:
        _decide(room, asked, person("ops"))
    assert filled.value.code == "role_filled"


@pytest.mark.parametrize("name", ["op2", "owner", "admin", "viewer"])
def test_only_a_demanded_role_decides(name: str) -> None:
    """An operator, an admin, or a lead who is not asked says neither yes nor no."""
    room = Room()
    asked = room.request()
    for decision in Decision:
        with pytest.raises(NotAllowedError) as caught:
            _decide(room, asked, person(name), decision=decision, reason="x")
        assert caught.value.code == "wrong_role"


def test_a_token_never_approves() -> None:
    """Not even with every scope there is."""
    room = Room()
    asked = room.request()
    with pytest.raises(NotAllowedError) as caught:
        _decide(room, asked, token_of("ops", *Scope))
    assert caught.value.code == "session_required"
    assert room.audit()[-1].detail["by"] == "token"


def test_an_approval_of_another_digest_counts_for_nothing() -> None:
    """What was agreed to is what was seen."""
    room = Room()
    asked = room.request()
    with pytest.raises(ConflictError) as caught:
        _decide(room, asked, person("ops"), digest="0" * 64)
    assert caught.value.code == "other_digest"
    assert room.stored(asked).approvals == ()


def test_an_approval_of_one_request_is_none_of_another() -> None:
    """An identical re-request has an id and a digest of its own."""
    room = Room()
    first = room.request()
    room.desk.withdraw(person("op"), first.id, at=after(1))
    second = room.request(at_s=2)
    assert first.plan == second.plan
    with pytest.raises(ConflictError):
        _decide(room, second, person("ops"), digest=first.digest)


def test_credit_data_take_the_password_again() -> None:
    """A session alone does not agree to a change of credit data; a no needs no password."""
    room = Room()
    asked = room.request(action=CREDIT, targets=(EXAM_DB,))
    assert asked.demand.roles == (Role.OPS_LEAD, Role.ACADEMIC_LEAD)
    with pytest.raises(NotAllowedError) as caught:
        _decide(room, asked, person("ops"), password_confirmed=False)
    assert caught.value.code == "step_up_required"
    no = _decide(
        room,
        asked,
        person("ops"),
        password_confirmed=False,
        decision=Decision.REJECT,
        reason="先对账",
    )
    assert no.status is RemediationStatus.REJECTED


def test_a_no_needs_a_reason_and_ends_it() -> None:
    """One no is enough, and nobody can agree any more."""
    room = Room()
    asked = room.request()
    with pytest.raises(InputError):
        _decide(room, asked, person("ops"), decision=Decision.REJECT)
    _decide(room, asked, person("ops"), decision=Decision.REJECT, reason="再看看")
    with pytest.raises(ConflictError):
        _decide(room, asked, person("acad"))
    with pytest.raises(ConflictError):
        room.desk.start(person("op"), asked.id, at=after(20))
    assert room.line.sent == []


def test_a_late_approval_is_gone() -> None:
    """After fifteen minutes the world is another one."""
    room = Room()
    asked = room.request()
    with pytest.raises(GoneError):
        _decide(room, asked, person("ops"), at=asked.expires_at)
    assert room.stored(asked).status is RemediationStatus.EXPIRED
    with pytest.raises(GoneError):
        _decide(room, asked, person("acad"), at=after(5))


def test_a_clock_set_back_revives_nothing() -> None:
    """The newest audit line is the least the time can be; a big jump voids what is open."""
    room = Room()
    first, second = room.request(), room.request(targets=(CDN_B,), parameters={"receiver": CDN_A})
    room.desk.pull_stop(person("op"), "clock", first.expires_at)
    with pytest.raises(ConflictError) as caught:
        _decide(room, first, person("ops"), at=after(10))
    assert (caught.value.code, room.stored(first).status) == ("clock", "revoked")
    with pytest.raises(GoneError):
        _decide(room, second, person("ops"), at=first.expires_at - timedelta(seconds=30))
