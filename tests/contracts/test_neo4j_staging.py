"""A big pack goes in ahead of its load, piece by piece; whoever cuts it off loses nothing."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import closing
from typing import Final

import pytest

from graph.errors import InputError, NotFoundError, StoreError
from graph.model.moving import RecordKind
from graph.model.pack import DomainPack
from graph.stores.neo4j.connections import Neo4jConnections
from graph.stores.neo4j.staging import WHOLE, Stage
from graph.stores.neo4j_store import Neo4jGraphStore
from graph.stores.pack_rows import parts_of
from tests.conftest import require
from tests.contracts.conftest import neo4j_store
from tests.contracts.samples import ANYBODY, component, pack, relation
from tests.neo4j_server import DATABASE, USER, Neo4jServer, neo4j_server

PIECE: Final = 7
_COMPONENTS: Final = 12  # with 11 relations: four pieces


@pytest.fixture
def store(server_store: Neo4jGraphStore) -> Neo4jGraphStore:
    """Test the store on a server that the test may stop, or look past."""
    return server_store


@pytest.fixture
def connections(server: Neo4jServer, store: Neo4jGraphStore) -> Iterator[Neo4jConnections]:
    """Open another writer of the same database, after the store has made its schema."""
    with closing(_connected(server)) as opened:
        yield opened


def _connected(server: Neo4jServer) -> Neo4jConnections:
    return Neo4jConnections(server.uri, user=USER, password=server.password, database=DATABASE)


def chain(count: int, *, strength: float = 0.5) -> DomainPack:
    """Make components in a row."""
    ids = [f"c{number:05}" for number in range(count)]
    relations = [relation(a, b, strength=strength) for a, b in itertools.pairwise(ids)]
    whole = pack(tuple(component(id_) for id_ in ids), tuple(relations))
    return whole.model_copy(update={"flows": (), "cases": (), "sops": ()})


def stage(connections: Neo4jConnections, given: DomainPack, *, steps: int) -> None:
    """Do some pieces of what goes in ahead of a pack, and leave it there."""
    cut = Stage(given.id, parts_of(given), piece=PIECE, whole=0)
    for _ in range(steps):
        connections.write(cut.step)


def load(store: Neo4jGraphStore, given: DomainPack) -> int:
    """Load a pack; tells how many rows were added."""
    return store.write(lambda tx: tx.replace_pack(given)).added


def records(store: Neo4jGraphStore) -> dict[RecordKind, list[str]]:
    """List everything of packs that an export would take."""
    kinds = (RecordKind.PACK, RecordKind.COMPONENT, RecordKind.RELATION)
    with store.inventory() as inventory:
        return {
            kind: [item.model_dump_json() for item in inventory.records(kind)] for kind in kinds
        }


@pytest.mark.parametrize("steps", range(6))
def test_a_cut_off_load_goes_on(
    store: Neo4jGraphStore, connections: Neo4jConnections, steps: int
) -> None:
    """However much stands there already: the pack is whole, and every row counts as added."""
    given = chain(_COMPONENTS)
    stage(connections, given, steps=steps)
    added = load(store, given)
    whole = records(store)
    assert whole[RecordKind.COMPONENT] and whole[RecordKind.RELATION]
    assert store.pack(given.id) == given
    assert store.check()["integrity"] == "ok"
    assert load(store, given) == 0

    stage(connections, given, steps=2)
    assert records(store) == whole, "a loaded pack has no stage"
    other = given.model_copy(update={"id": "other", "components": (), "relations": ()})
    assert added - load(store, other) == 2 * _COMPONENTS - 1


@pytest.mark.parametrize("steps", [1, 3, 4])
def test_nobody_reads_what_stands_ahead(
    store: Neo4jGraphStore, connections: Neo4jConnections, steps: int
) -> None:
    """Not as a pack, a component or a record; the doctor tells of a load that was cut off."""
    given = chain(_COMPONENTS)
    stage(connections, given, steps=steps)
    assert store.packs() == ()
    with pytest.raises(NotFoundError):
        store.component(ANYBODY, given.components[0].id)
    with pytest.raises(NotFoundError):
        store.neighbourhood(ANYBODY, [given.components[0].id], hops=1)
    assert not any(records(store).values())
    assert given.id in str(store.check()["integrity"])


@pytest.mark.parametrize("steps", [1, 3, 4])
@pytest.mark.parametrize("staged", [False, True])
def test_other_content_sweeps_it_away(
    store: Neo4jGraphStore, connections: Neo4jConnections, *, steps: int, staged: bool
) -> None:
    """A smaller pack of the same id takes its place, by pieces or within its own transaction."""
    stage(connections, chain(_COMPONENTS), steps=steps)
    small = chain(3, strength=0.25)
    if staged:
        store.stage_pack(small)
    load(store, small)
    assert store.pack(small.id) == small
    assert len(records(store)[RecordKind.COMPONENT]) == 3
    assert store.check()["integrity"] == "ok"


def test_two_who_load_the_same_share_the_work(
    store: Neo4jGraphStore, connections: Neo4jConnections
) -> None:
    """Each goes on where the other is; nothing is written twice."""
    given = chain(_COMPONENTS)
    one, other = (Stage(given.id, parts_of(given), piece=PIECE, whole=0) for _ in range(2))
    with closing(connections):
        for turn in (one, other, one, other, one):
            connections.write(turn.step)
    load(store, given)
    assert store.pack(given.id) == given
    assert store.check()["integrity"] == "ok"


def test_a_pack_that_does_not_hold_together_leaves_nothing(store: Neo4jGraphStore) -> None:
    """A relation to what the pack lacks is refused before anything goes in."""
    given = chain(WHOLE + 1)
    broken = given.model_copy(update={"relations": (relation("c00000", "nowhere"),)})
    with pytest.raises(InputError, match="nowhere"):
        store.stage_pack(broken)
    assert store.check()["integrity"] == "ok"
    assert not store.check()["rows"]["components"]  # type: ignore[index,call-overload]


def test_a_big_pack_goes_in_by_pieces(store: Neo4jGraphStore) -> None:
    """What the store writes ahead by itself is what a transaction would have written."""
    given = chain(WHOLE // 2 + 1)
    store.stage_pack(given)
    rows = store.check()["rows"]
    assert isinstance(rows, dict)
    assert (rows["components"], rows["relations"]) == (WHOLE // 2 + 1, WHOLE // 2)
    load(store, given)
    assert store.pack(given.id) == given


@pytest.mark.parametrize("version", ["2026"])
def test_too_little_memory_is_told_and_leaves_nothing(version: str) -> None:
    """A transaction that the server's memory cannot hold names the setting; pieces go in."""
    require("neo4j")
    given = chain(1_500)  # 20 MB in one transaction
    with (
        neo4j_server(version, line="db.memory.transaction.max=10m") as server,
        closing(neo4j_store(server)) as store,
    ):
        with pytest.raises(StoreError, match=r"server\.memory\.heap\.max_size"):
            load(store, given)
        assert store.check()["integrity"] == "ok"
        assert store.packs() == ()
        stage = Stage(given.id, parts_of(given), piece=500, whole=0)
        with closing(_connected(server)) as connections:
            while connections.write(stage.step):
                pass
        load(store, given)
        assert store.pack(given.id) == given
