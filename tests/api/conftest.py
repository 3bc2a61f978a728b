"""The room of the API tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.api.acting_room import ActingRoom
from tests.api.grant_room import GrantRoom
from tests.api.room import ApiRoom


@pytest.fixture
def room() -> Iterator[ApiRoom]:
    """Give a fresh room and clear it away."""
    made = ApiRoom()
    yield made
    made.close()


@pytest.fixture
def acting() -> Iterator[ActingRoom]:
    """Give a room where a switch-over can be asked for, agreed to and run; clear it away."""
    made = ActingRoom()
    yield made
    made.close()


@pytest.fixture
def house() -> Iterator[GrantRoom]:
    """Give a sealed house and clear it away."""
    made = GrantRoom()
    yield made
    made.close()
