"""axe-core on every page of the real server: no serious and no critical fault, in both themes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import require
from tests.e2e import browser as real
from tests.e2e.staged import ACADEMIC, ADMIN, OPERATOR, Stage, staged

_THEMES: Final = [("zh", "dark"), ("en", "light")]
_GRAVE: Final = frozenset({"serious", "critical"})
# Page -> who looks, its address, and what stands when it is drawn.
_PAGES: Final = {
    "board": (OPERATOR, "/?", "[class*=st-key-row-]"),
    "diagnosis": (OPERATOR, "/diagnosis?incident={incident}&", ".st-key-card-check button"),
    "approvals": (ACADEMIC, "/approvals?rid={rid}&", ".st-key-primary button"),
    "graph": (OPERATOR, "/graph?incident={incident}&", ".eg-canvas[data-ready]"),
    "sop": (OPERATOR, "/sop?", "[data-testid=stChatInput]"),
    "admin": (ADMIN, "/admin?", "[class*=st-key-card-] button"),
    "calibration": (ADMIN, "/admin?tab=calibration&", ".st-key-card-calibration"),
    "login": (None, "/api/login?", "form"),
    "phone": (ACADEMIC, "/a/{rid}?", "main .acts"),
    "phone-confirm": (ACADEMIC, "/a/{rid}/confirm?", "main .acts"),
}


@pytest.fixture(scope="module")
def axe() -> str:
    """The source of axe-core."""
    return Path(require("axe")["axe.min.js"]).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def stage(
    axe: str, prepared_home: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stage]:
    """The demo with everybody signed in, and a request that waits for the academic lead."""
    with staged(prepared_home, tmp_path_factory.mktemp("axe") / "home") as found:
        yield found


@pytest.fixture(scope="module")
def asked(stage: Stage) -> str:
    """A request that waits; its id."""
    return stage.ask("cdn-9", "cdn-10").remediation_id


@pytest.mark.parametrize(("lang", "scheme"), _THEMES)
@pytest.mark.parametrize("name", _PAGES)
def test_axe_finds_nothing_grave(
    chromium: Browser,
    stage: Stage,
    axe: str,
    asked: str,
    name: str,
    lang: str,
    scheme: real.Scheme,
) -> None:
    """Names, roles, contrasts and order hold on every page as axe-core judges them."""
    who, path, drawn = _PAGES[name]
    state = stage.people[who].state if who else None
    size = (390, 844) if name.startswith("phone") else (1440, 900)
    with real.window(chromium, size=size, scheme=scheme, state=state) as window:
        page = window.page
        address = path.format(incident=stage.incident_id, rid=asked)
        page.goto(f"{stage.server.url}{address}lang={lang}")
        page.wait_for_selector(drawn)
        expect(page.locator("[data-testid=stSkeleton]")).to_have_count(0)
        assert _faults(page, axe) == []


def _faults(page: Page, axe: str) -> list[str]:
    """Run axe-core in the page; returns grave faults, each with the first places of it."""
    real.settle(page)
    page.evaluate(axe)
    found: list[dict[str, Any]] = page.evaluate(
        "async () => (await axe.run(document, {resultTypes: ['violations']})).violations"
    )
    return [
        f"{fault['id']} ({fault['impact']}): {node['html'][:160]} {node.get('failureSummary', '')}"
        for fault in found
        if fault["impact"] in _GRAVE
        for node in fault["nodes"][:4]
    ]
