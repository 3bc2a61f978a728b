"""The person in the loop, in Chromium: from the sign-in page to a switched node, and what is not.

Everything is real but the people: pages, phone pages, the server, the CDN control. Each test takes
nodes of its own, since what one switched stays switched.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Page, expect

from graph.model.remediation import Decision, RemediationStatus
from graph.stores.embedded_store import EmbeddedGraphStore
from reasoning.remediation.book import ENGINE
from tests.conftest import require
from tests.e2e import browser as real
from tests.e2e.grounds import VERSION, settings_of
from tests.e2e.server import PREFIX
from tests.e2e.staged import (
    ACADEMIC,
    OPERATOR,
    OPS,
    OWNER,
    REASON,
    SECOND_OPS,
    Person,
    Stage,
    staged,
)
from tests.e2e.storm_site import check_text
from tests.neo4j_server import neo4j_server

_PHONE: Final = (390, 844)
# Quoted as written; the skip link of the framework is hidden by our sheet, ours stands before it.
_QUOTED: Final = "code, .eg-code, [data-testid=stSkipToContent]"
_THEMES: Final = [("zh", "dark"), ("en", "light")]
_AGREE: Final = {"zh": ("同意", "确认同意"), "en": ("Agree", "Confirm: agree")}
_TABS: Final = 5


@pytest.fixture(scope="module")
def stage(prepared_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """`make run` after its last line, with everybody signed in."""
    with staged(prepared_home, tmp_path_factory.mktemp("story") / "home") as found:
        yield found


@pytest.fixture(scope="module", params=["embedded", "neo4j"])
def kept_anywhere(
    request: pytest.FixtureRequest, prepared_home: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stage]:
    """The stage on files, and the same with everything on a Neo4j server."""
    if request.param == "embedded":
        yield request.getfixturevalue("stage")
        return
    require("neo4j")
    home = tmp_path_factory.mktemp("neo4j-story") / "home"
    with (
        neo4j_server(VERSION) as running,
        staged(prepared_home, home, settings=settings_of(running)) as found,
    ):
        yield found
        assert not (home / "store.db").exists()


def _sign_in(page: Page, person: Person) -> None:
    page.locator("input[name=name]").fill(person.name)
    page.locator("input[name=password]").fill(person.password)
    page.locator("button[type=submit]").click()


def _phone(stage: Stage, page: Page, remediation_id: str, lang: str = "zh") -> None:
    page.goto(f"{stage.server.url}/a/{remediation_id}?lang={lang}")


def _tap_agree(page: Page, lang: str = "zh") -> None:
    """Agree on the phone page: two taps."""
    first, second = _AGREE[lang]
    page.get_by_role("button", name=first, exact=True).click()
    page.get_by_role("button", name=second, exact=True).click()


def _approvals(stage: Stage, page: Page, query: str = "") -> None:
    page.goto(f"{stage.server.url}/approvals?lang=zh{query}")
    page.wait_for_selector(".st-key-card-channel")


def _execute_anyway(page: Page, stage: Stage, remediation_id: str) -> int:
    """Send what the button would send, from the page's own session; returns the status."""
    base = f"{stage.server.url}/api/v1"
    proof = page.request.get(f"{base}/me").json()["csrf"]
    answer = page.request.post(
        f"{base}/remediations/{remediation_id}/execution", headers={"X-CSRF": proof}
    )
    return answer.status


def _decide_anyway(page: Page, stage: Stage, remediation_id: str) -> Any:
    """Post the phone's form with the proof of this session, whatever the page offers."""
    proof = page.request.get(f"{stage.server.url}/api/v1/me").json()["csrf"]
    seen = stage.now(remediation_id)
    form = {"csrf": proof, "digest": seen.digest, "decision": "approve", "role": "ops_lead"}
    return page.request.post(f"{stage.server.url}/a/{remediation_id}?lang=zh", form=form)


def _percents(page: Page) -> list[str]:
    real.settle(page)
    return page.locator(".st-key-card-causes .eg-pct").all_inner_texts()


def _clean(*windows: real.Window) -> None:
    for window in windows:
        assert window.outside == []
        assert window.complaints == []


