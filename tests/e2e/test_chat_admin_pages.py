"""The SOP assistant and the admin page on the real server: both languages, both themes."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from graph.model.access import Role
from tests.e2e import browser as real
from tests.e2e.storm_site import OPERATOR, Site, check_language, sign_in, stormy

_OPERATOR, _ADMIN = OPERATOR, "he-qing"
# Hidden by our sheet, which names the button of the file chooser in the language of the page.
_CHOOSER = "[data-testid=stFileUploaderDropzone] button, [data-testid=stFileUploaderDropzone] span"
_ASKED = {
    "zh": ("CDN 节点回源失败怎么处理？", "茶水间的咖啡机不出水怎么办"),
    "en": ("How do I handle a CDN node with saturated bandwidth?", "the coffee machine is broken"),
}
_GATED = {
    "zh": "CDN 节点回源失败怎么处理？",
    "en": "How do I handle a CDN node whose origin fetches fail?",
}
_RAW = "cdnctl region switch"
_TABS = ("accounts", "grants", "packs", "policies", "calibration", "health")
_THEMES = [("zh", "dark"), ("en", "light")]


@pytest.fixture(scope="module")
def site(prepared_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The real server with the storm in it, an operator and an admin who also reads."""
    home = tmp_path_factory.mktemp("chat") / "home"
    people = {_OPERATOR: (Role.OPERATOR,), _ADMIN: (Role.ADMIN, Role.VIEWER)}
    with stormy(prepared_home, home, people) as served:
        yield served


@contextmanager
def _signed_in(
    browser: Browser, site: Site, name: str, *, lang: str = "zh", scheme: real.Scheme = "dark"
) -> Iterator[real.Window]:
    with real.window(browser, scheme=scheme) as window:
        sign_in(window.page, site, name, lang)
        yield window


def _chat(page: Page, site: Site, lang: str = "zh", query: str = "") -> None:
    page.goto(f"{site.url}/sop?lang={lang}{query}")
    page.wait_for_selector("[data-testid=stChatInput]")


def _ask(page: Page, question: str, number: int) -> None:
    box = page.locator("[data-testid=stChatInputTextArea]")
    box.fill(question)
    box.press("Enter")
    page.wait_for_selector(f".st-key-card-answer-{number}")


def _admin(page: Page, site: Site, tab: str, lang: str = "zh") -> None:
    page.goto(f"{site.url}/admin?lang={lang}&tab={tab}")
    page.wait_for_selector("[class*=st-key-card-], .eg-empty")


@pytest.mark.parametrize(("lang", "scheme"), _THEMES)
def test_the_talk_is_whole_and_in_one_language(
    chromium: Browser, site: Site, tmp_path: Path, lang: str, scheme: real.Scheme
) -> None:
    """An answer and a refusal: nothing cut, small, covered or untranslated."""
    with _signed_in(chromium, site, _OPERATOR, lang=lang, scheme=scheme) as window:
        page = window.page
        _chat(page, site, lang, f"&incident={site.incident_id}")
        for number, question in enumerate(_ASKED[lang], 1):
            _ask(page, question, number)
        expect(page.locator(".eg-passage-chosen")).to_be_visible()
        page.screenshot(path=tmp_path / f"chat-{lang}-{scheme}.png")

        assert real.ask(page, "page_faults.js") == []
        check_language(page, lang, without=_CHOOSER)
        assert window.outside == []
        assert window.complaints == []


@pytest.mark.parametrize(("lang", "scheme"), _THEMES)
def test_the_admin_page_is_whole_and_in_one_language(
    chromium: Browser, site: Site, tmp_path: Path, lang: str, scheme: real.Scheme
) -> None:
    """Every tab: nothing cut, small, covered or untranslated, nobody outside asked."""
    with _signed_in(chromium, site, _ADMIN, lang=lang, scheme=scheme) as window:
        page = window.page
        for tab in _TABS:
            _admin(page, site, tab, lang)
            page.screenshot(path=tmp_path / f"admin-{tab}-{lang}-{scheme}.png")
            assert real.ask(page, "page_faults.js") == [], tab
            check_language(page, lang, without=_CHOOSER)
        assert window.outside == []
        assert window.complaints == []


