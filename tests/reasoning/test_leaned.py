"""Which relations stand in the network behind an answer."""

from __future__ import annotations

from reasoning.answer.leaned import relations_used
from tests.bench_room import BenchRoom
from tests.small_pack import after


def test_ways_of_harm_to_what_spoke_are_used_and_others_are_not() -> None:
    """Clients of cdn-a alert: their way to the node is used; the exam service's is not.

    Nor is one the wrong way round, or to somebody who is nobody.
    """
    room = BenchRoom()
    room.beat(after(-60))
    room.storm()
    room.diagnose()
    used = ("small:client-r1-telecom", "small:cdn-a")
    asked = [
        used,
        ("small:cdn-a", "small:client-r1-telecom"),
        ("small:exam-api", "small:exam-db"),
        ("small:nobody", "small:cdn-a"),
    ]
    (incident,) = room.incidents()
    assert relations_used(room.store, incident.id, asked) == {used}
