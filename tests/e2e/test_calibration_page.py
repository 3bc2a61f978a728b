"""The calibration tab on real pages: nothing confirmed, then sixty incidents, and the map on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from api.bootstrap import opened
from api.settings import Settings
from benchmarks.served import serving
from graph.model.access import Role
from graph.model.diagnosis import DiagnosisStatus
from tests.api.confirmed import READER, confirm_in, stating
from tests.e2e import browser as real
from tests.e2e.storm_site import Site, check_language, sign_in, stormy

_ADMIN = "guan-li"
_WRONG = "medical_education:cdn-8"
_THEMES: list[tuple[str, real.Scheme]] = [("zh", "dark"), ("en", "light")]
_PHONE = (390, 844)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the storm is kept between two servers."""
    return tmp_path_factory.mktemp("calibration") / "home"


@pytest.fixture(scope="module")
def empty(prepared_home: Path, home: Path, chromium: Browser) -> Iterator[Site]:
    """The storm, of which nobody has said what it was: seen in both languages, then stopped."""
    with stormy(prepared_home, home, {_ADMIN: (Role.ADMIN, Role.OPERATOR)}) as site:
        for lang, said in (("zh", "还没有已确认原因的事件"), ("en", "No incident has a confirmed")):
            with _signed_in(chromium, site, lang) as window:
                card = _tab(window.page, site, lang)
                expect(card).to_contain_text(said)
                check_language(window.page, lang)
                assert real.ask(window.page, "page_faults.js") == []
        kept = site
    yield kept


@pytest.fixture(scope="module")
def full(empty: Site, home: Path) -> Iterator[Site]:
    """The same house after sixty incidents that were told with 90%, forty-two of them right."""
    with opened(Settings(home=home)) as assistant:
        store = assistant.store
        incident = store.incident(READER, empty.incident_id)
        answer = store.diagnosis(incident.id)
        assert answer is not None
        shown = stating(answer, 0.93, DiagnosisStatus.LIKELY)
        now = assistant.clock.now()
        confirm_in(store, shown, 60, right=42, wrong=_WRONG, now=now)
    with serving(home) as server:
        yield Site(server.url, empty.incident_id, empty.passwords)


@contextmanager
def _signed_in(
    browser: Browser, site: Site, lang: str, scheme: real.Scheme = "dark"
) -> Iterator[real.Window]:
    with real.window(browser, scheme=scheme) as window:
        sign_in(window.page, site, _ADMIN, lang)
        yield window


def _tab(page: Page, site: Site, lang: str) -> Locator:
    page.goto(f"{site.url}/admin?lang={lang}&tab=calibration")
    card = page.locator(".st-key-card-calibration")
    expect(card).to_be_visible()
    return card


@pytest.mark.parametrize(("lang", "scheme"), _THEMES)
def test_counts_curve_and_report_are_whole_on_every_screen(
    chromium: Browser, full: Site, tmp_path: Path, lang: str, scheme: real.Scheme
) -> None:
    """Forty-two of sixty in words, a dot on the curve, one language, on a phone too."""
    said = {"zh": "说 90–100%：60 次，42 次是对的", "en": "Said 90–100%: 60 times, 42 right"}[lang]
    with _signed_in(chromium, full, lang, scheme) as window:
        page = window.page
        expect(_tab(page, full, lang)).to_contain_text(said)
        expect(page.locator(".eg-plot-dot")).to_have_count(1)
        expect(page.locator(".st-key-card-report button").first).to_be_visible()
        for width, height in ((1280, 900), (1440, 900), _PHONE):
            page.set_viewport_size({"width": width, "height": height})
            expect(page.locator(".eg-plot")).to_be_visible()
            page.screenshot(path=tmp_path / f"calibration-{lang}-{width}.png", full_page=True)
            if (width, height) != _PHONE:
                assert real.ask(page, "page_faults.js") == [], width
        real.settle(page)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= _PHONE[0]
        check_language(page, lang)
        assert window.outside == [] and window.complaints == []


def test_an_admin_turns_the_map_on_and_the_diagnosis_says_so(chromium: Browser, full: Site) -> None:
    """Beside the stated figure, never instead of it; turned off it is gone."""
    with _signed_in(chromium, full, "zh") as window:
        page = window.page
        _tab(page, full, "zh")
        button = page.locator(".st-key-recalibrate button")
        expect(button).to_have_text("打开修正")
        button.click()
        expect(page.locator(".st-key-card-recalibration")).to_contain_text("已打开")
        page.goto(f"{full.url}/diagnosis?incident={full.incident_id}&lang=zh")
        verdict = page.locator(".eg-verdict")
        expect(verdict).to_contain_text("按 60 个已确认的事件修正：")
        expect(verdict.locator(".eg-44")).to_contain_text(">99")
        _tab(page, full, "zh")
        page.locator(".st-key-recalibrate button").click()
        expect(page.locator(".st-key-card-recalibration")).to_contain_text("没有打开")
