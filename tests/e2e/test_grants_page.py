"""Two people grant what none may alone, on the real pages; both languages, both themes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from graph.model.access import Role
from tests.conftest import require
from tests.e2e import browser as real
from tests.e2e.server import served_copy
from tests.e2e.storm_site import check_language

_ADMIN, _SECOND, _LEAD, _VIEWER = "he-qing", "wu-jun", "li-ming", "sun-yu"
_OF = {
    _ADMIN: (Role.ADMIN, Role.VIEWER),
    _SECOND: (Role.ADMIN,),
    _VIEWER: (Role.VIEWER,),
    _LEAD: (Role.OPS_LEAD,),  # last: it seals the set-up
}
_BADGE = ".eg-told"


@dataclass(frozen=True)
class House:
    """A served sealed house and who may sign in."""

    url: str
    passwords: dict[str, str]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium."""
    with real.chromium(require("chromium")["chromium"]) as browser:
        yield browser


@pytest.fixture(scope="module")
def house(
    chromium: Browser, prepared_home: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    """The real server with two admins, a lead and a viewer, none of them a demo user."""
    with served_copy(prepared_home, tmp_path_factory.mktemp("grants") / "home") as server:
        with server.client() as owner:
            passwords = {name: owner.add_user(name, roles).password for name, roles in _OF.items()}
        yield House(server.url, passwords)


@contextmanager
def _grants(
    browser: Browser, house: House, name: str, *, lang: str = "zh", scheme: real.Scheme = "dark"
) -> Iterator[real.Window]:
    """Sign in and open the page of grants."""
    with real.window(browser, scheme=scheme) as window:
        page = window.page
        page.goto(f"{house.url}/api/login?lang={lang}")
        page.locator("input[name=name]").fill(name)
        page.locator("input[name=password]").fill(house.passwords[name])
        page.locator("button[type=submit]").click()
        page.wait_for_selector(".st-key-brand")
        page.goto(f"{house.url}/admin?lang={lang}&tab=grants")
        page.wait_for_selector("[class*=st-key-card-]")
        yield window


def _type(page: Page, key: str, text: str) -> None:
    box = page.locator(f".st-key-{key} input")
    box.fill(text)
    box.press("Tab")


def _ask_for_a_lead(page: Page, name: str) -> str:
    """Ask for a new academic lead; returns the half of the password that is shown."""
    page.locator("[class*=st-key-grant-kind] button", has_text="新用户").click()
    _type(page, "grant-name", name)
    page.locator("[class*=st-key-grant-roles] button", has_text="教务主管").click()
    _type(page, "grant-reason", "教务处轮值")
    page.locator(".st-key-do-grant-ask button").click()
    return page.locator(".st-key-card-secret code").inner_text()


def test_two_people_make_a_lead(chromium: Browser, house: House, tmp_path: Path) -> None:
    """Asked by an admin, confirmed by a lead who is no admin, each holding half of the password."""
    with _grants(chromium, house, _ADMIN) as window:
        first = _ask_for_a_lead(window.page, "qian-xue")
        expect(window.page.locator("[class*=st-key-confirm-grant]")).to_have_count(0)
    with _grants(chromium, house, _LEAD) as window:
        page = window.page
        page.goto(f"{house.url}/approvals?lang=zh")
        page.locator(_BADGE).click()
        page.locator("[class*=st-key-confirm-grant] button").click()
        page.locator(".st-key-grant-yes button").click()
        second = page.locator(".st-key-card-secret code").inner_text()
        expect(
            page.get_by_text("生效，还剩 14 分").or_(page.get_by_text("还剩 15 分"))
        ).to_be_visible()
        page.screenshot(path=tmp_path / "confirmed.png", full_page=True)
    assert first != second and len(first) == len(second) == 20


@pytest.mark.parametrize(("lang", "scheme"), [("zh", "dark"), ("en", "light")])
def test_an_open_grant_is_whole_on_the_page(
    chromium: Browser, house: House, tmp_path: Path, lang: str, scheme: real.Scheme
) -> None:
    """Nothing cut, small, covered or untranslated while something waits."""
    with _grants(chromium, house, _SECOND, lang=lang, scheme=scheme) as window:
        page = window.page
        expect(page.locator(_BADGE)).to_be_visible()
        page.screenshot(path=tmp_path / f"grants-{lang}-{scheme}.png", full_page=True)
        assert real.ask(page, "page_faults.js") == []
        if lang == "zh":
            check_language(page, lang)
        assert window.outside == []
        assert window.complaints == []


def test_anybody_who_holds_a_role_stops_it(chromium: Browser, house: House) -> None:
    """A reason, one more click, and nobody is told any more."""
    with _grants(chromium, house, _SECOND) as window:
        page = window.page
        page.locator("[class*=st-key-object-grant] button").click()
        _type(page, "grant-object-reason", "没有听说过这个人")
        page.locator(".st-key-grant-yes button").click()
        expect(page.get_by_text("没有听说过这个人")).to_be_visible()
        expect(page.locator(_BADGE)).to_have_count(0)


def test_one_person_alone_is_told_the_way(chromium: Browser, house: House) -> None:
    """Adding a lead by oneself says in the card what to do instead."""
    with _grants(chromium, house, _ADMIN) as window:
        page = window.page
        page.goto(f"{house.url}/admin?lang=zh&tab=accounts")
        _type(page, "new-user", "xu-an")
        page.locator("[class*=st-key-new-roles] button", has_text="平台负责人").click()
        page.locator(".st-key-do-user-add-do button").click()
        expect(page.get_by_text("要两个人授予")).to_be_visible()


def test_a_role_is_taken_with_a_warning(chromium: Browser, house: House) -> None:
    """Asked once more; then the page says what the house lacks."""
    with _grants(chromium, house, _ADMIN) as window:
        page = window.page
        card = page.locator(".st-key-card-new-taking")
        card.locator("[data-testid=stSelectbox]").first.click()
        page.get_by_role("option", name="li-ming").click()
        expect(card.get_by_role("combobox").nth(1)).to_have_value("运维主管")
        page.locator(".st-key-do-take button").click()
        page.locator(".st-key-take-yes button").click()
        expect(page.get_by_text("已没有「运维主管」")).to_be_visible()
        expect(page.get_by_text("现在没有人有这个角色")).to_be_visible()


def test_who_has_no_say_sees_no_grants(chromium: Browser, house: House) -> None:
    """Neither the badge nor the tab."""
    with real.window(chromium, scheme="dark") as window:
        page = window.page
        page.goto(f"{house.url}/api/login?lang=zh")
        page.locator("input[name=name]").fill(_VIEWER)
        page.locator("input[name=password]").fill(house.passwords[_VIEWER])
        page.locator("button[type=submit]").click()
        page.wait_for_selector(".st-key-brand")
        page.goto(f"{house.url}/admin?lang=zh&tab=grants")
        page.wait_for_selector("[class*=st-key-card-]")
        expect(page.locator("[data-testid=stTab]", has_text="授权")).to_have_count(0)
