"""The SOP page with a language model on the real server: what it says, in both languages."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect

from api.client import ApiClient
from benchmarks.served import serving
from graph.model.access import Role
from tests import llm_server
from tests.e2e import browser as real
from tests.e2e.storm_site import OPERATOR, Site, check_language, sign_in

_ASKED = {
    "zh": "CDN 节点带宽打满怎么处理？患者张三丰，电话 13800138000",
    "en": "How do I handle a CDN node with saturated bandwidth? 415-555-0134",
}
_HELPED = {"zh": "挑选了步骤", "en": "chose the steps"}
_TAKEN = {"zh": "电话 1", "en": "1 phone number"}
_FAILED = {"zh": "两次没有通过与 SOP 的核对", "en": "failed the check against the SOPs twice"}
_LEAD: Final = "li-lead"
_SOP = """# 缓存雪崩
## 处置
1. 预热：`warm-cache --all`
## 回滚
1. 停预热"""
_FILES = [
    FilePayload(name="avalanche.md", mimeType="text/markdown", buffer=_SOP.encode()),
    FilePayload(name="torn.md", mimeType="text/markdown", buffer=b"\xff\xfe\x00\xd8bad"),
]
_TORN = {"zh": "文字编码不对", "en": "encoding"}
_THEMES = [("zh", "dark"), ("en", "light")]


@pytest.fixture(scope="module")
def model() -> Iterator[llm_server.LlmServer]:
    """A language model on loopback."""
    with llm_server.llm_server() as running:
        yield running


@pytest.fixture(scope="module")
def site(
    prepared_home: Path, tmp_path_factory: pytest.TempPathFactory, model: llm_server.LlmServer
) -> Iterator[Site]:
    """A server whose settings name the model, and an operator."""
    home = tmp_path_factory.mktemp("modelled") / "home"
    shutil.copytree(prepared_home, home)
    settings = {"ETIOGRAPH_LLM_BASE_URL": model.url, "ETIOGRAPH_LLM_MODEL": "liar-7b"}
    with serving(home, settings=settings) as server:
        with server.client() as owner:
            passwords = _accounts(owner)
        yield Site(server.url, "", passwords)


def _accounts(owner: ApiClient) -> dict[str, str]:
    """Make an operator and a lead who may publish anything; the latter seals set-up."""
    people = {OPERATOR: (Role.OPERATOR,), _LEAD: (Role.OPS_LEAD, Role.ACADEMIC_LEAD)}
    return {name: owner.add_user(name, roles).password for name, roles in people.items()}


def _ask(page: Page, question: str, number: int) -> None:
    box = page.locator("[data-testid=stChatInputTextArea]")
    box.fill(question)
    box.press("Enter")
    expect(page.locator(f".st-key-card-answer-{number} .eg-model")).to_be_visible()


@pytest.mark.parametrize(("lang", "scheme"), _THEMES)
def test_the_page_says_who_chose_what_was_taken_out_and_why_not(
    chromium: Browser,
    site: Site,
    model: llm_server.LlmServer,
    tmp_path: Path,
    lang: str,
    scheme: real.Scheme,
) -> None:
    """The model named before and after, kinds with counts, then a failure; nothing cut or small."""
    model.behave = llm_server.honest
    with real.window(chromium, scheme=scheme) as window:
        page = window.page
        sign_in(page, site, OPERATOR, lang)
        page.goto(f"{site.url}/sop?lang={lang}")
        expect(page.locator(".eg-foot")).to_contain_text("liar-7b")
        _ask(page, _ASKED[lang], 1)
        first = page.locator(".st-key-card-answer-1 .eg-model")
        expect(first).to_contain_text(_HELPED[lang])
        expect(first).to_contain_text(_TAKEN[lang])
        model.behave = llm_server.says("I would rather talk.")
        _ask(page, _ASKED[lang], 2)
        expect(page.locator(".st-key-card-answer-2 .eg-model")).to_contain_text(_FAILED[lang])
        page.screenshot(path=tmp_path / f"chat-model-{lang}-{scheme}.png")

        assert real.ask(page, "page_faults.js") == []
        check_language(page, lang, without=".eg-model, .eg-bubble, .eg-foot")
        assert window.outside == [] and window.complaints == []
    assert "13800138000" not in model.received and "张三丰" not in model.received


def test_quoted_steps_stand_there_while_a_model_chooses(
    chromium: Browser, site: Site, model: llm_server.LlmServer
) -> None:
    """Nobody waits for a slow model to read the SOP; its choice then takes their place."""
    go = threading.Event()

    def slow(asked: llm_server.Asked) -> llm_server.Answer:
        go.wait(60)
        return llm_server.honest(asked)

    model.behave = slow
    with real.window(chromium) as window:
        page = window.page
        sign_in(page, site, OPERATOR)
        page.goto(f"{site.url}/sop?lang=zh")
        box = page.locator("[data-testid=stChatInputTextArea]")
        box.fill(_ASKED["zh"])
        box.press("Enter")
        waiting = page.locator(".st-key-card-waiting")
        expect(waiting.locator(".eg-quote").first).to_be_visible()
        expect(waiting).to_contain_text("语言模型正在挑选步骤")
        go.set()
        expect(page.locator(".st-key-card-answer-1 .eg-model")).to_be_visible()
        expect(waiting).to_have_count(0)
        assert window.complaints == []


def test_a_document_comes_in_and_a_second_person_publishes_it(
    chromium: Browser, site: Site, tmp_path: Path
) -> None:
    """The report names each file's fault; after publication it is found while one types."""
    themes: list[tuple[str, real.Scheme, str]]
    themes = [("zh", "dark", OPERATOR), ("en", "light", _LEAD)]
    for lang, scheme, name in themes:
        with real.window(chromium, scheme=scheme) as window:
            page = window.page
            sign_in(page, site, name, lang)
            page.goto(f"{site.url}/knowledge?lang={lang}&tab=import")
            page.locator("input[type=file]").set_input_files(_FILES)
            page.locator(".st-key-try button").click()
            report = page.locator(".eg-card")
            expect(report).to_contain_text(_TORN[lang])
            expect(report).to_contain_text("warm-cache --all")
            if name == OPERATOR:
                page.locator(".st-key-import button").click()
                expect(report).to_contain_text("已存为草稿")
            page.screenshot(path=tmp_path / f"import-{lang}-{scheme}.png")
            assert real.ask(page, "page_faults.js") == []
            if name == _LEAD:
                _publish(page, site)
            assert window.outside == [] and window.complaints == []


def _publish(page: Page, site: Site) -> None:
    """Look at the draft's commands, publish it, and find it by typing."""
    page.goto(f"{site.url}/knowledge?lang=en&tab=publish")
    page.locator("[class*=st-key-look-] button").first.click()
    expect(page.locator(".st-key-card-version .eg-diff")).to_contain_text("warm-cache --all")
    page.locator(".st-key-publish button").click()
    expect(page.locator(".st-key-card-force-title")).to_contain_text("AVALANCHE")
    page.goto(f"{site.url}/sop?lang=en")
    page.locator(".eg-finder-input").press_sequentially("雪崩预热")
    row = page.locator("button.eg-finder-row").filter(has_text="AVALANCHE")
    row.click()
    expect(page.locator(".st-key-unpick")).to_be_visible()
