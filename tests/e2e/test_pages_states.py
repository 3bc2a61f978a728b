"""The screens in a real browser, against an API that can be made to fail."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from api.client import SESSION_COOKIE
from graph.model.access import Role
from tests.e2e import browser as real
from tests.ui import fake_api, samples
from tests.ui.fake_api import FakeApi

_ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def served() -> Iterator[FakeApi]:
    """A stand-in for the API."""
    with fake_api.serving(FakeApi()) as fake:
        yield fake


@pytest.fixture(scope="module")
def screens(chromium: Browser, served: FakeApi) -> Iterator[str]:
    """The address of the screens, in a process of their own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "uvicorn", "tests.ui.screens:app", "--port", str(port)]
    environment = {**os.environ, "SCREENS_API": served.base_url, "PYTHONPATH": str(_ROOT)}
    process = subprocess.Popen(
        [*command, "--log-level", "error"],
        cwd=_ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_until_up(f"http://127.0.0.1:{port}/_stcore/health", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait_until_up(url: str, process: subprocess.Popen[bytes]) -> None:
    """Ask until the server answers; a refused connection returns at once, so this spins little."""
    for _ in range(600):
        assert process.poll() is None, "the screens did not start"
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, ConnectionError):
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(timeout=0.1)
    pytest.fail("the screens did not come up within 60 s")


@pytest.fixture
def api(served: FakeApi) -> FakeApi:
    """The stand-in as new."""
    fresh = FakeApi()
    served.incidents, served.diagnoses = fresh.incidents, fresh.diagnoses
    served.board, served.roles, served.fail = fresh.board, fresh.roles, None
    served.conflict = served.hang_up = served.signed_out = False
    return served


@pytest.fixture
def opened(chromium: Browser, screens: str, api: FakeApi) -> Iterator[real.Window]:
    """A window of somebody who is signed in."""
    with real.window(chromium) as window:
        cookie = {"name": SESSION_COOKIE, "value": fake_api.SESSION, "url": screens}
        window.page.context.add_cookies([cookie])  # type: ignore[list-item]  # a plain dict is one
        window.page.goto(screens)
        window.page.wait_for_selector(".eg-foot")
        yield window


def test_strangers_see_one_way_in_and_nothing_else(chromium: Browser, screens: str) -> None:
    """Without a session there is a link to the sign-in page, and no incident."""
    with real.window(chromium) as window:
        window.page.goto(screens)
        expect(window.page.locator(".eg-login a")).to_have_attribute("href", "/api/login?lang=zh")
        expect(window.page.locator("[class*=st-key-row-]")).to_have_count(0)
        assert window.outside == []


def test_a_title_opens_its_diagnosis_and_the_url_says_which(opened: real.Window) -> None:
    """The link can be sent to somebody else."""
    page = opened.page
    page.get_by_role("button", name="区域 1–5 课程播放中断").click()
    page.wait_for_selector(".eg-verdict")

    assert "incident=inc-1" in page.url and "lang=zh" in page.url


def _diagnosis(window: real.Window, screens: str, query: str = "") -> Page:
    window.page.goto(f"{screens}/diagnosis?incident=inc-1{query}")
    window.page.wait_for_selector(".eg-foot")
    real.settle(window.page)
    return window.page


def test_claiming_takes_one_click_and_shows_the_owner(opened: real.Window, screens: str) -> None:
    """The one primary button; afterwards it is gone and the name stands in the heading."""
    page = _diagnosis(opened, screens)
    expect(page.locator("[data-testid=stBaseButton-primary]")).to_have_count(1)
    page.get_by_role("button", name="认领事件").click()

    expect(page.locator(".eg-head")).to_contain_text("负责人\u00a0周岚")
    expect(page.locator("[data-testid=stBaseButton-primary]")).to_have_count(0)


def test_a_claim_that_came_too_late_says_so(
    opened: real.Window, screens: str, api: FakeApi
) -> None:
    """The refusal is told in our words, and the newest state is shown."""
    page = _diagnosis(opened, screens)
    api.conflict = True
    page.get_by_role("button", name="认领事件").click()

    expect(page.locator(".eg-banner-broken")).to_contain_text("事件刚被别人改过")


def test_viewers_are_told_which_role_may_claim(
    opened: real.Window, screens: str, api: FakeApi
) -> None:
    """No dead button: a line says who may."""
    api.roles = (Role.VIEWER,)
    page = _diagnosis(opened, screens)

    expect(page.locator(".st-key-card-claim")).to_contain_text("认领需要运维值班或主管的角色")
    expect(page.get_by_role("button", name="认领事件")).to_have_count(0)


def test_a_cause_opens_in_place_and_in_the_url(opened: real.Window, screens: str) -> None:
    """Evidence appears under its row; the link shows the same row open to somebody else."""
    page = _diagnosis(opened, screens)
    page.locator("[class*=st-key-cause-] button").first.click()
    page.wait_for_selector(".eg-ev")
    assert "cause=med%3Acdn-7" in page.url or "cause=med:cdn-7" in page.url

    page.goto(page.url)
    expect(page.locator(".eg-ev")).to_have_count(1)


def test_a_phone_sees_rows_without_the_heading_of_their_columns(
    opened: real.Window, screens: str
) -> None:
    """At 390 px a row is read from top to bottom; names of columns would only be in the way."""
    opened.page.set_viewport_size({"width": 390, "height": 844})
    opened.page.goto(screens)

    expect(opened.page.locator("[class*=st-key-row-]").first).to_be_visible()
    expect(opened.page.locator(".st-key-columns")).to_be_hidden()


def test_the_last_picture_stays_when_the_service_is_silent(
    opened: real.Window, screens: str, api: FakeApi
) -> None:
    """A banner says of when it is, and nothing can be written meanwhile."""
    page = _diagnosis(opened, screens)
    api.hang_up = True
    try:
        expect(page.locator(".eg-banner-broken")).to_contain_text("21:46:08")
        expect(page.locator(".eg-verdict")).to_contain_text("82")
        expect(page.get_by_role("button", name="认领事件")).to_be_disabled()
    finally:
        api.hang_up = False
    expect(page.locator(".eg-banner-broken")).to_have_count(0)


def test_no_open_incident_is_said_and_not_drawn(opened: real.Window, api: FakeApi) -> None:
    """The board says that nothing is open; engine and monitoring stay."""
    api.incidents = []

    expect(opened.page.locator(".eg-empty")).to_contain_text("现在没有未关闭事件")
    expect(opened.page.locator(".eg-engine")).to_contain_text("诊断引擎正常")


def test_an_incident_without_a_diagnosis_says_that_it_waits(
    opened: real.Window, screens: str, api: FakeApi
) -> None:
    """Nothing is invented before the first revision."""
    api.diagnoses = []
    opened.page.goto(f"{screens}/diagnosis?incident=inc-1")

    expect(opened.page.locator(".eg-empty")).to_contain_text("正在诊断")


def test_a_wrong_incident_is_named_as_missing(opened: real.Window, screens: str) -> None:
    """In our words, on a page that stands."""
    opened.page.goto(f"{screens}/diagnosis?incident=inc-9")

    expect(opened.page.locator(".eg-banner-broken")).to_contain_text("没有这个事件")


def test_hostile_titles_are_text(opened: real.Window, screens: str, api: FakeApi) -> None:
    """Markup, Markdown and bidi characters of an alert appear as such and do nothing."""
    evil = samples.both(samples.HOSTILE, samples.HOSTILE)
    api.incidents = [samples.incident(title=evil, version=7)]
    page = _diagnosis(opened, screens)
    expect(page.locator(".eg-head h2")).to_contain_text("<img src=x")
    page.goto(screens)
    title = page.locator("[class*=st-key-title-] button").first

    expect(title).to_contain_text("<img src=x")
    expect(title).to_contain_text("**b**")
    expect(page.locator(".stApp img")).to_have_count(0)
    # `streamlit run` answers these with 404 below a page; the real server has a door for them.
    assert [line for line in opened.complaints if "/_stcore/" not in line] == []


def test_a_refresh_moves_no_button(opened: real.Window, screens: str, api: FakeApi) -> None:
    """Two pictures, one refresh apart: everything that can be pressed stands where it stood."""
    page = _diagnosis(opened, screens)
    before = real.ask(page, "button_places.js")
    api.wait_for_refresh()

    assert real.ask(page, "button_places.js") == before


def test_languages_are_chosen_in_the_header(opened: real.Window) -> None:
    """Each under its own name; the choice is in the URL and survives moving between pages."""
    page = opened.page
    page.get_by_role("button", name="中文").click()
    page.get_by_role("link", name="English").click()
    expect(page.locator(".eg-foot").last).to_contain_text("Updated")
    page.get_by_role("link", name="Diagnosis").click()
    page.wait_for_selector(".eg-verdict")

    assert "lang=en" in page.url
    expect(page.locator(".eg-verdict")).to_contain_text("Most likely")


def test_signing_out_leaves_nothing_on_the_screen(opened: real.Window) -> None:
    """The account menu ends the session; the page then offers the way in and no incident."""
    page = opened.page
    page.get_by_role("button", name="周岚").click()
    page.get_by_role("button", name="退出登录").click()

    expect(page.locator(".eg-login a")).to_be_visible()
    expect(page.locator("[class*=st-key-row-]")).to_have_count(0)


def test_nobody_asks_a_silent_service(opened: real.Window, screens: str, api: FakeApi) -> None:
    """The SOP assistant says of when its picture is, and takes no question meanwhile."""
    page = opened.page
    page.goto(f"{screens}/sop")
    # Counted: what a run draws anew stands beside what it replaces until the run ends.
    box = page.locator("[data-testid=stChatInputTextArea]")
    may_ask, may_not = box.and_(page.locator(":enabled")), box.and_(page.locator(":disabled"))
    expect(may_ask).to_have_count(1)
    api.hang_up = True
    try:
        expect(page.locator(".eg-banner-broken")).to_contain_text("21:46:08")
        expect(may_not).to_have_count(1)
        expect(may_ask).to_have_count(0)
    finally:
        api.hang_up = False
    expect(may_ask).to_have_count(1)
    expect(may_not).to_have_count(0)


def test_the_admin_page_of_a_silent_service_says_so(
    opened: real.Window, screens: str, api: FakeApi
) -> None:
    """A page that cannot be read is no empty page."""
    page = opened.page
    page.goto(f"{screens}/admin?tab=health")
    page.wait_for_selector(".st-key-examine")
    api.hang_up = True
    try:
        page.locator(".st-key-examine button").click()
        expect(page.locator(".eg-banner-broken")).to_contain_text("连不上服务")
    finally:
        api.hang_up = False
