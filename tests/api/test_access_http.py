"""Who may do what over HTTP: sessions, CSRF, roles, scopes, tokens, guards."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Final

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.bootstrap import build_in_memory
from api.client import SESSION_COOKIE
from api.schemas.admin import NewToken
from api.settings import Settings
from graph.model.access import Role, Scope
from tests.api.room import BASE, OWNER_TOKEN, ApiRoom, problem_in

READS: Final = ("/incidents", "/board", "/alerts?quarantined=true")
ADMIN: Final = ("/users", "/tokens")


def _status(http: TestClient, path: str) -> int:
    return int(http.get(f"/api/v1{path}").status_code)


def test_a_session_says_who_is_asking(room: ApiRoom) -> None:
    """The cookie alone reads, and no script can read the cookie."""
    password = room.user("zhou", Role.OPERATOR)
    http = room.http()
    answer = http.post("/api/v1/session", json={"name": "zhou", "password": password})
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    me = http.get("/api/v1/me").json()
    assert (me["name"], me["roles"], me["csrf"]) == ("zhou", ["operator"], answer.json()["csrf"])
    assert me["may"] == ["execute", "operate", "read"]


def test_a_wrong_password_and_an_unknown_name_look_alike(room: ApiRoom) -> None:
    """The answer does not tell whether the account exists."""
    room.user("zhou", Role.OPERATOR)
    answers = [
        room.http().post("/api/v1/session", json={"name": name, "password": "guess"})
        for name in ("zhou", "nobody")
    ]
    first, second = (problem_in(answer, 401) for answer in answers)
    assert first == second


def test_guessing_is_slowed_down_and_the_pause_ends(room: ApiRoom) -> None:
    """After five failures in a minute a chosen password is 429 too; a minute later it fits."""
    password = room.chosen("zhou", Role.OPERATOR)
    for _ in range(5):
        room.http().post("/api/v1/session", json={"name": "zhou", "password": "guess"})
    right = {"name": "zhou", "password": password}
    answer = room.http().post("/api/v1/session", json=right)
    problem_in(answer, 429)
    assert 0 < int(answer.headers["retry-after"]) <= 61
    room.clock.forward(seconds=61)
    assert room.http().post("/api/v1/session", json=right).status_code == 200


def test_a_strangers_guesses_keep_nobody_out_of_a_browser_used_before(room: ApiRoom) -> None:
    """Behind one address, as behind a proxy: the mark of the browser counts apart, once made."""
    password = room.chosen("lu-min", Role.OPERATOR)
    used, stranger = room.http(), room.http()
    wanted = {"name": "lu-min", "password": password}
    assert used.post("/api/v1/session", json=wanted).status_code == 200
    wrong = {"name": "lu-min", "password": "a guess"}
    assert [stranger.post("/api/v1/session", json=wrong).status_code for _ in range(6)][-1] == 429

    assert stranger.post("/api/v1/session", json=wanted).status_code == 429
    assert used.post("/api/v1/session", json=wanted).status_code == 200
    stranger.cookies.set("etiograph_device", "0" * 64)
    assert stranger.post("/api/v1/session", json=wanted).status_code == 429


def test_a_drawn_password_lets_its_person_in_whatever_strangers_guess(room: ApiRoom) -> None:
    """The first sign-in of all, behind the address of a guesser; the guesser gains nothing."""
    password = room.user("lu-min", Role.OPERATOR)
    stranger, person = room.http(), room.http()
    wrong = {"name": "lu-min", "password": "a guess"}
    assert [stranger.post("/api/v1/session", json=wrong).status_code for _ in range(6)][-1] == 429

    right = {"name": "lu-min", "password": password}
    assert person.post("/api/v1/session", json=right).status_code == 200
    for guess in ("a guess", password[::-1], password[:-1], password.swapcase()):
        answer = stranger.post("/api/v1/session", json={"name": "lu-min", "password": guess})
        problem_in(answer, 429)


def test_a_closed_way_does_not_tell_whose_password_was_drawn(room: ApiRoom) -> None:
    """Drawn, chosen or unknown: a guess of the form of a drawn one hears the same words."""
    room.user("zhou", Role.OPERATOR)
    room.chosen("quan", Role.OPERATOR)
    told = set()
    for name in ("zhou", "quan", "nono"):
        guess = {"name": name, "password": "ABCDEFGHIJKLMNOP"}  # pragma: allowlist secret
        for _ in range(5):
            room.http().post("/api/v1/session", json=guess)
        told.add(room.http().post("/api/v1/session", json=guess).text.replace(name, "NAME"))
    assert len(told) == 1


def test_a_chosen_password_of_the_form_of_a_drawn_one_waits(room: ApiRoom) -> None:
    """What counts is that the program drew it, not how it looks."""
    room.chosen("zhou", Role.OPERATOR)
    password = "AAAABBBBCCCCDDDD"  # pragma: allowlist secret
    hashed = room.assistant.accounts.passwords.hashed(password)
    user = room.assistant.store.user("zhou")
    assert user is not None
    renewed = user.model_copy(update={"password_hash": hashed})
    room.assistant.store.write(lambda tx: tx.put_user(renewed))
    for _ in range(5):
        room.http().post("/api/v1/session", json={"name": "zhou", "password": "guess"})
    answer = room.http().post("/api/v1/session", json={"name": "zhou", "password": password})
    problem_in(answer, 429)


def test_a_crowd_of_guesses_at_once_is_slowed_down_too(room: ApiRoom) -> None:
    """Guesses sent together pass the limit no more often than one after another, but for one."""
    room.user("zhou", Role.OPERATOR)
    guess = {"name": "zhou", "password": "guess"}

    def tried(_: int) -> int:
        return int(room.http().post("/api/v1/session", json=guess).status_code)

    with ThreadPoolExecutor(12) as crowd:
        answers = list(crowd.map(tried, range(12)))
    assert 5 <= answers.count(401) <= 6
    assert answers.count(401) + answers.count(429) == 12


def test_one_name_is_not_locked_out_from_another_address(room: ApiRoom) -> None:
    """Somebody who guesses elsewhere does not keep the owner of a name out."""
    password = room.user("zhou", Role.OPERATOR)
    for _ in range(6):
        room.http().post("/api/v1/session", json={"name": "zhou", "password": "guess"})
    elsewhere = TestClient(room.app, base_url=BASE, client=("10.0.0.9", 1))
    right = {"name": "zhou", "password": password}
    assert elsewhere.post("/api/v1/session", json=right).status_code == 200


def test_a_write_by_cookie_needs_its_proof(room: ApiRoom) -> None:
    """Another site's form brings the cookie, never the X-CSRF header."""
    http, csrf = room.signed_in("zhou", Role.ADMIN)
    body = {"name": "new", "roles": ["viewer"]}
    problem_in(http.post("/api/v1/users", json=body), 403)
    problem_in(http.post("/api/v1/users", json=body, headers={"X-CSRF": "guess"}), 403)
    assert http.post("/api/v1/users", json=body, headers={"X-CSRF": csrf}).status_code == 201


