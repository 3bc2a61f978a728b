"""People look and enter what they saw, in Chromium on the real server after the demo storm."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, StorageState, expect

from api.client import connect
from api.demo import STORM, await_main_incident, replay
from graph.model.access import Role
from tests.conftest import require
from tests.e2e import browser as real
from tests.e2e.server import served_copy, source_token

# Machines that test may be slow; how fast it is, is measured elsewhere.
_PATIENCE_MS = 40_000
_WORDS = {
    "zh": ("否", "已记录：否", "撤回", "确认", "需要运维值班或主管的角色"),
    "en": ("No", "Recorded: No", "Undo", "Confirm", "needs the role of an operator or a lead"),
}


@dataclass(frozen=True)
class Site:
    """A served storm: where it is, its incident, and the cookies of an operator and a viewer."""

    url: str
    incident_id: str
    operator: StorageState
    viewer: StorageState


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium."""
    expect.set_options(timeout=_PATIENCE_MS)
    with real.chromium(require("chromium")["chromium"]) as browser:
        yield browser
    expect.set_options(timeout=5_000)


@pytest.fixture(scope="module")
def site(
    chromium: Browser, prepared_home: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """The real server with the storm in it, an operator and a viewer signed in."""
    with served_copy(prepared_home, tmp_path_factory.mktemp("observing") / "home") as server:
        token = source_token(server, "demo-alerts", replay=True)
        with connect(server.url, token=token) as source:
            replay(source, STORM)
        with server.client() as owner:
            passwords = {
                name: owner.add_user(name, (role,)).password
                for name, role in (("zhou-lan", Role.OPERATOR), ("wang-wu", Role.VIEWER))
            }
            incident, _ = await_main_incident(owner)
        states = [_sign_in(chromium, server.url, *pair) for pair in passwords.items()]
        yield Site(server.url, incident.id, *states)


def _sign_in(chromium: Browser, url: str, name: str, password: str) -> StorageState:
    with real.window(chromium) as window:
        page = window.page
        page.goto(f"{url}/api/login")
        page.locator("input[name=name]").fill(name)
        page.locator("input[name=password]").fill(password)
        page.locator("button[type=submit]").click()
        page.wait_for_url(re.compile(r"/(\?.*)?$"))
        return page.context.storage_state()


def _open(window: real.Window, site: Site, lang: str, *, more: str = "") -> Page:
    path = f"/diagnosis?incident={site.incident_id}&lang={lang}{more}"
    window.page.goto(f"{site.url}{path}")
    window.page.wait_for_selector(".eg-foot")
    window.page.wait_for_selector(".st-key-card-check .eg-question")
    return window.page


def _percents(page: Page) -> list[str]:
    return page.locator(".st-key-card-causes .eg-pct").all_inner_texts()


def _row(page: Page, place: int) -> Locator:
    return page.locator(f".st-key-cause-{place}")


@pytest.mark.parametrize(("lang", "scheme"), [("zh", "dark"), ("en", "light")])
def test_an_answer_is_recorded_and_taken_back(
    chromium: Browser, site: Site, tmp_path: Path, lang: str, scheme: real.Scheme
) -> None:
    """One of three big buttons; all turn idle, the answer is named, the undo brings them back."""
    no, recorded, undo, _, _ = _WORDS[lang]
    with real.window(chromium, scheme=scheme, state=site.operator) as window:
        page = _open(window, site, lang)
        before = _percents(page)
        question = page.locator(".st-key-card-check .eg-question").inner_text()
        page.locator(".st-key-answers button", has_text=no).click()

        card = page.locator(".st-key-card-check")
        expect(card).to_contain_text(recorded)
        expect(page.locator(".st-key-answers button:disabled")).to_have_count(3)
        expect(card.locator(".eg-question")).to_have_text(question)
        expect(page.locator(".st-key-card-entries")).to_contain_text("zhou-lan")
        page.screenshot(path=tmp_path / f"recorded-{lang}.png", full_page=True)
        assert real.ask(page, "page_faults.js") == []

        page.locator(".st-key-recorded button", has_text=undo).click()
        expect(page.locator(".st-key-answers button:enabled")).to_have_count(3)
        expect(page.locator(".st-key-recorded")).to_have_count(0)
        assert _percents(page) == before
        assert window.complaints == []
        assert window.outside == []


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_confirming_a_cause_moves_the_ranking_and_undo_restores_it(
    chromium: Browser, site: Site, tmp_path: Path, lang: str
) -> None:
    """The second cause gains points at once, with its arrow; its undo gives the old figure back."""
    _, _, undo, confirm, _ = _WORDS[lang]
    with real.window(chromium, state=site.operator) as window:
        page = _open(window, site, lang)
        before = _percents(page)
        _row(page, 1).locator("button").first.click()
        page.locator(".st-key-judge button", has_text=confirm).click()

        expect(_row(page, 1).locator(".eg-delta")).to_have_text(re.compile("▲ [0-9]+"))
        moved = _percents(page)
        assert _number(moved[1]) > _number(before[1])
        entry = page.locator("[class*=st-key-entry-cause]")
        expect(entry).to_contain_text("zhou-lan")
        page.screenshot(path=tmp_path / f"confirmed-{lang}.png")
        assert real.ask(page, "page_faults.js") == []

        entry.locator("button", has_text=undo).click()
        expect(entry).to_have_count(0)
        expect(_row(page, 1).locator(".eg-pct")).to_have_text(before[1])
        assert _percents(page) == before


def test_a_key_answers_as_the_button_does(chromium: Browser, site: Site) -> None:
    """3 is 看不了: recorded, no evidence, and the next question can be taken."""
    with real.window(chromium, state=site.operator) as window:
        page = _open(window, site, "zh")
        before = _percents(page)
        asked = page.locator(".st-key-card-check .eg-question").inner_text()
        page.keyboard.press("3")
        expect(page.locator(".st-key-card-check")).to_contain_text("已记录：看不了")
        assert _percents(page) == before
        page.get_by_role("button", name="做下一项").click()
        expect(page.locator(".st-key-card-check .eg-question")).not_to_have_text(asked)
        page.locator(".st-key-card-entries button", has_text="撤回").click()
        expect(page.locator(".st-key-card-entries")).to_have_count(0)


def test_any_check_of_a_cause_can_be_entered_with_a_note(chromium: Browser, site: Site) -> None:
    """补充观察 offers the component's checks; the note is shown as it came."""
    with real.window(chromium, state=site.operator) as window:
        page = _open(window, site, "zh")
        _row(page, 0).locator("button").first.click()
        page.locator(".st-key-judge button", has_text="补充观察").click()
        page.locator("[data-testid=stForm] textarea").fill("看了两遍 <b>")
        page.locator("[data-testid=stForm] button", has_text="记录").click()

        entry = page.locator("[class*=st-key-entry-cause]")
        expect(entry).to_contain_text("看了两遍 <b>")
        page.keyboard.press("Escape")
        entry.locator("button", has_text="撤回").click()
        expect(entry).to_have_count(0)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_who_only_reads_sees_no_buttons_and_which_role_may(
    chromium: Browser, site: Site, lang: str
) -> None:
    """A viewer reads the question, and one line names the role."""
    with real.window(chromium, state=site.viewer) as window:
        page = _open(window, site, lang)
        expect(page.locator(".st-key-card-check")).to_contain_text(_WORDS[lang][4])
        expect(page.locator(".st-key-answers")).to_have_count(0)
        _row(page, 0).locator("button").first.click()
        page.wait_for_selector(".eg-ev")
        expect(page.locator(".st-key-judge")).to_have_count(0)


def _number(percent: str) -> int:
    return int(re.sub(r"\D", "", percent))
