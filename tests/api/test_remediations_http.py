"""Remediations over HTTP: request, agree, run, settle; what is refused leaves only a line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from graph.model.access import Role, Scope
from tests.acting_pack import CREDITS, DATABASE, FAILOVER, NODE, RECEIVER, SWITCH, acting_pack
from tests.api.acting_room import PEOPLE, ActingRoom, refusal_in
from tests.api.room import problem_in

BIDI = "\u202e\u2066<script>alert(1)</script>"


@pytest.fixture
def acting() -> Iterator[ActingRoom]:
    """A room where a switch-over can be asked for, agreed to and run."""
    made = ActingRoom()
    yield made
    made.close()


# ── The way of a remediation ────────────────────────────────────────────────────────────────────


def test_a_request_shows_the_plan_and_who_must_agree(acting: ActingRoom) -> None:
    """201 with exactly what will be sent, its undo, the rules that fired and the open roles."""
    asked = acting.asked()

    assert asked["status"] == "requested"
    assert asked["required_roles"] == asked["open_roles"] == ["ops_lead", "academic_lead"]
    assert {rule["rule"] for rule in asked["rules_fired"]} == {
        "small:exam-week",
        "small:switch-over",
    }
    step = asked["plan"]["steps"][0]
    assert (step["target_id"], step["undo"]) == (NODE, "switch_back")
    assert step["parameters"] == {"receiver": RECEIVER, "share": 50}
    assert RECEIVER in step["rendered"]
    assert asked["seconds_left"] == 900
    assert asked["may_decide_as"] == []
    assert acting.hands.told == []


def test_it_runs_once_after_every_approval_and_is_verified(acting: ActingRoom) -> None:
    """409 until the last yes; then 202, one order to the executor, and its state read back."""
    asked = acting.asked()
    operator = acting.person("zhou")
    refusal_in(operator.execute(asked), 409, "not_approved")
    acting.agreed(asked, "qian")
    refusal_in(operator.execute(asked), 409, "not_approved")
    assert acting.hands.told == []

    assert acting.agreed(asked, "sun")["status"] == "approved"
    started = operator.execute(asked)
    assert (started.status_code, started.json()["status"]) == (202, "running")
    acting.work()

    done = acting.read(asked)
    assert done["status"] == "verified"
    assert done["verified"]["verdict"] == "better"
    assert [order[:2] for order in acting.hands.told] == [("switch_over", NODE)]
    refusal_in(operator.execute(asked), 409, "other_state")
    acting.work()
    assert len(acting.hands.told) == 1


def test_the_ledger_of_the_incident_tells_every_move(acting: ActingRoom) -> None:
    """The timeline shows who asked, who agreed, who started, and what came of it."""
    asked = acting.approved()
    acting.person("zhou").execute(asked)
    acting.work()

    entries = acting.person("zhou").get(f"/incidents/{acting.incident}/timeline")["items"]
    told = [(entry["kind"], entry["actor"]) for entry in entries]
    for move in (
        ("remediation_requested", "zhou"),
        ("approval_given", "qian"),
        ("approval_given", "sun"),
        ("remediation_started", "zhou"),
        ("verification_done", "zhou"),
    ):
        assert move in told


def test_what_did_not_move_is_taken_back(acting: ActingRoom) -> None:
    """An executor that accepts and does nothing ends in a rollback, not in success."""
    acting.hands.obeys = False
    asked = acting.approved()
    acting.person("zhou").execute(asked)
    for _ in range(4):
        acting.work()
        acting.clock.forward(seconds=3)

    assert acting.read(asked)["status"] == "rolled_back"
    assert [order[0] for order in acting.hands.told] == ["switch_over", "switch_back"]


def test_a_held_outcome_waits_for_a_person(acting: ActingRoom) -> None:
    """Work that cannot be taken back is held; an operator settles it with a note, once."""
    acting.hands.obeys = False
    asked = acting.asked(action_id=CREDITS, target_ids=[DATABASE], parameters={})
    acting.agreed(asked, "qian", "sun")
    operator = acting.person("zhou")
    path = f"/remediations/{asked['remediation_id']}/resolution"
    settled = {"outcome": "escalated", "note": "called the vendor"}
    refusal_in(operator.send("POST", path, settled), 409, "other_state")
    operator.execute(asked)
    for _ in range(4):
        acting.work()
        acting.clock.forward(seconds=3)
    assert acting.read(asked)["status"] == "held"

    refusal_in(operator.send("POST", path, settled | {"note": " "}), 422, "reason_missing")
    answer = operator.send("POST", path, settled)
    assert (answer.status_code, answer.json()["status"]) == (200, "escalated")
    assert answer.json()["resolution"] == "called the vendor"
    refusal_in(operator.send("POST", path, settled), 409, "other_state")


def test_asking_twice_is_one_request(acting: ActingRoom) -> None:
    """A double click makes no second remediation."""
    first, second = acting.asked(), acting.asked()
    assert first["remediation_id"] == second["remediation_id"]
    assert len(acting.person("zhou").get("/remediations")["items"]) == 1


def test_lists_filter_by_status_and_incident(acting: ActingRoom) -> None:
    """The list is newest first and shows only what was asked for."""
    asked = acting.asked()
    reader = acting.person("qian")
    for query, count in (
        ("", 1),
        ("?status=requested", 1),
        ("?status=running", 0),
        (f"?incident={acting.incident}", 1),
        ("?incident=inc-0000", 0),
    ):
        assert len(reader.get(f"/remediations{query}")["items"]) == count
    assert reader.get("/remediations")["items"][0]["digest"] == asked["digest"]
    assert reader.get("/remediations")["items"][0]["may_decide_as"] == ["academic_lead"]


# ── Bad input ───────────────────────────────────────────────────────────────────────────────────

_FAULTS: dict[str, tuple[dict[str, object], str]] = {
    "unknown action": ({"action_id": f"{SWITCH}-x"}, "unknown_action"),
    "an action that is markup": ({"action_id": BIDI}, "unknown_action"),
    "wrong kind of target": ({"target_ids": [DATABASE]}, "wrong_kind"),
    "vanished target": ({"target_ids": ["small:cdn-gone"]}, "vanished_target"),
    "a command for a target": ({"target_ids": ["cdn-a; reboot"]}, "vanished_target"),
    "no target": ({"target_ids": []}, "bad_targets"),
    "a target twice": ({"target_ids": [NODE, NODE]}, "bad_targets"),
    "no receiver": ({"parameters": {}}, "missing_parameter"),
    "receiver of wrong kind": ({"parameters": {"receiver": DATABASE}}, "wrong_kind"),
    "receiver is target": ({"parameters": {"receiver": NODE}}, "bad_parameter"),
    "a command for a receiver": (
        {"parameters": {"receiver": "$(reboot)\r\nX-Evil: 1"}},
        "vanished_target",
    ),
    "unknown parameter": (
        {"parameters": {"receiver": RECEIVER, "shell": "reboot"}},
        "unknown_parameter",
    ),
    "a reason of 5,000": ({"reason": "长" * 5000}, "reason_too_long"),
    "no reason": ({"reason": " \n"}, "reason_missing"),
}


@pytest.mark.parametrize("fault", _FAULTS)
def test_what_cannot_be_asked_is_said_and_leaves_only_a_line(
    acting: ActingRoom, fault: str
) -> None:
    """422 in both languages naming the place; nothing is stored but the refused attempt."""
    acting.everybody()
    changed, code = _FAULTS[fault]
    body = refusal_in(acting.ask(acting.person("zhou"), **changed), 422, code)

    assert body["errors"][0]["pointer"].startswith("/")
    assert len(body["detail"]) < 400
    assert acting.person("zhou").get("/remediations")["items"] == []
    assert acting.refused() == [("zhou", "request", code)]
    assert acting.hands.told == []


@pytest.mark.parametrize(
    "share", [9, 91, 50.5, "50", True, -(10**30), 10**400, "NaN", [50], None, {"$gt": 1}]
)
def test_a_share_out_of_range_is_refused(acting: ActingRoom, share: object) -> None:
    """Only whole numbers within both bounds; whatever else came, the answer is a 422."""
    acting.everybody()
    parameters = {"receiver": RECEIVER, "share": share}
    problem_in(acting.ask(acting.person("zhou"), parameters=parameters), 422)
    assert acting.person("zhou").get("/remediations")["items"] == []


def test_a_role_that_nobody_holds_is_said_at_the_request(acting: ActingRoom) -> None:
    """What could never be approved is not put before anybody; the missing role is named."""
    for name in ("zhou", "qian"):
        acting.person(name)
    body = refusal_in(acting.ask(acting.person("zhou")), 409, "nobody_can_approve")
    assert "ops_lead" in body["detail"]
    assert acting.refused() == [("zhou", "request", "nobody_can_approve")]


def test_the_requester_is_not_counted_among_those_who_can(acting: ActingRoom) -> None:
    """An operations lead who asks needs another one to agree."""
    acting.everybody()
    refusal_in(acting.ask(acting.person("sun")), 409, "nobody_can_approve")


def test_an_unknown_incident_is_not_found(acting: ActingRoom) -> None:
    """404, also for what is no id."""
    operator = acting.person("zhou")
    body = {"action_id": SWITCH, "target_ids": [NODE], "parameters": {}, "reason": "x"}
    for incident in ("inc-0000", "%3Cscript%3E"):
        problem_in(operator.send("POST", f"/incidents/{incident}/remediations", body), 404)
    assert [line.subject for line in acting.lines("attempt_refused")] == ["inc-0000", "unreadable"]


def test_markup_and_hidden_characters_are_kept_as_text(acting: ActingRoom) -> None:
    """A reason is stored as it was typed and comes back as JSON; its reader decides how to show."""
    asked = acting.asked(reason=BIDI)
    answer = acting.person("qian").http.get(f"/api/v1/remediations/{asked['remediation_id']}")
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.json()["reason"] == BIDI


def test_labels_of_alerts_reach_no_order(acting: ActingRoom) -> None:
    """What is sent holds ids of the graph and the catalogue's parameters, nothing of an alert."""
    asked = acting.approved()
    told = str(asked["plan"]["steps"])
    assert "PlaybackFailureHigh" not in told
    assert "告警" not in told


