"""The approval page on a phone: five answers, two taps, no script, and no way around the desk."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Final
from urllib.parse import quote

import httpx2
import pytest

from graph.model.access import Role, Scope
from graph.model.base import Text
from tests.acting_pack import CREDITS, DATABASE, NODE, RECEIVER, acting_pack
from tests.api.acting_room import ActingRoom, Answer, Person

MOST_BYTES: Final = 60 * 1024
SCRIPT: Final = '"><script>alert(1)</script>'
HIDDEN: Final = "cdn\u202e7\u2066\x07"


@pytest.fixture
def acting() -> Iterator[ActingRoom]:
    """A room where a switch-over can be asked for and agreed to."""
    made = ActingRoom()
    yield made
    made.close()


def _open(person: Person, asked: Answer, part: str = "", **query: str) -> httpx2.Response:
    path = f"/a/{asked['remediation_id']}{part}"
    return person.http.get(path, params={"lang": "en", **query}, follow_redirects=False)


def _fields(page: str) -> dict[str, str]:
    """Read the hidden fields of the one form."""
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page)
    return {name: unescape(value) for name, value in found}


def _post(
    person: Person, asked: Answer, fields: dict[str, str], part: str = "", lang: str = "en"
) -> httpx2.Response:
    path = f"/a/{asked['remediation_id']}{part}?lang={lang}"
    return person.http.post(path, data=fields, follow_redirects=False)


def _form(person: Person, asked: Answer, decision: str = "approve") -> dict[str, str]:
    """Take the first tap: the fields of the confirmation step."""
    page = _open(person, asked, "/confirm", decision=decision)
    assert page.status_code == 200, page.text
    return _fields(page.text)


def _nothing_recorded(acting: ActingRoom, asked: Answer) -> None:
    now = acting.read(asked)
    assert (now["status"], now["approvals"]) == ("requested", [])


# ── What it shows ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_step_is_small_and_without_script(acting: ActingRoom, lang: str) -> None:
    """At most 60 KB, nothing fetched, nothing run, framed by nobody; one language."""
    asked = acting.asked()
    for part in ("", "/confirm", "/details"):
        page = _open(acting.person("qian"), asked, part, lang=lang)
        assert page.status_code == 200
        assert len(page.content) <= MOST_BYTES
        assert "<script" not in page.text
        assert not re.search(r"\son\w+=|javascript:|<img|<link|src=|@import|url\(", page.text)
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert page.headers["cache-control"] == "no-store"
        assert f'lang="{"zh-CN" if lang == "zh" else "en"}"' in page.text
        if lang == "en":
            main = page.text.replace("中文", "")
            assert not re.search("[\u4e00-\u9fff]", main.partition("<body>")[2])


@pytest.mark.parametrize(
    ("lang", "answers"),
    [
        ("zh", ("谁会怎样", "不做会怎样", "怎么撤销", "谁已同意", "有多大把握")),
        (
            "en",
            (
                "Who is affected, and how",
                "If nothing is done",
                "How it is undone",
                "Who has agreed",
                "How sure",
            ),
        ),
    ],
)
def test_the_card_answers_five_questions(
    acting: ActingRoom, lang: str, answers: tuple[str, ...]
) -> None:
    """Business words only: the executor's order stands on the page of details, not here."""
    asked = acting.asked()
    page = _open(acting.person("qian"), asked, lang=lang).text
    for question in answers:
        assert f"<h2>{question}</h2>" in page
    assert "switch_over" not in page
    assert RECEIVER not in page
    assert asked["digest"][:4] in page
    assert "switch_over" in _open(acting.person("qian"), asked, "/details", lang=lang).text


def test_two_taps_agree_and_the_page_says_so(acting: ActingRoom) -> None:
    """Answer, confirm; then the card shows the yes, who is still missing, and a way back."""
    asked = acting.asked()
    lead = acting.person("qian")
    card = _open(lead, asked).text
    assert 'href="/a/' in card
    assert "Agree" in card
    _nothing_recorded(acting, asked)
    answer = _post(lead, asked, _form(lead, asked))
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/a/{asked['remediation_id']}?lang=en"
    assert acting.read(asked)["open_roles"] == ["ops_lead"]
    after = _open(lead, asked).text
    assert "qian, academic lead" in after
    assert "Take my agreement back" in after


def test_the_agreement_can_be_taken_back_on_the_page(acting: ActingRoom) -> None:
    """One button while nothing runs; afterwards the request waits for the same role again."""
    asked = acting.asked()
    lead = acting.person("qian")
    _post(lead, asked, _form(lead, asked))
    back = _post(lead, asked, _fields(_open(lead, asked).text), "/withdraw")
    assert back.status_code == 303
    _nothing_recorded(acting, asked)