def test_a_session_ends_when_it_is_left(room: ApiRoom) -> None:
    """After DELETE /session the cookie opens nothing, wherever it was copied to."""
    http, csrf = room.signed_in("zhou", Role.OPERATOR)
    cookie = http.cookies[SESSION_COOKIE]
    assert http.delete("/api/v1/session", headers={"X-CSRF": csrf}).status_code == 204
    copied = TestClient(room.app, base_url=BASE, cookies={SESSION_COOKIE: cookie})
    problem_in(copied.get("/api/v1/me"), 401)


def test_a_session_ends_after_twelve_hours(room: ApiRoom) -> None:
    """A night shift fits, a forgotten browser does not stay open."""
    http, _ = room.signed_in("zhou", Role.OPERATOR)
    room.clock.forward(hours=11, minutes=59)
    assert http.get("/api/v1/me").status_code == 200
    room.clock.forward(minutes=2)
    problem_in(http.get("/api/v1/me"), 401)


def test_a_reset_ends_every_session_of_the_account(room: ApiRoom) -> None:
    """Who renews a password wants the old browsers out."""
    http, _ = room.signed_in("zhou", Role.OPERATOR)
    answer = room.http(OWNER_TOKEN).post("/api/v1/users/zhou/reset")
    assert answer.status_code == 200
    problem_in(http.get("/api/v1/me"), 401)