# ── Who may agree ───────────────────────────────────────────────────────────────────────────────


def test_nobody_agrees_to_their_own_request(acting: ActingRoom) -> None:
    """403 `own_request`, also where the requester holds a demanded role."""
    acting.person("wu", Role.OPS_LEAD)
    asked = acting.asked("sun")
    refusal_in(acting.person("sun").decide(asked), 403, "own_request")
    assert acting.read(asked)["approvals"] == []
    assert acting.refused() == [("sun", "decide", "own_request")]


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR, Role.PLATFORM_OWNER, Role.ADMIN])
def test_a_wrong_role_cannot_agree(acting: ActingRoom, role: Role) -> None:
    """403 `wrong_role` for everybody whose role was not demanded, admin first of all."""
    asked = acting.asked()
    stranger = acting.person("stranger", role)
    refusal_in(stranger.decide(asked), 403, "wrong_role")
    refusal_in(stranger.decide(asked, role="ops_lead"), 403, "wrong_role")
    assert acting.read(asked)["approvals"] == []
    assert acting.refused() == [("stranger", "decide", "wrong_role")] * 2


def test_a_person_cannot_take_a_role_of_others(acting: ActingRoom) -> None:
    """Saying `as academic lead` without being one is a wrong role."""
    asked = acting.asked()
    refusal_in(acting.person("sun").decide(asked, role="academic_lead"), 403, "wrong_role")


