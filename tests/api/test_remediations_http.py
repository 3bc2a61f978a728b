"""Remediations over HTTP: asked for, agreed to, run, verified, settled; and what is on record."""

from __future__ import annotations

from typing import Any

from api.incidents.views import action_words
from graph.model.access import Role
from graph.model.actions import Risk
from graph.model.diagnosis import ProposedAction
from graph.model.topology import Visibility
from tests.acting_pack import CREDITS, DATABASE, NODE, RECEIVER, SITE, SWITCH, acting_pack
from tests.api.acting_room import ActingRoom, refusal_in
from tests.api.room import problem_in


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


def test_a_proposal_says_beforehand_what_its_request_will_say(acting: ActingRoom) -> None:
    """Who is affected, what if nothing is done and the undo: the texts of the plan, filled."""
    plan = acting.asked()["plan"]
    proposed = ProposedAction(
        action_id=SWITCH,
        target_ids=(NODE,),
        parameters=plan["parameters"],
        risk=Risk.MEDIUM,
        required_roles=(),
        expected_success=0.8,
    )
    diagnosis = acting.assistant.store.diagnosis(acting.incident)
    assert diagnosis is not None
    proposing = diagnosis.model_copy(update={"proposed_actions": (proposed,)})

    told = action_words(acting_pack(), proposing)[SWITCH].model_dump(mode="json")
    assert told == {key: plan[key] for key in ("effects", "if_nothing", "undo_text")}


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


def test_the_chain_holds_and_the_log_pages_from_the_newest(acting: ActingRoom) -> None:
    """Verification counts every line, refused attempts included; two pages join without a gap."""
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


def test_nodes_of_other_sites_are_no_targets(acting: ActingRoom) -> None:
    """What a person may not see does not exist for them; others may ask for it."""
    acting.everybody()
    elsewhere = acting.person("far", Role.OPERATOR, sites=("hospital-1",))
    hidden = "small:cdn-hidden"
    refusal_in(acting.ask(elsewhere, target_ids=[hidden]), 422, "vanished_target")
    assert acting.ask(acting.person("zhou"), target_ids=[hidden]).status_code == 201
    problem_in(elsewhere.http.get("/api/v1/audit"), 404)


def test_people_of_other_sites_see_nothing_of_it() -> None:
    """404 on every call and on the page for the remediations of an incident of another site."""
    pack = acting_pack()
    away = {"site": SITE, "visibility": Visibility.SITE}
    components = tuple(
        c.model_copy(update=away) if c.kind == "client_group" else c for c in pack.components
    )
    acting = ActingRoom(pack.model_copy(update={"components": components}))
    asked = acting.approved()
    stranger = acting.person("far", Role.OPS_LEAD, sites=("hospital-1",))
    neighbour = acting.person("near", Role.OPS_LEAD, sites=(SITE,))
    path = f"/remediations/{asked['remediation_id']}"
    for method, part in (
        ("GET", ""),
        ("GET", "/bundle"),
        ("POST", "/execution"),
        ("DELETE", "/approvals/mine"),
    ):
        problem_in(stranger.send(method, f"{path}{part}"), 404)
    problem_in(stranger.decide(asked), 404)
    problem_in(acting.ask(stranger), 404)
    problem_in(stranger.send("GET", f"/incidents/{acting.incident}/briefing"), 404)
    assert stranger.http.get(f"/a/{asked['remediation_id']}").status_code == 404
    assert stranger.get("/remediations")["items"] == []
    assert stranger.get("/handover")["waiting"] == []
    assert neighbour.get(path)["status"] == "approved"
    acting.close()


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
