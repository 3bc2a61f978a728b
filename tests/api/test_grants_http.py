"""What nobody may grant alone: asked by one, confirmed by another, in force after a delay."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from graph.audit_chain import verify_log
from graph.model.access import Role
from tests.api.grant_room import (
    ADMIN,
    DEMO,
    LEAD,
    OPERATOR,
    OTHER_LEAD,
    PASSWORD,
    SECOND_ADMIN,
    VIEWER,
    GrantRoom,
)
from tests.api.room import problem_in


@pytest.fixture
def house() -> Iterator[GrantRoom]:
    """Give a sealed house and clear it away."""
    made = GrantRoom()
    yield made
    made.close()


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
    ("who", "subject", "code"),
    [
        (ADMIN, OPERATOR, "own_request"),
        (LEAD, LEAD, "own_benefit"),
        (OPERATOR, OPERATOR, "wrong_role"),
        (VIEWER, OPERATOR, "wrong_role"),
        (DEMO, OPERATOR, "demo_account"),
    ],
)
def test_only_another_lead_or_admin_confirms(
    house: GrantRoom, who: str, subject: str, code: str
) -> None:
    """Neither who asked, nor who gains, nor who has no such role, nor a password in a file."""
    made = house.caller(ADMIN).ask("roles", subject, ["platform_owner"]).json()
    before = house.roles_of(subject)
    refused = problem_in(house.caller(who).confirm(made), 403)
    assert refused["code"] == code
    assert refused["message"]["zh"] != refused["message"]["en"] == refused["detail"]
    house.pass_time(hours=1)
    assert house.roles_of(subject) == before
    assert house.kinds()[-1] == "attempt_refused"
    assert house.assistant.store.grant(made["grant_id"]).status == "requested"


@pytest.mark.parametrize(
    ("who", "subject", "code"),
    [
        (ADMIN, ADMIN, "own_benefit"),
        (LEAD, OPERATOR, "wrong_role"),
        (OPERATOR, VIEWER, "wrong_role"),
        (DEMO, OPERATOR, "demo_account"),
    ],
)
def test_admins_ask_and_never_for_themselves(
    house: GrantRoom, who: str, subject: str, code: str
) -> None:
    """A refused wish leaves a line and no grant."""
    refused = problem_in(house.caller(who).ask("roles", subject, ["platform_owner"]), 403)
    assert refused["code"] == code
    assert house.kinds()[-1] == "attempt_refused"
    assert house.assistant.store.grants().items == ()


def test_no_token_moves_a_grant(house: GrantRoom) -> None:
    """Not the owner's of this machine, not one with every scope: only somebody signed in."""
    made = house.caller(ADMIN).ask("roles", OPERATOR, ["ops_lead"]).json()
    admin = house.local()
    scopes = ["read", "operate", "execute", "admin"]
    wanted = {"name": "all", "user": SECOND_ADMIN, "scopes": scopes}
    second = house.caller(SECOND_ADMIN).http
    text = second.post("/api/v1/tokens", json=wanted).json()["token"]
    path = f"/api/v1/grants/{made['grant_id']}"
    body = {"kind": "roles", "subject": VIEWER, "roles": ["ops_lead"], "reason": "r"}
    for http in (admin, house.http(text)):
        for answer in (
            http.post("/api/v1/grants", json=body),
            http.post(f"{path}/confirm", json={"digest": made["digest"]}),
            http.post(f"{path}/object", json={"reason": "r"}),
            http.post(f"{path}/withdraw"),
        ):
            assert problem_in(answer, 403)["code"] == "session_required"
        listed = http.get("/api/v1/grants").json()["items"]
        assert [(g["may_confirm"], g["may_object"]) for g in listed] == [(False, False)]


def test_a_foreign_page_confirms_nothing(house: GrantRoom) -> None:
    """The cookie alone is no proof."""
    made = house.caller(ADMIN).ask("roles", OPERATOR, ["ops_lead"]).json()
    http = house.enter(LEAD)
    assert http is not None
    del http.headers["X-CSRF"]
    path = f"/api/v1/grants/{made['grant_id']}/confirm"
    problem_in(http.post(path, json={"digest": made["digest"]}), 403)
    assert house.assistant.store.grant(made["grant_id"]).status == "requested"


def test_a_confirmation_is_of_what_was_read(house: GrantRoom) -> None:
    """Another digest is another grant; a second confirmation finds nothing to do."""
    made = house.caller(ADMIN).ask("roles", OPERATOR, ["ops_lead"]).json()
    other = house.caller(ADMIN).ask("roles", VIEWER, ["ops_lead"]).json()
    refused = house.caller(LEAD).confirm(made, other["digest"])
    assert problem_in(refused, 409)["code"] == "other_digest"
    assert house.caller(LEAD).confirm(made).status_code == 200
    for who in (LEAD, OTHER_LEAD):
        assert problem_in(house.caller(who).confirm(made), 409)["code"] == "other_state"