def test_one_person_fills_one_entry(acting: ActingRoom) -> None:
    """Who holds both roles agrees in one of them; a second yes is a conflict."""
    asked = acting.asked()
    both = acting.person("both", Role.OPS_LEAD, Role.ACADEMIC_LEAD)
    assert both.decide(asked, role="academic_lead").json()["open_roles"] == ["ops_lead"]
    refusal_in(both.decide(asked, role="ops_lead"), 409, "same_person")
    refusal_in(both.decide(asked, role="academic_lead"), 409, "same_person")
    assert acting.read(asked)["open_roles"] == ["ops_lead"]
    refusal_in(acting.person("zhou").execute(asked), 409, "not_approved")


def test_no_token_agrees_whatever_its_scopes(acting: ActingRoom) -> None:
    """403 `session_required`: a stolen token approves, takes back and lifts nothing."""
    asked = acting.asked()
    http = acting.bearer("robot", Scope.READ, Scope.OPERATE, Scope.EXECUTE, roles=(Role.OPS_LEAD,))
    path = f"/api/v1/remediations/{asked['remediation_id']}/approvals"
    body = {"digest": asked["digest"], "decision": "approve"}
    refusal_in(http.post(path, json=body), 403, "session_required")
    refusal_in(http.delete(f"{path}/mine"), 403, "session_required")
    acting.person("zhou").send("POST", "/emergency-stop", {"reason": "smoke"})
    refusal_in(http.delete("/api/v1/emergency-stop"), 403, "session_required")
    assert acting.read(asked)["approvals"] == []
    assert [line.detail["by"] for line in acting.lines("attempt_refused")] == ["token"] * 3