def test_from_the_storm_to_a_switched_node(
    chromium: Browser, kept_anywhere: Stage, tmp_path: Path
) -> None:
    """Sign in, look, check, request; two phones agree, nothing runs before; then it really runs."""
    stage = kept_anywhere
    people, url = stage.people, stage.server.url
    with (
        real.window(chromium) as desk,
        real.window(chromium, size=_PHONE) as academic,
        real.window(chromium, size=_PHONE, scheme="light") as ops,
    ):
        page = desk.page
        page.goto(url)
        page.locator(".eg-login a").click()
        _sign_in(page, people[OPERATOR])
        page.locator("[class*=st-key-title-] button").first.click()
        page.wait_for_selector(".eg-verdict")

        _answer(page, "是")
        before = _percents(page)
        page.locator(".st-key-following button").click()
        expect(page.locator(".st-key-answers button:enabled")).to_have_count(3)
        _answer(page, "否")
        expect(page.locator(".st-key-card-causes")).to_contain_text("▼")
        assert _percents(page) != before

        remediation_id = _request(page)
        expect(page.locator(".st-key-card-agreement")).to_contain_text("已有 0 人")
        assert _execute_anyway(page, stage, remediation_id) == 409

        _phone(stage, academic.page, remediation_id)
        _sign_in(academic.page, people[ACADEMIC])
        expect(academic.page.locator("h1")).to_contain_text("CDN 切换到备用节点")
        academic.page.screenshot(path=tmp_path / "phone.png")
        assert _fits(academic.page)
        _tap_agree(academic.page)
        expect(academic.page.locator("li.yes")).to_contain_text(ACADEMIC)

        expect(page.locator(".st-key-card-agreement")).to_contain_text("已有 1 人")
        card = page.locator(".st-key-card-agreement")
        expect(card).to_contain_text("还缺运维主管同意，现在不能执行")
        assert _execute_anyway(page, stage, remediation_id) == 409
        assert stage.now(remediation_id).status is RemediationStatus.REQUESTED

        _phone(stage, ops.page, remediation_id)
        _sign_in(ops.page, people[OPS])
        ops.page.get_by_role("button", name="同意", exact=True).click()
        expect(ops.page.locator("main")).to_contain_text("你是最后一位")
        ops.page.get_by_role("button", name="确认同意").click()
        expect(ops.page.locator("li.yes")).to_have_count(2)

        page.locator(".st-key-primary button", has_text="执行").click()
        page.locator(".st-key-confirm button").click()
        expect(page.locator(".st-key-card-agreement")).to_contain_text("验证通过")
        page.screenshot(path=tmp_path / "verified.png")
        assert _serving_by(stage, "cdn-7") == stage.now(remediation_id).plan.parameters["receiver"]

        page.goto(f"{url}/diagnosis?incident={stage.incident_id}&lang=zh")
        expect(page.locator(".st-key-card-action")).to_contain_text("验证通过")
        stages = page.locator(".eg-card", has=page.locator(".eg-time")).locator(".eg-line")
        for name in (f"申请（{OPERATOR}）", f"同意（{OPS}）", f"执行（{OPERATOR}）", "验证"):
            expect(stages).to_contain_text(name)
        page.screenshot(path=tmp_path / "timeline.png", full_page=True)
        _clean(desk, academic, ops)


def _answer(page: Page, answer: str) -> None:
    page.locator(".st-key-answers button:enabled", has_text=answer).click()
    expect(page.locator(".st-key-card-check")).to_contain_text(f"已记录：{answer}")


def _request(page: Page) -> str:
    """Request the first action and follow the link to it; returns the remediation's id."""
    page.locator(".st-key-action-primary button").click()
    page.get_by_label("申请理由").fill(REASON)
    page.locator(".st-key-action-send button").click()
    expect(page.locator(".st-key-card-action")).to_contain_text("已申请，0 / 2 已同意")
    page.get_by_role("link", name="去看申请").click()
    page.wait_for_selector(".st-key-card-agreement")
    found = re.search(r"rid=(rem-[0-9a-f]+)", page.url)
    assert found is not None, page.url
    return found[1]


def _serving_by(stage: Stage, node: str) -> object:
    path = stage.server.home / "cdn-control" / "state.json"
    return json.loads(path.read_text(encoding="utf-8"))["nodes"][PREFIX + node]["serving_by"]


def _fits(page: Page) -> bool:
    """Tell whether the whole page stands on the screen."""
    fits: bool = page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    return fits