def test_a_refusal_needs_its_reason_and_keeps_the_step(acting: ActingRoom) -> None:
    """Without one the same step comes back with the problem; with one the request is over."""
    asked = acting.asked()
    lead = acting.person("qian")
    form = _form(lead, asked, "reject")
    empty = _post(lead, asked, form | {"reason": "  "})
    assert empty.status_code == 422
    assert _fields(empty.text)["decision"] == "reject"
    assert "Say why you do not agree" in empty.text
    _nothing_recorded(acting, asked)
    assert _post(lead, asked, form | {"reason": "exams end at ten"}).status_code == 303
    assert acting.read(asked)["status"] == "rejected"
    assert "did not agree: exams end at ten" in _open(lead, asked).text


def test_a_reason_too_long_is_said_not_cut(acting: ActingRoom) -> None:
    """5,000 characters are refused in the language of the page; nothing is kept in part."""
    asked = acting.asked()
    lead = acting.person("qian")
    form = _form(lead, asked, "reject") | {"reason": "长" * 5000}
    for lang, said in (("zh", "理由最多"), ("en", "a reason has at most")):
        answer = _post(lead, asked, form, lang=lang)
        assert answer.status_code == 422
        assert said in answer.text
    _nothing_recorded(acting, asked)
    assert [code for _, _, code in acting.refused()] == ["reason_too_long"] * 2


def test_credit_data_ask_for_the_password_on_the_step(acting: ActingRoom) -> None:
    """A wrong or missing one keeps the person there and is not echoed; the right one agrees."""
    asked = acting.asked(action_id=CREDITS, target_ids=[DATABASE], parameters={})
    lead = acting.person("qian")
    form = _form(lead, asked)
    assert 'type="password"' in _open(lead, asked, "/confirm").text
    for guess in ("", SCRIPT):
        wrong = _post(lead, asked, form | {"password": guess})
        assert wrong.status_code == 403
        assert "password is missing or wrong" in wrong.text
        assert _fields(wrong.text)["digest"] == asked["digest"]
        assert "<script" not in wrong.text
    _nothing_recorded(acting, asked)
    assert _post(lead, asked, form | {"password": lead.password}).status_code == 303
    assert acting.read(asked)["open_roles"] == ["ops_lead"]


# ── Who may ─────────────────────────────────────────────────────────────────────────────────────


def test_ones_own_request_says_so(acting: ActingRoom) -> None:
    """No answers to tap, the reason in words; a form made up by hand is refused as well."""
    acting.person("wu", Role.OPS_LEAD)
    asked = acting.asked("sun")
    requester = acting.person("sun")
    for lang, line in (("zh", "申请人不能同意自己的申请"), ("en", "cannot agree to it")):
        page = _open(requester, asked, lang=lang).text
        assert line in page
        assert "/confirm" not in page
    made_up = {
        "csrf": requester.csrf,
        "digest": asked["digest"],
        "decision": "approve",
        "role": "ops_lead",
    }
    assert _post(requester, asked, made_up).status_code == 403
    _nothing_recorded(acting, asked)
    assert acting.refused() == [("sun", "decide", "own_request")]


def test_expired_says_so(acting: ActingRoom) -> None:
    """The step that was open too long answers 410, and the card shows the state."""
    asked = acting.asked()
    lead = acting.person("qian")
    form = _form(lead, asked)
    acting.clock.forward(minutes=15)
    late = _post(lead, asked, form)
    assert late.status_code == 410
    assert "It has expired; nothing was recorded." in late.text
    card = _open(lead, asked).text
    assert "Expired; nothing ran" in card
    assert "/confirm" not in card


def test_the_same_form_twice_is_one_yes(acting: ActingRoom) -> None:
    """A double tap, or the back button and again, says that it stands already."""
    asked = acting.asked()
    lead = acting.person("qian")
    form = _form(lead, asked)
    assert _post(lead, asked, form).status_code == 303
    twice = _post(lead, asked, form)
    assert twice.status_code == 409
    assert "You have decided already" in twice.text
    assert len(acting.read(asked)["approvals"]) == 1


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR, Role.ADMIN])
def test_others_get_no_answers_to_tap(acting: ActingRoom, role: Role) -> None:
    """Who holds no demanded role decides nothing; an admin does not even see it."""
    asked = acting.asked()
    stranger = acting.person("stranger", role)
    page = _open(stranger, asked)
    assert page.status_code == (404 if role is Role.ADMIN else 200)
    assert "/confirm" not in page.text
    made_up = {
        "csrf": stranger.csrf,
        "digest": asked["digest"],
        "decision": "approve",
        "role": "ops_lead",
    }
    assert _post(stranger, asked, made_up).status_code in (403, 404)
    _nothing_recorded(acting, asked)
    assert acting.refused() == [("stranger", "decide", "wrong_role")]


