"""The seeded pack, read once for all scenarios."""

from __future__ import annotations

import pytest

from graph.model.pack import DomainPack
from ingest.packs import load_pack
from tests.scenarios.night import LIBRARY, SEEDED


@pytest.fixture(scope="session")
def pack() -> DomainPack:
    """Load the pack as `etiograph load` does."""
    return load_pack(SEEDED, library_folder=LIBRARY)
