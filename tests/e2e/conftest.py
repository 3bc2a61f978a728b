"""What the tests of the whole share: one data folder with the pack, and one browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.conftest import require
from tests.e2e import browser as real
from tests.e2e.server import prepare_home


@pytest.fixture(scope="session")
def prepared_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder that holds the medical-education pack; nobody serves it."""
    return prepare_home(tmp_path_factory.mktemp("prepared") / "home")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium; the tests that need it are skipped where it is missing."""
    with real.chromium(require("chromium")["chromium"]) as browser:
        yield browser
