"""The Neo4j store lives with its server: schema, refusals, restarts, crashes, lost commits."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Final

import pytest
from pydantic import SecretStr
from starlette.testclient import TestClient

from api.app import create_app
from api.bootstrap import build
from api.settings import Settings
from graph.errors import ConflictError, NewerSchemaError, StoreError
from graph.model.incident import LedgerEntry
from graph.model.signals import Lane
from graph.ports import Store, Transaction
from graph.stores.neo4j.ddl import FIRST_VERSION
from graph.stores.neo4j_store import Neo4jGraphStore
from tests.contracts.conftest import neo4j_store
from tests.contracts.samples import (
    ANYBODY,
    T0,
    alert,
    change,
    component,
    diagnosis,
    incident,
    pack,
    relation,
)
from tests.contracts.severing_proxy import Cut, SeveringProxy
from tests.neo4j_server import DATABASE, USER, Neo4jServer

_KILLS: Final = 1  # each takes a start of the server


@pytest.fixture
def store(server_store: Neo4jGraphStore) -> Neo4jGraphStore:
    """Test the store on a server that the test may stop, or look past."""
    return server_store


def ask(server: Neo4jServer, question: str) -> list[list[object]]:
    """Ask the database past the store."""
    with server.driver() as driver:
        return [list(r.values()) for r in driver.execute_query(question, database_=DATABASE)[0]]


def write_lines(store: Store, count: int) -> None:
    """Append ledger lines to incident 1, one transaction each."""
    for _ in range(count):
        store.write(lambda t: t.add_ledger("inc-1", at=T0, kind="tick", actor="e", detail={}))


# ── What one sees in Neo4j's own tools ──────────────────────────────────────────────────────────


def test_the_graph_is_made_of_components_and_their_relations(
    server: Neo4jServer, store: Store
) -> None:
    """Labels, types and properties are those of the glossary; a path is found by walking."""
    store.write(lambda t: t.replace_pack(pack()))
    found = ask(
        server,
        "MATCH (f:BusinessFlow)-[:HAS_STEP]->(s:FlowStep)-[u:USES]->(a:Component)"
        "-[d:DEPENDS_ON]->(b:Component) "
        "RETURN f.name_zh, s.name_en, u.strength, a.name_zh, d.strength, b.id, b.tier",
    )
    assert found == [["考试", "a text", 0.9, "考试服务「exam」", 0.8, "medical:db", 2]]


def test_records_are_joined_with_what_they_are_about(server: Neo4jServer, store: Store) -> None:
    """From an incident one walks to its alerts, changes and suspects, and on to components."""
    store.write(lambda t: t.replace_pack(pack()))
    store.write(lambda t: t.put_incident(incident(), expected_version=None))
    store.write(
        lambda t: [
            t.add_alert(
                alert("a", lane=Lane.INCIDENT, incident_id="inc-1", component_id="medical:exam")
            ),
            t.put_change(change(incident_ids=("inc-1",))),
            t.add_diagnosis(diagnosis()),
        ]
    )
    found = ask(
        server,
        "MATCH (i:Incident {id: 'inc-1'})<-[:EVIDENCE_OF|OF_INCIDENT]-(e)"
        "-[r:RAISED_ON|CHANGED|SUSPECTS]->(c:Component) "
        "RETURN labels(e)[0] AS label, type(r), r.rank, c.id ORDER BY label",
    )
    assert found == [
        ["Alert", "RAISED_ON", None, "medical:exam"],
        ["Change", "CHANGED", None, "medical:exam"],
        ["Diagnosis", "SUSPECTS", 1, "medical:exam"],
    ]


def test_a_changed_pack_leaves_no_old_relation(server: Neo4jServer, store: Store) -> None:
    """What a pack no longer says is gone from the graph."""
    store.write(lambda t: t.replace_pack(pack()))
    smaller = pack((component("exam"),), (relation("exam", "exam"),))
    store.write(lambda t: t.replace_pack(smaller))
    assert ask(server, "MATCH (c:Component) RETURN c.id") == [["medical:exam"]]
    assert ask(server, "MATCH ()-[r]->() WHERE r.body IS NOT NULL RETURN type(r)") == [
        ["DEPENDS_ON"]
    ]


# ── Schema ──────────────────────────────────────────────────────────────────────────────────────


def test_a_missing_constraint_is_made_at_the_next_start(server: Neo4jServer) -> None:
    """Somebody who drops one has it back, and the data are kept."""
    with closing(neo4j_store(server)) as store:
        store.write(lambda t: t.put_incident(incident(), expected_version=None))
    ask(server, "DROP CONSTRAINT incident_id_unique")
    with closing(neo4j_store(server)) as store:
        assert store.incident(ANYBODY, "inc-1") == incident()
    names = ask(server, "SHOW CONSTRAINTS YIELD name WHERE name = 'incident_id_unique' RETURN name")
    assert names == [["incident_id_unique"]]


def test_a_newer_database_is_refused_and_left_alone(server: Neo4jServer) -> None:
    """The version is named, and nothing is written."""
    neo4j_store(server).close()
    ask(server, "MATCH (s:Etiograph) SET s.schema_version = 99")
    with pytest.raises(NewerSchemaError, match="version 99"):
        neo4j_store(server)
    assert ask(server, "MATCH (s:Etiograph) RETURN s.schema_version") == [[99]]


def test_an_older_database_is_moved_forward(server: Neo4jServer) -> None:
    """A store of each version before is read as before; the same pack again changes nothing."""
    with closing(neo4j_store(server)) as store:
        store.write(lambda t: t.put_incident(incident(), expected_version=None))
        store.write(lambda t: t.replace_pack(pack()))
    ask(server, f"MATCH (s:Etiograph) SET s.schema_version = {FIRST_VERSION}")
    for label, fields in (
        ("FaultMode", ',"first_steps":null'),
        ("Check", ',"if_yes":null,"if_no":null'),
        ("AlertType", ',"aliases":[],"speaks_only":false'),
        ("Pack", ',"absent_rules":[]'),
    ):
        taken = f"MATCH (n:{label}) SET n.body = replace(n.body, '{fields}', '') RETURN count(n)"
        assert ask(server, taken) != [[0]]
    with closing(neo4j_store(server)) as store:
        assert store.incident(ANYBODY, "inc-1") == incident()
        counts = store.write(lambda t: t.replace_pack(pack()))
        assert (counts.added, counts.changed, counts.removed) == (0, 0, 0)
        ask(server, "MATCH (p:Pack) SET p.content_digest = 'as of a version before'")
        counts = store.write(lambda t: t.replace_pack(pack()))
        assert (counts.added, counts.changed, counts.removed) == (0, 0, 0)


def test_a_database_older_than_the_first_is_refused(server: Neo4jServer) -> None:
    """There is no way from what never stood in Neo4j."""
    neo4j_store(server).close()
    ask(server, f"MATCH (s:Etiograph) SET s.schema_version = {FIRST_VERSION - 1}")
    with pytest.raises(StoreError, match="no way"):
        neo4j_store(server)


def test_a_database_of_something_else_is_refused(server: Neo4jServer) -> None:
    """Other people's nodes are neither mixed with ours nor changed."""
    ask(server, "CREATE (:Film {title: 'x'})")
    with pytest.raises(StoreError, match="Film"):
        neo4j_store(server)
    assert ask(server, "MATCH (n) RETURN count(n)") == [[1]]


