"""People and their own accounts: a new password, sessions elsewhere, and what stays closed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from graph.model.access import Role, Scope
from tests.api.grant_room import ADMIN, DEMO, LEAD, OPERATOR, OTHER_LEAD, PASSWORD, GrantRoom
from tests.api.room import OWNER_TOKEN, problem_in

NEW = "a horse that reads maps"
PATH = "/api/v1/me/password"


@pytest.fixture
def house() -> Iterator[GrantRoom]:
    """Open the sealed house."""
    room = GrantRoom()
    yield room
    room.close()


def _entered(house: GrantRoom, name: str, password: str = PASSWORD) -> TestClient:
    http = house.enter(name, password)
    assert http is not None
    return http


def _change(http: TestClient, current: str = PASSWORD, new: str = NEW) -> object:
    answer = http.post(PATH, json={"current": current, "new": new})
    assert answer.status_code == 200, answer.text
    return answer.json()["sessions_ended"]


def test_a_new_password_ends_the_old_one_and_every_other_session(house: GrantRoom) -> None:
    """The page on which it was changed lives on; a browser left open somewhere does not."""
    here, elsewhere = _entered(house, LEAD), _entered(house, LEAD)
    other = _entered(house, OTHER_LEAD)

    assert _change(here) == 1

    assert here.get("/api/v1/me").status_code == 200
    assert elsewhere.get("/api/v1/me").status_code == 401
    assert other.get("/api/v1/me").status_code == 200
    assert house.enter(LEAD) is None
    assert house.enter(LEAD, NEW) is not None


def test_it_stands_in_the_audit_log_and_its_text_nowhere(house: GrantRoom) -> None:
    """Who and when is told; neither password is in the log, in an audit line or in an error."""
    http = _entered(house, LEAD)
    with capture_logs() as said:
        refused = http.post(PATH, json={"current": PASSWORD, "new": [NEW]}).text
        refused += http.post(PATH, json={"current": NEW, "new": PASSWORD * 2}).text
        _change(http)
    line = house.lines()[-1]

    assert (line.kind, line.actor, line.subject) == ("password_changed", LEAD, LEAD)
    told = refused + str(said) + "".join(line.model_dump_json() for line in house.lines())
    assert [text for text in (PASSWORD, NEW) if text in told] == []


def test_the_present_password_is_needed_and_guesses_are_slowed(house: GrantRoom) -> None:
    """An open page is not enough, and five wrong guesses wait; other browsers do not."""
    http = _entered(house, LEAD)
    for _ in range(5):
        body = problem_in(http.post(PATH, json={"current": "a guess", "new": NEW}), 422)
        assert body["code"] == "wrong_password"
        assert [fault["pointer"] for fault in body["errors"]] == ["/current"]
    problem_in(http.post(PATH, json={"current": PASSWORD, "new": NEW}), 429)

    assert _change(_entered(house, LEAD)) == 1
    assert "password_changed" in house.kinds()


@pytest.mark.parametrize(
    ("new", "code"),
    [
        ("short", "password_short"),
        (PASSWORD, "password_same"),
        ("aaaabbbbaaaabbbb", "password_simple"),
        (f"Now {OPERATOR.upper()} forever", "password_simple"),
        ("what\x00nobody types", "password_unreadable"),
    ],
)
def test_a_weak_new_password_is_refused_in_both_languages(
    house: GrantRoom, new: str, code: str
) -> None:
    """The place is named, nothing is changed, and nobody learns whether the old one was right."""
    http = _entered(house, OPERATOR)
    body = problem_in(http.post(PATH, json={"current": PASSWORD, "new": new}), 422)

    assert (body["code"], body["errors"][0]["pointer"]) == (code, "/new")
    assert body["message"]["zh"] != body["message"]["en"]
    assert house.enter(OPERATOR) is not None


def test_a_chosen_password_waits_where_strangers_guess(house: GrantRoom) -> None:
    """From the change on it is one that might be guessed; a reset draws one again."""
    _change(_entered(house, OPERATOR))
    user = house.assistant.store.user(OPERATOR)
    assert user is not None
    assert user.chosen
    assert house.caller(ADMIN).http.post(f"/api/v1/users/{OPERATOR}/reset").status_code == 200
    user = house.assistant.store.user(OPERATOR)
    assert user is not None
    assert not user.chosen


def test_neither_a_token_nor_another_site_changes_a_password(house: GrantRoom) -> None:
    """Not a token of the own account, not the owner's, not a write without its proof."""
    http = _entered(house, LEAD)
    wanted = {"name": "ci", "user": LEAD, "scopes": [scope for scope in Scope if scope != "ingest"]}
    token = http.post("/api/v1/tokens", json=wanted).json()["token"]
    body = {"current": PASSWORD, "new": NEW}
    for bearer in (token, OWNER_TOKEN):
        for method, path in (("POST", PATH), ("GET", "/api/v1/me/account")):
            answer = house.http(bearer).request(method, path, json=body)
            assert problem_in(answer, 403)["code"] == "session_required"
    problem_in(http.post(PATH, json=body, headers={"X-CSRF": "x"}), 403)

    assert house.enter(LEAD) is not None


