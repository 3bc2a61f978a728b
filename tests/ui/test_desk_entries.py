"""What a tab does with an entry: the picture stays until it is sent, then it moves."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from api.client import ApiClient
from graph.errors import ConflictError
from graph.model.access import Principal, Role
from graph.model.incident import IncidentState
from graph.model.observation import CONFIRM, Result
from tests.api.room import ApiRoom
from ui.desk import Desk, Entry
from ui.scene import Scene

LOOK = "lib:look@small:cdn-a"
CONFIRMED = f"{CONFIRM}@small:origin"


@pytest.fixture
def room() -> Iterator[ApiRoom]:
    """The small platform behind the real application."""
    made = ApiRoom()
    yield made
    made.close()


@pytest.fixture
def incident_id(room: ApiRoom) -> str:
    """A diagnosed storm."""
    return room.storm(room.source(replay=True).token)


@pytest.fixture
def desk(room: ApiRoom) -> Desk:
    """The desk of a signed-in operator."""
    http, _ = room.signed_in("zhou", Role.OPERATOR)
    return Desk(ApiClient(http))


def _scene(desk: Desk, incident_id: str) -> Scene:
    found = desk.scene(incident_id)
    assert isinstance(found, Scene)
    return found


def _waits(desk: Desk) -> bool:
    return desk.pending is not None


def _posterior(scene: Scene, key: str) -> float:
    return next(cause.posterior for cause in scene.causes if cause.key == key)


def test_the_picture_stays_until_the_entry_is_sent(desk: Desk, incident_id: str) -> None:
    """A click shows at once on the picture that is there; the new ranking follows."""
    first = _scene(desk, incident_id)
    desk.pending = Entry(CONFIRMED, Result.POSITIVE)
    assert _scene(desk, incident_id) is first
    desk.settle(incident_id)

    partial = _scene(desk, incident_id)
    desk.partial = False
    moved = _scene(desk, incident_id)
    assert not _waits(desk)
    assert partial.causes == moved.causes
    assert partial.checks == moved.checks
    assert _posterior(moved, "small:origin") > _posterior(first, "small:origin")
    before = next(c.before for c in moved.causes if c.key == "small:origin")
    assert before == _posterior(first, "small:origin")
    assert [e.check_id for e in desk.entries(incident_id).items if e.holds] == [CONFIRMED]


def test_an_undo_brings_the_old_figures_back(desk: Desk, incident_id: str) -> None:
    """Taking back is an entry of its own, and nothing holds afterwards."""
    first = _scene(desk, incident_id)
    desk.pending = Entry(LOOK, Result.NEGATIVE)
    desk.settle(incident_id)
    (entry,) = desk.entries(incident_id).items
    desk.pending = Entry(LOOK, entry.result, evidence_id=entry.evidence_id)
    desk.settle(incident_id)

    back = _scene(desk, incident_id)
    assert [(c.key, c.posterior) for c in back.causes] == [
        (c.key, c.posterior) for c in first.causes
    ]
    assert not any(e.holds for e in desk.entries(incident_id).items)


def test_an_entry_that_is_refused_waits_no_longer(
    room: ApiRoom, desk: Desk, incident_id: str
) -> None:
    """The incident was closed meanwhile: the buttons come back, with the reason."""
    _scene(desk, incident_id)
    incident = room.assistant.store.incident(Principal(name="reader"), incident_id)
    closed = incident.model_copy(update={"state": IncidentState.CLOSED})
    room.assistant.store.write(
        lambda tx: tx.put_incident(closed, expected_version=incident.version)
    )
    desk.pending = Entry(LOOK, Result.POSITIVE)
    with pytest.raises(ConflictError):
        desk.settle(incident_id)
    assert not _waits(desk)


def test_people_who_look_stand_on_the_timeline(desk: Desk, incident_id: str) -> None:
    """Who entered and who took back is a mark on the lane of checks."""
    _scene(desk, incident_id)
    desk.pending = Entry(LOOK, Result.UNKNOWN)
    desk.settle(incident_id)
    desk.partial = False
    timeline = _scene(desk, incident_id).timeline
    assert timeline is not None
    assert "zhou entered an observation" in {mark.name.en for mark in timeline.checks}
