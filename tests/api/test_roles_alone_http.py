"""What one person still does alone: free roles, taking roles, set-up before the seal."""

from __future__ import annotations

import pytest

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