def test_a_token_reaches_only_what_its_scopes_say(acting: ActingRoom) -> None:
    """`operate` requests and does not execute; `execute` the other way round; `read` neither."""
    acting.everybody()
    asking = {
        "action_id": SWITCH,
        "target_ids": [NODE],
        "parameters": {"receiver": RECEIVER},
        "reason": "x",
    }
    approved = acting.approved()
    request = f"/api/v1/incidents/{acting.incident}/remediations"
    execution = f"/api/v1/remediations/{approved['remediation_id']}/execution"
    for scope, asks in ((Scope.READ, 403), (Scope.EXECUTE, 403), (Scope.OPERATE, 201)):
        http = acting.bearer(f"robot-{scope}", scope, roles=(Role.OPERATOR,))
        assert http.post(request, json=asking).status_code == asks
    for scope, runs in ((Scope.READ, 403), (Scope.OPERATE, 403), (Scope.EXECUTE, 202)):
        http = acting.bearer(f"robot-2-{scope}", scope, roles=(Role.OPERATOR,))
        assert http.post(execution).status_code == runs


@pytest.mark.parametrize("role", [Role.VIEWER, Role.ADMIN])
def test_neither_viewer_nor_admin_asks_runs_settles_or_stops(
    acting: ActingRoom, role: Role
) -> None:
    """403 on every call that acts, and each attempt stands in the audit log."""
    approved = acting.approved()
    stranger = acting.person("stranger", role)
    path = f"/remediations/{approved['remediation_id']}"
    refusal_in(acting.ask(stranger), 403, "wrong_role")
    refusal_in(stranger.execute(approved), 403, "wrong_role")
    settle = {"outcome": "verified", "note": "x"}
    refusal_in(stranger.send("POST", f"{path}/resolution", settle), 403, "wrong_role")
    refusal_in(stranger.send("POST", "/emergency-stop", {"reason": "x"}), 403, "wrong_role")
    refusal_in(stranger.send("DELETE", "/emergency-stop"), 403, "wrong_role")
    calls = [call for who, call, _ in acting.refused() if who == "stranger"]
    assert calls == ["request", "start", "resolve", "pull_stop", "release_stop"]
    assert acting.read(approved)["status"] == "approved"
    assert acting.hands.told == []


def test_the_owner_of_the_folder_and_a_source_act_on_nothing(acting: ActingRoom) -> None:
    """This machine's commands and alert sources know the address; the desk refuses them."""
    approved = acting.approved()
    for token in (acting.assistant.owner_token, acting.source("other").token):
        http = acting.http(token)
        answer = http.post(f"/api/v1/remediations/{approved['remediation_id']}/execution")
        refusal_in(answer, 403, "wrong_role")
    assert acting.hands.told == []


