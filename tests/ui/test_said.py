"""What a page says after a click stands through its refreshes, about its own subject."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import streamlit as st

from ui.said import Said
from ui.state import REFRESH_S

_PLACE = Said[str]("test.said")
_READABLE_S = 30


@pytest.fixture(autouse=True)
def _clean() -> Iterator[None]:
    yield
    _PLACE.unsay()


def test_it_is_read_for_half_a_minute_of_refreshes_and_no_longer() -> None:
    """The drawing of the click, and those of the next 30 s; then nothing, ever."""
    _PLACE.say("moved")
    drawn = [_PLACE.read() for _ in range(20)]
    assert drawn.count("moved") == _READABLE_S // REFRESH_S + 1
    assert drawn == sorted(drawn, key=lambda said: said is None)


def test_what_is_said_last_stands_for_its_whole_time() -> None:
    """A second failure begins anew; what is done after all says no more."""
    _PLACE.say("moved")
    for _ in range(6):
        assert _PLACE.read() == "moved"
    _PLACE.say("offline")
    assert [_PLACE.read() for _ in range(8)] == ["offline"] * 7 + [None]
    _PLACE.say("moved")
    _PLACE.unsay()
    assert _PLACE.read() is None


def test_it_is_not_said_of_another_subject() -> None:
    """Who goes to another incident reads nothing of the first, not even after coming back."""
    _PLACE.say("moved", "inc-1")
    assert _PLACE.read("inc-1") == "moved"
    assert _PLACE.read("inc-2") is None
    assert _PLACE.read("inc-1") is None
    _PLACE.say("offline")
    assert _PLACE.read("inc-2") == "offline"


def test_two_places_of_a_tab_are_apart() -> None:
    """What is said in one is not read in the other."""
    other = Said[str]("test.other")
    _PLACE.say("moved")
    assert other.read() is None
    assert "test.said" in st.session_state
