"""What cannot be asked for: a clear refusal in both languages, and nothing left but its line."""

from __future__ import annotations

import pytest

from tests.acting_pack import DATABASE, NODE, RECEIVER, SWITCH
from tests.api.acting_room import ActingRoom, refusal_in
from tests.api.room import problem_in

BIDI = "\u202e\u2066<script>alert(1)</script>"


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
    assert "operations lead" in body["detail"]
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
