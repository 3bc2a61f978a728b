"""People look and enter what they saw, in Chromium on the real server after the demo storm."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, StorageState, expect

from graph.model.access import Role
from tests.e2e import browser as real
from tests.e2e.storm_site import OPERATOR, Site, cookies_of, stormy

_VIEWER = "wang-wu"
_TOLD = {
    "zh": ("谁会怎样", "不做会怎样", "怎么撤销"),
    "en": ("Who is affected", "If nothing is done", "How it is undone"),
}
_WORDS = {
    "zh": ("否", "已记录：否", "撤回", "确认", "需要运维值班或主管的角色"),
    "en": ("No", "Recorded: No", "Undo", "Confirm", "needs the role of an operator or a lead"),
}


@dataclass(frozen=True)
class Looking:
    """A served storm, and the cookies of an operator and a viewer."""

    storm: Site
    operator: StorageState
    viewer: StorageState


@pytest.fixture(scope="module")
def site(
    chromium: Browser, prepared_home: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Looking]:
    """The real server with the storm in it, an operator and a viewer signed in."""
    home = tmp_path_factory.mktemp("observing") / "home"
    people = {OPERATOR: (Role.OPERATOR,), _VIEWER: (Role.VIEWER,)}
    with stormy(prepared_home, home, people) as served:
        states = [cookies_of(chromium, served, name) for name in people]
        yield Looking(served, *states)


def _open(window: real.Window, site: Looking, lang: str, *, more: str = "") -> Page:
    path = f"/diagnosis?incident={site.storm.incident_id}&lang={lang}{more}"
    window.page.goto(f"{site.storm.url}{path}")
    window.page.wait_for_selector(".eg-foot")
    window.page.wait_for_selector(".st-key-card-check .eg-question")
    real.settle(window.page)
    return window.page


def _percents(page: Page) -> Locator:
    return page.locator(".st-key-card-causes .eg-pct")


def _row(page: Page, place: int) -> Locator:
    return page.locator(f".st-key-cause-{place}")


@pytest.mark.parametrize(("lang", "scheme"), [("zh", "dark"), ("en", "light")])
def test_an_answer_is_recorded_and_taken_back(
    chromium: Browser, site: Looking, tmp_path: Path, lang: str, scheme: real.Scheme
) -> None:
    """One of three big buttons; all turn idle, the answer is named, the undo brings them back."""
    no, recorded, undo, _, _ = _WORDS[lang]
    with real.window(chromium, scheme=scheme, state=site.operator) as window:
        page = _open(window, site, lang)
        before = _percents(page).all_inner_texts()
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
        expect(_percents(page)).to_have_text(before)
        assert window.complaints == []
        assert window.outside == []


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_confirming_a_cause_moves_the_ranking_and_undo_restores_it(
    chromium: Browser, site: Looking, tmp_path: Path, lang: str
) -> None:
    """The second cause gains points at once, with its arrow; its undo gives the old figure back."""
    _, _, undo, confirm, _ = _WORDS[lang]
    with real.window(chromium, state=site.operator) as window:
        page = _open(window, site, lang)
        before = _percents(page).all_inner_texts()
        _row(page, 1).locator("button").first.click()
        page.locator(".st-key-judge button", has_text=confirm).click()

        expect(_row(page, 1).locator(".eg-delta")).to_have_text(re.compile("▲ [0-9]+"))
        real.settle(page)
        moved = _percents(page).all_inner_texts()
        assert _number(moved[1]) > _number(before[1])
        entry = page.locator("[class*=st-key-entry-cause]")
        expect(entry).to_contain_text("zhou-lan")
        page.screenshot(path=tmp_path / f"confirmed-{lang}.png")
        assert real.ask(page, "page_faults.js") == []

        entry.locator("button", has_text=undo).click()
        expect(entry).to_have_count(0)
        expect(_row(page, 1).locator(".eg-pct")).to_have_text(before[1])
        expect(_percents(page)).to_have_text(before)


def test_a_key_answers_as_the_button_does(chromium: Browser, site: Looking) -> None:
    """3 is 看不了: recorded, no evidence, and the next question can be taken."""
    with real.window(chromium, state=site.operator) as window:
        page = _open(window, site, "zh")
        before = _percents(page).all_inner_texts()
        asked = page.locator(".st-key-card-check .eg-question").inner_text()
        page.keyboard.press("3")
        expect(page.locator(".st-key-card-check")).to_contain_text("已记录：看不了")
        expect(_percents(page)).to_have_text(before)
        page.get_by_role("button", name="做下一项").click()
        expect(page.locator(".st-key-card-check .eg-question")).not_to_have_text(asked)
        page.locator(".st-key-card-entries button", has_text="撤回").click()
        expect(page.locator(".st-key-card-entries")).to_have_count(0)


def test_any_check_of_a_cause_can_be_entered_with_a_note(chromium: Browser, site: Looking) -> None:
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
    chromium: Browser, site: Looking, lang: str
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


@pytest.mark.parametrize(("lang", "scheme"), [("zh", "dark"), ("en", "light")])
def test_a_step_of_the_sop_is_ticked_and_taken_back(
    chromium: Browser, site: Looking, tmp_path: Path, lang: str, scheme: real.Scheme
) -> None:
    """Who did it stands at the step and in the ledger; the undo leaves it as it was."""
    with real.window(chromium, scheme=scheme, state=site.operator) as window:
        page = _open(window, site, lang)
        card = page.locator(".st-key-card-sop")
        first = page.locator(".st-key-tick-1 [data-testid='stButton'] button")
        first.click()
        expect(card).to_contain_text(OPERATOR)
        page.screenshot(path=tmp_path / f"ticked-{lang}.png", full_page=True)
        assert real.ask(page, "page_faults.js") == []
        ticks = f"{site.storm.url}/api/v1/incidents/{site.storm.incident_id}/sop-runs"
        assert [tick["by"] for tick in page.request.get(ticks).json()["items"]] == [OPERATOR]

        first.click()
        expect(card).not_to_contain_text(OPERATOR)
        assert page.request.get(ticks).json()["items"] == []
        assert window.complaints == []


@pytest.mark.parametrize(("lang", "scheme"), [("zh", "light"), ("en", "dark")])
@pytest.mark.parametrize("outcome", ["failed", "skipped"])
def test_a_step_that_was_not_done_says_why(
    chromium: Browser,
    site: Looking,
    tmp_path: Path,
    lang: str,
    scheme: real.Scheme,
    outcome: str,
) -> None:
    """Without a reason nothing is written; with one it stands at the step with who and when."""
    with real.window(chromium, scheme=scheme, state=site.operator) as window:
        page = _open(window, site, lang)
        card, second = page.locator(".st-key-card-sop"), page.locator(".st-key-tick-2")
        not_done = second.locator("[data-testid='stPopover'] button")
        field = page.locator("[class*='st-key-not-'] input:visible")
        send = page.locator(f"[class*='st-key-{outcome}-'] button:visible")
        ticks = f"{site.storm.url}/api/v1/incidents/{site.storm.incident_id}/sop-runs"
        not_done.click()
        send.click()
        asked = "请写明理由" if lang == "zh" else "Give a reason"
        expect(page.get_by_text(asked)).to_be_visible()
        assert page.request.get(ticks).json()["items"] == []

        page = _open(window, site, lang)
        not_done.click()
        field.fill("<b>line B is full</b>")
        send.click()
        expect(card).to_contain_text("<b>line B is full</b>")
        expect(card).to_contain_text(OPERATOR)
        page.screenshot(path=tmp_path / f"{outcome}-{lang}.png", full_page=True)
        assert real.ask(page, "page_faults.js") == []
        [told] = page.request.get(ticks).json()["items"]
        assert (told["outcome"], told["by"]) == (outcome, OPERATOR)

        second.locator("[data-testid='stButton'] button").click()
        expect(card).not_to_contain_text(OPERATOR)
        assert window.complaints == []


_SWITCH = "medical_education:cdn-switch-over"


@pytest.mark.parametrize(("lang", "scheme"), [("zh", "dark"), ("en", "light")])
def test_a_link_opens_the_request_of_its_action_once(
    chromium: Browser, site: Looking, tmp_path: Path, lang: str, scheme: real.Scheme
) -> None:
    """The dialog says who is affected, what if nothing is done and the undo; a reload has none."""
    with real.window(chromium, scheme=scheme, state=site.operator) as window:
        page = _open(window, site, lang, more=f"&ask={_SWITCH}")
        for place in (page.get_by_role("dialog"), page.locator(".st-key-card-action")):
            for name in _TOLD[lang]:
                expect(place).to_contain_text(name)
            expect(place.locator(".eg-means")).to_have_count(3)
        page.screenshot(path=tmp_path / f"ask-{lang}.png")
        assert "ask=" not in page.url
        page.reload()
        page.wait_for_selector(".eg-foot")
        page.wait_for_selector(".st-key-card-action .eg-means")
        page.screenshot(path=tmp_path / f"card-{lang}.png")
        assert real.ask(page, "page_faults.js") == []
        expect(page.get_by_role("dialog")).to_have_count(0)
        assert window.complaints == []


def test_a_link_to_an_action_that_is_not_proposed_says_why_not(
    chromium: Browser, site: Looking
) -> None:
    """Whatever stands in the link, nothing but a proposed action can be requested by it."""
    with real.window(chromium, scheme="dark", state=site.operator) as window:
        page = _open(window, site, "zh", more="&ask=medical_education:db-failover")
        expect(page.get_by_role("dialog")).to_contain_text("现在的诊断没有提出这个动作")
        expect(
            page.get_by_role("dialog").locator("[data-testid='stBaseButton-primary']")
        ).to_have_count(0)
