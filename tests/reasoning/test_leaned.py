"""Which relations stand in the network behind an answer."""

from __future__ import annotations

from graph.model.topology import Relation, RelationType
from reasoning import parameters
from reasoning.answer.leaned import relations_used
from tests.bench_room import BenchRoom
from tests.payloads import alert
from tests.small_pack import START, after, small_pack


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


def test_a_way_of_harm_that_only_shows_where_it_is_felt_badly_is_used() -> None:
    """Twenty groups lean on the origin so little that it harms none of them when felt mildly."""
    pack = small_pack()
    group = next(c for c in pack.components if c.kind == "client_group")
    groups = tuple(
        group.model_copy(update={"id": f"small:group-{n:02}", "aliases": (f"group-{n:02}",)})
        for n in range(parameters.SHARED_FROM)
    )
    relations = tuple(
        Relation(source=g.id, type=RelationType.DEPENDS_ON, target=target, strength=strength)
        for g in groups
        for target, strength in (("small:origin", 0.15), ("small:cdn-b", 0.8))
    )
    parts = {
        "components": (*pack.components, *groups),
        "relations": (*pack.relations, *relations),
    }
    room = BenchRoom(pack.model_copy(update=parts))
    room.beat(after(-60))
    names = [g.id.partition(":")[2] for g in groups]
    room.send(*(alert("PlaybackFailureHigh", at=START, service=n) for n in names), at=after(60))
    room.diagnose()
    (incident,) = room.incidents()
    asked = [(g.id, "small:origin") for g in groups]
    assert relations_used(room.store, incident.id, asked) == set(asked)