@pytest.mark.parametrize("who", [ADMIN, SECOND_ADMIN, LEAD, OTHER_LEAD])
@pytest.mark.parametrize("confirmed", [False, True])
def test_whoever_holds_such_a_role_can_object(house: GrantRoom, who: str, confirmed: bool) -> None:
    """Up to the last second; afterwards it never takes effect."""
    made = house.caller(ADMIN).ask("reset", OTHER_LEAD).json()
    if confirmed:
        house.caller(LEAD).confirm(made)
        house.clock.forward(minutes=14, seconds=59)
    ended = house.caller(who).object(made)
    assert (ended.status_code, ended.json()["status"]) == (200, "objected")
    assert (ended.json()["ended_by"], ended.json()["ended_why"]["zh"]) == (who, "不认识")
    house.pass_time(hours=30)
    assert house.enter(OTHER_LEAD) is not None
    assert problem_in(house.caller(who).object(made), 409)["code"] == "other_state"


def test_only_the_asker_withdraws(house: GrantRoom) -> None:
    """Others object, with a reason."""
    made = house.caller(ADMIN).ask("roles", OPERATOR, ["ops_lead"]).json()
    refused = problem_in(house.caller(SECOND_ADMIN).withdraw(made), 403)
    assert refused["code"] == "not_yours"
    assert house.caller(ADMIN).withdraw(made).json()["status"] == "withdrawn"
    assert problem_in(house.caller(LEAD).confirm(made), 409)["code"] == "other_state"


def test_what_nobody_confirms_in_a_day_is_over(house: GrantRoom) -> None:
    """Whoever comes later is told, whether the server has noticed already or not."""
    made = house.caller(ADMIN).ask("roles", OPERATOR, ["ops_lead"]).json()
    house.clock.forward(hours=24)
    late = house.enter(LEAD)
    assert late is not None
    path = f"/api/v1/grants/{made['grant_id']}/confirm"
    gone = late.post(path, json={"digest": made["digest"]})
    assert problem_in(gone, 410)["code"] == "grant_expired"
    again = late.post(path, json={"digest": made["digest"]})
    assert problem_in(again, 410)["code"] == "grant_expired"
    assert house.kinds().count("grant_expired") == 1


@pytest.mark.parametrize("when", ["asked", "confirmed"])
@pytest.mark.parametrize("what", ["asker", "account", "password"])
def test_a_grant_whose_ground_moves_is_void(house: GrantRoom, when: str, what: str) -> None:
    """It was agreed to for this account as it was, on the word of people with that role."""
    made = house.caller(ADMIN).ask("roles", OPERATOR, ["ops_lead"]).json()
    if when == "confirmed":
        house.caller(LEAD).confirm(made)
    local = house.local()
    changed = {
        "asker": lambda: local.delete(f"/api/v1/users/{ADMIN}/roles/admin"),
        "account": lambda: local.post(
            f"/api/v1/users/{OPERATOR}/roles", json={"roles": ["viewer"]}
        ),
        "password": lambda: local.post(f"/api/v1/users/{OPERATOR}/reset"),
    }[what]()
    assert changed.status_code == 200, changed.text
    if when == "asked":
        refused = house.caller(LEAD).confirm(made)
        assert problem_in(refused, 409)["code"] == "other_state"
    house.pass_time(minutes=15)
    assert Role.OPS_LEAD not in house.roles_of(OPERATOR)
    assert house.assistant.store.grant(made["grant_id"]).status == "voided"
    assert "grant_voided" in house.kinds()


def test_a_confirmer_who_lost_the_role_has_not_confirmed(house: GrantRoom) -> None:
    """It is looked at again when it takes effect."""
    made = house.caller(ADMIN).ask("roles", OPERATOR, ["ops_lead"]).json()
    house.caller(LEAD).confirm(made)
    house.local().delete(f"/api/v1/users/{LEAD}/roles/ops_lead")
    house.pass_time(minutes=15)
    assert house.roles_of(OPERATOR) == (Role.OPERATOR,)


def test_a_clock_that_is_set_back_voids_what_is_open(house: GrantRoom) -> None:
    """Nobody waits out a delay by turning clocks."""
    made = house.caller(ADMIN).ask("roles", OPERATOR, ["ops_lead"]).json()
    house.caller(LEAD).confirm(made)
    house.pass_time(minutes=-2)
    assert house.assistant.store.grant(made["grant_id"]).status == "voided"