def test_credit_data_take_two_leads_each_with_the_password(acting: ActingRoom) -> None:
    """403 `step_up_required` without it or with a wrong one, and the wrong one is on record."""
    asked = acting.asked(action_id=CREDITS, target_ids=[DATABASE], parameters={})
    assert asked["password_again"] is True
    assert asked["required_roles"] == ["ops_lead", "academic_lead"]
    lead = acting.person("qian")
    refusal_in(lead.decide(asked), 403, "step_up_required")
    wrong = problem_in(lead.decide(asked, password="guess"), 403)  # pragma: allowlist secret
    assert wrong["code"] == "step_up_required"
    assert acting.refused() == [("qian", "decide", "step_up_required")] * 2
    assert acting.read(asked)["approvals"] == []
    assert acting.agreed(asked, "qian", "sun")["status"] == "approved"


def test_guessing_the_password_again_is_slowed_down(acting: ActingRoom) -> None:
    """After five wrong ones even the right one waits; nothing was decided meanwhile."""
    asked = acting.asked(action_id=CREDITS, target_ids=[DATABASE], parameters={})
    lead = acting.person("qian")
    for _ in range(5):
        problem_in(lead.decide(asked, password="guess"), 403)  # pragma: allowlist secret
    slowed = lead.decide(asked, password=lead.password)
    problem_in(slowed, 429)
    assert int(slowed.headers["retry-after"]) > 0
    assert acting.read(asked)["approvals"] == []
    acting.clock.forward(seconds=61)
    assert lead.decide(asked, password=lead.password).status_code == 200


def test_high_risk_takes_the_platform_owner(acting: ActingRoom) -> None:
    """A failover in exam week needs three distinct people."""
    asked = acting.asked(action_id=FAILOVER, target_ids=[DATABASE], parameters={})
    assert asked["required_roles"] == ["ops_lead", "academic_lead", "platform_owner"]
    acting.agreed(asked, "qian", "sun")
    refusal_in(acting.person("zhou").execute(asked), 409, "not_approved")
    assert acting.agreed(asked, "li")["status"] == "approved"


# ── What an approval is bound to ────────────────────────────────────────────────────────────────


def test_an_approval_names_exactly_what_was_shown(acting: ActingRoom) -> None:
    """Another digest, that of another request included, is a conflict."""
    asked = acting.asked()
    other = acting.asked(parameters={"receiver": RECEIVER, "share": 90})
    lead = acting.person("qian")
    for digest in (other["digest"], "0" * 64, "", BIDI, asked["digest"].upper()):
        refusal_in(lead.decide(asked, digest=digest), 409, "other_digest")
    assert acting.read(asked)["approvals"] == []
    assert len(acting.refused()) == 5


def test_an_approval_carries_nothing_else(acting: ActingRoom) -> None:
    """A body that would change parameters is refused whole."""
    asked = acting.asked()
    problem_in(acting.person("qian").decide(asked, parameters={"share": 90}), 422)
    problem_in(acting.person("qian").decide(asked, decision="maybe"), 422)
    assert acting.read(asked)["approvals"] == []


def test_a_refusal_needs_a_reason_and_ends_it(acting: ActingRoom) -> None:
    """One no is enough; afterwards nobody can agree or run it."""
    asked = acting.asked()
    lead = acting.person("qian")
    refusal_in(lead.decide(asked, decision="reject"), 422, "reason_missing")
    refusal_in(lead.decide(asked, reason="长" * 5000), 422, "reason_too_long")
    done = lead.decide(asked, decision="reject", reason="exams end at ten")
    assert done.json()["status"] == "rejected"
    refusal_in(acting.person("sun").decide(asked), 409, "other_state")
    refusal_in(acting.person("zhou").execute(asked), 409, "other_state")


def test_it_expires_after_a_quarter_of_an_hour(acting: ActingRoom) -> None:
    """410 for an approver who comes late, 409 for the operator; the state says so."""
    asked, approved = (
        acting.asked(),
        acting.approved(parameters={"receiver": RECEIVER, "share": 9 + 1}),
    )
    acting.clock.forward(minutes=15)
    refusal_in(acting.person("qian").decide(asked), 410, "expired")
    refusal_in(acting.person("zhou").execute(approved), 409, "expired")
    for one in (asked, approved):
        assert acting.read(one)["status"] == "expired"
        assert acting.read(one)["seconds_left"] == 0
    acting.work()
    assert acting.hands.told == []


