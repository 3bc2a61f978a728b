"""A store that lacks what joins fault modes with their checks says so, and a load mends it."""

from __future__ import annotations

from graph.stores.neo4j_store import Neo4jGraphStore
from ingest.seeding import seed
from tests.contracts.samples import library, pack
from tests.neo4j_server import DATABASE, Neo4jServer


def test_the_doctor_names_a_pack_whose_checks_are_not_found(
    server: Neo4jServer, server_store: Neo4jGraphStore
) -> None:
    """Older versions rebuilt a pack without FOUND_BY; loading the same pack again joins it."""
    given = pack()
    joined = sum(len(set(mode.check_ids)) for mode in library().modes)
    assert joined, "the sample must have a mode with a check"
    seed(given, server_store)
    assert server_store.check()["integrity"] == "ok"
    assert _found_by(server) == joined
    with server.driver() as driver:
        driver.execute_query("MATCH ()-[r:FOUND_BY]->() DELETE r", database_=DATABASE)
    told = str(server_store.check()["integrity"])
    assert given.id in told and "load the pack anew" in told
    counts = seed(given, server_store)
    assert (counts.added, counts.changed, counts.removed) == (0, 0, 0)
    assert _found_by(server) == joined
    assert server_store.check()["integrity"] == "ok"


def _found_by(server: Neo4jServer) -> int:
    """Count the relationships."""
    with server.driver() as driver:
        records, _, _ = driver.execute_query(
            "MATCH (:FaultMode)-[r:FOUND_BY]->(:Check) RETURN count(r) AS n", database_=DATABASE
        )
    return int(records[0]["n"])
