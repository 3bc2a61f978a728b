"""A real browser for the pages' tests: one window, everything it asks for and says is kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from playwright.sync_api import Browser, Page, StorageState, expect, sync_playwright

_FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# A machine that runs all tests at once is slow; how fast the pages are is measured elsewhere.
_PATIENCE_MS: Final = 60_000
_LOCAL: Final = re.compile(r"^(http|ws)://127\.0\.0\.1[:/]|^(data|blob|about):")

Scheme = Literal["light", "dark"]


@dataclass
class Window:
    """One window: the page, what it asked of other hosts, what it complained about."""

    page: Page
    outside: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def watch(self) -> None:
        """Start keeping requests and complaints."""
        self.page.on("request", lambda request: self._asked(request.url))
        self.page.on("console", lambda message: self._said(message.type, message))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _asked(self, url: str) -> None:
        if not _LOCAL.match(url):
            self.outside.append(url)

    def _said(self, kind: str, message: Any) -> None:
        where = str((message.location or {}).get("url", ""))
        if kind == "error":
            self.complaints.append(f"{message.text} {where}")


@contextmanager
def chromium(executable: str) -> Iterator[Browser]:
    """Run a headless Chromium that talks to nobody by itself."""
    expect.set_options(timeout=_PATIENCE_MS)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=executable, args=list(_FLAGS))
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def window(
    browser: Browser,
    *,
    size: tuple[int, int] = (1440, 900),
    scheme: Scheme = "dark",
    state: StorageState | None = None,
) -> Iterator[Window]:
    """Open a window of its own, with the cookies of `state` and no others."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme=scheme,
        storage_state=state,
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
    )
    context.set_default_timeout(_PATIENCE_MS)
    try:
        opened = Window(context.new_page())
        opened.watch()
        yield opened
    finally:
        context.close()


def settle(page: Page) -> None:
    """Wait until the page is drawn to its end and no script of it runs.

    What stands last on a page can be drawn before what stands above it, so a picture is taken of a
    settled page only. A kind of widget is loaded when a page first has one, and a grey box stands
    there until then: the buttons of a page can come after what follows them. A page that Streamlit
    does not draw is settled as it is.
    """
    page.wait_for_function(
        """() => {
          const app = document.querySelector('[data-testid=stApp]');
          const waits = document.querySelector('[data-testid=stSkeleton]');
          return !app || (app.dataset.testScriptState === 'notRunning' && !waits);
        }"""
    )


def ask(page: Page, script: str) -> list[str]:
    """Run one of the scripts that lie beside this file in the settled page: its list of texts."""
    settle(page)
    source = Path(__file__).with_name(script).read_text(encoding="utf-8")
    found: list[str] = page.evaluate(source.split("\n", 1)[1])
    return found


def read(page: Page, *, without: str) -> str:
    """Return what people read on a settled page, less the elements that a selector names."""
    settle(page)
    text: str = page.evaluate(
        """(without) => {
          const copy = document.querySelector('.stApp').cloneNode(true);
          copy.querySelectorAll(`style, script, ${without}`).forEach(e => e.remove());
          copy.querySelectorAll('div, p, span, b, h2, td, th, li').forEach(e => e.append('\\n'));
          return copy.textContent;
        }""",
        without,
    )
    return text
