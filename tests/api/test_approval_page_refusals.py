"""The approval page lets nobody around the desk: who may, the form's proof, and signing in."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import quote

import pytest

from graph.model.access import Role, Scope
from tests.api.acting_room import ActingRoom
from tests.api.phone import (
    SCRIPT,
    fields_of,
    first_tap,
    nothing_recorded,
    open_page,
    post_form,
)


def test_ones_own_request_says_so(acting: ActingRoom) -> None:
    """No answers to tap, the reason in words; a form made up by hand is refused as well."""
    acting.person("wu", Role.OPS_LEAD)
    asked = acting.asked("sun")
    requester = acting.person("sun")
    for lang, line in (("zh", "申请人不能同意自己的申请"), ("en", "cannot agree to it")):
        page = open_page(requester, asked, lang=lang).text
        assert line in page
        assert "/confirm" not in page
    made_up = {
        "csrf": requester.csrf,
        "digest": asked["digest"],
        "decision": "approve",
        "role": "ops_lead",
    }
    assert post_form(requester, asked, made_up).status_code == 403
    nothing_recorded(acting, asked)
    assert acting.refused() == [("sun", "decide", "own_request")]


def test_expired_says_so(acting: ActingRoom) -> None:
    """The step that was open too long answers 410, and the card shows the state."""
    asked = acting.asked()
    lead = acting.person("qian")
    form = first_tap(lead, asked)
    acting.clock.forward(minutes=15)
    late = post_form(lead, asked, form)
    assert late.status_code == 410
    assert "It has expired; nothing was recorded." in late.text
    card = open_page(lead, asked).text
    assert "Expired; nothing ran" in card
    assert "/confirm" not in card


def test_the_same_form_twice_is_one_yes(acting: ActingRoom) -> None:
    """A double tap, or the back button and again, says that it stands already."""
    asked = acting.asked()
    lead = acting.person("qian")
    form = first_tap(lead, asked)
    assert post_form(lead, asked, form).status_code == 303
    twice = post_form(lead, asked, form)
    assert twice.status_code == 409
    assert "You have decided already" in twice.text
    assert len(acting.read(asked)["approvals"]) == 1


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR, Role.ADMIN])
def test_others_get_no_answers_to_tap(acting: ActingRoom, role: Role) -> None:
    """Who holds no demanded role decides nothing; an admin does not even see it."""
    asked = acting.asked()
    stranger = acting.person("stranger", role)
    page = open_page(stranger, asked)
    assert page.status_code == (404 if role is Role.ADMIN else 200)
    assert "/confirm" not in page.text
    made_up = {
        "csrf": stranger.csrf,
        "digest": asked["digest"],
        "decision": "approve",
        "role": "ops_lead",
    }
    assert post_form(stranger, asked, made_up).status_code in (403, 404)
    nothing_recorded(acting, asked)
    assert acting.refused() == [("stranger", "decide", "wrong_role")]


def test_a_token_opens_nothing_here(acting: ActingRoom) -> None:
    """The page knows sessions only: a bearer is sent to sign in, whatever its scopes."""
    asked = acting.asked()
    http = acting.bearer("robot", Scope.READ, Scope.OPERATE, Scope.EXECUTE, roles=(Role.OPS_LEAD,))
    path = f"/a/{asked['remediation_id']}"
    assert http.get(path, follow_redirects=False).status_code == 303
    form = {"csrf": "x", "digest": asked["digest"], "decision": "approve", "role": "ops_lead"}
    assert http.post(path, data=form, follow_redirects=False).status_code == 303
    nothing_recorded(acting, asked)


def test_the_forms_proof_is_demanded(acting: ActingRoom) -> None:
    """Without the hidden field, or with that of another session, 403 and nothing is recorded."""
    asked = acting.asked()
    lead = acting.person("qian")
    form = first_tap(lead, asked)
    for proof in ("", "x", acting.person("sun").csrf, "溯", form["csrf"] + "x"):
        assert post_form(lead, asked, form | {"csrf": proof}).status_code == 403
        assert post_form(lead, asked, {"csrf": proof}, "/withdraw").status_code == 403
    without = {name: value for name, value in form.items() if name != "csrf"}
    assert post_form(lead, asked, without).status_code == 403
    path = f"/a/{asked['remediation_id']}"
    foreign = lead.http.post(path, data=form, headers={"Origin": "https://evil.example"})
    assert foreign.status_code == 403
    nothing_recorded(acting, asked)


@pytest.mark.parametrize(
    "changed",
    [
        {"digest": "0" * 64},
        {"digest": ""},
        {"decision": ""},
        {"decision": "yes"},
        {"decision": "APPROVE"},
        {"role": ""},
        {"role": "root"},
        {"digest": "0" * 5000},
        {"password": "x" * 5000},
        {"role": "ops_lead"},
    ],
)
def test_a_form_that_was_edited_records_nothing(
    acting: ActingRoom, changed: dict[str, str]
) -> None:
    """Only the fields as they were shown count; nothing missing is taken for a yes."""
    asked = acting.asked()
    lead = acting.person("qian")
    answer = post_form(lead, asked, first_tap(lead, asked) | changed)
    assert answer.status_code in (403, 409)
    nothing_recorded(acting, asked)


@pytest.mark.parametrize("body", [b"\xff=\xfe", b"a=1&" * 50, b"", b"x" * 100_000])
def test_what_is_no_form_is_refused(acting: ActingRoom, body: bytes) -> None:
    """Garbage is a stale form, not an error of the server."""
    asked = acting.asked()
    lead = acting.person("qian")
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    path = f"/a/{asked['remediation_id']}"
    assert lead.http.post(path, content=body, headers=headers).status_code == 403


def test_signing_in_comes_back_to_the_card(acting: ActingRoom) -> None:
    """From the link in a message to the card: the sign-in page keeps where one wanted to go."""
    asked = acting.asked()
    http = acting.http()
    path = f"/a/{asked['remediation_id']}"
    for part in ("", "/confirm", "/details"):
        sent = http.get(f"{path}{part}?lang=en", follow_redirects=False)
        assert sent.status_code == 303
        assert sent.headers["location"] == f"/api/login?lang=en&next={path}"
    page = http.get(sent.headers["location"])
    target = re.search(r'action="(login[^"]*)"', page.text)
    assert target is not None
    form = fields_of(page.text) | {"name": "qian", "password": acting.person("qian").password}
    url = f"/api/{unescape(target.group(1))}"
    answer = http.post(url, data=form, follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"{path}?lang=en"
    assert http.get(answer.headers["location"]).status_code == 200


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example",
        "//evil.example",
        "/a/../",
        "/a/..",
        "/a/../../evil",
        "/a//evil.example",
        "/\\evil.example",
        "/a/x\r\nLocation: https://evil.example",
        "/a/x?next=https://evil.example",
        "/a/x#@evil.example",
        "/a/" + "x" * 300,
        "javascript:alert(1)",
        "/A/X",
        "/a/",
        SCRIPT,
    ],
)
def test_signing_in_leads_nowhere_else(acting: ActingRoom, target: str) -> None:
    """Whatever `next` carries, the way is a card of this server or the duty board."""
    acting.person("qian")
    http = acting.http()
    page = http.get(f"/api/login?lang=en&next={quote(target, safe='')}")
    assert target not in page.text
    form = fields_of(page.text) | {"name": "qian", "password": acting.person("qian").password}
    answer = http.post(
        f"/api/login?lang=en&next={quote(target, safe='')}", data=form, follow_redirects=False
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/?lang=en")


def test_an_address_that_is_no_request_says_so(acting: ActingRoom) -> None:
    """404 in words, with nothing of the address on the page; strangers are asked to sign in."""
    lead = acting.person("qian")
    for path in ("rem-0000", "%3Cscript%3Ealert(1)", "%E6%BA%AF", "%0d%0aX-A:1"):
        page = lead.http.get(f"/a/{path}?lang=en", follow_redirects=False)
        assert page.status_code == 404
        assert "There is no such request" in page.text
        assert "<script" not in page.text
        stranger = acting.http().get(f"/a/{path}", follow_redirects=False)
        assert stranger.status_code == 303
        assert stranger.headers["location"].startswith("/api/login")