@pytest.mark.parametrize(
    ("role", "reads", "admin", "patch"),
    [
        (Role.VIEWER, 200, 403, 403),
        (Role.OPERATOR, 200, 403, 404),
        (Role.OPS_LEAD, 200, 403, 404),
        (Role.ACADEMIC_LEAD, 200, 403, 404),
        (Role.PLATFORM_OWNER, 200, 403, 404),
        (Role.ADMIN, 403, 200, 403),
    ],
)
def test_roles_open_what_they_should(
    room: ApiRoom, role: Role, reads: int, admin: int, patch: int
) -> None:
    """Reading, administration and operating are told apart; 404 means that one got through."""
    http, csrf = room.signed_in("who", role)
    assert {_status(http, path) for path in READS} == {reads}
    assert {_status(http, path) for path in ADMIN} == {admin}
    headers = {"X-CSRF": csrf, "If-Match": "*"}
    answer = http.patch("/api/v1/incidents/inc-1", json={"owner": None}, headers=headers)
    assert answer.status_code == patch


@pytest.mark.parametrize(
    ("scope", "reads", "admin", "patch"),
    [
        (Scope.READ, 200, 403, 403),
        (Scope.OPERATE, 200, 403, 404),
        (Scope.EXECUTE, 200, 403, 403),
        (Scope.ADMIN, 403, 200, 403),
    ],
)
def test_scopes_only_take_away(
    room: ApiRoom, scope: Scope, reads: int, admin: int, patch: int
) -> None:
    """A token of somebody who may do everything does what its scope says, and never approves."""
    token = room.user_token("all", [Role.OPERATOR, Role.OPS_LEAD, Role.ADMIN], scope)
    http = room.http(token)
    assert {_status(http, path) for path in READS} == {reads}
    assert {_status(http, path) for path in ADMIN} == {admin}
    headers = {"If-Match": "*"}
    answer = http.patch("/api/v1/incidents/inc-1", json={"owner": None}, headers=headers)
    assert answer.status_code == patch
    assert "approve" not in http.get("/api/v1/me").json()["may"]


def test_a_scope_gives_nothing_that_the_role_lacks(room: ApiRoom) -> None:
    """An admin scope on a viewer's token opens nothing."""
    http = room.http(room.user_token("vi", [Role.VIEWER], Scope.ADMIN, Scope.OPERATE))
    assert {_status(http, path) for path in ADMIN} == {403}
    assert http.get("/api/v1/me").json()["may"] == ["read"]


def test_a_sources_token_reads_nothing(room: ApiRoom) -> None:
    """It can only post alerts and changes."""
    http = room.http(room.source().token)
    assert {_status(http, path) for path in (*READS, *ADMIN, "/doctor")} == {403}
    assert http.get("/api/v1/me").json()["may"] == ["ingest"]
    problem_in(http.get("/api/metrics"), 403)


def test_a_revoked_token_is_out_at_once(room: ApiRoom) -> None:
    """DELETE /tokens/{id} ends it; the list never shows its text."""
    token = room.user_token("zhou", [Role.OPERATOR], Scope.READ)
    admin = room.http(OWNER_TOKEN)
    listed = admin.get("/api/v1/tokens")
    assert token not in listed.text
    token_id = listed.json()["items"][0]["id"]
    assert admin.delete(f"/api/v1/tokens/{token_id}").status_code == 204
    problem_in(room.http(token).get("/api/v1/me"), 401)
    problem_in(admin.delete(f"/api/v1/tokens/{token_id}"), 404)


def test_an_issued_token_works_and_is_shown_once(room: ApiRoom) -> None:
    """POST /tokens gives the text; the account may then be used by programs."""
    room.user("zhou", Role.OPERATOR)
    admin = room.http(OWNER_TOKEN)
    made = admin.post("/api/v1/tokens", json={"name": "ci", "user": "zhou", "scopes": ["read"]})
    assert made.status_code == 201
    assert room.http(made.json()["token"]).get("/api/v1/me").json()["name"] == "zhou"


@pytest.mark.parametrize(
    "body",
    [
        {"name": "x"},
        {"name": "x", "user": "zhou", "source": "s"},
        {"name": "x", "user": "zhou", "scopes": ["ingest"]},
        {"name": "x", "user": "zhou", "scopes": ["approve"]},
        {"name": "x", "source": "s", "scopes": ["read"]},
        {"name": "", "user": "zhou"},
    ],
)
def test_a_token_that_makes_no_sense_is_refused(room: ApiRoom, body: dict[str, object]) -> None:
    """Each wrong combination is 422 with a pointer."""
    room.user("zhou", Role.OPERATOR)
    answer = room.http(OWNER_TOKEN).post("/api/v1/tokens", json=body)
    assert problem_in(answer, 422)["errors"]


