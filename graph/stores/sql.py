"""Small words of SQL that every group of rows uses; statements are constants, values parameters."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Collection, Iterable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from functools import cache
from typing import Final

from graph.model.access import Principal
from graph.stores.schema import Label
from graph.stores.topology_cache import TopologyCache

Value = str | int | float | bytes | None
Row = tuple[Value, ...]
Snapshot = Callable[[], AbstractContextManager[sqlite3.Connection]]

# A row with `site` and `visibility` that the principal of `principal_sites` may read: true or
# false, never NULL, so that NOT turns it round.
VISIBLE: Final = """
    (:sites IS NULL OR visibility = 'all'
     OR ifnull(site IN (SELECT value FROM json_each(:sites)), FALSE))"""


class Rows:
    """Rows read through `snapshot`: a pooled reader, or the connection of a transaction."""

    def __init__(self, snapshot: Snapshot, cache: TopologyCache) -> None:
        self._snapshot = snapshot
        self._cache = cache

    def _all(self, statement: str, **values: Value) -> list[Row]:
        with self._snapshot() as connection:
            return connection.execute(statement, values).fetchall()

    def _texts(self, statement: str, **values: Value) -> list[str]:
        """Read the first column, which holds text."""
        return [str(row[0]) for row in self._all(statement, **values)]

    def _text(self, statement: str, **values: Value) -> str | None:
        """Read the first column of the only row, which holds text, or None."""
        found = self._texts(statement, **values)
        return found[0] if found else None

    def _number(self, statement: str, **values: Value) -> int:
        with self._snapshot() as connection:
            return int(connection.execute(statement, values).fetchone()[0])

    def _run(self, statement: str, **values: Value) -> int:
        """Write; returns how many rows were touched."""
        with self._snapshot() as connection:
            return connection.execute(statement, values).rowcount

    def _run_many(self, statement: str, rows: Iterable[dict[str, Value]]) -> None:
        with self._snapshot() as connection:
            connection.executemany(statement, rows)


def instant(at: datetime) -> str:
    """Write an instant so that text order is time order."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def json_list(values: Collection[str] | None) -> str | None:
    """Write a set as a parameter for `json_each`; None stays None (no limit)."""
    return None if values is None else json.dumps(sorted(values))


def principal_sites(principal: Principal) -> str | None:
    """Write whose sites may be read, as the parameter `sites` of `VISIBLE`."""
    return json_list(principal.sites)


@cache
def insert(label: Label) -> str:
    """Insert a row that must not be there."""
    names = label.column_names
    columns = ", ".join(f'"{name}"' for name in names)
    return f"INSERT INTO {label.table} ({columns}) VALUES ({', '.join(f':{n}' for n in names)})"


@cache
def insert_new(label: Label) -> str:
    """Insert a row, or do nothing where its key is stored."""
    return f"{insert(label)} ON CONFLICT ({', '.join(label.key)}) DO NOTHING"


@cache
def upsert(label: Label) -> str:
    """Insert a row or overwrite the stored one of its key."""
    rest = [name for name in label.column_names if name not in label.key]
    assignments = ", ".join(f'"{name}" = excluded."{name}"' for name in rest)
    return f"{insert(label)} ON CONFLICT ({', '.join(label.key)}) DO UPDATE SET {assignments}"


@cache
def delete(label: Label) -> str:
    """Delete the row of a key."""
    return f"DELETE FROM {label.table} WHERE {_key_equals(label)}"


@cache
def update(label: Label) -> str:
    """Overwrite the stored row of a key."""
    rest = [name for name in label.column_names if name not in label.key]
    assignments = ", ".join(f'"{name}" = :{name}' for name in rest)
    return f"UPDATE {label.table} SET {assignments} WHERE {_key_equals(label)}"


def _key_equals(label: Label) -> str:
    return " AND ".join(f'"{name}" = :{name}' for name in label.key)
