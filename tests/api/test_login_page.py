"""The sign-in page: plain HTML, two languages, no way to be sent elsewhere."""

from __future__ import annotations

import re

import pytest
from starlette.testclient import TestClient

from graph.model.access import Role
from tests.api.room import ApiRoom


def _csrf(page: str) -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', page)
    assert found is not None
    return found.group(1)


def _submit(http: TestClient, **fields: str) -> tuple[int, dict[str, str], str]:
    page = http.get("/api/login?lang=en")
    form = {"csrf": _csrf(page.text)} | fields
    answer = http.post("/api/login?lang=en", data=form, follow_redirects=False)
    return answer.status_code, dict(answer.headers), answer.text


def test_signing_in_goes_to_the_duty_board(room: ApiRoom) -> None:
    """The form sets the session's cookie and goes to `/`, in the language of the form."""
    password = room.user("zhou", Role.OPERATOR)
    http = room.http()
    status, headers, _ = _submit(http, name="zhou", password=password)
    assert (status, headers["location"]) == (303, "/?lang=en")
    assert http.get("/api/v1/me").json()["name"] == "zhou"


def test_nobody_is_sent_elsewhere(room: ApiRoom) -> None:
    """Whatever the form or the address carries, the way leads to `/`."""
    password = room.user("zhou", Role.OPERATOR)
    http = room.http()
    page = http.get("/api/login?next=http://evil.example")
    form = {"csrf": _csrf(page.text), "name": "zhou", "password": password, "next": "//evil"}
    answer = http.post("/api/login?next=//evil.example", data=form, follow_redirects=False)
    assert answer.headers["location"] == "/"


def test_a_form_from_elsewhere_is_refused(room: ApiRoom) -> None:
    """Without the hidden field that fits the form's cookie nobody is signed in."""
    password = room.user("zhou", Role.OPERATOR)
    http = room.http()
    form = {"name": "zhou", "password": password}
    assert http.post("/api/login", data=form).status_code == 403
    http.get("/api/login")
    for forged in ("0" * 64, "溯", ""):
        assert http.post("/api/login", data=form | {"csrf": forged}).status_code == 403
    assert http.get("/api/v1/me").status_code == 401


def test_a_wrong_password_is_said_on_the_page(room: ApiRoom) -> None:
    """One line, and the form again; what was typed is not echoed."""
    room.user("zhou", Role.OPERATOR)
    status, _, page = _submit(room.http(), name='"><script>alert(1)</script>', password="x")
    assert status == 401
    assert "Name or password is wrong" in page
    assert "<script" not in page


@pytest.mark.parametrize(("lang", "word"), [("zh", "密码"), ("en", "Password")])
def test_the_page_speaks_one_language(room: ApiRoom, lang: str, word: str) -> None:
    """The language of the address, else the server's; without script and outside assets."""
    page = room.http().get(f"/api/login?lang={lang}").text
    assert word in page
    assert "<script" not in page
    assert "http" not in page.replace("http-equiv", "")
    assert ("密码" in room.http().get("/api/login").text) is True


def test_too_many_tries_say_when_to_come_back(room: ApiRoom) -> None:
    """The page says the seconds, and so does the header."""
    room.user("zhou", Role.OPERATOR)
    for _ in range(5):
        _submit(room.http(), name="zhou", password="guess")
    status, headers, page = _submit(room.http(), name="zhou", password="guess")
    assert status == 429
    assert headers["retry-after"] in page


@pytest.mark.parametrize("body", [b"\xff=\xfe", b"a=1&" * 50, b""])
def test_what_is_no_form_is_refused(room: ApiRoom, body: bytes) -> None:
    """Garbage is a stale form, not an error of the server."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert room.http().post("/api/login", content=body, headers=headers).status_code == 403
