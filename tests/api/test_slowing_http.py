"""Refused too often: a short wait for that session only, told in both languages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from api.errors import error_of
from graph.errors import RateLimitedError
from graph.model.access import Role, Scope
from tests.api.acting_room import ActingRoom, refusal_in
from tests.api.grant_room import VIEWER, GrantRoom
from tests.api.room import problem_in

OFTEN = 12


def tire(acting: ActingRoom, name: str = "qian") -> dict[str, object]:
    """Let somebody try what is refused until it is too often; gives the request they try it on."""
    asked = acting.asked()
    for _ in range(OFTEN):
        refusal_in(acting.person(name).decide(asked, digest="f" * 64), 409, "other_digest")
    return asked


def test_too_many_refusals_are_slowed_down(acting: ActingRoom) -> None:
    """429 with Retry-After, in both languages; no more lines in the audit log."""
    asked = tire(acting)
    answer = acting.person("qian").decide(asked, digest="f" * 64)
    body = refusal_in(answer, 429, "too_many_refused")
    assert answer.headers["Retry-After"] in body["message"]["zh"]
    assert 1 <= int(answer.headers["Retry-After"]) <= 61
    assert len(acting.refused()) == OFTEN
    read = error_of(429, answer.json(), retry_after=answer.headers["Retry-After"])
    assert isinstance(read, RateLimitedError)
    assert read.zh == body["message"]["zh"]


def test_a_right_approval_passes_again_within_a_minute(acting: ActingRoom) -> None:
    """The wait that is told is enough; nothing of the person's right is lost."""
    asked = tire(acting)
    answer = acting.person("qian").decide(asked)
    refusal_in(answer, 429, "too_many_refused")
    acting.clock.forward(seconds=int(answer.headers["Retry-After"]))
    assert acting.person("qian").decide(asked).status_code == 200


@pytest.mark.parametrize("name", ["sun", "li", "zhou"])
def test_nobody_else_is_slowed(acting: ActingRoom, name: str) -> None:
    """Others decide, start and ask as before."""
    asked = tire(acting)
    assert acting.person("sun").decide(asked).status_code == 200
    assert acting.person(name).execute(asked).status_code == 409


def test_a_stolen_token_slows_no_session_down(acting: ActingRoom) -> None:
    """Who tries by token is counted apart from the person's own browser."""
    asked = acting.asked()
    token = acting.bearer("qian", Scope.OPERATE, Scope.EXECUTE)
    path = f"/api/v1/remediations/{asked['remediation_id']}/approvals"
    body = {"digest": asked["digest"], "decision": "approve"}
    for _ in range(OFTEN):
        refusal_in(token.post(path, json=body), 403, "session_required")
    refusal_in(token.post(path, json=body), 429, "too_many_refused")
    assert acting.person("qian").decide(asked).status_code == 200


def test_the_emergency_stop_is_never_slowed(acting: ActingRoom) -> None:
    """However often somebody was refused, they can stop everything."""
    tire(acting)
    person = acting.person("qian")
    assert person.send("POST", "/emergency-stop", {"reason": "halt"}).status_code == 200


def test_the_phone_page_says_how_long(acting: ActingRoom) -> None:
    """The page answers 429 with the wait, and takes the form again afterwards."""
    asked = tire(acting)
    person = acting.person("qian")
    fields = {
        "csrf": person.csrf,
        "digest": asked["digest"],
        "decision": "approve",
        "role": "academic_lead",
    }
    page = f"/a/{asked['remediation_id']}"
    for path, form in ((page, fields), (f"{page}/withdraw", {"csrf": person.csrf})):
        answer = person.http.post(f"{path}?lang=en", data=form)
        assert answer.status_code == 429
        assert f"{answer.headers['Retry-After']} s" in answer.text
    acting.clock.forward(seconds=61)
    answer = person.http.post(f"{page}?lang=en", data=fields, follow_redirects=False)
    assert answer.status_code == 303


@pytest.fixture
def house() -> Iterator[GrantRoom]:
    """Open the sealed house."""
    room = GrantRoom()
    yield room
    room.close()


@pytest.mark.parametrize("move", ["ask", "confirm", "object", "withdraw"])
def test_refused_grants_are_slowed_down(house: GrantRoom, move: str) -> None:
    """Somebody without a say who goes on trying is told to wait, and fills no log."""
    http = house.caller(VIEWER).http
    wish = {"kind": "roles", "subject": "zhou", "roles": ["ops_lead"], "reason": "r"}
    path, body = {
        "ask": ("", wish),
        "confirm": ("/grant-0/confirm", {"digest": "f" * 64}),
        "object": ("/grant-0/object", {"reason": "r"}),
        "withdraw": ("/grant-0/withdraw", {}),
    }[move]
    for _ in range(OFTEN):
        assert http.post(f"/api/v1/grants{path}", json=body).status_code in (403, 404)
    refusal_in(http.post(f"/api/v1/grants{path}", json=body), 429, "too_many_refused")
    assert house.kinds().count("attempt_refused") == OFTEN


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_refused_calls_of_the_stop_are_slowed_down(acting: ActingRoom, method: str) -> None:
    """Who may neither pull nor lift it cannot fill the log by trying."""
    person = acting.person("stranger", Role.VIEWER)
    body = {"reason": "halt"} if method == "POST" else None
    for _ in range(OFTEN):
        refusal_in(person.send(method, "/emergency-stop", body), 403, "wrong_role")
    refusal_in(person.send(method, "/emergency-stop", body), 429, "too_many_refused")
    assert len(acting.refused()) == OFTEN


def test_a_source_is_turned_away_before_anything_is_written(acting: ActingRoom) -> None:
    """Its token acts on nothing, and leaves no line however often it tries."""
    http = acting.http(acting.source("other").token)
    before = acting.lines()
    for method, path in (
        ("POST", "/emergency-stop"),
        ("DELETE", "/emergency-stop"),
        ("POST", "/grants"),
        ("POST", "/grants/grant-0/confirm"),
        ("POST", f"/incidents/{acting.incident}/remediations"),
        ("POST", "/remediations/rem-0/execution"),
    ):
        body = {"reason": "halt"} if method == "POST" else None
        refusal_in(http.request(method, f"/api/v1{path}", json=body), 403, "wrong_role")
    assert acting.lines() == before


@pytest.mark.parametrize(
    "body",
    [
        b'{"digest": "\\ud800", "decision": "approve", "reason": "\\ud800"}',
        b'{"digest": NaN, "decision": "approve"}',
        b'{"digest": 7}',
        b"{",
    ],
)
def test_a_decision_that_cannot_be_read_is_an_attempt(acting: ActingRoom, body: bytes) -> None:
    """It is refused plainly, stands in the audit log, and is slowed like every other."""
    asked = acting.asked()
    person = acting.person("qian")
    path = f"/api/v1/remediations/{asked['remediation_id']}/approvals"
    headers = {"X-CSRF": person.csrf, "Content-Type": "application/json"}
    for _ in range(OFTEN):
        answer = person.http.post(path, content=body, headers=headers)
        problem_in(answer, 400 if body == b"{" else 422)
    refusal_in(person.http.post(path, content=body, headers=headers), 429, "too_many_refused")
    assert [(who, call) for who, call, _ in acting.refused()] == [("qian", "decide")] * OFTEN
    assert {line.subject for line in acting.lines("attempt_refused")} == {asked["remediation_id"]}
