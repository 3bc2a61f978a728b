"""The room of the API tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.api.room import ApiRoom


@pytest.fixture
def room() -> Iterator[ApiRoom]:
    """Give a fresh room and clear it away."""
    made = ApiRoom()
    yield made
    made.close()