def test_a_token_opens_nothing_here(acting: ActingRoom) -> None:
    """The page knows sessions only: a bearer is sent to sign in, whatever its scopes."""
    asked = acting.asked()
    http = acting.bearer("robot", Scope.READ, Scope.OPERATE, Scope.EXECUTE, roles=(Role.OPS_LEAD,))
    path = f"/a/{asked['remediation_id']}"
    assert http.get(path, follow_redirects=False).status_code == 303
    form = {"csrf": "x", "digest": asked["digest"], "decision": "approve", "role": "ops_lead"}
    assert http.post(path, data=form, follow_redirects=False).status_code == 303
    _nothing_recorded(acting, asked)


def test_the_forms_proof_is_demanded(acting: ActingRoom) -> None:
    """Without the hidden field, or with that of another session, 403 and nothing is recorded."""
    asked = acting.asked()
    lead = acting.person("qian")
    form = _form(lead, asked)
    for proof in ("", "x", acting.person("sun").csrf, "溯", form["csrf"] + "x"):
        assert _post(lead, asked, form | {"csrf": proof}).status_code == 403
        assert _post(lead, asked, {"csrf": proof}, "/withdraw").status_code == 403
    without = {name: value for name, value in form.items() if name != "csrf"}
    assert _post(lead, asked, without).status_code == 403
    path = f"/a/{asked['remediation_id']}"
    foreign = lead.http.post(path, data=form, headers={"Origin": "https://evil.example"})
    assert foreign.status_code == 403
    _nothing_recorded(acting, asked)


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
        {"role": "ops_lead"},
    ],
)
def test_a_form_that_was_edited_records_nothing(
    acting: ActingRoom, changed: dict[str, str]
) -> None:
    """Only the fields as they were shown count; nothing missing is taken for a yes."""
    asked = acting.asked()
    lead = acting.person("qian")
    answer = _post(lead, asked, _form(lead, asked) | changed)
    assert answer.status_code in (403, 409)
    _nothing_recorded(acting, asked)


@pytest.mark.parametrize("body", [b"\xff=\xfe", b"a=1&" * 50, b"", b"x" * 100_000])
def test_what_is_no_form_is_refused(acting: ActingRoom, body: bytes) -> None:
    """Garbage is a stale form, not an error of the server."""
    asked = acting.asked()
    lead = acting.person("qian")
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    path = f"/a/{asked['remediation_id']}"
    assert lead.http.post(path, content=body, headers=headers).status_code == 403


# ── Signing in and out ──────────────────────────────────────────────────────────────────────────


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
    form = _fields(page.text) | {"name": "qian", "password": acting.person("qian").password}
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
    form = _fields(page.text) | {"name": "qian", "password": acting.person("qian").password}
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


# ── Texts of others ─────────────────────────────────────────────────────────────────────────────


def test_markup_and_hidden_characters_are_shown_plain(acting: ActingRoom) -> None:
    """A reason with markup is text, and what hides or turns the line shows its code point."""
    asked = acting.asked(reason=f"{SCRIPT} {HIDDEN}")
    details = _open(acting.person("qian"), asked, "/details").text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in details
    assert "cdn⟨U+202E⟩7⟨U+2066⟩⟨U+0007⟩" in details
    lead = acting.person("qian")
    _post(lead, asked, _form(lead, asked, "reject") | {"reason": f"{SCRIPT} {HIDDEN}"})
    card = _open(lead, asked).text
    assert "⟨U+202E⟩" in card
    for page in (details, card):
        assert "<script" not in page
        assert not set("\u202e\u2066\x07") & set(page)


def test_names_of_a_hostile_pack_are_shown_plain(acting: ActingRoom) -> None:
    """Component names come from a CMDB: markup and bidi marks in them are text on the card."""
    pack = acting_pack()
    hostile = Text(zh=f"{SCRIPT}{HIDDEN}", en=f"{SCRIPT}{HIDDEN}")
    changed = tuple(
        c.model_copy(update={"name": hostile}) if c.id == NODE else c for c in pack.components
    )
    acting.assistant.store.write(
        lambda tx: tx.replace_pack(pack.model_copy(update={"components": changed}))
    )
    asked = acting.asked()
    for part in ("", "/confirm"):
        page = _open(acting.person("qian"), asked, part).text
        assert "&lt;script&gt;" in page
        assert "⟨U+202E⟩" in page
        assert "<script" not in page
        assert not set("\u202e\u2066\x07") & set(page)
