"""One tab's pictures of the server, over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from api.client import UnreachableError, connect
from api.schemas.sop_records import SopRecord
from graph.errors import ConflictError, NotFoundError
from tests.ui import fake_api, samples
from tests.ui.fake_api import FakeApi
from ui.desk import Desk, Waiting
from ui.scene import Scene


@pytest.fixture
def api() -> Iterator[FakeApi]:
    """A stand-in for the API on a port of its own."""
    with fake_api.serving(FakeApi()) as fake:
        yield fake


@pytest.fixture
def desk(api: FakeApi) -> Iterator[Desk]:
    """A tab of somebody who is signed in."""
    with connect(api.base_url, cookie=fake_api.SESSION) as client:
        yield Desk(client)


def test_a_stranger_is_nobody(api: FakeApi) -> None:
    """Without a session there is no person, and that is no error."""
    with connect(api.base_url, cookie="stolen") as client:
        assert Desk(client).person() is None


def test_a_person_is_known_by_name_and_role(desk: Desk) -> None:
    """Operators may claim."""
    person = desk.person()

    assert person is not None and person.name == "周岚" and person.may_claim


def test_the_board_is_kept_as_the_last_picture(desk: Desk) -> None:
    """What was seen stays when the server goes away."""
    board = desk.board()

    assert [row.incident_id for row in board.rows] == ["inc-1"]
    assert desk.board_seen == board


def test_an_unchanged_incident_is_not_composed_again(desk: Desk, api: FakeApi) -> None:
    """Equal versions give the very same picture; a new version gives a new one."""
    first = desk.scene("inc-1")
    second = desk.scene("inc-1")
    api.incidents = [samples.incident(version=2)]
    third = desk.scene("inc-1")

    assert first is second
    assert isinstance(third, Scene) and third is not first and third.incident.owner == "周岚"


def test_an_incident_without_a_diagnosis_waits(desk: Desk, api: FakeApi) -> None:
    """The page says so and invents nothing."""
    api.diagnoses = []

    assert desk.scene("inc-1") == Waiting(samples.incident().title, 380)


def test_claiming_makes_the_person_the_owner(desk: Desk) -> None:
    """The next picture has the new owner."""
    desk.scene("inc-1")
    desk.claim("inc-1", "周岚")
    scene = desk.scene("inc-1")

    assert isinstance(scene, Scene)
    assert scene.incident.owner == "周岚" and scene.incident.state.value == "acknowledged"


def test_a_claim_that_came_too_late_is_refused(desk: Desk, api: FakeApi) -> None:
    """The server's refusal reaches the page as such."""
    desk.scene("inc-1")
    api.fail = 409

    with pytest.raises(ConflictError):
        desk.claim("inc-1", "周岚")


def test_an_unknown_incident_is_missing(desk: Desk) -> None:
    """A wrong id in the URL is named as missing."""
    with pytest.raises(NotFoundError):
        desk.scene("inc-9")


def test_a_silent_server_is_unreachable(desk: Desk) -> None:
    """Nobody listens: an error of its own class, so that the last picture can stay."""
    with connect("http://127.0.0.1:9", cookie="x") as client, pytest.raises(UnreachableError):
        Desk(client).board()


def test_the_most_urgent_incident_is_the_first(desk: Desk, api: FakeApi) -> None:
    """The diagnosis page without an id shows what burns most; with nothing open, nothing."""
    assert desk.most_urgent() == "inc-1"

    api.incidents = []

    assert desk.most_urgent() is None


def test_how_the_sops_have_fared_comes_with_the_picture(desk: Desk, api: FakeApi) -> None:
    """By SOP, looked up beside the diagnosis; the page stands where nobody tells."""
    record = SopRecord(sop_id="med:cdn-03", title=samples.CDN, reviewed_at=samples.BEGAN)
    api.records = (record,)
    picture = desk.scene("inc-1")
    assert isinstance(picture, Scene) and picture.records == {"med:cdn-03": record}
