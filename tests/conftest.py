"""What every test may rely on: the gate for real parts and the profile of the property tests."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
import structlog
from hypothesis import settings

# A part of the machine -> the programs it consists of.
_PROGRAMS: Final = {
    "alertmanager": ("prometheus", "prometheus-alertmanager"),
    "chromium": ("chromium",),
    "axe": ("axe.min.js",),
    "neo4j": ("neo4j-5.26.12/java", "neo4j-2026.05.0/java"),
}

# Parts that are no programs on the path lie here; `.ci/axe` and `.ci/neo4j` put them there.
_PARTS: Final = Path(__file__).parent / "e2e" / ".parts"

_HOW_TO_GET: Final = {
    "alertmanager": "apt-get install prometheus prometheus-alertmanager",
    "chromium": "apt-get install chromium fonts-noto-cjk",
    "axe": ".ci/axe",
    "neo4j": ".ci/neo4j (Maven; JDK 17 and JDK 21 or later)",
}

# Equal input, equal outcome: the examples depend on the test alone, and a slow machine fails none.
settings.register_profile("etiograph", derandomize=True, deadline=None, database=None)
settings.load_profile("etiograph")


def require(part: str) -> dict[str, str]:
    """Skip the calling test, saying why, unless a real part of the machine is there.

    A part named in ETIOGRAPH_REQUIRE (a comma-separated list) fails the test instead.

    Args:
        part: `alertmanager` (with prometheus), `chromium`, `axe` or `neo4j` (both versions).

    Returns: the path of each program of the part, by its name.
    """
    paths = {name: _place_of(name) for name in _PROGRAMS[part]}
    found = {name: path for name, path in paths.items() if path is not None}
    if len(found) == len(paths):
        return found
    reason = f"{part} is not on this machine; get it by: {_HOW_TO_GET[part]}"
    if part in os.environ.get("ETIOGRAPH_REQUIRE", "").split(","):
        pytest.fail(reason)
    pytest.skip(reason)


def _place_of(name: str) -> str | None:
    """Find a program on the path, or a file among the parts."""
    file = _PARTS / name
    return str(file) if file.is_file() else shutil.which(name)


@pytest.fixture(autouse=True)
def _log_of_the_session() -> Iterator[None]:
    """Put the log back after each test: a command run in-process binds it to a stream that ends."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)


def pytest_configure() -> None:
    """Refuse a misspelt ETIOGRAPH_REQUIRE, which would let a required part be skipped."""
    named = {part for part in os.environ.get("ETIOGRAPH_REQUIRE", "").split(",") if part}
    if unknown := sorted(named - _PROGRAMS.keys()):
        known = ", ".join(_PROGRAMS)
        raise pytest.UsageError(f"ETIOGRAPH_REQUIRE names unknown parts {unknown}; known: {known}")