def test_an_answer_quotes_with_places_and_a_refusal_invents_nothing(
    chromium: Browser, site: Site
) -> None:
    """Each step has its place beside it; a refusal has titles with a match, never a percentage."""
    with _signed_in(chromium, site, _OPERATOR) as window:
        page = window.page
        _chat(page, site)
        _ask(page, _ASKED["zh"][0], 1)
        steps = page.locator("[class*=st-key-step-1-]")
        places = page.locator("[class*=st-key-cite-1-] button")
        # The list ends with the answer's last step; what stands before it is drawn by then.
        expect(steps.last.locator("[class*=st-key-cite-] button")).to_be_visible()
        expect(places).to_have_count(steps.count())
        assert steps.count() > 3
        places.nth(2).click()
        expect(page.locator(".eg-passage-chosen")).to_contain_text(
            steps.nth(2).locator(".eg-quote > span:last-child").inner_text()
        )

        _ask(page, _ASKED["zh"][1], 2)
        refusal = page.locator(".st-key-card-answer-2")
        expect(refusal).to_contain_text("没有匹配的 SOP")
        expect(refusal).to_contain_text("不编步骤")
        expect(refusal).not_to_contain_text(re.compile("把握|%"))
        expect(refusal.locator("[class*=st-key-step-]")).to_have_count(0)


@pytest.mark.parametrize(("lang", "scheme"), _THEMES)
def test_a_gated_command_is_shown_only_after_a_click_that_is_written_down(
    chromium: Browser, site: Site, tmp_path: Path, lang: str, scheme: real.Scheme
) -> None:
    """Before it, who must agree and the way to request it; the page never held the command."""
    with _signed_in(chromium, site, _OPERATOR, lang=lang, scheme=scheme) as window:
        page = window.page
        _chat(page, site, lang, f"&incident={site.incident_id}")
        _ask(page, _GATED[lang], 1)
        box = page.locator("[class*=st-key-gated-1-]").first
        expect(box).to_contain_text("运维主管" if lang == "zh" else "operations lead")
        link = box.get_by_role("link")
        expect(link).to_have_attribute("href", re.compile(f"incident={site.incident_id}"))
        expect(page.locator(".stApp")).not_to_contain_text(_RAW)
        before = _revealed(page, site)
        box.get_by_role("button").click()

        expect(box).to_contain_text(_RAW)
        assert _revealed(page, site) == before + 1
        page.screenshot(path=tmp_path / f"gated-{lang}-{scheme}.png")
        assert real.ask(page, "page_faults.js") == []


def _revealed(page: Page, site: Site) -> int:
    timeline = page.request.get(f"{site.url}/api/v1/incidents/{site.incident_id}/timeline").json()
    lines = [line for line in timeline["items"] if line["kind"] == "command_revealed"]
    assert {line["actor"] for line in lines} <= {_OPERATOR}
    return len(lines)


def test_a_refresh_keeps_page_person_and_talk(chromium: Browser, site: Site) -> None:
    """The thread is in the address; the server gives it back, chosen passage included."""
    with _signed_in(chromium, site, _OPERATOR) as window:
        page = window.page
        _chat(page, site)
        _ask(page, _ASKED["zh"][0], 1)
        second = page.locator("[class*=st-key-step-1-]").nth(1)
        passage = second.locator(".eg-quote > span:last-child").inner_text()
        second.locator("[class*=st-key-cite-] button").click()
        expect(page.locator(".eg-passage-chosen")).to_contain_text(passage)
        page.reload()
        page.wait_for_selector(".st-key-card-answer-1")

        expect(page.locator(".eg-bubble")).to_have_text(_ASKED["zh"][0])
        expect(page.locator(".eg-passage-chosen")).to_contain_text(passage)
        expect(page.locator(".st-key-chrome")).to_contain_text(_OPERATOR)


def test_a_question_about_an_incident_reaches_its_timeline(chromium: Browser, site: Site) -> None:
    """The toggle says which incident; the ledger has the question under the person's name."""
    with _signed_in(chromium, site, _OPERATOR) as window:
        page = window.page
        _chat(page, site)
        page.locator(".st-key-about label").click()
        page.wait_for_selector(".eg-subject")
        page.wait_for_url("**incident=inc-*")
        _ask(page, _ASKED["zh"][0], 1)
        expect(page.locator(".eg-foot").last).to_contain_text("时间线")
        expect(page.locator(".eg-arm").last).to_have_text("图谱 ✓")
        about = re.search(r"incident=(inc-[0-9a-f]+)", page.url)
        assert about is not None
        timeline = page.request.get(f"{site.url}/api/v1/incidents/{about[1]}/timeline").json()

    asked = [line for line in timeline["items"] if line["kind"] == "question_asked"]
    assert _OPERATOR in {line["actor"] for line in asked}


