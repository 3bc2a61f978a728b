"""What nobody may grant alone: asked by one, confirmed by another, in force after a delay."""

from __future__ import annotations

import pytest

from graph.audit_chain import verify_log
from graph.model.access import Role
from tests.api.grant_room import (
    ADMIN,
    DEMO,
    LEAD,
    OPERATOR,
    OTHER_LEAD,
    SECOND_ADMIN,
    VIEWER,
    GrantRoom,
)
from tests.api.room import problem_in


def test_a_second_approver_comes_by_two_people_and_a_delay(house: GrantRoom) -> None:
    """An admin asks, a lead confirms; the account exists 15 minutes later and not before."""
    made = house.caller(ADMIN).ask("account", "xu", ["academic_lead"])
    assert made.status_code == 201, made.text
    house.pass_time(hours=1)
    agreed = house.caller(LEAD).confirm(made.json())
    assert (agreed.status_code, agreed.json()["seconds_left"]) == (200, 900)
    house.pass_time(minutes=14, seconds=59)
    assert house.roles_of("xu") == ()
    house.pass_time(seconds=1)
    assert house.roles_of("xu") == (Role.ACADEMIC_LEAD,)
    first, second = made.json()["half"], agreed.json()["half"]
    assert house.enter("xu", first) is None
    assert house.enter("xu", second) is None
    assert house.enter("xu", f"{second}-{first}") is None
    http = house.enter("xu", f"{first}-{second}")
    assert http is not None
    assert "approve" in http.get("/api/v1/me").json()["may"]


def test_roles_come_to_an_account_that_exists(house: GrantRoom) -> None:
    """A first such role brings a new password: whoever made the account knows the old one."""
    made = house.caller(ADMIN).ask("roles", OPERATOR, ["ops_lead", "operator"]).json()
    agreed = house.caller(SECOND_ADMIN).confirm(made).json()
    assert house.enter(OPERATOR) is not None
    house.pass_time(minutes=15)
    assert house.roles_of(OPERATOR) == (Role.OPERATOR, Role.OPS_LEAD)
    assert house.enter(OPERATOR) is None
    assert house.enter(OPERATOR, f"{made['half']}-{agreed['half']}") is not None


def test_a_lead_keeps_the_password_with_another_role(house: GrantRoom) -> None:
    """Nobody has to hand anything over."""
    made = house.caller(ADMIN).ask("roles", LEAD, ["academic_lead"]).json()
    agreed = house.caller(SECOND_ADMIN).confirm(made).json()
    house.pass_time(minutes=15)
    assert (made["half"], agreed["half"]) == (None, None)
    assert house.roles_of(LEAD) == (Role.ACADEMIC_LEAD, Role.OPS_LEAD)
    assert house.enter(LEAD) is not None


def test_a_lead_who_forgot_the_password_gets_one_in_two_halves(house: GrantRoom) -> None:
    """Old sessions and the old password go on until the delay is over, and end then."""
    old = house.caller(LEAD).http
    made = house.caller(ADMIN).ask("reset", LEAD)
    agreed = house.caller(OTHER_LEAD).confirm(made.json())
    house.pass_time(minutes=14)
    assert old.get("/api/v1/me").status_code == 200
    house.pass_time(minutes=1)
    problem_in(old.get("/api/v1/me"), 401)
    assert house.enter(LEAD) is None
    assert house.enter(LEAD, f"{made.json()['half']}-{agreed.json()['half']}") is not None
    assert house.roles_of(LEAD) == (Role.OPS_LEAD,)


def test_a_lead_may_ask_for_an_admin_who_is_locked_out(house: GrantRoom) -> None:
    """Else a house with one admin who forgot a password could never grant again."""
    problem_in(house.caller(LEAD).ask("roles", OPERATOR, ["ops_lead"]), 403)
    problem_in(house.caller(LEAD).ask("reset", OTHER_LEAD), 403)
    made = house.caller(LEAD).ask("reset", ADMIN)
    house.caller(OTHER_LEAD).confirm(made.json())
    house.pass_time(minutes=15)
    assert house.enter(ADMIN) is None


def test_every_move_stands_in_the_audit_log_without_its_secrets(house: GrantRoom) -> None:
    """Who asked, who agreed, when it came into force; never a half, a hash or the reason."""
    made = house.caller(ADMIN).ask("account", "xu", ["academic_lead"])
    agreed = house.caller(LEAD).confirm(made.json())
    house.pass_time(minutes=15)
    told = [(line.kind, line.actor) for line in house.lines() if line.kind.startswith("grant")]
    assert told == [
        ("grant_asked", ADMIN),
        ("grant_confirmed", LEAD),
        ("grant_effective", "engine"),
    ]
    whole = "".join(line.model_dump_json() for line in house.lines())
    for secret in (made.json()["half"], agreed.json()["half"], "argon2", "轮值"):
        assert secret not in whole
    assert verify_log(house.assistant.store).broken is None
    kept = house.assistant.store.grant(made.json()["grant_id"])
    assert (kept.first_half, kept.password_hash) == ("", "")


