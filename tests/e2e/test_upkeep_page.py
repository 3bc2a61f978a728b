"""The page of SOPs and cases on the real server: whole, bilingual, and nobody's words are lost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from api.client import SESSION_COOKIE, ApiClient, connect
from api.schemas.chat import ChatQuestion
from api.schemas.feedback import Feedback, FeedbackCause, Outcome
from graph.model.access import Role
from graph.model.base import Text
from tests.e2e import browser as real
from tests.e2e.storm_site import OPERATOR, Site, check_language, cookies_of, sign_in, stormy

_LEAD = "li-qin"
_TABS = ("flags", "import", "publish", "questions", "cases")
_CHOOSER = "[data-testid=stFileUploaderDropzone] button, [data-testid=stFileUploaderDropzone] span"
_COFFEE = "茶水间的咖啡机不出水怎么办"


@pytest.fixture(scope="module")
def site(prepared_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The real server with the storm in it, an operator and a lead."""
    home = tmp_path_factory.mktemp("upkeep") / "home"
    people = {OPERATOR: (Role.OPERATOR,), _LEAD: (Role.OPS_LEAD,)}
    with stormy(prepared_home, home, people) as served:
        yield served


@pytest.fixture(scope="module")
def zhou(chromium: Browser, site: Site) -> Iterator[ApiClient]:
    """The operator beside the page: two people confirmed the storm, one question had no answer."""
    with _caller(chromium, site, _LEAD) as lead, _caller(chromium, site, OPERATOR) as operator:
        top = operator.incident(site.incident_id).top
        assert top is not None and top.component_id is not None
        cause = FeedbackCause(component_id=top.component_id, fault_mode_id=top.fault_mode_id)
        for person in (operator, lead):
            person.give_feedback(
                site.incident_id, Feedback(cause=Outcome.MODELLED, causes=(cause,))
            )
        operator.chat(ChatQuestion(question=_COFFEE))
        yield operator


@contextmanager
def _caller(browser: Browser, site: Site, name: str) -> Iterator[ApiClient]:
    cookies = cookies_of(browser, site, name)["cookies"]
    held = next(one["value"] for one in cookies if one["name"] == SESSION_COOKIE)
    with connect(site.url, cookie=held) as client:
        yield client


@contextmanager
def _signed_in(
    browser: Browser, site: Site, lang: str = "zh", scheme: real.Scheme = "dark"
) -> Iterator[real.Window]:
    with real.window(browser, scheme=scheme) as window:
        sign_in(window.page, site, _LEAD, lang)
        yield window


def _tab(page: Page, site: Site, tab: str, lang: str = "zh", more: str = "") -> None:
    page.goto(f"{site.url}/knowledge?lang={lang}&tab={tab}{more}")
    page.wait_for_selector("[class*=st-key-card-], .eg-empty, [data-testid=stFileUploader]")
    real.settle(page)


@pytest.mark.parametrize(("lang", "scheme"), [("zh", "dark"), ("en", "light")])
def test_the_page_is_whole_and_in_one_language(
    chromium: Browser,
    site: Site,
    zhou: ApiClient,
    tmp_path: Path,
    lang: str,
    scheme: real.Scheme,
) -> None:
    """Every tab, the draft too: nothing cut, small, covered or untranslated."""
    with _signed_in(chromium, site, lang, scheme) as window:
        page = window.page
        for tab in _TABS:
            more = f"&case={site.incident_id}" if tab == "cases" else ""
            _tab(page, site, tab, lang, more)
            page.screenshot(path=tmp_path / f"{tab}-{lang}.png", full_page=True)
            assert real.ask(page, "page_faults.js") == [], tab
            if tab != "questions" or lang == "zh":  # a question stands as it was asked
                check_language(page, lang, without=f"{_CHOOSER}, textarea")
        assert window.outside == []
        assert window.complaints == []


def test_what_a_colleague_saved_meanwhile_is_neither_lost_nor_published(
    chromium: Browser, site: Site, zhou: ApiClient
) -> None:
    """Saving is refused, what was typed stays, and the newest is one click away."""
    with _signed_in(chromium, site) as window:
        page = window.page
        _tab(page, site, "cases", more=f"&case={site.incident_id}")
        fix = page.locator("[class*=st-key-case-][class*=-fix-zh] textarea")
        fix.fill("我写的处理")
        [draft] = [d for d in zhou.case_drafts() if d.incident_id == site.incident_id]
        assert draft.words is not None
        theirs = draft.words.model_copy(update={"fix": Text(zh="同事写的处理", en="theirs")})
        zhou.save_case(draft.incident_id, theirs, draft.content_sha256)
        page.locator(".st-key-case-publish button").click()
        expect(page.get_by_text("请重新打开再看")).to_be_visible()
        expect(page.get_by_text(f"{OPERATOR}改的")).to_be_visible()
        expect(fix).to_have_value("我写的处理")
        assert zhou.cases(words="同事写的").items == ()
        page.locator(".st-key-case-newest button").click()
        expect(fix).to_have_value("同事写的处理")
        page.locator(".st-key-case-publish button").click()
        expect(page.locator("[class*=st-key-uline-]").first).to_contain_text(_LEAD)
        assert [case.source for case in zhou.cases(words="同事写的").items] == [site.incident_id]


def test_a_question_that_is_not_ours_leaves_the_list(
    chromium: Browser, site: Site, zhou: ApiClient
) -> None:
    """Ended with a reason it stands under 已了结, and no more among those that wait."""
    with _signed_in(chromium, site) as window:
        page = window.page
        _tab(page, site, "questions")
        row = page.locator("[class*=st-key-uline-]", has_text="咖啡机")
        row.get_by_role("button", name="了结").click()
        page.locator("[class*=st-key-why-] input").fill("物业的事")
        page.locator("[class*=st-key-dismissed-] button").click()
        expect(row).to_have_count(0)
        page.get_by_role("radio", name="已了结").or_(
            page.get_by_role("button", name="已了结")
        ).first.click()
        expect(page.get_by_text("物业的事")).to_be_visible()
