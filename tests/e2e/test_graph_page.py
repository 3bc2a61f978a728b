"""The graph page on the real server after the demo storm: mouse, keys, table, links, languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, StorageState, expect

from graph.model.access import Role
from tests.e2e import browser as real
from tests.e2e.server import PREFIX
from tests.e2e.storm_site import OPERATOR, Site, check_language, cookies_of, stormy

_TOP = f"{PREFIX}cdn-7"
_DRAWN = ".eg-canvas[data-ready]"


def _address(site: Site, lang: str, **query: str) -> str:
    """Give the address of the graph page for this incident."""
    more = "".join(f"&{name}={value}" for name, value in query.items())
    return f"{site.url}/graph?incident={site.incident_id}&lang={lang}{more}"


@pytest.fixture(scope="module")
def site(prepared_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The real server with the storm in it and an operator."""
    home = tmp_path_factory.mktemp("graph") / "home"
    with stormy(prepared_home, home, {OPERATOR: (Role.OPERATOR,)}) as served:
        yield served


@pytest.fixture(scope="module")
def signed_in(chromium: Browser, site: Site) -> StorageState:
    """The cookies of an operator who came in by the sign-in page."""
    return cookies_of(chromium, site, OPERATOR)


def _asked(page: Page, name: str) -> str | None:
    return parse_qs(urlsplit(page.url).query).get(name, [None])[0]


def _places(page: Page) -> dict[str, list[float]]:
    """Where every box of the drawing is in the window."""
    found: dict[str, list[float]] = page.evaluate(
        """() => {
          const box = document.querySelector('.eg-canvas');
          const frame = box.getBoundingClientRect();
          return Object.fromEntries(box.cy.nodes('[layer]').map(n => {
            const p = n.renderedPosition();
            return [n.id(), [frame.x + p.x, frame.y + p.y]];
          }));
        }"""
    )
    return found


def test_a_click_chooses_for_drawing_card_table_and_address(
    chromium: Browser, site: Site, signed_in: StorageState
) -> None:
    """One selection everywhere; no box moves, nobody outside is asked, a reload keeps it."""
    with real.window(chromium, state=signed_in) as window:
        page = window.page
        page.goto(_address(site, "zh"))
        page.wait_for_selector(_DRAWN)
        card, rows = page.locator(".st-key-card-node"), page.locator(".eg-canvas-rows")
        expect(card.locator("h3")).to_have_text("cdn-7")
        before = _places(page)
        x, y = before[f"{PREFIX}player"]
        page.mouse.click(x, y)

        expect(card.locator("h3")).to_have_text("player")
        expect(rows.locator("tr[aria-current]")).to_contain_text("player")
        assert _asked(page, "node") == f"{PREFIX}player"
        assert _asked(page, "root") == _TOP
        assert _places(page) == before
        page.reload()
        page.wait_for_selector(_DRAWN)
        expect(card.locator("h3")).to_have_text("player")
        assert window.outside == []
        assert window.complaints == []


def test_arrow_keys_walk_and_enter_chooses(
    chromium: Browser, site: Site, signed_in: StorageState
) -> None:
    """From the top cause up to what depends on it; Enter opens its card, Esc leaves the drawing."""
    with real.window(chromium, state=signed_in) as window:
        page = window.page
        page.goto(_address(site, "zh"))
        page.wait_for_selector(_DRAWN)
        page.locator(".eg-canvas").focus()
        page.keyboard.press("ArrowUp")
        said = page.locator(".eg-canvas-says").text_content() or ""
        walked = said.split("，")[0]
        page.keyboard.press("Enter")

        assert walked and walked != "cdn-7"
        expect(page.locator(".st-key-card-node h3")).to_have_text(walked)
        page.keyboard.press("Escape")
        assert page.evaluate("document.activeElement.className") != "eg-canvas"


def test_a_row_chooses_too_and_the_drawing_is_still(
    chromium: Browser, site: Site, signed_in: StorageState
) -> None:
    """The table holds the same boxes; choosing there marks the box in the drawing."""
    with real.window(chromium, state=signed_in) as window:
        page = window.page
        page.goto(_address(site, "en"))
        page.wait_for_selector(_DRAWN)
        rows = page.locator(".eg-canvas-rows tbody tr")
        drawn = len(_places(page))
        assert drawn <= 150
        expect(rows).to_have_count(drawn)
        rows.get_by_role("button", name="lms-web", exact=True).click()

        expect(page.locator(".st-key-card-node h3")).to_have_text("lms-web")
        expect(page.locator(f".eg-canvas[data-chosen='{PREFIX}lms-web']")).to_be_visible()


