"""The desk, move by move: who may, what is written, and what never runs."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from graph.audit_chain import verify_chain
from graph.errors import ConflictError, GoneError, InputError, NotAllowedError, NotFoundError
from graph.model.access import Principal, Role, Scope
from graph.model.base import Text
from graph.model.diagnosis import EvidenceWeight
from graph.model.incident import IncidentState
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
from graph.model.topology import Visibility
from tests.reasoning.remediation.room import (
    BACK,
    CAP,
    CDN_A,
    CDN_B,
    CREDIT,
    DRAIN,
    EXAM_DB,
    FAILOVER,
    INCIDENT,
    RESTART,
    ROLES,
    SWITCH,
    Line,
    Room,
    acting_pack,
    diagnosis,
    incident,
    person,
    policies,
    token_of,
)
from tests.small_pack import PACK, after, text


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


# ── What a request is refused for ───────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"action": f"{PACK}:nonsense"}, "unknown_action"),
        ({"targets": ()}, "bad_targets"),
        ({"targets": (CDN_A, CDN_A)}, "bad_targets"),
        ({"targets": (EXAM_DB,)}, "wrong_kind"),
        ({"targets": (f"{PACK}:gone",)}, "vanished_target"),
        ({"targets": ("'; rm -rf /; echo '",)}, "vanished_target"),
        ({"parameters": {}}, "missing_parameter"),
        ({"parameters": {"receiver": EXAM_DB}}, "wrong_kind"),
        ({"parameters": {"receiver": CDN_A}}, "bad_parameter"),
        ({"parameters": {"receiver": "$(reboot)"}}, "vanished_target"),
        ({"parameters": {"receiver": CDN_B, "extra\u202e": 1}}, "unknown_parameter"),
        ({"action": CAP, "parameters": {"quality": "best"}}, "bad_parameter"),
        ({"reason": " "}, "reason_missing"),
        ({"reason": "长" * 5000}, "reason_too_long"),
        ({"reason": "half \ud800"}, "reason_unreadable"),
        (
            {"action": DRAIN, "targets": (f"{PACK}:report-api",), "parameters": {"share": 9}},
            "bad_parameter",
        ),
        (
            {"action": DRAIN, "targets": (f"{PACK}:report-api",), "parameters": {"share": True}},
            "bad_parameter",
        ),
        (
            {"action": DRAIN, "targets": (f"{PACK}:report-api",), "parameters": {"share": "50"}},
            "bad_parameter",
        ),
    ],
)
def test_bad_input_is_named_in_both_languages_and_nothing_is_written(
    wanted: dict[str, object], code: str
) -> None:
    """The error says what and where; only the refused attempt is recorded."""
    room = Room()
    with pytest.raises(InputError) as caught:
        room.request(**wanted)  # type: ignore[arg-type]  # the cases are the test

    assert (caught.value.code, bool(caught.value.zh)) == (code, True)
    assert caught.value.errors[0].pointer.startswith("/")
    assert "\u202e" not in str(caught.value)
    assert room.store.remediations(person("op")).items == ()
    assert room.refusals() == [code]


def test_somebody_of_another_site_sees_no_target() -> None:
    """A component that is shown to its own site only is, to others, one that does not exist."""
    pack = acting_pack()
    hidden = {"site": "north", "visibility": Visibility.SITE}
    components = tuple(c.model_copy(update=hidden) if c.id == CDN_A else c for c in pack.components)
    room = Room(pack=pack.model_copy(update={"components": components}))
    south = person("op").model_copy(update={"sites": frozenset({"south"})})
    with pytest.raises(InputError, match="is not in the graph"):
        room.desk.request(
            south,
            INCIDENT,
            action_id=SWITCH,
            target_ids=(CDN_A,),
            parameters={"receiver": CDN_B},
            reason="x",
            at=after(0),
        )


def test_an_unknown_incident_is_not_found() -> None:
    """There is nothing to act on, and the attempt is recorded."""
    room = Room()
    with pytest.raises(NotFoundError):
        room.desk.request(
            person("op"),
            "inc-none",
            action_id=SWITCH,
            target_ids=(CDN_A,),
            parameters={"receiver": CDN_B},
            reason="x",
            at=after(0),
        )


@pytest.mark.parametrize("name", ["admin", "viewer"])
def test_admins_and_viewers_never_request_nor_start(name: str) -> None:
    """Managing accounts is no right to act."""
    room = Room()
    with pytest.raises(NotAllowedError, match="neither operator nor lead"):
        room.request(who=name)
    approved = room.approved()
    with pytest.raises(NotAllowedError):
        room.desk.start(person(name), approved.id, at=after(20))
    assert room.refusals() == ["wrong_role", "wrong_role"]


def test_a_token_needs_the_scope_of_the_call() -> None:
    """A token that may operate requests; starting takes one that may execute."""
    room = Room()
    with pytest.raises(NotAllowedError):
        room.desk.start(token_of("op", Scope.OPERATE), room.approved().id, at=after(20))


def test_a_role_that_nobody_holds_is_said_at_once() -> None:
    """A request that nobody can approve is refused, not left to expire."""
    room = Room(people={name: role for name, role in ROLES.items() if name != "acad"})
    with pytest.raises(ConflictError, match="academic lead"):
        room.request()
    assert room.refusals() == ["nobody_can_approve"]


def test_an_executor_that_is_not_configured_is_said_at_once() -> None:
    """An action whose executor this house does not have cannot be asked for."""
    pack = acting_pack()
    elsewhere = tuple(a.model_copy(update={"executor": "awx"}) for a in pack.actions)
    with pytest.raises(ConflictError, match="awx"):
        Room(pack=pack.model_copy(update={"actions": elsewhere})).request()


def test_nothing_is_asked_for_an_incident_that_is_over() -> None:
    """A closed or merged incident takes no action."""
    room = Room()
    closed = incident().model_copy(update={"state": IncidentState.CLOSED, "version": 2})
    room.store.write(lambda tx: tx.put_incident(closed, expected_version=1))
    with pytest.raises(ConflictError) as caught:
        room.request()
    assert caught.value.code == "incident_closed"


def test_one_person_in_two_roles_is_not_two_people() -> None:
    """The only holder of both demanded roles cannot fill both."""
    room = Room(people={"op": Role.OPERATOR})
    room.put_user("both", Role.OPS_LEAD, Role.ACADEMIC_LEAD)
    with pytest.raises(ConflictError):
        room.request()


def test_a_second_click_asks_for_nothing_new() -> None:
    """The same open request of the same person is that one; after it has ended it is another."""
    room = Room()
    first = room.request()
    assert room.request(at_s=1) == first
    room.desk.withdraw(person("op"), first.id, at=after(2))
    assert room.request(at_s=3).id != first.id


def test_a_demo_store_refuses_real_executors() -> None:
    """With demo users only the dry run and the bundled service may act."""
    with pytest.raises(ConflictError, match="demo users"):
        Room(demo=True).request()
    allowed = Room(demo=True, demo_profiles=frozenset({"line"})).request()
    dry = Room(demo=True).request(action=RESTART, targets=(f"{PACK}:report-api",))
    assert (allowed.status, dry.plan.executor.profile) == ("requested", "dry-run")


def test_people_and_steps_are_named_in_the_business_words() -> None:
    """The approver reads names and numbers, at least so many while alerts still arrive."""
    calm, moving = Room(), Room(known=diagnosis(settling=True))
    told = calm.request().plan.effects
    assert told.zh == "约 2,500 人由 cdn-a 换走，region 1–2 停几秒，涉及 study"
    assert told.en == "About 2,500 people leave cdn-a; regions 1–2 pause; this hits study"
    least = moving.request().plan.effects
    assert (least.zh[:11], least.en[:8]) == ("至少 2,500 人由", "At least")


# ── Attacks on the approval ─────────────────────────────────────────────────────────────────────


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


# ── Attacks on the start ────────────────────────────────────────────────────────────────────────


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


# ── Brakes and the stop ─────────────────────────────────────────────────────────────────────────


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