def test_an_approval_can_be_taken_back_until_it_runs(acting: ActingRoom) -> None:
    """Before the last yes it is as if never given; after it, all is revoked; then 409."""
    asked = acting.asked()
    lead = acting.person("qian")
    path = f"/remediations/{asked['remediation_id']}/approvals/mine"
    refusal_in(lead.send("DELETE", path), 409, "nothing_to_withdraw")
    acting.agreed(asked, "qian")
    back = lead.send("DELETE", path).json()
    assert (back["status"], back["approvals"]) == ("requested", [])
    acting.agreed(asked, "qian", "sun")
    assert lead.send("DELETE", path).json()["status"] == "revoked"
    refusal_in(acting.person("zhou").execute(asked), 409, "other_state")
    assert acting.hands.told == []


def test_a_lead_who_lost_the_role_has_not_agreed(acting: ActingRoom) -> None:
    """The approval is judged again at the start, against the accounts of that moment."""
    approved = acting.approved()
    store = acting.assistant.store
    lead = store.user("qian")
    assert lead is not None
    demoted = lead.model_copy(update={"roles": (Role.VIEWER,)})
    store.write(lambda tx: tx.put_user(demoted))
    refusal_in(acting.person("zhou").execute(approved), 409, "not_approved")
    acting.work()
    assert acting.hands.told == []


def test_what_moved_since_stops_the_start(acting: ActingRoom) -> None:
    """A target that somebody else switched over fails its precondition; the request is over."""
    approved = acting.approved()
    acting.hands.states[NODE] = {"state": "drained", "serving_by": RECEIVER}
    body = refusal_in(acting.person("zhou").execute(approved), 409, "refused")
    assert "Not switched over yet" in body["detail"]
    assert acting.read(approved)["status"] == "refused"
    assert acting.hands.told == []


def test_a_catalogue_that_moved_stops_the_start(acting: ActingRoom) -> None:
    """Bounds, undo and rules may have changed with the pack: what was agreed is not what runs."""
    approved = acting.approved()
    pack = acting_pack()
    switch = pack.actions[-1].model_copy(update={"undo": None})
    changed = pack.model_copy(update={"actions": (*pack.actions[:-1], switch)})
    acting.assistant.store.write(lambda tx: tx.replace_pack(changed))
    refusal_in(acting.person("zhou").execute(approved), 409, "refused")
    acting.work()
    assert acting.hands.told == []


def test_a_target_that_vanished_stops_the_start(acting: ActingRoom) -> None:
    """A node that left the graph is acted on by nobody, whoever agreed."""
    approved = acting.approved()
    pack = acting_pack()
    without = pack.model_copy(
        update={
            "components": tuple(c for c in pack.components if c.id != NODE),
            "relations": tuple(r for r in pack.relations if NODE not in (r.source, r.target)),
        }
    )
    acting.assistant.store.write(lambda tx: tx.replace_pack(without))
    refusal_in(acting.person("zhou").execute(approved), 409, "refused")
    acting.work()
    assert acting.hands.told == []


# ── The emergency stop ──────────────────────────────────────────────────────────────────────────


def test_the_emergency_stop_holds_until_two_others_lift_it(acting: ActingRoom) -> None:
    """Any operator pulls it; who pulled it does not count, and one alone lifts nothing."""
    approved = acting.approved()
    operator = acting.person("zhou")
    assert operator.get("/emergency-stop")["held"] is False
    refusal_in(operator.send("POST", "/emergency-stop", {"reason": ""}), 422, "reason_missing")
    pulled = operator.send("POST", "/emergency-stop", {"reason": "smoke in the hall"}).json()
    assert (pulled["held"], pulled["release_needs"]) == (True, 2)
    assert operator.execute(approved).status_code == 409
    refusal_in(operator.send("DELETE", "/emergency-stop"), 403, "own_stop")
    first = acting.person("sun").send("DELETE", "/emergency-stop").json()
    assert (first["held"], first["release_needs"]) == (True, 1)
    refusal_in(acting.person("sun").send("DELETE", "/emergency-stop"), 409, "same_person")
    assert operator.execute(approved).status_code == 409
    assert acting.person("qian").send("DELETE", "/emergency-stop").json()["held"] is False
    assert operator.execute(approved).status_code == 202