@pytest.mark.parametrize(("lang", "scheme"), [("zh", "dark"), ("en", "light")])
@pytest.mark.parametrize("tab", ["graph", "cases"])
def test_each_language_is_whole_and_nothing_is_cut(
    chromium: Browser,
    site: Site,
    signed_in: StorageState,
    tmp_path: Path,
    tab: str,
    lang: str,
    scheme: real.Scheme,
) -> None:
    """One language per screen, no text cut or under 13 px, at three widths."""
    with real.window(chromium, scheme=scheme, state=signed_in) as window:
        page = window.page
        page.goto(_address(site, lang, tab=tab))
        page.wait_for_selector(_DRAWN if tab == "graph" else "[class*=st-key-card-case-]")
        page.wait_for_selector(".eg-facts")
        for width in (1280, 1440, 1920):
            page.set_viewport_size({"width": width, "height": 900})
            page.screenshot(path=tmp_path / f"{tab}-{lang}-{scheme}-{width}.png")
            assert real.ask(page, "page_faults.js") == [], width
        check_language(page, lang)
        assert window.outside == []
        assert window.complaints == []


def test_search_and_direction_cut_another_graph(
    chromium: Browser, site: Site, signed_in: StorageState
) -> None:
    """A Chinese name finds the component; downstream only leaves out what it stands on."""
    with real.window(chromium, state=signed_in) as window:
        page = window.page
        page.goto(_address(site, "zh"))
        page.wait_for_selector(_DRAWN)
        page.get_by_placeholder("查名称、别名、编号").fill("考试数据库")
        page.keyboard.press("Enter")
        page.locator(".st-key-found button").first.click()

        expect(page.locator(".st-key-card-node h3")).to_have_text("exam-db")
        assert _asked(page, "root") == f"{PREFIX}exam-db"
        host = page.locator(f".eg-canvas-rows tr[data-node='{PREFIX}db-host-12']")
        expect(host).to_have_count(1)
        page.get_by_role("radio", name="只看下游").click()

        expect(host).to_have_count(0)
        page.wait_for_url(re.compile(r"[?&]direction=down"))


def test_the_diagnosis_leads_to_the_graph_and_the_card_back(
    chromium: Browser, site: Site, signed_in: StorageState
) -> None:
    """The map's link opens the graph at the top cause; the card opens the diagnosis."""
    with real.window(chromium, state=signed_in) as window:
        page = window.page
        page.goto(f"{site.url}/diagnosis?incident={site.incident_id}&lang=zh")
        page.get_by_role("link", name="在图谱里看").click()
        page.wait_for_selector(_DRAWN)

        assert (_asked(page, "node"), _asked(page, "incident")) == (_TOP, site.incident_id)
        page.get_by_role("button", name="打开诊断").click()
        page.wait_for_selector(".eg-verdict")
        assert _asked(page, "incident") == site.incident_id


def test_cases_are_searched_and_lead_to_the_graph(
    chromium: Browser, site: Site, signed_in: StorageState
) -> None:
    """A word of either language narrows the cases; a case shows its component in the graph."""
    with real.window(chromium, state=signed_in) as window:
        page = window.page
        page.goto(f"{site.url}/graph?lang=zh&tab=cases&words=linked+alerts")
        cards = page.locator("[class*=st-key-card-case-]")
        expect(cards).to_have_count(1)
        cards.get_by_role("button", name="看图").click()
        page.wait_for_selector(_DRAWN)

        assert _asked(page, "root") == f"{PREFIX}cdn-10"
        expect(page.locator(".st-key-card-node h3")).to_have_text("cdn-10")


def test_a_replay_says_from_which_minute_on_one_could_have_known(
    chromium: Browser, site: Site, signed_in: StorageState
) -> None:
    """The whole storm again on a click: the node, since when, and every minute in a row."""
    with real.window(chromium, state=signed_in) as window:
        page = window.page
        page.goto(_address(site, "en", tab="replay"))
        page.get_by_role("button", name="Replay", exact=True).last.click()

        known = page.get_by_role("heading", name="Known from minute")
        expect(known).to_be_visible(timeout=240_000)
        expect(page.get_by_text("cdn-7").first).to_be_visible()
        expect(page.locator("table tbody tr").nth(4)).to_be_visible()
        assert window.outside == []
        assert window.complaints == []


@pytest.mark.parametrize(("lang", "scheme"), [("zh", "dark"), ("en", "light")])
def test_what_the_graph_may_lack_is_shown_with_its_reason(
    chromium: Browser, site: Site, signed_in: StorageState, lang: str, scheme: real.Scheme
) -> None:
    """The tab tells of each why, how sure, whether it was used, and how to settle it."""
    words = {"zh": ("与它相似的", "用到了"), "en": ("components like it", "used it")}[lang]
    with real.window(chromium, scheme=scheme, state=signed_in) as window:
        page = window.page
        page.goto(_address(site, lang, tab="proposed"))
        table = page.locator(".eg-proposed")
        for word in words:
            expect(table).to_contain_text(word)
        expect(table.locator("tbody tr")).to_have_count(39)
        lines = page.locator(".st-key-card-settle [data-testid=stCode]")
        expect(lines).to_have_count(2)
        expect(lines.last).to_contain_text("confidence: 0")
        check_language(page, lang, without="[data-testid=stCode]")
        assert window.outside == [] and window.complaints == []
