"""Tabs share a picture of an incident: fetched once for all who see the same, and never stale."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from api.client import connect
from api.schemas.incidents import IncidentDetail
from graph.errors import EtiographError
from tests.ui import fake_api
from tests.ui.fake_api import FakeApi
from ui.desk import Desk
from ui.pictures import Pictures
from ui.scene import Scene

HEAVY = {"incidents/inc-1/diagnoses", "incidents/inc-1/timeline", "incidents/inc-1/map"}


@pytest.fixture
def api() -> Iterator[FakeApi]:
    """A stand-in for the API on a port of its own."""
    with fake_api.serving(FakeApi()) as fake:
        yield fake


@pytest.fixture
def tabs(api: FakeApi) -> Iterator[list[Desk]]:
    """Ten tabs of one process whose people are known."""
    with ExitStack() as stack:
        clients = [
            stack.enter_context(connect(api.base_url, cookie=fake_api.SESSION)) for _ in range(10)
        ]
        pictures = Pictures()
        desks = [Desk(client, pictures) for client in clients]
        for desk in desks:
            desk.person()
        yield desks


def _heavy(api: FakeApi) -> list[str]:
    return [call for call in api.calls if call in HEAVY]


def test_ten_tabs_fetch_a_picture_once(tabs: list[Desk], api: FakeApi) -> None:
    """All at the same moment: the parts that weigh are asked for once, and all see the same."""
    seen: list[Scene | object] = []
    threads = [threading.Thread(target=lambda d=d: seen.append(d.scene("inc-1"))) for d in tabs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(seen) == 10 and all(isinstance(scene, Scene) for scene in seen)
    assert sorted(_heavy(api)) == sorted(HEAVY)
    assert all(scene == seen[0] for scene in seen)


def test_other_sites_see_a_picture_of_their_own(tabs: list[Desk], api: FakeApi) -> None:
    """What one may see is no other's picture."""
    tabs[0].scene("inc-1")
    api.sites = ("north",)
    tabs[1].person()
    tabs[1].scene("inc-1")
    api.sites = ("north", "south")
    tabs[2].person()
    tabs[2].scene("inc-1")

    assert len(_heavy(api)) == 3 * len(HEAVY)


def test_who_is_not_known_yet_shares_nothing(tabs: list[Desk], api: FakeApi) -> None:
    """A tab that has not heard who its person is takes nobody's picture."""
    tabs[0].scene("inc-1")
    tabs[1].eyes = ""
    tabs[1].scene("inc-1")

    assert len(_heavy(api)) == 2 * len(HEAVY)


def test_a_new_line_of_the_ledger_is_seen_by_all(tabs: list[Desk], api: FakeApi) -> None:
    """Something was written that moved neither state nor ranking: both tabs get a new picture."""
    tabs[0].scene("inc-1")
    tabs[1].scene("inc-1")
    api.calls.clear()
    api.ledger_length += 1
    tabs[0].scene("inc-1")
    tabs[1].scene("inc-1")

    assert "incidents/inc-1/timeline" in api.calls
    assert api.calls.count("incidents/inc-1/timeline") == 1


def test_lost_monitoring_is_asked_for_every_time(tabs: list[Desk], api: FakeApi) -> None:
    """A source that came back after the picture was made is not shown as lost."""
    first = tabs[0].scene("inc-1")
    api.board = fake_api.board_view(monitoring=())
    second = tabs[1].scene("inc-1")

    assert isinstance(first, Scene) and first.lost
    assert isinstance(second, Scene) and not second.lost


def test_a_picture_that_fails_is_fetched_by_the_next(tabs: list[Desk], api: FakeApi) -> None:
    """One tab's trouble is not another's: nothing is kept of it and nobody waits for it."""
    api.fail = 500
    with pytest.raises(EtiographError):
        tabs[0].scene("inc-1")
    api.fail = None

    assert isinstance(tabs[1].scene("inc-1"), Scene)


def test_old_pictures_make_room(tabs: list[Desk]) -> None:
    """Sixteen are kept, the one looked at least recently leaves first, and it is just made anew."""
    scene = tabs[0].scene("inc-1")
    assert isinstance(scene, Scene)
    detail, pictures = scene.incident, Pictures()
    assert isinstance(detail, IncidentDetail)
    for number in range(20):
        with pictures.turn(("*", f"inc-{number}")):
            pictures.keep(("*", f"inc-{number}"), detail, scene)

    found = [n for n in range(20) if pictures.find(("*", f"inc-{n}"), detail) is not None]
    assert found == list(range(4, 20))
