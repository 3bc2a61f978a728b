"""Who may confirm, object and withdraw; and what makes a grant void."""

from __future__ import annotations

import pytest

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
