"""The SQLite file: durable, private, refused when it is not ours, and moved forward."""

from __future__ import annotations

import sqlite3
import stat
import threading
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest

from graph.errors import NewerSchemaError, StoreError
from graph.model.pack import LoadCounts
from graph.ports import Transaction
from graph.stores.ddl import bring_up_to_date, create_statements
from graph.stores.embedded_store import EmbeddedGraphStore
from graph.stores.migrations import MIGRATIONS, Migration
from graph.stores.schema import ENDPOINTS, LABELS, SCHEMA_VERSION
from tests.contracts.samples import (
    ANYBODY,
    T0,
    alert,
    component,
    incident,
    later,
    pack,
    relation,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Name a store file that does not exist yet."""
    return tmp_path / "store.db"


def everything_on_disk(path: Path) -> list[bytes]:
    """Read the file and its log."""
    return [file.read_bytes() for file in (path, Path(f"{path}-wal")) if file.exists()]


def plant(path: Path, *statements: str) -> None:
    """Make a SQLite file by hand."""
    with sqlite3.connect(path) as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


def is_healthy(path: Path) -> bool:
    """Open a store and ask for its health; only an error of the tree may come instead."""
    try:
        with closing(EmbeddedGraphStore(path)) as store:
            return store.check()["integrity"] == "ok"
    except StoreError:
        return False


def test_everything_is_there_after_reopening(path: Path) -> None:
    """A second store on the same file reads what the first wrote."""
    store = EmbeddedGraphStore(path)

    def work(transaction: Transaction) -> None:
        transaction.replace_pack(pack())
        transaction.put_incident(incident(), expected_version=None)
        transaction.add_alert(alert())

    store.write(work)
    store.close()
    again = EmbeddedGraphStore(path)
    assert again.pack("medical") == pack()
    assert again.incident(ANYBODY, "inc-1") == incident()
    assert again.unassigned_alerts("medical", since=T0) == (alert(),)
    again.close()


def test_two_stores_on_one_file_see_each_others_commits(path: Path) -> None:
    """A pack that another process replaced is read anew."""
    first, second = EmbeddedGraphStore(path), EmbeddedGraphStore(path)
    first.write(lambda t: t.replace_pack(pack()))
    assert second.pack("medical") == pack()
    first.write(lambda t: t.replace_pack(pack(relations=())))
    assert second.pack("medical").relations == ()
    first.close()
    second.close()


def test_loading_an_equal_pack_writes_no_byte(path: Path) -> None:
    """The file and its log stay as they were, byte for byte."""
    store = EmbeddedGraphStore(path)
    store.write(lambda t: t.replace_pack(pack()))
    before = everything_on_disk(path)
    counts = store.write(lambda t: t.replace_pack(pack()))
    assert (counts.added, counts.changed, counts.removed) == (0, 0, 0)
    assert everything_on_disk(path) == before
    store.close()


def test_reopening_writes_no_byte(path: Path) -> None:
    """Opening a store of this version, reading and closing it changes nothing."""
    store = EmbeddedGraphStore(path)
    store.write(lambda t: t.replace_pack(pack()))
    store.close()
    before = everything_on_disk(path)
    again = EmbeddedGraphStore(path)
    assert again.check()["integrity"] == "ok"
    again.close()
    assert everything_on_disk(path) == before


def test_a_big_pack_leaves_every_index_and_answers_alike(path: Path) -> None:
    """Its indexes are made after its rows: the file is as if they had been filled one by one."""
    ids = [f"c-{number:05}" for number in range(10_001)]
    parts = {
        "components": tuple(component(id_) for id_ in ids),
        "relations": tuple(relation(one, other) for one, other in pairwise(ids)),
        "flows": (),
    }
    big = pack().model_copy(update=parts)
    with closing(EmbeddedGraphStore(path)) as store:
        fresh = _indexes(path)
        store.write(lambda t: t.replace_pack(big))
        assert fresh
        assert _indexes(path) == fresh
        assert store.check()["integrity"] == "ok"
        found = store.neighbourhood(ANYBODY, [big.components[500].id], hops=2)
        assert found.components == big.components[498:503]
        assert found.relations == big.relations[498:502]
        counts = store.write(lambda t: t.replace_pack(big))
        assert counts == LoadCounts(unchanged=counts.unchanged)


def _indexes(path: Path) -> set[tuple[str, str]]:
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index'")
        return {(str(name), str(made)) for name, made in found}


def test_the_file_is_its_owners_alone(path: Path) -> None:
    """It holds password hashes: mode 0600, the log too."""
    store = EmbeddedGraphStore(path)
    store.write(lambda t: t.add_alert(alert()))
    for file in (path, Path(f"{path}-wal")):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    store.close()


def test_every_commit_is_synced_to_the_disk(path: Path) -> None:
    """The writing connection runs with a write-ahead log, full sync and foreign keys."""
    store = EmbeddedGraphStore(path)
    with store._connections.writing() as connection:
        settings = [
            connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    assert settings == ["wal", 2, 1]
    store.close()


def test_readers_do_not_wait_for_a_writer(path: Path) -> None:
    """While a transaction is open, another thread reads the last commit at once."""
    store = EmbeddedGraphStore(path)
    store.write(lambda t: t.add_alert(alert("one")))
    seen: list[int] = []

    def work(transaction: Transaction) -> None:
        transaction.add_alert(alert("two"))
        reader = threading.Thread(
            target=lambda: seen.append(store.lane_counts("medical")["unassigned"])
        )
        reader.start()
        reader.join(timeout=30)
        seen.append(transaction.lane_counts("medical")["unassigned"])

    store.write(work)
    assert seen == [1, 2]
    assert store.lane_counts("medical")["unassigned"] == 2
    store.close()


def test_a_newer_file_is_refused_untouched(path: Path) -> None:
    """Both versions are named, and not a byte is written."""
    EmbeddedGraphStore(path).close()
    plant(path, f"UPDATE schema_version SET version = {SCHEMA_VERSION + 7}")
    before = path.read_bytes()
    with pytest.raises(NewerSchemaError) as refused:
        EmbeddedGraphStore(path)
    assert f"version {SCHEMA_VERSION + 7}" in str(refused.value)
    assert f"up to {SCHEMA_VERSION};" in str(refused.value)
    assert path.read_bytes() == before


def test_a_sqlite_file_of_something_else_is_refused(path: Path) -> None:
    """Somebody's shopping list is no store, and stays a shopping list."""
    plant(path, "CREATE TABLE shopping (item TEXT)")
    before = path.read_bytes()
    with pytest.raises(StoreError, match="no Etiograph store"):
        EmbeddedGraphStore(path)
    assert path.read_bytes() == before


def test_a_file_that_is_no_database_is_refused(path: Path) -> None:
    """A text file is named and left alone."""
    path.write_text("这不是数据库 " * 200, encoding="utf-8")
    with pytest.raises(StoreError, match=r"store\.db.*no SQLite file"):
        EmbeddedGraphStore(path)


def test_a_folder_that_is_not_there_is_an_error_of_the_tree(tmp_path: Path) -> None:
    """The message names the path."""
    with pytest.raises(StoreError, match=r"missing/store\.db"):
        EmbeddedGraphStore(tmp_path / "missing" / "store.db")


def test_damage_is_told_and_not_answered_from(path: Path) -> None:
    """A file with overwritten pages fails its check, and its reads are errors of the tree."""
    store = EmbeddedGraphStore(path)
    store.write(lambda t: [t.add_alert(alert(f"{n}")) for n in range(500)])
    store.close()
    assert is_healthy(path)
    raw = bytearray(path.read_bytes())
    page = 4096
    for start in range(4 * page, len(raw), page):  # the schema stays readable
        if start // page % 2:
            raw[start : start + page] = b"\xa5" * page
    path.write_bytes(raw)
    assert not is_healthy(path)


def test_an_older_file_moves_forward(path: Path) -> None:
    """Every migration between runs once, in order, and the version is written."""
    plant(
        path,
        "CREATE TABLE schema_version (version INTEGER NOT NULL)",
        "INSERT INTO schema_version VALUES (1)",
        "CREATE TABLE notes (body TEXT)",
        "INSERT INTO notes VALUES ('旧')",
    )
    steps = (
        Migration(2, ("ALTER TABLE notes ADD COLUMN author TEXT NOT NULL DEFAULT 'engine'",)),
        Migration(3, ("ALTER TABLE notes RENAME COLUMN author TO actor",)),
    )
    connection = sqlite3.connect(path, isolation_level=None)
    for _ in range(2):
        bring_up_to_date(connection, "store.db", version=3, migrations=steps)
    assert connection.execute("SELECT body, actor FROM notes").fetchall() == [("旧", "engine")]
    assert connection.execute("SELECT version FROM schema_version").fetchall() == [(3,)]
    connection.close()


def test_a_failing_migration_leaves_the_older_file(path: Path) -> None:
    """All steps or none."""
    plant(
        path,
        "CREATE TABLE schema_version (version INTEGER NOT NULL)",
        "INSERT INTO schema_version VALUES (1)",
    )
    steps = (Migration(2, ("CREATE TABLE extra (id TEXT)",)), Migration(3, ("NOT SQL",)))
    connection = sqlite3.connect(path, isolation_level=None)
    with pytest.raises(sqlite3.OperationalError):
        bring_up_to_date(connection, "store.db", version=3, migrations=steps)
    tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master")]
    assert tables == ["schema_version"]
    assert connection.execute("SELECT version FROM schema_version").fetchone() == (1,)
    connection.close()


def test_a_file_without_a_way_forward_is_refused(path: Path) -> None:
    """A gap in the migrations is an error that names both versions."""
    plant(
        path,
        "CREATE TABLE schema_version (version INTEGER NOT NULL)",
        "INSERT INTO schema_version VALUES (1)",
    )
    connection = sqlite3.connect(path, isolation_level=None)
    with pytest.raises(StoreError, match="version 1"):
        bring_up_to_date(connection, "store.db", version=3, migrations=())
    connection.close()


def test_the_migrations_lead_to_this_version() -> None:
    """One step per version after the first, in order."""
    assert [step.to for step in MIGRATIONS] == list(range(2, SCHEMA_VERSION + 1))


def test_the_schema_table_names_everything_once() -> None:
    """Labels, tables and columns are unique; keys, indexes and links name what exists."""
    names = {label.name for label in LABELS}
    assert len(names) == len({label.table for label in LABELS}) == len(LABELS)
    for label in LABELS:
        columns = set(label.column_names)
        assert len(columns) == len(label.column_names)
        assert columns >= set(label.key)
        assert all(columns >= set(index.columns) for index in label.indexes)
        assert all(link.column in columns and link.target in names for link in label.links)
    assert {end for ends in ENDPOINTS.values() for end in ends} <= names
    assert len(create_statements()) >= len(LABELS)


def test_a_full_disk_loses_nothing_promised(path: Path) -> None:
    """A write that finds no room is refused whole; what was there stays, and room helps."""
    store = EmbeddedGraphStore(path)
    store.write(lambda t: t.add_alert(alert("kept")))
    with store._connections.writing() as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
    store._connections._writer.execute(f"PRAGMA max_page_count = {pages}")
    big = alert("big", received_s=60, annotations={"log": "满" * 200_000})
    with pytest.raises(StoreError, match="full"):
        store.write(lambda t: t.add_alert(big))
    assert store.unassigned_alerts("medical", since=T0) == (alert("kept"),)
    store._connections._writer.execute("PRAGMA max_page_count = 100000")
    store.write(lambda t: t.add_alert(big))
    assert store.unassigned_alerts("medical", since=later(60)) == (big,)
    store.close()