def test_a_waiting_reset_cannot_be_voided_by_a_new_password(house: GrantRoom) -> None:
    """Who stole a lead's password cannot keep the house from taking the account back."""
    thief = _entered(house, LEAD)
    grant = house.caller(ADMIN).ask("reset", LEAD).json()
    assert house.caller(OTHER_LEAD).confirm(grant).status_code == 200

    refused = thief.post(PATH, json={"current": PASSWORD, "new": NEW})
    assert problem_in(refused, 409)["code"] == "grant_open"
    assert thief.get("/api/v1/me/account").json()["password_bound"] == "grant_open"
    house.pass_time(minutes=16)

    assert house.caller(ADMIN).read(grant)["status"] == "effective"
    assert house.enter(LEAD) is None
    assert house.enter(LEAD, NEW) is None


def test_a_password_in_two_halves_becomes_one_of_the_persons_own(house: GrantRoom) -> None:
    """After a reset by two people its halves let the person in once more, and then no longer."""
    asked = house.caller(ADMIN).ask("reset", LEAD).json()
    confirmed = house.caller(OTHER_LEAD).confirm(asked).json()
    house.pass_time(minutes=16)
    halves = f"{asked['half']}-{confirmed['half']}"

    assert _change(_entered(house, LEAD, halves), halves) == 0
    assert house.enter(LEAD, halves) is None
    assert house.enter(LEAD, NEW) is not None


def test_demo_accounts_keep_the_password_of_their_file(house: GrantRoom) -> None:
    """Else the file that the demo prints would lie."""
    http = _entered(house, DEMO)
    answer = http.post(PATH, json={"current": PASSWORD, "new": NEW})

    assert problem_in(answer, 403)["code"] == "demo_account"


def test_the_account_shows_its_own_sessions_and_tokens_alone(house: GrantRoom) -> None:
    """Newest session first, the asking one marked; ended ones and other people's are left out."""
    other = house.caller(OTHER_LEAD).http
    other.post("/api/v1/tokens", json={"name": "theirs", "user": OTHER_LEAD, "scopes": ["read"]})
    _entered(house, LEAD)
    house.clock.forward(hours=11)
    http = _entered(house, LEAD)
    http.post("/api/v1/tokens", json={"name": "mine", "user": LEAD, "scopes": ["operate"]})

    found = http.get("/api/v1/me/account").json()
    assert [one["here"] for one in found["sessions"]] == [True, False]
    assert [token["name"] for token in found["tokens"]] == ["mine"]
    assert found["roles"] == [Role.OPS_LEAD]
    assert "hash" not in str(found)
    house.clock.forward(hours=2)
    assert len(http.get("/api/v1/me/account").json()["sessions"]) == 1


def test_other_sessions_end_without_a_new_password(house: GrantRoom) -> None:
    """A browser that was left open is signed out from here; nothing is written where none was."""
    here, elsewhere = _entered(house, OPERATOR), _entered(house, OPERATOR)

    assert here.delete("/api/v1/me/sessions").json() == {"sessions_ended": 1}
    assert elsewhere.get("/api/v1/me").status_code == 401
    assert here.delete("/api/v1/me/sessions").json() == {"sessions_ended": 0}
    assert house.kinds().count("sessions_ended") == 1
