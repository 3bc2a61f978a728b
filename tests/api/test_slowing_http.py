"""Refused too often: a short wait for that session only, told in both languages."""

from __future__ import annotations

import pytest

from api.errors import error_of
from graph.errors import RateLimitedError
from graph.model.access import Scope
from tests.api.acting_room import ActingRoom, refusal_in

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
