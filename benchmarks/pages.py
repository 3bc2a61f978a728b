"""Measure what people see: `python -m benchmarks.pages --json [--rounds N]`.

The demo of `make run` in a real Chromium on the same machine: browser and server share its cores.
Every time is taken inside the page, from the click (or the start of the load) to the content in
the document, and so has the browser's own work in it. Seconds, unless said.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx2
from playwright.sync_api import Browser, Page, sync_playwright
from playwright.sync_api import Error as BrowserError

from api.client import SESSION_COOKIE, connect
from benchmarks.latency import summary
from benchmarks.latency import table as latency_table
from benchmarks.machine import commit, describe_machine, versions
from benchmarks.served import ServerError, ServerProcess, wait_until
from benchmarks.stop_watch import PATIENCE_MS, begin, ended, since_load

ROOT: Final = Path(__file__).resolve().parents[1]
CAUSE: Final = "medical_education:cdn-7"
PEOPLE: Final = 10
GRAPH_NODES: Final = 60
_GRAPH_PLACE: Final = 3
# What the issue asks for; printed beside the figure, never asserted.
GOALS: Final = {
    "open_s": ("p95", 1.5),
    "cold_s": ("p95", 3.0),
    "check_s": ("p95", 1.0),
    "graph_s": ("p95", 1.5),
    "ten_s": ("p95", 3.0),
}
_FLAGS: Final = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
_ROWS: Final = (
    "document.querySelector('.eg-verdict') && "
    "document.querySelectorAll('.st-key-card-causes .eg-bar-row').length >= 5"
)
_PERCENTS: Final = (
    "[...document.querySelectorAll('.st-key-card-causes .eg-pct')].map(e => e.innerText).join()"
)
# Still: the graph was not drawn again for 200 ms; the time is that of its last drawing.
_DRAWN: Final = f"""(() => {{
  const box = document.querySelector('.eg-canvas[data-ready]');
  if (!box || Number(box.dataset.nodes) < {GRAPH_NODES}) return false;
  if (window.drawing !== box.dataset.ready) {{
    window.drawing = box.dataset.ready;
    window.drawn = performance.now();
  }}
  return performance.now() - window.drawn > 200;
}})()"""


@dataclass(frozen=True)
class Site:
    """A served demo: its server, the storm's incident, and the cookie of its operator."""

    server: ServerProcess
    incident_id: str
    cookie: str

    def opened(self, browser: Browser) -> Page:
        """Open a window of the operator; nothing is loaded or kept from before."""
        context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN")
        cookie = {"name": SESSION_COOKIE, "value": self.cookie, "url": self.server.url}
        context.add_cookies([cookie])  # type: ignore[list-item]  # a plain dict is one
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        return page


def main(arguments: Sequence[str] | None = None) -> int:
    """Print one JSON result, or a table; 0, or 1 with a line on stderr if something cannot run."""
    asked = _parser().parse_args(arguments)
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.stderr.write("no chromium on this machine; apt-get install chromium\n")
        return 1
    try:
        with tempfile.TemporaryDirectory(prefix="etiograph-pages-") as folder:
            told = measure(Path(folder), chromium, rounds=asked.rounds)
    except (ServerError, BrowserError) as error:
        sys.stderr.write(f"benchmarks.pages: {error}\n")
        return 1
    sys.stdout.write((json.dumps(told, indent=2) if asked.json else table(told)) + "\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="benchmarks.pages", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--rounds", type=int, default=20, help="clicks and loads of each kind")
    return parser


