"""Who may agree to a remediation, and who may not: roles, persons, tokens, passwords."""

from __future__ import annotations

import json

import pytest

from graph.model.access import Role, Scope
from tests.acting_pack import CREDITS, DATABASE, FAILOVER, NODE, RECEIVER, SWITCH
from tests.api.acting_room import ActingRoom, Person, refusal_in
from tests.api.room import problem_in


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


@pytest.mark.parametrize("field", ["digest", "password", "reason", "role", "decision"])
def test_half_a_character_is_no_text(acting: ActingRoom, field: str) -> None:
    """What UTF-8 cannot write is a 422 wherever it stands, never an error of the server."""
    asked = acting.asked()
    body = json.dumps({"digest": asked["digest"], "decision": "approve", field: "\ud800"})
    lead = acting.person("qian")
    answer = lead.http.post(
        f"/api/v1/remediations/{asked['remediation_id']}/approvals",
        content=body.encode(),
        headers={"X-CSRF": lead.csrf, "Content-Type": "application/json"},
    )
    problem_in(answer, 422)
    assert acting.read(asked)["approvals"] == []


def test_everybody_is_told_what_waits_for_them(acting: ActingRoom) -> None:
    """Board and `me` count what one could still agree to, never what one asked for."""
    sun, wu = acting.person("sun"), acting.person("wu", Role.OPS_LEAD)
    asked = acting.asked("sun")

    def told(person: Person) -> tuple[int, int]:
        board = person.http.get("/api/v1/board").json()
        assert board["agreed"][acting.incident]["need"] == len(asked["required_roles"])
        return board["waiting"]["count"], person.http.get("/api/v1/me").json()["approvals_open"]

    assert (told(sun), told(wu)) == ((0, 0), (1, 1))
    assert wu.http.get("/api/v1/board").json()["waiting"]["first_expires_at"] == asked["expires_at"]
    wu.decide(asked)
    assert told(wu) == (0, 0)
    assert wu.http.get("/api/v1/board").json()["agreed"][acting.incident]["have"] == 1


def test_an_expired_request_and_a_token_count_nothing(acting: ActingRoom) -> None:
    """Nobody is called for what is over, and no token approves."""
    wu = acting.person("wu", Role.OPS_LEAD)
    acting.asked("sun")
    robot = acting.bearer("robot", Scope.READ, Scope.OPERATE, roles=(Role.OPS_LEAD,))
    assert robot.get("/api/v1/me").json()["approvals_open"] == 0
    acting.clock.forward(hours=2)
    assert wu.http.get("/api/v1/board").json()["waiting"] == {
        "count": 0,
        "first_expires_at": None,
    }


def test_guesses_at_the_sign_in_keep_nobody_from_deciding(acting: ActingRoom) -> None:
    """A stranger's wrong passwords for a lead do not count for the lead's own session."""
    asked = acting.asked(action_id=CREDITS, target_ids=[DATABASE], parameters={})
    lead = acting.person("qian")
    guess = {"name": "qian", "password": "guess"}  # pragma: allowlist secret
    for status in (401, 401, 401, 401, 401, 429):
        problem_in(acting.http().post("/api/v1/session", json=guess), status)
    assert lead.decide(asked, password=lead.password).status_code == 200