def test_who_may_not_ask_is_told_which_role_may(chromium: Browser, site: Site) -> None:
    """No box to type in, but a line."""
    with _signed_in(chromium, site, _ADMIN) as window:
        window.page.goto(f"{site.url}/sop?lang=zh")

        expect(window.page.locator(".stApp")).to_contain_text("提问需要运维值班或主管的角色")
        expect(window.page.locator("[data-testid=stChatInput]")).to_have_count(0)


def test_a_new_account_gets_its_password_shown_once(chromium: Browser, site: Site) -> None:
    """It signs in with it; who comes back to the page does not see it again."""
    with _signed_in(chromium, site, _ADMIN) as window:
        page = window.page
        _admin(page, site, "accounts")
        page.locator(".st-key-new-user input").fill("wu-yue")
        page.locator(".st-key-new-roles button").first.click()
        page.locator(".st-key-do-user-add-do button").click()
        secret = page.locator(".st-key-card-secret")
        password = secret.locator("code").inner_text().strip()
        body = {"name": "wu-yue", "password": password}
        assert page.request.post(f"{site.url}/api/v1/session", data=body).ok

        page.get_by_role("link", name="值班台").click()
        page.wait_for_selector(".eg-strip")
        page.get_by_role("link", name="管理").click()
        expect(page.locator(".st-key-card-users")).to_contain_text("wu-yue")
        expect(secret).to_have_count(0)


def test_a_password_is_reset_after_one_question(chromium: Browser, site: Site) -> None:
    """The dialog says what follows; leaving it changes nothing."""
    with _signed_in(chromium, site, _ADMIN) as window:
        page = window.page
        _admin(page, site, "accounts")
        page.locator(f".st-key-line-user-{_OPERATOR} button").click()
        expect(page.locator("[role=dialog]")).to_contain_text("旧密码马上失效")
        page.locator(".st-key-confirm-no button").click()
        expect(page.locator("[role=dialog]")).to_have_count(0)
        expect(page.locator(".st-key-card-secret")).to_have_count(0)


def test_a_token_of_a_source_is_made_and_revoked(chromium: Browser, site: Site) -> None:
    """Its text is shown once; revoked, it opens nothing."""
    with _signed_in(chromium, site, _ADMIN) as window:
        page = window.page
        _admin(page, site, "accounts")
        page.locator(".st-key-new-token input").fill("ward-3")
        page.locator(".st-key-new-token-for button").nth(1).click()
        page.locator(".st-key-new-source input").fill("ward-3")
        page.locator(".st-key-do-token-add-do button").click()
        token = page.locator(".st-key-card-secret code").first.inner_text().strip()
        headers = {"Authorization": f"Bearer {token}"}
        assert page.request.get(f"{site.url}/api/v1/me", headers=headers).ok

        line = page.locator("[class*=st-key-line-token-]").filter(has_text="告警来源 ward-3")
        line.locator("button").click()
        page.locator(".st-key-confirm-yes button").click()
        expect(line).to_have_count(0)
        assert page.request.get(f"{site.url}/api/v1/me", headers=headers).status == 401


def test_a_faulty_pack_is_refused_row_by_row(chromium: Browser, site: Site) -> None:
    """Each fault names file and line; what is loaded stays."""
    with _signed_in(chromium, site, _ADMIN) as window:
        page = window.page
        _admin(page, site, "packs")
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("p/pack.yaml", "id: p\ntitle: {zh: 包}\n")
        chosen = {"name": "p.zip", "mimeType": "application/zip", "buffer": packed.getvalue()}
        page.set_input_files("input[type=file]", chosen)  # type: ignore[arg-type]  # a plain dict is one
        page.locator(".st-key-load button:enabled").click()

        expect(page.locator(".eg-fault").first).to_contain_text("p/pack.yaml:")
        expect(page.locator(".st-key-card-packs")).to_contain_text("medical_education")


def test_others_see_health_and_rules_and_which_role_does_the_rest(
    chromium: Browser, site: Site
) -> None:
    """No account, no token, no upload; one line says who."""
    with _signed_in(chromium, site, _OPERATOR) as window:
        page = window.page
        _admin(page, site, "health")

        expect(page.locator(".stApp")).to_contain_text("由管理员角色的人改动")
        expect(page.locator(".st-key-card-doctor")).to_contain_text("存储完好")
        expect(page.locator(".st-key-card-quarantine")).to_contain_text("看不懂的告警")
        expect(page.locator(".st-key-card-users, .st-key-card-upload")).to_have_count(0)
