"""What the tests of the whole share: one data folder with the pack, loaded once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.server import prepare_home


@pytest.fixture(scope="session")
def prepared_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder that holds the medical-education pack; nobody serves it."""
    return prepare_home(tmp_path_factory.mktemp("prepared") / "home")
