"""The two pages on the real server after the demo storm: both languages, both themes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, StorageState, expect

from graph.model.access import Role
from tests.e2e import browser as real
from tests.e2e.storm_site import OPERATOR, Site, check_language, cookies_of, stormy


@pytest.fixture(scope="module")
def site(prepared_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The real server with the storm in it and an operator."""
    home = tmp_path_factory.mktemp("pages") / "home"
    with stormy(prepared_home, home, {OPERATOR: (Role.OPERATOR,)}) as served:
        yield served


@pytest.fixture(scope="module")
def signed_in(chromium: Browser, site: Site) -> StorageState:
    """The cookies of an operator who came in by the sign-in page."""
    return cookies_of(chromium, site, OPERATOR)


@pytest.fixture
def shots(tmp_path: Path) -> Path:
    """Where the pictures of a test go; pytest keeps those of the last three runs."""
    return tmp_path


PAGES = {"board": "/?", "diagnosis": "/diagnosis?incident={incident}&"}
SIZES = ((1280, 900), (1440, 900), (1920, 1080))


def _look(window: real.Window, site: Site, name: str, lang: str) -> Page:
    path = PAGES[name].format(incident=site.incident_id)
    window.page.goto(f"{site.url}{path}lang={lang}")
    window.page.wait_for_selector(".eg-foot")
    real.settle(window.page)
    return window.page


@pytest.mark.parametrize(("lang", "scheme"), [("zh", "dark"), ("en", "light")])
@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_cut_small_or_covered(
    chromium: Browser,
    site: Site,
    signed_in: StorageState,
    shots: Path,
    name: str,
    lang: str,
    scheme: real.Scheme,
) -> None:
    """Every text is whole and at least 13 px, no box covers another, nobody outside is asked."""
    with real.window(chromium, scheme=scheme, state=signed_in) as window:
        page = _look(window, site, name, lang)
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            page.screenshot(path=shots / f"{name}-{lang}-{scheme}-{width}.png")
            assert real.ask(page, "page_faults.js") == [], width
        assert window.outside == []
        assert window.complaints == []


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_in_one_language(
    chromium: Browser, site: Site, signed_in: StorageState, name: str, lang: str
) -> None:
    """In Chinese no English phrase, no half-width punctuation, never 健康; in English no Han."""
    with real.window(chromium, state=signed_in) as window:
        check_language(_look(window, site, name, lang), lang)


def test_a_stranger_is_led_to_the_sign_in_page(chromium: Browser, site: Site) -> None:
    """One link, and behind it the form."""
    with real.window(chromium) as window:
        window.page.goto(site.url)
        window.page.locator(".eg-login a").click()
        expect(window.page.locator("input[name=password]")).to_be_visible()


def test_the_board_leads_to_the_diagnosis(
    chromium: Browser, site: Site, signed_in: StorageState
) -> None:
    """A click on the incident opens it, with verdict, reasons, steps and map."""
    with real.window(chromium, state=signed_in) as window:
        page = _look(window, site, "board", "zh")
        page.locator(f".st-key-title-{_key(site.incident_id)} button").click()
        page.wait_for_selector(".eg-verdict")
        page.locator("[class*=st-key-cause-] button").first.click()
        page.wait_for_selector(".eg-ev")

        for part in (
            ".eg-head",
            ".eg-ribbon",
            ".eg-question",
            ".eg-step-line",
            ".eg-map",
            ".eg-time",
        ):
            expect(page.locator(part).first).to_be_visible()
        page.wait_for_url(re.compile(f"incident={site.incident_id}"))
        assert real.ask(page, "page_faults.js") == []


def test_external_and_no_fault_are_always_listed(
    chromium: Browser, site: Site, signed_in: StorageState
) -> None:
    """Both outcomes stand among the five rows, each with its usual rate."""
    with real.window(chromium, state=signed_in) as window:
        page = _look(window, site, "diagnosis", "zh")
        rows = page.locator(".st-key-card-causes")

        expect(rows).to_contain_text("图外原因")
        expect(rows).to_contain_text("未发现故障")
        expect(rows.locator(".eg-bar-row")).to_have_count(5)
        expect(rows.locator(".eg-prior")).to_have_count(5)


def test_the_first_screen_holds_verdict_causes_and_check(
    chromium: Browser, site: Site, signed_in: StorageState
) -> None:
    """At 1440 by 900 nobody scrolls for what broke, how sure, and what to do next."""
    with real.window(chromium, state=signed_in) as window:
        page = _look(window, site, "diagnosis", "zh")
        for part in (".eg-ribbon", ".eg-verdict", ".st-key-card-causes", ".st-key-card-check"):
            expect(page.locator(part).first).to_be_visible()
            box = page.locator(part).first.bounding_box()
            assert box is not None and box["y"] + box["height"] <= 900, part


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_answers_stand_on_the_first_screen_of_an_unowned_incident(
    chromium: Browser, site: Site, signed_in: StorageState, lang: str
) -> None:
    """With the card to claim it above them, and the action's words, nobody scrolls to answer."""
    with real.window(chromium, state=signed_in) as window:
        page = _look(window, site, "diagnosis", lang)
        expect(page.locator(".st-key-card-action")).to_be_visible()
        expect(page.locator(".st-key-card-claim")).to_be_visible()
        answers = page.locator(".st-key-answers button")
        expect(answers).to_have_count(3)
        for answer in answers.all():
            expect(answer).to_be_in_viewport(ratio=1)


def test_another_component_is_found_by_name_and_a_fault_stands_at_its_field(
    chromium: Browser, site: Site, signed_in: StorageState, shots: Path
) -> None:
    """Not quite: without a choice the field says so; a name that is typed finds the component."""
    with real.window(chromium, state=signed_in) as window:
        page = _look(window, site, "diagnosis", "zh")
        page.locator(".st-key-feedback-line button", has_text="差一点").click()
        form = page.locator("[data-testid=stPopoverBody]")
        form.locator("[data-testid=stFormSubmitButton] button").click()
        expect(form.locator(".eg-field-fault")).to_have_text("请选一个组件。")
        choice = form.locator("[class*=st-key-near-cause] input")
        choice.click()
        options = page.locator("[data-testid=stSelectboxVirtualDropdown] li, [role=option]")
        expect(options.first).to_be_visible()
        assert "\\" not in options.first.inner_text()
        page.screenshot(path=shots / "near.png")
        choice.fill("media-db")
        choice.press("Enter")
        form.locator("[data-testid=stFormSubmitButton] button").click()

        told = page.locator(".st-key-feedback")
        expect(told).to_contain_text("媒体库")
        expect(told).to_contain_text(OPERATOR)
        assert window.complaints == []


def test_an_operator_claims_the_incident(
    chromium: Browser, site: Site, signed_in: StorageState
) -> None:
    """The one primary button makes the person the owner, on the page and in the record."""
    with real.window(chromium, state=signed_in) as window:
        page = _look(window, site, "diagnosis", "zh")
        page.get_by_role("button", name="认领事件").click()

        expect(page.locator(".eg-head")).to_contain_text(OPERATOR)
        expect(page.get_by_role("button", name="认领事件")).to_have_count(0)


def _key(text: str) -> str:
    return re.sub(r"[^a-zA-Z0-9_-]", "-", text)