@pytest.mark.parametrize(("lang", "scheme"), _THEMES)
def test_every_tab_and_the_phone_are_whole_and_in_one_language(
    chromium: Browser, stage: Stage, tmp_path: Path, lang: str, scheme: real.Scheme
) -> None:
    """Nothing cut, small, covered or untranslated; the phone's card needs no scrolling."""
    asked = stage.ask("cdn-9", "cdn-10")
    state = stage.people[ACADEMIC].state
    with real.window(chromium, scheme=scheme, state=state) as window:
        page = window.page
        page.goto(f"{stage.server.url}/approvals?lang={lang}&rid={asked.remediation_id}")
        page.wait_for_selector(".st-key-card-channel")
        for place in range(_TABS):
            page.locator("[data-testid=stTab]").nth(place).click()
            page.screenshot(path=tmp_path / f"tab-{place}-{lang}.png")
            assert real.ask(page, "page_faults.js") == [], place
        _check_language(real.read(page, without=_QUOTED), lang)
        expect(page.locator("button[data-testid=stBaseButton-primary]")).to_have_count(1)
        _clean(window)
    with real.window(chromium, size=_PHONE, scheme=scheme, state=state) as window:
        for part in ("", "/confirm", "/details"):
            path = f"/a/{asked.remediation_id}{part}?lang={lang}"
            window.page.goto(f"{stage.server.url}{path}")
            window.page.screenshot(path=tmp_path / f"phone{part.replace('/', '-')}-{lang}.png")
            assert _fits(window.page) or part == "/details", path
            text = window.page.locator("main").inner_text()
            _check_language(text.replace("English", "").replace("中文", ""), lang)
        _clean(window)


def _check_language(text: str, lang: str) -> None:
    check_text(text.replace(REASON, ""), lang)


def test_who_holds_no_missing_role_has_no_button(chromium: Browser, stage: Stage) -> None:
    """The platform owner is told so on both pages; the same form sent anyway is refused."""
    asked = stage.ask("cdn-11", "cdn-12")
    with real.window(chromium, size=_PHONE, state=stage.people[OWNER].state) as window:
        _phone(stage, window.page, asked.remediation_id)
        expect(window.page.locator("main")).to_contain_text("还缺的角色你没有")
        expect(window.page.get_by_role("button")).to_have_count(0)

        refused = _decide_anyway(window.page, stage, asked.remediation_id)
        assert refused.status == 403
        assert "需要的角色你没有" in refused.text()
    assert stage.now(asked.remediation_id).approvals == ()


def test_ones_own_request_cannot_be_agreed_to(chromium: Browser, stage: Stage) -> None:
    """A second operations lead asks, and neither page nor form lets that person agree."""
    asked = stage.ask("cdn-13", "cdn-14", by=SECOND_OPS)
    with real.window(chromium, size=_PHONE, state=stage.people[SECOND_OPS].state) as window:
        _phone(stage, window.page, asked.remediation_id)
        expect(window.page.locator("main")).to_contain_text("申请人不能同意自己的申请")
        expect(window.page.get_by_role("button")).to_have_count(0)

        refused = _decide_anyway(window.page, stage, asked.remediation_id)
        assert refused.status == 403
        assert "申请人不能同意自己的申请" in refused.text()
    assert stage.now(asked.remediation_id).approvals == ()


def test_a_double_click_agrees_once(chromium: Browser, stage: Stage) -> None:
    """The second click of an impatient thumb adds nothing."""
    asked = stage.ask("cdn-15", "cdn-16")
    with real.window(chromium, size=_PHONE, state=stage.people[ACADEMIC].state) as window:
        _phone(stage, window.page, asked.remediation_id)
        window.page.get_by_role("button", name="同意", exact=True).click()
        window.page.get_by_role("button", name="确认同意").dblclick()
        expect(window.page.locator("main")).to_contain_text("你已经表态过了")
    assert [a.user for a in stage.now(asked.remediation_id).approvals] == [ACADEMIC]


def test_two_tabs_and_the_back_button_agree_once(chromium: Browser, stage: Stage) -> None:
    """The step left open in another tab, or behind the back button, says what happened meanwhile.

    A reload of the step changes nothing before the tap.
    """
    asked = stage.ask("cdn-17", "cdn-18")
    with real.window(chromium, size=_PHONE, state=stage.people[ACADEMIC].state) as window:
        first, second = window.page, window.page.context.new_page()
        for page in (first, second):
            _phone(stage, page, asked.remediation_id)
            page.get_by_role("button", name="同意", exact=True).click()
        code = first.locator(".code").inner_text()
        first.reload()
        expect(first.locator(".code")).to_have_text(code)
        assert stage.now(asked.remediation_id).approvals == ()

        first.get_by_role("button", name="确认同意").click()
        expect(first.locator("li.yes")).to_contain_text(ACADEMIC)
        second.get_by_role("button", name="确认同意").click()
        expect(second.get_by_role("alert")).to_contain_text("你已经表态过了")
        first.go_back()
        expect(first.locator("main")).to_be_visible()
        if first.get_by_role("button", name="确认同意").count():  # the kept page, not a new one
            first.get_by_role("button", name="确认同意").click()
        expect(first.locator("main")).to_contain_text("你已经表态过了")
    assert [a.user for a in stage.now(asked.remediation_id).approvals] == [ACADEMIC]


