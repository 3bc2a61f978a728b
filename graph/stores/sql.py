"""Small words of SQL that every group of rows uses; statements are constants, values parameters.

A statement is also the name of what it asks: a server store answers the same rows in a language of
its own, statement by statement (`graph.stores.neo4j.dialect`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final, Protocol

from graph.model.access import Principal
from graph.stores.shapes import Label
from graph.stores.topology_cache import TopologyCache

Value = str | int | float | bytes | None
Row = tuple[Value, ...]
# A statement with its values.
Question = tuple[str, dict[str, Value]]

# A row with `site` and `visibility` that the principal of `principal_sites` may read: true or
# false, never NULL, so that NOT turns it round.
VISIBLE: Final = """
    (:sites IS NULL OR visibility = 'all'
     OR ifnull(site IN (SELECT value FROM json_each(:sites)), FALSE))"""


class JsonList(str):
    """Texts, or rows of texts, as the parameter of `json_each`."""

    __slots__ = ()


class Found(Iterable[Row], Protocol):
    """The rows that a statement found, in their order, or how many it touched."""

    @property
    def rowcount(self) -> int:
        """Count the rows that were written."""

    def fetchall(self) -> list[Row]:
        """Return all rows at once."""


class Connection(Protocol):
    """What runs statements: SQLite's own connection, or one that answers like it."""

    def execute(self, statement: str, values: dict[str, Value] = ..., /) -> Found:
        """Run a statement; names that it does not use are no fault."""

    def executemany(self, statement: str, rows: Iterable[dict[str, Value]], /) -> Found:
        """Run a statement once per row, at the latest before anything can tell the difference."""


# Every read on the connection sees one state of the store.
Snapshot = Callable[[], AbstractContextManager[Connection]]


class Rows:
    """Rows read through `snapshot`: a pooled reader, or the connection of a transaction."""

    def __init__(self, snapshot: Snapshot, cache: TopologyCache) -> None:
        self._snapshot = snapshot
        self._cache = cache

    def expect(self, *reads: Callable[[Any], object]) -> None:
        """Say which reads come next; only a server store, to which the way is long, listens."""

    def _read_ahead(self, connection: Connection, questions: Sequence[Question]) -> None:
        """Say on a connection what it is asked next."""

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
        """Read the only number, 0 where there is none."""
        rows = self._all(statement, **values)
        return int(rows[0][0] or 0) if rows else 0

    def _run(self, statement: str, **values: Value) -> int:
        """Write; returns how many rows were touched."""
        with self._snapshot() as connection:
            return connection.execute(statement, values).rowcount

    def _put(self, statement: str, **values: Value) -> None:
        """Write a row where nobody asks what was touched: a server store may do it later."""
        self._run_many(statement, [values])

    def _run_many(self, statement: str, rows: Iterable[dict[str, Value]]) -> None:
        with self._snapshot() as connection:
            connection.executemany(statement, rows)


def instant(at: datetime) -> str:
    """Write an instant so that text order is time order."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def json_list(values: Collection[str] | None) -> JsonList | None:
    """Write a set as a parameter for `json_each`; None stays None (no limit)."""
    return None if values is None else JsonList(json.dumps(sorted(values)))


def json_rows(rows: Sequence[Sequence[str]]) -> JsonList:
    """Write rows of texts as a parameter for `json_each`, in their order."""
    return JsonList(json.dumps(rows))


def principal_sites(principal: Principal) -> JsonList | None:
    """Write whose sites may be read, as the parameter `sites` of `VISIBLE`."""
    return json_list(principal.sites)


@cache
def insert(label: Label) -> str:
    """Insert a row that must not be there."""
    names = label.column_names
    columns = ", ".join(f'"{name}"' for name in names)
    return f"INSERT INTO {label.table} ({columns}) VALUES ({', '.join(f':{n}' for n in names)})"


@cache
def insert_by_position(label: Label, rows: int) -> str:
    """Insert so many rows that must not be there, values in the order of the columns."""
    names = label.column_names
    columns = ", ".join(f'"{name}"' for name in names)
    row = f"({', '.join('?' * len(names))})"
    return f"INSERT INTO {label.table} ({columns}) VALUES {', '.join([row] * rows)}"


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


@cache
def bodies_of_pack(label: Label) -> str:
    """Read the bodies of a pack's rows in key order."""
    order = ", ".join(label.key)
    return f"SELECT body FROM {label.table} WHERE pack_id = :pack_id ORDER BY {order}"


@cache
def keys_of_pack(label: Label) -> str:
    """Read the keys of a pack's rows, and the body after each."""
    keys = ", ".join(f'"{name}"' for name in label.key)
    return f"SELECT {keys}, body FROM {label.table} WHERE pack_id = :pack_id"


@cache
def count(label: Label) -> str:
    """Count the rows."""
    return f"SELECT count(*) FROM {label.table}"


def _key_equals(label: Label) -> str:
    return " AND ".join(f'"{name}" = :{name}' for name in label.key)
