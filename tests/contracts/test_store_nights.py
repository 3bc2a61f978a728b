"""Equal input, equal digest, whatever the store: nights told to each kind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pytest

from graph.ports import Store
from tests.contracts.nights import NIGHTS, SeededServer, digests, expected, seeded, seeded_on
from tests.neo4j_server import VERSIONS, Neo4jServer

WHOLE: Final = "bad-release"  # told to every kind of store, into an empty one
WHOLE_MINUTES: Final = 4.0
# Of every night, told to a Neo4j; whole nights on both versions are `make soak`.
MINUTES: Final = 1.0
TURNS: Final = [
    (version, name)
    for first, version in enumerate(VERSIONS)
    for name in NIGHTS[first :: len(VERSIONS)]
]


def test_a_night_has_the_same_digests_on_every_store(store: Store) -> None:
    """The diagnoses of a storm do not depend on where its evidence is kept."""
    wanted = expected(WHOLE, WHOLE_MINUTES)
    assert wanted
    assert digests(store, WHOLE, minutes=WHOLE_MINUTES) == wanted
    assert store.pack("medical_education") == seeded()
    assert store.check()["integrity"] == "ok"


@pytest.fixture(scope="module")
def seeded_server(running: Neo4jServer) -> Iterator[SeededServer]:
    """Hold the pack on the server of each version, for all its nights."""
    running.clear()
    with seeded_on(running) as found:
        yield found


@pytest.mark.parametrize(("running", "name"), TURNS, indirect=["running"])
def test_every_scenario_has_the_same_digests_on_neo4j(
    seeded_server: SeededServer, name: str
) -> None:
    """The first minute of each, whichever fault it is of; the versions take turns."""
    found = seeded_server.digests(name, minutes=MINUTES)
    assert found == expected(name, MINUTES)
    assert found


def test_nothing_of_a_night_is_left_for_the_next(seeded_server: SeededServer) -> None:
    """A night told twice, with another in between, gives the same digests."""
    first = seeded_server.digests(WHOLE, minutes=MINUTES)
    seeded_server.digests(NIGHTS[0], minutes=MINUTES)
    assert seeded_server.digests(WHOLE, minutes=MINUTES) == first
