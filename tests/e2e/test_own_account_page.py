"""The page of the own account on the real server: both languages, both themes, narrow too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Browser, Page, expect

from benchmarks.served import ServerProcess
from graph.model.access import Role
from tests.e2e import browser as real
from tests.e2e.server import served_copy
from tests.e2e.storm_site import Site, check_language, sign_in

NEW = "a horse that reads maps"
_WIDE, _NARROW = (1440, 900), (390, 844)
_LOOKS = [("zh", "dark", _WIDE), ("en", "light", _WIDE), ("zh", "light", _NARROW)]


@dataclass
class House:
    """A server; `person` makes somebody new, so that no test meets what another left."""

    server: ServerProcess
    passwords: dict[str, str] = field(default_factory=dict)

    def person(self, *roles: Role) -> str:
        """Make an account; returns its name."""
        name = f"person-{len(self.passwords)}"
        with self.server.client() as owner:
            self.passwords[name] = owner.add_user(name, roles).password
        return name

    @property
    def site(self) -> Site:
        """The same, for signing in."""
        return Site(self.server.url, "", self.passwords)

    def enters(self, name: str, password: str) -> bool:
        """Try a password at the API, from an address of its own."""
        body = {"name": name, "password": password}
        url = f"{self.server.url}/api/v1/session"
        return httpx2.post(url, json=body, trust_env=False, timeout=60.0).status_code == 200


@pytest.fixture(scope="module")
def house(prepared_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A server without incidents."""
    with served_copy(prepared_home, tmp_path_factory.mktemp("own") / "home") as server:
        yield House(server)


def _open(page: Page, house: House, name: str, lang: str = "zh") -> None:
    """Come to the page by the header, as a person does."""
    sign_in(page, house.site, name, lang)
    # By its name: until it is drawn, the last one there is another (the languages).
    page.locator(".st-key-chrome [data-testid=stPopoverButton]", has_text=name).click()
    page.locator("a[href^='/account']").click()
    expect(page.locator(".st-key-card-new-password")).to_be_visible()


def _type(page: Page, *, current: str, new: str, again: str) -> None:
    for name, text in (("current", current), ("new", new), ("again", again)):
        page.locator(f".st-key-password-{name} input").fill(text)
    page.locator(".st-key-card-new-password [data-testid=stFormSubmitButton] button").click()


@pytest.mark.parametrize(("lang", "scheme", "size"), _LOOKS)
def test_the_page_is_whole_and_in_one_language(
    chromium: Browser,
    house: House,
    tmp_path: Path,
    lang: str,
    scheme: real.Scheme,
    size: tuple[int, int],
) -> None:
    """Nothing cut, small, covered or untranslated, with a session, a token and a fault on it."""
    name = house.person(Role.OPERATOR, Role.VIEWER)
    with real.window(chromium, scheme=scheme, size=size) as window:
        page = window.page
        _open(page, house, name, lang)
        page.locator(".st-key-own-token input").fill("ci")
        page.locator(".st-key-own-scopes button").first.click()
        page.locator(".st-key-do-own-token button").click()
        expect(page.locator(".st-key-card-own-tokens [class*=st-key-line-]")).to_be_visible()
        _type(page, current="x", new="short", again="short")
        expect(page.locator(".eg-field-fault")).to_be_visible()
        page.screenshot(path=tmp_path / f"account-{lang}-{scheme}-{size[0]}.png", full_page=True)

        assert real.ask(page, "page_faults.js") == []
        check_language(page, lang)
        assert window.outside == []
        assert window.complaints == []


def test_a_person_changes_the_password_and_is_signed_out_elsewhere(
    chromium: Browser, house: House
) -> None:
    """The open page goes on; the other browser has to sign in, and only the new one lets it."""
    name = house.person(Role.OPERATOR)
    old = house.passwords[name]
    with real.window(chromium) as here, real.window(chromium) as there:
        sign_in(there.page, house.site, name)
        _open(here.page, house, name)
        _type(here.page, current=old, new=NEW, again=NEW)
        expect(here.page.locator(".st-key-card-new-password [role=status]")).to_contain_text("已改")
        expect(here.page.locator(".eg-session")).to_have_count(1)

        there.page.reload()
        expect(there.page.locator("a[href^='/api/login']")).to_be_visible()
    assert not house.enters(name, old)
    assert house.enters(name, NEW)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"current": "a guess", "new": NEW, "again": NEW}, "current"),
        ({"new": "short", "again": "short"}, "new"),
        ({"new": NEW, "again": f"{NEW}!"}, "again"),
    ],
)
def test_what_is_wrong_is_said_below_its_field(
    chromium: Browser, house: House, wrong: dict[str, str], field: str
) -> None:
    """One line, right below the field that it is about; the password stays."""
    name = house.person(Role.VIEWER)
    old = house.passwords[name]
    with real.window(chromium) as window:
        page = window.page
        _open(page, house, name)
        _type(page, **{"current": old, **wrong})
        fault = page.locator(".eg-field-fault")
        expect(fault).to_have_count(1)
        real.settle(page)
        above = page.locator(f".st-key-password-{field}").bounding_box()
        below = fault.bounding_box()
        assert above is not None and below is not None
        assert -12 <= below["y"] - (above["y"] + above["height"]) <= 24
    assert house.enters(name, old)


def test_an_own_token_acts_and_is_revoked(chromium: Browser, house: House) -> None:
    """It is shown once, works with the chosen scopes, and is gone after one click more."""
    name = house.person(Role.OPERATOR)
    with real.window(chromium) as window:
        page = window.page
        _open(page, house, name)
        page.locator(".st-key-own-token input").fill("ci")
        page.locator(".st-key-own-scopes button").nth(1).click()
        page.locator(".st-key-do-own-token button").click()
        text = page.locator(".st-key-card-secret code").first.inner_text().strip()
        with house.server.client(text) as bearer:
            assert set(bearer.me().may) == {"read", "operate"}
        page.locator(".st-key-card-own-tokens [class*=st-key-do-] button").click()
        page.locator(".st-key-confirm-yes button").click()
        expect(page.locator(".st-key-card-own-tokens [class*=st-key-line-]")).to_have_count(0)
    bearing = {"Authorization": f"Bearer {text}"}
    answer = httpx2.get(f"{house.server.url}/api/v1/me", headers=bearing, trust_env=False)
    assert answer.status_code == 401