def test_a_grant_takes_effect_once(house: GrantRoom) -> None:
    """A role that is taken later does not come back by it."""
    made = house.caller(ADMIN).ask("roles", OPERATOR, ["ops_lead"]).json()
    house.caller(LEAD).confirm(made)
    house.pass_time(minutes=15)
    answer = house.local().delete(f"/api/v1/users/{OPERATOR}/roles/ops_lead")
    assert answer.status_code == 200
    for _ in range(3):
        house.pass_time(hours=1)
    assert house.roles_of(OPERATOR) == (Role.OPERATOR,)
    assert house.kinds().count("grant_effective") == 1


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


# ── What one person still does alone ────────────────────────────────────────────────────────────


@pytest.mark.parametrize("role", ["ops_lead", "academic_lead", "platform_owner", "admin"])
def test_one_person_gives_no_guarded_role(house: GrantRoom, role: str) -> None:
    """Neither a new account nor an old one, and no password of one who holds it."""
    for http in (house.caller(ADMIN).http, house.local()):
        for answer in (
            http.post("/api/v1/users", json={"name": "xu", "roles": ["viewer", role]}),
            http.post(f"/api/v1/users/{OPERATOR}/roles", json={"roles": [role]}),
            http.post(f"/api/v1/users/{DEMO}/roles", json={"roles": ["ops_lead"]}),
            http.post(f"/api/v1/users/{LEAD}/reset"),
            http.post(f"/api/v1/users/{SECOND_ADMIN}/reset"),
        ):
            refused = problem_in(answer, 403)
            assert refused["code"] == "needs_two_people"
            assert "/admin" in refused["detail"] and "两个人" in refused["message"]["zh"]
    assert house.roles_of("xu") == ()


def test_free_roles_are_given_by_one_person(house: GrantRoom) -> None:
    """Reading and operating need nobody else."""
    http = house.caller(ADMIN).http
    answer = http.post(f"/api/v1/users/{VIEWER}/roles", json={"roles": ["operator", "viewer"]})
    assert answer.json()["roles"] == ["operator", "viewer"]
    assert house.kinds()[-1] == "roles_given"


def test_a_role_is_taken_at_once_with_a_warning(house: GrantRoom) -> None:
    """The session that is open can approve no more; rules that nobody can meet are named."""
    http = house.caller(ADMIN).http
    path = f"/api/v1/users/{OTHER_LEAD}/roles/academic_lead"
    left = http.delete(path).json()
    assert left["roles"] == []
    assert "approve" not in house.caller(OTHER_LEAD).http.get("/api/v1/me").json()["may"]
    assert problem_in(http.delete(path), 409)["code"] == "role_not_held"
    problem_in(http.delete("/api/v1/users/nobody/roles/viewer"), 404)
    problem_in(http.delete(f"/api/v1/users/{LEAD}/roles/king"), 422)
    assert house.kinds().count("role_taken") == 1
    few = http.delete(f"/api/v1/users/{SECOND_ADMIN}/roles/admin").json()["warnings"]
    assert [warning["en"] for warning in few if "two people" in warning["en"]]


def test_set_up_stays_sealed_when_the_last_approver_goes(house: GrantRoom) -> None:
    """Else one admin could take everybody's role and begin anew alone."""
    http = house.caller(ADMIN).http
    for name, role in ((LEAD, "ops_lead"), (OTHER_LEAD, "academic_lead")):
        http.delete(f"/api/v1/users/{name}/roles/{role}")
    answer = http.post("/api/v1/users", json={"name": "xu", "roles": ["ops_lead"]})
    assert problem_in(answer, 403)["code"] == "needs_two_people"
    made = house.caller(ADMIN).ask("account", "xu", ["ops_lead"])
    assert house.caller(SECOND_ADMIN).confirm(made.json()).status_code == 200


def test_before_the_seal_one_person_sets_up(house: GrantRoom) -> None:
    """And is told that nothing needs to be asked for."""
    for name in (LEAD, OTHER_LEAD):
        user = house.assistant.store.user(name)
        assert user is not None
        plain = user.model_copy(update={"roles": (Role.VIEWER,)})
        house.assistant.store.write(lambda tx, u=plain: tx.put_user(u))  # type: ignore[misc]
    refused = problem_in(house.caller(ADMIN).ask("account", "xu", ["ops_lead"]), 409)
    assert refused["code"] == "not_sealed"
    given = house.local().post(f"/api/v1/users/{LEAD}/roles", json={"roles": ["ops_lead"]})
    assert given.status_code == 200
    assert "set_up_sealed" in house.kinds()
    again = house.local().post(f"/api/v1/users/{VIEWER}/roles", json={"roles": ["ops_lead"]})
    problem_in(again, 403)


def test_a_password_of_one_piece_still_opens(house: GrantRoom) -> None:
    """Also one that holds a hyphen."""
    answer = house.local().post(f"/api/v1/users/{VIEWER}/reset")
    assert house.enter(VIEWER, answer.json()["password"]) is not None
    assert house.enter(ADMIN, PASSWORD) is not None