# ── Records ─────────────────────────────────────────────────────────────────────────────────────


def test_the_bundle_holds_record_diagnosis_and_lines(acting: ActingRoom) -> None:
    """What an auditor asks for is in one answer, refused attempts included."""
    approved = acting.approved()
    acting.person("zhou").decide(approved)
    bundle = acting.person("zhou").get(f"/remediations/{approved['remediation_id']}/bundle")
    assert bundle["remediation"]["digest"] == approved["digest"]
    assert bundle["diagnosis"]["revision"] == approved["plan"]["diagnosis_revision"]
    assert [line["kind"] for line in bundle["audit"]] == [
        "remediation_requested",
        "approval_given",
        "approval_given",
        "attempt_refused",
    ]


def test_the_chain_holds_and_one_changed_line_is_found(acting: ActingRoom) -> None:
    """Verification counts every line; the log pages from the newest."""
    acting.approved()
    reader = acting.person("zhou")
    verified = reader.get("/audit/verification")
    lines = acting.lines()
    assert (verified["holds"], verified["lines"]) == (True, len(lines))
    assert verified["head"] == lines[-1].hash
    page = reader.get("/audit?limit=1")
    assert page["items"][0]["seq"] == lines[-1].seq
    older = reader.get(f"/audit?limit=1&cursor={page['next_cursor']}")
    assert older["items"][0]["seq"] == lines[-2].seq


def test_handover_lists_what_waits_what_is_unsettled_and_what_is_temporary(
    acting: ActingRoom,
) -> None:
    """Before: it waits; after it took effect: a measure with its undo. Taking over is on record."""
    asked = acting.asked()
    reader = acting.person("qian")
    waiting = reader.get("/handover")["waiting"]
    assert [matter["remediation_id"] for matter in waiting] == [asked["remediation_id"]]
    acting.agreed(asked, "qian", "sun")
    acting.person("zhou").execute(asked)
    acting.work()
    after = acting.person("sun").send("POST", "/handover", {"note": "read it"}).json()
    assert after["waiting"] == []
    assert [matter["remediation_id"] for matter in after["temporary"]] == [asked["remediation_id"]]
    taken = acting.lines("handover_accepted")[-1]
    assert (taken.actor, taken.detail["note"]) == ("sun", "read it")


def test_the_briefing_tells_what_is_under_way(acting: ActingRoom) -> None:
    """Four lines in both languages; the third names the action and where it stands."""
    acting.asked()
    told = acting.person("qian").get(f"/incidents/{acting.incident}/briefing")
    assert "切换到备用节点" in told["doing"]["zh"]
    assert "等待同意" in told["doing"]["zh"]
    assert "Switch to another node: requested" in told["doing"]["en"]


def test_people_of_other_sites_see_nothing_of_it(acting: ActingRoom) -> None:
    """404 for what lies at a site of others, and its nodes are no targets for them."""
    acting.everybody()
    elsewhere = acting.person("far", Role.OPERATOR, sites=("hospital-1",))
    hidden = "small:cdn-hidden"
    refusal_in(acting.ask(elsewhere, target_ids=[hidden]), 422, "vanished_target")
    assert acting.ask(acting.person("zhou"), target_ids=[hidden]).status_code == 201
    problem_in(elsewhere.http.get("/api/v1/audit"), 404)


def test_calls_without_a_caller_or_a_proof_do_nothing(acting: ActingRoom) -> None:
    """401 without credentials, 403 without the session's proof, 403 from another origin."""
    approved = acting.approved()
    path = f"/api/v1/remediations/{approved['remediation_id']}/execution"
    problem_in(acting.http().post(path), 401)
    operator = acting.person("zhou")
    problem_in(operator.http.post(path), 403)
    problem_in(operator.http.post(path, headers={"X-CSRF": acting.person("sun").csrf}), 403)
    foreign: dict[str, Any] = {"X-CSRF": operator.csrf, "Origin": "https://evil.example"}
    problem_in(operator.http.post(path, headers=foreign), 403)
    acting.work()
    assert acting.hands.told == []
    assert set(PEOPLE) >= {"zhou"}