def measure(folder: Path, chromium: str, *, rounds: int) -> dict[str, Any]:
    """Serve the demo, look at it, and tell what was seen."""
    with _demo(folder / "home") as site, _browser(chromium) as browser:
        load_before = os.getloadavg()[0]
        faults: list[str] = []
        nodes, graph = graph_seconds(site, browser, rounds=rounds)
        figures = {
            "open_s": open_seconds(site, browser, rounds=rounds),
            "cold_s": cold_seconds(site, browser, rounds=rounds),
            "check_s": check_seconds(site, browser, rounds=rounds),
            "graph_s": graph,
            "ten_s": ten_seconds(site, browser, rounds=max(1, rounds // 4), faults=faults),
        }
    loads = f"load average {load_before:.1f} before, {os.getloadavg()[0]:.1f} after"
    return {
        "benchmark": "pages",
        "commit": commit(ROOT),
        "machine": f"{describe_machine()}; {loads}",
        "versions": versions(),
        "figures": {name: summary(seconds) for name, seconds in figures.items()},
        "counts": {name[:-2]: len(seconds) for name, seconds in figures.items()}
        | {"graph nodes": nodes, "people": PEOPLE, "errors of ten": len(faults)},
        "errors": faults,
        "goals": {name: {key: goal} for name, (key, goal) in GOALS.items()},
    }


@contextmanager
def _demo(home: Path) -> Iterator[Site]:
    server = ServerProcess(home, "--demo")
    server.start()
    try:
        wait_until(
            lambda: f"ready {server.url}" in server.log(),
            what="the last line of the demo",
            timeout_s=300,
            alive=server.check_alive,
        )
        user = json.loads((home / "demo.json").read_text(encoding="utf-8"))["users"][0]
        answer = httpx2.post(
            f"{server.url}/api/v1/session",
            json={"name": user["name"], "password": user["password"]},
            trust_env=False,
        )
        cookie = answer.cookies[SESSION_COOKIE]
        with connect(server.url, cookie=cookie, timeout_s=60) as reader:
            rows = reader.incidents().items
        storm = next(row.id for row in rows if row.top and row.top.component_id == CAUSE)
        yield Site(server, storm, cookie)
    finally:
        server.stop()


@contextmanager
def _browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=list(_FLAGS))
        try:
            yield browser
        finally:
            browser.close()


def open_seconds(site: Site, browser: Browser, *, rounds: int) -> list[float]:
    """Click the storm on the duty board of an open page, until its ranked causes are there."""
    page, found = site.opened(browser), []
    for _ in range(rounds):
        _board(site, page)
        begin(page, f"document.querySelector({_title(site)}).click()", until=_ROWS)
        found.append(ended(page))
    page.context.close()
    return found


def cold_seconds(site: Site, browser: Browser, *, rounds: int) -> list[float]:
    """Load the diagnosis in a browser that has nothing of it, until the causes are there."""
    found = []
    for _ in range(rounds):
        page = site.opened(browser)
        page.goto(_diagnosis(site), wait_until="commit")
        found.append(since_load(page, until=_ROWS))
        page.context.close()
    return found


def check_seconds(site: Site, browser: Browser, *, rounds: int) -> list[float]:
    """Answer a check with no, and take it back, each until other percentages are on screen.

    It is the second check of the storm, which moves the second cause by half; the first one only
    makes a sure cause surer.
    """
    page, found = site.opened(browser), []
    page.goto(_diagnosis(site))
    since_load(page, until=_ROWS)
    buttons = (".st-key-answers [class*=answer-negative] button", ".st-key-recorded button")
    page.locator(".st-key-answers [class*=answer-positive] button").click()
    page.locator(".st-key-following button").click()
    for turn in range(rounds):
        button = f"{buttons[turn % 2]}:enabled"
        page.wait_for_selector(button)
        changed = f"window.before !== {_PERCENTS} && ({_ROWS})"
        begin(
            page,
            f"window.before = {_PERCENTS}; document.querySelector('{button}').click()",
            until=changed,
        )
        found.append(ended(page))
    page.context.close()
    return found


def graph_seconds(site: Site, browser: Browser, *, rounds: int) -> tuple[int, list[float]]:
    """Click the graph page in the header of an open page; returns boxes drawn, and seconds."""
    page, found, nodes = site.opened(browser), [], 0
    for _ in range(rounds):
        _board(site, page)
        since_load(page, until="!document.querySelector('.eg-canvas')")
        begin(
            page,
            "window.drawing = null; document.querySelectorAll("
            f"'[data-testid=stTopNavLink]')[{_GRAPH_PLACE}].click()",
            until=_DRAWN,
        )
        ended(page)
        found.append(float(page.evaluate("window.drawn - window.began")) / 1000)
        nodes = int(page.evaluate("document.querySelector('.eg-canvas').dataset.nodes"))
    page.context.close()
    return nodes, found


def ten_seconds(site: Site, browser: Browser, *, rounds: int, faults: list[str]) -> list[float]:
    """Let ten people click the storm at the same moment; what their pages complain of is kept."""
    found: list[float] = []
    with ExitStack() as windows:
        pages = [site.opened(browser) for _ in range(PEOPLE)]
        for page in pages:
            windows.callback(page.context.close)
            page.on("pageerror", lambda error: faults.append(str(error)))
            page.on("console", lambda m: faults.append(m.text) if m.type == "error" else None)
        for _ in range(rounds):
            for page in pages:
                _board(site, page)
            for page in pages:
                begin(page, f"document.querySelector({_title(site)}).click()", until=_ROWS)
            found += [ended(page) for page in pages]
    return found


def _diagnosis(site: Site) -> str:
    return f"{site.server.url}/diagnosis?lang=zh&incident={site.incident_id}"


def _title(site: Site) -> str:
    return f"'.st-key-title-{site.incident_id} button'"


def _board(site: Site, page: Page) -> None:
    """Come to the board in the same page, as its link in the header does."""
    if not page.url.startswith(site.server.url):
        page.goto(f"{site.server.url}/?lang=zh")
    else:
        page.locator("[data-testid=stTopNavLink]").first.click()
    page.wait_for_selector(f".st-key-title-{site.incident_id} button")
    since_load(page, until="!document.querySelector('.eg-verdict')")


def table(told: dict[str, Any]) -> str:
    """Draw a run as text for a terminal."""
    return latency_table(told)


if __name__ == "__main__":
    sys.exit(main())
