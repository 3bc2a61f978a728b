"""Tokens: nobody acts under another's name, and each that comes or goes stands in the audit log."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from graph.model.access import Role, Scope
from tests.acting_pack import NODE, RECEIVER, SWITCH
from tests.api.acting_room import ActingRoom
from tests.api.grant_room import ADMIN, LEAD, OPERATOR, SECOND_ADMIN, GrantRoom
from tests.api.room import OWNER_TOKEN, ApiRoom, problem_in


@pytest.fixture
def house() -> Iterator[GrantRoom]:
    """Open the sealed house."""
    room = GrantRoom()
    yield room
    room.close()


def _wanted(user: str, *scopes: str) -> dict[str, object]:
    return {"name": "ci", "user": user, "scopes": list(scopes)}


@pytest.mark.parametrize("scope", ["operate", "execute", "admin"])
@pytest.mark.parametrize("who", [ADMIN, "owner"])
@pytest.mark.parametrize("victim", [LEAD, OPERATOR, SECOND_ADMIN])
def test_nobody_makes_a_token_that_acts_as_another(
    house: GrantRoom, who: str, victim: str, scope: str
) -> None:
    """Not an admin and not the owner of the folder: no token comes and no line of one."""
    http = house.local() if who == "owner" else house.caller(who).http
    answer = http.post("/api/v1/tokens", json=_wanted(victim, "read", scope))
    body = problem_in(answer, 403)
    assert body["code"] == "own_token_only"
    assert victim in body["message"]["zh"]
    assert house.assistant.store.tokens() == ()
    assert "token_created" not in house.kinds()


def test_an_admins_token_makes_none_that_acts(house: GrantRoom) -> None:
    """By token not even for the own account: who stole one cannot make it more."""
    made = house.caller(ADMIN).http.post("/api/v1/tokens", json=_wanted(ADMIN, "admin")).json()
    answer = house.http(made["token"]).post("/api/v1/tokens", json=_wanted(ADMIN, "admin"))
    assert problem_in(answer, 403)["code"] == "own_token_only"


def test_an_admin_lets_others_read_and_sources_post(house: GrantRoom) -> None:
    """A token that reads, and one of a source, are an admin's to make."""
    http = house.caller(ADMIN).http
    for wanted in (_wanted(LEAD, "read"), _wanted(LEAD), {"name": "am", "source": "am"}):
        assert http.post("/api/v1/tokens", json=wanted).status_code == 201


def test_people_make_and_end_their_own_tokens(house: GrantRoom) -> None:
    """A lead who is signed in makes one that acts, and ends it; nobody else's, no source's."""
    http = house.caller(LEAD).http
    made = http.post("/api/v1/tokens", json=_wanted(LEAD, "operate")).json()
    assert house.http(made["token"]).get("/api/v1/me").json()["may"] == ["operate", "read"]
    problem_in(http.post("/api/v1/tokens", json=_wanted(OPERATOR)), 403)
    problem_in(http.post("/api/v1/tokens", json={"name": "am", "source": "am"}), 403)
    problem_in(house.caller(OPERATOR).http.delete(f"/api/v1/tokens/{made['id']}"), 403)
    assert http.delete(f"/api/v1/tokens/{made['id']}").status_code == 204


def test_tokens_that_come_and_go_stand_in_the_audit_log(house: GrantRoom) -> None:
    """Who made it, for whom and with which scopes; never its text."""
    made = house.caller(LEAD).http.post("/api/v1/tokens", json=_wanted(LEAD, "execute")).json()
    house.caller(ADMIN).http.delete(f"/api/v1/tokens/{made['id']}")
    lines = [line for line in house.lines() if line.kind.startswith("token_")]
    assert [(line.kind, line.actor, line.subject) for line in lines] == [
        ("token_created", LEAD, made["id"]),
        ("token_revoked", ADMIN, made["id"]),
    ]
    assert all(line.detail == {"name": "ci", "for": LEAD, "scopes": ["execute"]} for line in lines)


def test_until_sealed_the_owner_sets_up_tokens(room: ApiRoom) -> None:
    """Before there is a real approver, the commands of this machine make any token."""
    room.user("zhou", Role.OPERATOR)
    answer = room.http(OWNER_TOKEN).post("/api/v1/tokens", json=_wanted("zhou", "operate"))
    assert answer.status_code == 201


def test_what_a_token_does_names_the_token(acting: ActingRoom) -> None:
    """Request, refusal and stop made by a token say by which; what a person does says none."""
    acting.asked()
    http = acting.bearer("zhou", Scope.READ, Scope.OPERATE)
    http.post("/api/v1/emergency-stop", json={"reason": "halt"})
    assert http.delete("/api/v1/emergency-stop").status_code == 403
    asked = acting.lines("remediation_requested")[-1]
    pulled, refused = acting.lines("stop_pulled")[-1], acting.lines("attempt_refused")[-1]
    assert "token" not in asked.detail
    assert [line.detail["token"] for line in (pulled, refused)] == ["zhou", "zhou"]


def test_a_request_by_token_names_the_token(acting: ActingRoom) -> None:
    """The line of the request is the person's, and says that a token asked."""
    acting.everybody()
    http = acting.bearer("zhou", Scope.OPERATE)
    body = {
        "action_id": SWITCH,
        "target_ids": [NODE],
        "parameters": {"receiver": RECEIVER},
        "reason": "clients of cdn-a fail",
    }
    path = f"/api/v1/incidents/{acting.incident}/remediations"
    assert http.post(path, json=body).status_code == 201
    line = acting.lines("remediation_requested")[-1]
    assert (line.actor, line.detail["token"]) == ("zhou", "zhou")