def test_the_owner_of_the_folder_never_operates(room: ApiRoom) -> None:
    """The token in owner.json views and administers, and does nothing to an incident."""
    http = room.http(OWNER_TOKEN)
    me = http.get("/api/v1/me").json()
    assert me["name"].startswith("local:")
    assert me["may"] == ["admin", "read"]
    answer = http.patch("/api/v1/incidents/inc-1", json={}, headers={"If-Match": "*"})
    problem_in(answer, 403)


def test_approving_roles_are_sealed_by_the_first_real_one(room: ApiRoom) -> None:
    """Demo approvers seal nothing; after one real approver no command or call grants another."""
    room.user("demo-ops", Role.OPS_LEAD)
    admin = room.http(OWNER_TOKEN)
    first = admin.post("/api/v1/users", json={"name": "he", "roles": ["ops_lead"]})
    assert first.status_code == 201
    for role in ("ops_lead", "academic_lead", "platform_owner"):
        answer = admin.post("/api/v1/users", json={"name": "wu", "roles": ["viewer", role]})
        assert "sealed" in problem_in(answer, 403)["detail"]
    assert admin.post("/api/v1/users/he/reset").status_code == 403
    plain = admin.post("/api/v1/users", json={"name": "wu", "roles": ["operator"]})
    assert plain.status_code == 201


def test_names_are_taken_once(room: ApiRoom) -> None:
    """A second account of the name, or one like a source, is a conflict."""
    room.user("zhou", Role.OPERATOR)
    room.source("monitor")
    admin = room.http(OWNER_TOKEN)
    for name in ("zhou", "monitor"):
        problem_in(admin.post("/api/v1/users", json={"name": name, "roles": ["viewer"]}), 409)
    problem_in(admin.post("/api/v1/users/nobody/reset"), 404)


def test_every_loopback_address_that_may_be_set_is_served() -> None:
    """A server told to listen on 127.0.0.2 answers there; its neighbour stays foreign."""
    assistant = build_in_memory(Settings(host="127.0.0.2"))
    http = TestClient(create_app(assistant), base_url="http://127.0.0.2:8501")
    assert http.get("/api/healthz").status_code == 200
    assert http.get("/api/healthz", headers={"Host": "127.0.0.3"}).status_code == 403
    assistant.store.close()


def test_a_foreign_host_is_not_served(room: ApiRoom) -> None:
    """A name that was rebound to 127.0.0.1 gets nothing."""
    rebound = TestClient(room.app, base_url="http://evil.example")
    problem_in(rebound.get("/api/healthz"), 403)
    assert TestClient(room.app, base_url="http://localhost").get("/api/healthz").status_code == 200


def test_a_foreign_page_does_not_write(room: ApiRoom) -> None:
    """Origin must be the server's own, whatever else fits."""
    http, csrf = room.signed_in("zhou", Role.ADMIN)
    body = {"name": "new", "roles": ["viewer"]}
    for origin in ("http://evil.example", "null", "http://127.0.0.1:9999"):
        headers = {"X-CSRF": csrf, "Origin": origin}
        problem_in(http.post("/api/v1/users", json=body, headers=headers), 403)


def test_answers_carry_safe_headers(room: ApiRoom) -> None:
    """Nothing is framed, cached, sniffed or loaded from elsewhere."""
    headers = room.http().get("/api/login").headers
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"


def test_a_token_is_no_way_into_the_account(room: ApiRoom) -> None:
    """A user's token cannot end a session or make another token."""
    http = room.http(room.user_token("zhou", [Role.OPERATOR], Scope.READ, Scope.OPERATE))
    problem_in(http.delete("/api/v1/session"), 422)
    wanted = NewToken(name="x", user="zhou").model_dump(mode="json")
    problem_in(http.post("/api/v1/tokens", json=wanted), 403)


@pytest.mark.parametrize("odd", ["%00", "..%2fx", "x%2f..%2fy", "..%5cx"])
@pytest.mark.parametrize("path", ["/api/v1/remediations/", "/api/v1/incidents/", "/a/"])
def test_an_id_that_leads_elsewhere_is_refused_with_a_reason(
    room: ApiRoom, path: str, odd: str
) -> None:
    """As problem+json in both languages, before any route and with safe headers."""
    answer = room.http().get(path + odd)
    assert problem_in(answer, 400)["message"]["zh"]
    assert answer.headers["content-security-policy"]
