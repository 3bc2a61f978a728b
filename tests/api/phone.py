"""The approval page as a phone uses it: open a step, read its hidden fields, post its form."""

from __future__ import annotations

import re
from html import unescape
from typing import Final

import httpx2

from tests.api.acting_room import ActingRoom, Answer, Person

MOST_BYTES: Final = 60 * 1024
SCRIPT: Final = '"><script>alert(1)</script>'
HIDDEN: Final = "cdn\u202e7\u2066\x07"


def open_page(person: Person, asked: Answer, part: str = "", **query: str) -> httpx2.Response:
    """Open the card or one of its steps, in English unless said otherwise."""
    path = f"/a/{asked['remediation_id']}{part}"
    return person.http.get(path, params={"lang": "en", **query}, follow_redirects=False)


def fields_of(page: str) -> dict[str, str]:
    """Read the hidden fields of the one form."""
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page)
    return {name: unescape(value) for name, value in found}


def post_form(
    person: Person, asked: Answer, fields: dict[str, str], part: str = "", lang: str = "en"
) -> httpx2.Response:
    """Post a form of the page."""
    path = f"/a/{asked['remediation_id']}{part}?lang={lang}"
    return person.http.post(path, data=fields, follow_redirects=False)


def first_tap(person: Person, asked: Answer, decision: str = "approve") -> dict[str, str]:
    """Tap an answer; returns the fields of the confirmation step."""
    page = open_page(person, asked, "/confirm", decision=decision)
    assert page.status_code == 200, page.text
    return fields_of(page.text)


def nothing_recorded(acting: ActingRoom, asked: Answer) -> None:
    """Check that a remediation still waits and nobody has agreed."""
    now = acting.read(asked)
    assert (now["status"], now["approvals"]) == ("requested", [])