def test_halves_are_shown_once_and_hashes_never(house: GrantRoom) -> None:
    """What was handed out cannot be read again, by anybody."""
    made = house.caller(ADMIN).ask("account", "xu", ["academic_lead"]).json()
    agreed = house.caller(LEAD).confirm(made).json()
    listed = house.caller(OTHER_LEAD).http.get("/api/v1/grants").text
    for secret in (made["half"], agreed["half"], "password", "first_half", "argon2"):
        assert secret not in listed


@pytest.mark.parametrize(
    ("kind", "subject", "roles", "status", "code"),
    [
        ("account", "xu", [], 422, "roles_misplaced"),
        ("account", "xu", ["viewer"], 409, "needs_one_person"),
        ("account", LEAD, ["ops_lead"], 409, "name_taken"),
        ("account", "../x", ["ops_lead"], 422, "subject_unreadable"),
        ("account", "x\u202eu", ["ops_lead"], 422, "subject_unreadable"),
        ("roles", "nobody", ["ops_lead"], 422, "user_unknown"),
        ("roles", DEMO, ["ops_lead"], 422, "user_unknown"),
        ("roles", LEAD, ["ops_lead"], 409, "role_held"),
        ("roles", LEAD, ["viewer"], 409, "needs_one_person"),
        ("reset", LEAD, ["ops_lead"], 422, "roles_misplaced"),
        ("reset", VIEWER, [], 409, "needs_one_person"),
        ("lowering", "x y", [], 422, "subject_unreadable"),
        ("lowering", "nopack", [], 422, "content_misplaced"),
    ],
)
def test_a_senseless_wish_is_refused_in_both_languages(
    house: GrantRoom, kind: str, subject: str, roles: list[str], status: int, code: str
) -> None:
    """Each says what is wrong and what to do, and writes no grant."""
    refused = problem_in(house.caller(ADMIN).ask(kind, subject, roles), status)
    assert refused["code"] == code
    assert refused["message"]["zh"] and refused["message"]["en"]
    assert house.assistant.store.grants().items == ()


@pytest.mark.parametrize("reason", ["", "   ", "x" * 5001])
def test_a_wish_and_an_objection_need_a_reason(house: GrantRoom, reason: str) -> None:
    """Neither blank nor a novel."""
    problem_in(house.caller(ADMIN).ask("reset", LEAD, reason=reason), 422)
    made = house.caller(ADMIN).ask("reset", LEAD).json()
    problem_in(house.caller(OTHER_LEAD).object(made, reason), 422)


def test_one_wish_an_account_at_a_time(house: GrantRoom) -> None:
    """A second one would hide the first."""
    first = house.caller(ADMIN).ask("roles", OPERATOR, ["ops_lead"]).json()
    second = house.caller(SECOND_ADMIN).ask("roles", OPERATOR, ["academic_lead"])
    assert problem_in(second, 409)["code"] == "grant_open"
    house.caller(ADMIN).withdraw(first)
    again = house.caller(SECOND_ADMIN).ask("roles", OPERATOR, ["academic_lead"])
    assert again.status_code == 201


def test_everybody_who_may_object_is_told_and_nobody_else(house: GrantRoom) -> None:
    """Their every page knows how many wait."""
    house.caller(ADMIN).ask("roles", OPERATOR, ["ops_lead"])
    told = {
        name: house.caller(name).http.get("/api/v1/me").json()["grants_open"]
        for name in (ADMIN, SECOND_ADMIN, LEAD, OTHER_LEAD, OPERATOR, VIEWER)
    }
    assert told == {ADMIN: 1, SECOND_ADMIN: 1, LEAD: 1, OTHER_LEAD: 1, OPERATOR: 0, VIEWER: 0}
    for name in (OPERATOR, VIEWER):
        problem_in(house.caller(name).http.get("/api/v1/grants"), 403)


def test_a_grant_says_what_its_reader_may_do(house: GrantRoom) -> None:
    """The asker withdraws, the one who gains objects, another confirms."""
    made = house.caller(ADMIN).ask("reset", LEAD).json()
    seen = {name: house.caller(name).read(made) for name in (ADMIN, LEAD, OTHER_LEAD)}
    may = {
        name: (view["may_confirm"], view["may_object"], view["may_withdraw"])
        for name, view in seen.items()
    }
    assert may == {
        ADMIN: (False, True, True),
        LEAD: (False, True, False),
        OTHER_LEAD: (True, True, False),
    }
    assert seen[ADMIN]["why_not"]["zh"] and seen[OTHER_LEAD]["why_not"] is None
    problem_in(house.caller(LEAD).http.get("/api/v1/grants/grant-none"), 404)
