"""SQLite: tables out of the schema table, and the way forward for files of older versions."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final

from graph.errors import NewerSchemaError, StoreError
from graph.stores.migrations import MIGRATIONS, Migration
from graph.stores.schema import LABELS, SCHEMA_VERSION
from graph.stores.shapes import Index, Label

_BY_NAME: Final = {label.name: label for label in LABELS}


def create_statements(labels: Sequence[Label] = LABELS) -> tuple[str, ...]:
    """Write the statements that make an empty file a store."""
    tables = [_table(label) for label in labels]
    indexes = [_index(label, index) for label in labels for index in label.indexes]
    return (*tables, *indexes)


def index_statements(label: Label) -> tuple[tuple[str, str], ...]:
    """Write how to drop and how to make each index of a table, but for its key's own."""
    return tuple(
        (f"DROP INDEX {_index_name(label, index)}", _index(label, index)) for index in label.indexes
    )


def bring_up_to_date(
    connection: sqlite3.Connection,
    name: str,
    *,
    version: int = SCHEMA_VERSION,
    migrations: Sequence[Migration] = MIGRATIONS,
) -> None:
    """Create the tables in an empty file, or move an older file forward, all or nothing.

    A file of this version is not written at all.

    Args:
        connection: in autocommit mode.
        name: the file, for messages.

    Raises:
        NewerSchemaError: the file was written by a newer version; it is left as it is.
        StoreError: the file is a SQLite file of something else, or too old.
    """
    if _stored_version(connection, name, version) == version:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        stored = _stored_version(connection, name, version)
        for statement in _statements_from(stored, name, version=version, migrations=migrations):
            connection.execute(statement)
        connection.execute("DELETE FROM schema_version")
        connection.execute("INSERT INTO schema_version (version) VALUES (?)", (version,))
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _statements_from(
    stored: int, name: str, *, version: int, migrations: Sequence[Migration]
) -> tuple[str, ...]:
    if stored == 0:
        return ("CREATE TABLE schema_version (version INTEGER NOT NULL)", *create_statements())
    steps = {migration.to: migration.statements for migration in migrations}
    missing = [to for to in range(stored + 1, version + 1) if to not in steps]
    if missing:
        raise StoreError(
            f"store {name!r} has schema version {stored}, and there is no way from it to "
            f"{version}; export it with the Etiograph that wrote it"
        )
    return tuple(text for to in range(stored + 1, version + 1) for text in steps[to])


def _stored_version(connection: sqlite3.Connection, name: str, version: int) -> int:
    """Read the version of a file; 0 for an empty one."""
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
    if not tables:
        return 0
    found = None
    if "schema_version" in tables:
        found = connection.execute("SELECT version FROM schema_version").fetchone()
    if found is None:
        raise StoreError(
            f"file {name!r} is a SQLite file, but no Etiograph store; choose another ETIOGRAPH_HOME"
        )
    stored = int(found[0])
    if stored > version:
        raise NewerSchemaError(
            f"store {name!r} has schema version {stored}, this Etiograph knows versions up to "
            f"{version}; start the newer Etiograph that wrote it"
        )
    return stored


def _table(label: Label) -> str:
    if label.numbered:
        key = f"{label.key[0]} INTEGER PRIMARY KEY AUTOINCREMENT"
        lines = [key, *_columns(label, without=label.key)]
    else:
        lines = [*_columns(label), f"PRIMARY KEY ({', '.join(label.key)})"]
    return f"CREATE TABLE {label.table} ({', '.join([*lines, *_foreign_keys(label)])}) STRICT"


def _columns(label: Label, without: tuple[str, ...] = ()) -> list[str]:
    return [
        f'"{column.name}" {column.type}{"" if column.nullable else " NOT NULL"}'
        for column in label.columns
        if column.name not in without
    ]


def _foreign_keys(label: Label) -> list[str]:
    return [
        f"FOREIGN KEY ({link.column}) REFERENCES {_BY_NAME[link.target].table} "
        f"({_BY_NAME[link.target].key[0]}) DEFERRABLE INITIALLY DEFERRED"
        for link in label.links
    ]


def _index(label: Label, index: Index) -> str:
    unique = "UNIQUE " if index.unique else ""
    where = f" WHERE {index.where}" if index.where else ""
    columns = ", ".join(f'"{column}"' for column in index.columns)
    return f"CREATE {unique}INDEX {_index_name(label, index)} ON {label.table} ({columns}){where}"


def _index_name(label: Label, index: Index) -> str:
    return f"{label.table}_by_{'_'.join(index.columns)}"