# ── Refusals ────────────────────────────────────────────────────────────────────────────────────


def test_a_wrong_password_says_which_user_and_never_the_password(server: Neo4jServer) -> None:
    """The person who set it up knows which variables to look at."""
    with pytest.raises(StoreError, match="does not let user 'neo4j' in") as refused:
        Neo4jGraphStore(server.uri, user=USER, password="guessed-word", database=DATABASE)
    assert "guessed-word" not in str(refused.value)


def test_an_unknown_database_is_named(server: Neo4jServer) -> None:
    """A community server has one database of ours."""
    with pytest.raises(StoreError, match="'nowhere'"):
        Neo4jGraphStore(server.uri, user=USER, password=server.password, database="nowhere")


@pytest.mark.parametrize("uri", ["http://127.0.0.1:1", "nonsense", "bolt://127.0.0.1:1"])
def test_an_address_where_no_server_is_says_so(uri: str) -> None:
    """A wrong scheme and a closed port are told at once."""
    with pytest.raises(StoreError, match="ETIOGRAPH_NEO4J_URI"):
        Neo4jGraphStore(uri, user=USER, password="any", database=DATABASE)


# ── Lost connections ────────────────────────────────────────────────────────────────────────────


@contextmanager
def severed_store(server: Neo4jServer) -> Iterator[tuple[Neo4jGraphStore, SeveringProxy]]:
    """Open a store through a proxy; it has written before, and holds an incident with a line."""
    proxy = SeveringProxy(int(server.uri.rpartition(":")[2]))
    uri = f"bolt://127.0.0.1:{proxy.port}"
    access = {"user": USER, "password": server.password, "database": DATABASE}
    with closing(proxy), closing(Neo4jGraphStore(uri, **access)) as store:
        store.write(lambda t: t.put_incident(incident(), expected_version=None))
        write_lines(store, 1)
        yield store, proxy


@pytest.mark.parametrize("cut", Cut)
def test_a_write_whose_connection_is_lost_is_done_once(server: Neo4jServer, cut: Cut) -> None:
    """Whether or not the server had committed, one statement stands once and gives its value."""
    with severed_store(server) as (store, proxy):
        proxy.arm(cut)
        line = store.write(
            lambda t: t.add_ledger("inc-1", at=T0, kind="tick", actor="e", detail={})
        )
        assert proxy.armed == 0
        write_lines(store, 1)
        assert line.seq == 2
        assert [entry.seq for entry in store.ledger("inc-1")] == [1, 2, 3]


