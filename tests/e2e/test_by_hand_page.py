"""The two small forms on real pages: what was done by hand, and what people say."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, StorageState, expect

from graph.model.access import Role
from tests.e2e import browser as real
from tests.e2e.storm_site import OPERATOR, Site, check_language, cookies_of, stormy

WITNESS = "witness"


@pytest.fixture(scope="module")
def site(prepared_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The real server with the storm in it and an operator."""
    home = tmp_path_factory.mktemp("by-hand") / "home"
    people = {OPERATOR: (Role.OPERATOR,), WITNESS: (Role.OPERATOR,)}
    with stormy(prepared_home, home, people) as served:
        yield served


@pytest.fixture(scope="module")
def witness(chromium: Browser, site: Site) -> StorageState:
    """The cookies of a second operator."""
    return cookies_of(chromium, site, WITNESS)


@pytest.fixture(scope="module")
def signed_in(chromium: Browser, site: Site) -> StorageState:
    """The cookies of an operator who came in by the sign-in page."""
    return cookies_of(chromium, site, OPERATOR)


def _choose(page: Page, form: str, place: int, text: str) -> None:
    """Take an entry of the n-th list of a form."""
    page.locator(f"{form} [data-testid=stSelectbox] input").nth(place).click()
    page.get_by_role("option", name=text).first.click()


@pytest.mark.parametrize(("lang", "scheme"), [("zh", "dark"), ("en", "light")])
def test_what_was_done_by_hand_is_noted_and_shown(
    chromium: Browser, site: Site, signed_in: StorageState, lang: str, scheme: real.Scheme
) -> None:
    """An empty form says what is missing; a full one is on the page under the person's name."""
    what = f"restarted it {lang}"
    with real.window(chromium, scheme=scheme, state=signed_in) as window:
        page = window.page
        page.goto(f"{site.url}/diagnosis?incident={site.incident_id}&lang={lang}")
        page.locator(".st-key-by-hand [data-testid=stPopoverButton]").click()
        form = "[data-testid=stPopoverBody]"
        page.locator(f"{form} [data-testid=stFormSubmitButton] button").click()
        expect(page.locator(f"{form} .eg-field-fault")).to_have_count(2)
        _choose(page, form, 0, "cdn-7")
        page.locator(f"{form} input[type=text]").last.fill(what)
        page.locator(f"{form} [data-testid=stFormSubmitButton] button").click()
        shown = page.locator(".st-key-by-hand")
        expect(shown).to_contain_text(what)
        expect(shown).to_contain_text(OPERATOR)
        expect(page.locator(".eg-time")).to_contain_text(what)
        assert window.outside == [] and window.complaints == []


@pytest.mark.parametrize(("lang", "scheme"), [("zh", "dark"), ("en", "light")])
def test_a_second_person_vouches_and_who_noted_it_takes_it_back(
    chromium: Browser,
    site: Site,
    signed_in: StorageState,
    witness: StorageState,
    lang: str,
    scheme: real.Scheme,
) -> None:
    """One's own entry has a way back and none to vouch; another's the other way round."""
    words = {
        "zh": ("未核实", "核实", "已核实", "撤回", "已撤回，不再计入"),
        "en": ("not verified", "Vouch for it", "verified by", "Take back", "counts no more"),
    }[lang]
    what, where = f"rebooted it {lang}", f"{site.url}/diagnosis?incident={site.incident_id}"
    with real.window(chromium, scheme=scheme, state=signed_in) as window:
        page = window.page
        page.goto(f"{where}&lang={lang}")
        page.locator(".st-key-by-hand [data-testid=stPopoverButton]").click()
        form = "[data-testid=stPopoverBody]"
        _choose(page, form, 0, "cdn-7")
        page.locator(f"{form} input[type=text]").last.fill(what)
        page.locator(f"{form} [data-testid=stFormSubmitButton] button").click()
        own = page.locator("[class*=st-key-entry-hand-]", has_text=what)
        expect(own).to_contain_text(words[0])
        expect(own.get_by_role("button")).to_have_count(1)
        with real.window(chromium, scheme=scheme, state=witness) as other:
            other.page.goto(f"{where}&lang={lang}")
            seen = other.page.locator("[class*=st-key-entry-hand-]", has_text=what)
            seen.get_by_role("button", name=words[1], exact=True).click()
            expect(seen).to_contain_text(words[2])
            expect(seen.get_by_role("button")).to_have_count(0)
            assert other.outside == [] and other.complaints == []
        own.get_by_role("button", name=words[3], exact=True).click()
        expect(own).to_contain_text(words[4])
        expect(own.get_by_role("button")).to_have_count(0)
        assert window.outside == [] and window.complaints == []


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_people_say_is_noted_from_the_board(
    chromium: Browser, site: Site, signed_in: StorageState, lang: str
) -> None:
    """Step, region and carrier are chosen, never typed; the board says where it went."""
    with real.window(chromium, state=signed_in) as window:
        page = window.page
        page.goto(f"{site.url}/?lang={lang}")
        page.locator(".st-key-report button").first.click()
        form = "[data-testid=stPopoverBody]"
        _choose(page, form, 2, {"zh": "电信", "en": "Telecom"}[lang])
        page.locator(f"{form} [data-testid=stFormSubmitButton] button").click()
        said = {"zh": "已记录", "en": "Noted"}[lang]
        expect(page.locator(".st-key-report")).to_contain_text(said)
        check_language(page, lang)
        assert window.outside == [] and window.complaints == []
