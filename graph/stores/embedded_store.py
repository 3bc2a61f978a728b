"""The default store: one SQLite file, no server; `None` keeps it in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import JsonValue

from graph.model.pack import DomainPack
from graph.stores import sql
from graph.stores.access_rows import AccessReads
from graph.stores.audit_rows import AuditReads, AuditWrites
from graph.stores.connections import Connections
from graph.stores.ddl import index_statements
from graph.stores.grant_rows import GrantReads, GrantWrites
from graph.stores.job_rows import JobReads, JobWrites
from graph.stores.moving_rows import MovingReads, MovingWrites
from graph.stores.pack_rows import PackRow
from graph.stores.record_rows import RecordReads
from graph.stores.remediation_rows import RemediationReads
from graph.stores.schema import LABELS, SCHEMA_VERSION
from graph.stores.shapes import Label
from graph.stores.topology_cache import TopologyCache
from graph.stores.topology_rows import TopologyReads, TopologyWrites

T = TypeVar("T")

_INTEGRITY_LINES: Final = 20
_MANY: Final = 10_000
_TOGETHER: Final = 20  # rows of one statement
# Whether a table holds that many rows already, without counting more.
_AS_MANY: Final = "SELECT count(*) >= :most FROM (SELECT 1 FROM {} LIMIT :most)"


class EmbeddedTransaction(TopologyWrites, MovingWrites, AuditWrites, GrantWrites, JobWrites):
    """Reads and writes on the writing connection: it sees its own writes."""

    presumes_new: Final = False

    def __init__(self, snapshot: sql.Snapshot, cache: TopologyCache, *, stands_on: int) -> None:
        super().__init__(snapshot, cache)
        self.stands_on: Final = stands_on

    def _insert(self, connection: sql.Connection, label: Label, rows: Sequence[PackRow]) -> None:
        """Write rows by position; where most of a table is new, its indexes are made after.

        Filling the indexes of 400,000 relations one by one takes twice as long as sorting them.
        """
        if len(rows) < _MANY or self._number(_AS_MANY.format(label.table), most=len(rows)):
            _insert_together(connection, label, rows)
            return
        indexes = index_statements(label)
        for drop, _ in indexes:
            connection.execute(drop)
        _insert_together(connection, label, rows)
        for _, make in indexes:
            connection.execute(make)


def _insert_together(connection: sql.Connection, label: Label, rows: Sequence[PackRow]) -> None:
    """Insert some rows a statement, which takes two thirds of the time of one each."""
    flat: Iterator[Any] = chain.from_iterable(rows)
    together: Any = zip(*[flat] * (_TOGETHER * len(label.column_names)), strict=False)
    rest: Any = rows[len(rows) - len(rows) % _TOGETHER :]
    connection.executemany(sql.insert_by_position(label, _TOGETHER), together)
    connection.executemany(sql.insert_by_position(label, 1), rest)


class EmbeddedReads(
    TopologyReads,
    RecordReads,
    RemediationReads,
    AuditReads,
    AccessReads,
    GrantReads,
    JobReads,
    MovingReads,
):
    """Everything that is read, through one snapshot or a new one each time."""


class EmbeddedGraphStore(EmbeddedReads):
    """Open the store in `path` (created with mode 0600), or one in memory.

    Reads see the last commit and do not wait for writers; a write is on the disk when it returns.

    Raises:
        NewerSchemaError: the file was written by a newer version.
        StoreError: the file is damaged, no SQLite file, or something else's.
    """

    def __init__(self, path: Path | None) -> None:
        self._connections: Final = Connections(path)
        super().__init__(self._connections.reading, TopologyCache())

    def stage_pack(self, pack: DomainPack) -> None:
        """Do nothing: one transaction holds a pack of any size."""

    def read(self, work: Callable[[EmbeddedReads], T]) -> T:
        """Run `work` on the last commit; it sees nothing of what is written meanwhile."""
        with self._connections.reading() as connection:
            return work(EmbeddedReads(_only(connection), self._cache))

    def write(self, work: Callable[[EmbeddedTransaction], T]) -> T:
        """Run `work` in one durable transaction; any exception leaves nothing behind.

        Raises: ConflictError if ids collide or a record names an incident that is not stored.
        """
        with self._connections.writing() as connection:
            commits = self._connections.commits
            return work(EmbeddedTransaction(_only(connection), self._cache, stands_on=commits))

    @contextmanager
    def inventory(self) -> Iterator[MovingReads]:
        """Read everything as of one commit; a store in memory waits with its writers so long."""
        with self._connections.reading() as connection:
            yield MovingReads(_only(connection), self._cache)

    def check(self) -> dict[str, JsonValue]:
        """Report schema version, integrity and sizes for the doctor; reads the whole file."""
        with self._connections.reading() as connection:
            found = connection.execute(f"PRAGMA integrity_check({_INTEGRITY_LINES})").fetchall()
            broken = connection.execute("PRAGMA foreign_key_check").fetchmany(_INTEGRITY_LINES)
            rows: dict[str, JsonValue] = {
                label.table: int(connection.execute(sql.count(label)).fetchone()[0])
                for label in LABELS
            }
        faults = [str(row[0]) for row in found if row[0] != "ok"]
        faults += [f"{table} row {row} lacks its {parent}" for table, row, parent, _ in broken]
        return {
            "store": "embedded",
            "path": self._connections.name,
            "schema_version": SCHEMA_VERSION,
            "integrity": "ok" if not faults else "; ".join(faults),
            "bytes": self._connections.size(),
            "rows": rows,
            "jobs_open": self.jobs_open(),
            "jobs_failed": len(self.jobs_failed()),
        }

    def close(self) -> None:
        """Release files and connections; safe to call twice."""
        self._connections.close()


def _only(connection: sql.Connection) -> sql.Snapshot:
    """Make every read and write of a transaction use its one connection."""

    @contextmanager
    def snapshot() -> Iterator[sql.Connection]:
        yield connection

    return snapshot