def test_an_agreement_taken_back_stops_the_button_in_another_window(
    chromium: Browser, stage: Stage
) -> None:
    """The operator's dialog stands open, a lead takes the yes back: 409, said on the page."""
    asked = stage.ask("cdn-19", "cdn-20")
    _everybody_agrees(stage, asked.remediation_id)
    with real.window(chromium, state=stage.people[OPERATOR].state) as window:
        page = window.page
        _approvals(stage, page, f"&rid={asked.remediation_id}")
        page.locator(".st-key-primary button", has_text="执行").click()
        page.wait_for_selector(".st-key-confirm button")
        stage.people[OPS].api.withdraw(asked.remediation_id)
        page.locator(".st-key-confirm button").click()

        expect(page.get_by_role("alert")).to_contain_text("现在不能")
        expect(page.locator(".st-key-card-agreement")).to_contain_text("同意已收回")
        _clean(window)
    assert stage.now(asked.remediation_id).runs == ()


def test_reload_and_back_keep_page_person_and_request(chromium: Browser, stage: Stage) -> None:
    """A dialog that was open is gone and recorded nothing; the subject is still the same."""
    asked = stage.ask("cdn-21", "cdn-22")
    with real.window(chromium, state=stage.people[ACADEMIC].state) as window:
        page = window.page
        page.goto(f"{stage.server.url}/diagnosis?incident={stage.incident_id}&lang=zh")
        page.wait_for_selector(".eg-verdict")
        _approvals(stage, page, f"&rid={asked.remediation_id}")
        page.locator(".st-key-primary button", has_text="同意").click()
        page.wait_for_selector(".st-key-confirm button")
        page.reload()
        page.wait_for_selector(".st-key-card-agreement")

        expect(page.locator("[role=dialog]")).to_have_count(0)
        expect(page.locator(".st-key-card-request")).to_contain_text("cdn-21")
        expect(page.locator(".st-key-chrome")).to_contain_text(ACADEMIC)
        assert stage.now(asked.remediation_id).approvals == ()
        page.go_back()
        page.wait_for_selector(".eg-verdict")
        assert f"incident={stage.incident_id}" in page.url
        _clean(window)


def _everybody_agrees(stage: Stage, remediation_id: str) -> None:
    for name in (ACADEMIC, OPS):
        seen = stage.people[name].api.remediation(remediation_id)
        stage.people[name].api.decide(remediation_id, digest=seen.digest, decision=Decision.APPROVE)


def test_an_expired_request_says_so_and_records_nothing(chromium: Browser, stage: Stage) -> None:
    """The confirm step stood open while the time ran out: 410 in words, and a closed card.

    Nobody waits a quarter of an hour here: the stored request is made older while the server is
    down, and the server that starts again reads its own clock.
    """
    asked = stage.ask("cdn-23", "cdn-24")
    with real.window(chromium, size=_PHONE, state=stage.people[ACADEMIC].state) as window:
        page = window.page
        _phone(stage, page, asked.remediation_id)
        page.get_by_role("button", name="同意", exact=True).click()
        page.wait_for_selector(".code")
        assert stage.server.stop() == 0
        _make_older(stage.server.home / "store.db", asked.remediation_id)
        stage.server.start()
        stage.server.wait_ready()

        page.get_by_role("button", name="确认同意").click()
        expect(page.get_by_role("alert")).to_contain_text("已经过期，什么都没有记下")
        _phone(stage, page, asked.remediation_id)
        expect(page.locator("main")).to_contain_text("已过期，没有执行")
        expect(page.get_by_role("button")).to_have_count(0)
    late = stage.now(asked.remediation_id)
    assert (late.status, late.approvals) == (RemediationStatus.EXPIRED, ())


def _make_older(path: Path, remediation_id: str) -> None:
    store = EmbeddedGraphStore(path)
    try:

        def work(tx: Any) -> None:
            found = tx.remediation(ENGINE, remediation_id)
            ended = found.requested_at + timedelta(milliseconds=1)
            older = found.model_copy(update={"expires_at": ended, "version": found.version + 1})
            tx.put_remediation(older, expected_version=found.version)

        store.write(work)
    finally:
        store.close()