@pytest.mark.parametrize("cut", Cut)
def test_a_commit_whose_connection_is_lost_is_done_once(server: Neo4jServer, cut: Cut) -> None:
    """So it is where the work saw what it had written, and a transaction had begun."""
    with severed_store(server) as (store, proxy):
        proxy.arm(cut)

        def work(t: Transaction) -> tuple[bool, LedgerEntry]:
            new = t.add_alert(alert())
            return new, t.add_ledger("inc-1", at=T0, kind="tick", actor="e", detail={})

        new, line = store.write(work)
        assert proxy.armed == 0
        write_lines(store, 1)
        assert (new, line.seq) == (True, 2)
        assert [entry.seq for entry in store.ledger("inc-1")] == [1, 2, 3]


def test_what_another_process_wrote_meanwhile_is_seen(server: Neo4jServer) -> None:
    """A write that read before another store's commit is done again on what stands then."""
    with closing(neo4j_store(server)) as store, closing(neo4j_store(server)) as other:
        store.write(lambda t: t.put_incident(incident(), expected_version=None))
        write_lines(other, 1)
        tries = []

        def work(t: Transaction) -> LedgerEntry:
            t.ledger_lengths(["inc-1"])
            tries.append(1)
            if len(tries) == 1:
                write_lines(other, 1)
            return t.add_ledger("inc-1", at=T0, kind="tick", actor="e", detail={})

        write_lines(store, 1)
        line = store.write(work)
        assert (line.seq, len(tries)) == (4, 2)
        assert [entry.seq for entry in store.ledger("inc-1")] == [1, 2, 3, 4]


def test_what_was_read_of_two_times_is_read_again(server: Neo4jServer) -> None:
    """Where nothing is written, and where the work fails, no state counts that never stood."""
    with closing(neo4j_store(server)) as store, closing(neo4j_store(server)) as other:
        store.write(lambda t: t.put_incident(incident(), expected_version=None))
        seen: list[tuple[int, bool, int]] = []

        def work(t: Transaction) -> int:
            before = len(t.ledger("inc-1"))
            if not seen:
                write_lines(other, 1)
            seen.append((before, t.has_diagnosis("inc-1", 1), len(t.ledger("inc-1"))))
            if before != seen[-1][2]:
                raise ConflictError("the ledger grew while it was read")
            return before

        assert store.write(work) == 1
        assert seen == [(0, False, 1), (1, False, 1)]


def test_a_lost_server_is_told_and_comes_back_by_itself(
    server: Neo4jServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """While it is gone readyz says 503; when it is back everything goes on."""
    settings = Settings(
        home=tmp_path_factory.mktemp("home"),
        store="neo4j",
        neo4j_uri=server.uri,
        neo4j_password=SecretStr(server.password),
    )
    assistant = build(settings)
    assistant.ready.set()
    with closing(assistant.store), TestClient(create_app(assistant), base_url=settings.url) as http:
        assert http.get("/readyz").status_code == 200
        server.stop()
        lost = http.get("/readyz")
        assert (lost.status_code, lost.json()["status"]) == (503, "store lost")
        with pytest.raises(StoreError, match="cannot be reached"):
            assistant.store.write(lambda t: t.add_alert(alert()))
        server.start()
        assert http.get("/readyz").status_code == 200
        assert assistant.store.write(lambda t: t.add_alert(alert())) is True


def test_a_killed_server_loses_nothing_that_was_acknowledged(server: Neo4jServer) -> None:
    """Killed in the middle of writes, it has every line that was told written, each once."""
    with closing(neo4j_store(server)) as store:
        store.write(lambda t: t.put_incident(incident(), expected_version=None))
        for _ in range(_KILLS):
            told = _told_until_killed(server, store)
            server.start()
            kept = [line.detail["n"] for line in store.ledger("inc-1")]
            assert len(kept) == len(set(map(str, kept)))
            assert set(told) <= set(kept)
        assert [line.seq for line in store.ledger("inc-1")] == list(range(1, len(kept) + 1))


def _told_until_killed(server: Neo4jServer, store: Store) -> list[int]:
    """Write numbered lines until the server, killed meanwhile, is found lost."""
    first = len(store.ledger("inc-1")) * 1_000
    told: list[int] = []
    enough = threading.Event()

    def write() -> None:
        try:
            for n in range(first, first + 100_000):
                store.write(
                    lambda t, n=n: t.add_ledger(  # type: ignore[misc]
                        "inc-1", at=T0, kind="tick", actor="e", detail={"n": n}
                    )
                )
                told.append(n)
                if len(told) == 10:
                    enough.set()
        except StoreError:
            enough.set()

    writer = threading.Thread(target=write)
    writer.start()
    enough.wait(timeout=120)
    server.kill()
    writer.join(timeout=120)
    assert not writer.is_alive()
    return told
