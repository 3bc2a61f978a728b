"""The store on a Neo4j server, 5.26 LTS or 2026: the rows of the embedded store, said in Cypher."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Final, TypeVar

from pydantic import JsonValue

from graph.errors import NotFoundError
from graph.model.access import Principal
from graph.model.base import Model
from graph.model.moving import RecordKind
from graph.model.pack import DomainPack, LoadCounts
from graph.model.signals import AlertRecord
from graph.model.topology import RelationType, Subgraph
from graph.stores import schema, sql
from graph.stores.access_rows import AccessReads
from graph.stores.audit_rows import AuditReads, AuditWrites
from graph.stores.grant_rows import GrantReads, GrantWrites
from graph.stores.job_rows import JobReads, JobWrites
from graph.stores.moving_rows import MovingReads, MovingWrites, parts_in
from graph.stores.neo4j import doctor
from graph.stores.neo4j.ahead import Noting
from graph.stores.neo4j.connection import CypherConnection
from graph.stores.neo4j.connections import Neo4jConnections
from graph.stores.neo4j.cypher_records import ALERTS_BY_ID
from graph.stores.neo4j.cypher_topology import UNFOUND
from graph.stores.neo4j.dialect import ENQUEUE_ALL
from graph.stores.neo4j.search_arms import Neo4jArms
from graph.stores.neo4j.staging import Stage, take_over
from graph.stores.pack_rows import PackRows, all_named, parts_of, rows_of
from graph.stores.record_rows import RecordReads
from graph.stores.record_writes import alert_row
from graph.stores.remediation_rows import RemediationReads
from graph.stores.topology_cache import TopologyCache
from graph.stores.topology_rows import TopologyReads, TopologyWrites, check_endpoints

T = TypeVar("T")


class Neo4jReads(
    TopologyReads,
    RecordReads,
    RemediationReads,
    AuditReads,
    AccessReads,
    GrantReads,
    JobReads,
    MovingReads,
):
    """Everything that is read, through one transaction or a new one each time."""


class Neo4jMoment(Neo4jReads):
    """Reads of one transaction."""

    def __init__(self, connection: CypherConnection, cache: TopologyCache) -> None:
        """Stand on the connection of the transaction."""
        super().__init__(_only(connection), cache)
        self._connection: Final = connection

    def expect(self, *reads: Callable[[Neo4jReads], object]) -> None:
        """Read in one trip what comes next."""
        self._connection.expect(questions_of(reads))

    def _read_ahead(self, connection: sql.Connection, questions: Sequence[sql.Question]) -> None:
        self._connection.expect(questions)


class Neo4jTransaction(TopologyWrites, MovingWrites, AuditWrites, GrantWrites, JobWrites):
    """Reads and writes of one transaction: it sees its own writes."""

    def __init__(self, connection: CypherConnection, cache: TopologyCache) -> None:
        """Stand on the connection of the transaction."""
        super().__init__(_only(connection), cache)
        self._connection: Final = connection

    def expect(self, *reads: Callable[[Neo4jReads], object]) -> None:
        """Read in one trip what comes next."""
        self._connection.expect(questions_of(reads))

    @property
    def stands_on(self) -> int | None:
        """Number the commit before this one, those of jobs apart; None where it takes a trip."""
        return self._connection.stands_on

    @property
    def presumes_new(self) -> bool:
        """Tell whether alerts may be added without asking which are stored."""
        return not self._connection.begun

    def enqueue_all(
        self, kind: str, payloads: Mapping[str, dict[str, JsonValue]], *, at: datetime
    ) -> None:
        """Queue a job of each key as `enqueue` does, in their order."""
        texts = [json.dumps(payload, ensure_ascii=False) for payload in payloads.values()]
        if texts:
            self._connection.later(
                ENQUEUE_ALL, kind=kind, keys=list(payloads), payloads=texts, at=sql.instant(at)
            )

    def _unwritten(self, connection: sql.Connection, pack_id: str, parts: PackRows) -> PackRows:
        """Give the rows of a pack that is not loaded which are not written ahead of it."""
        return take_over(self._connection, pack_id, parts)

    def restore(self, kind: RecordKind, records: Sequence[Model]) -> None:
        """Store records of a kind exactly as they were; none of them may be stored.

        Raises: ConflictError for one that is stored, or that names what is not (at commit).
        """
        if kind is RecordKind.RELATION:
            rows = list(parts_in(kind, records))
            self._connection.refuse_stored(rows)
        super().restore(kind, records)

    def replace_pack(self, pack: DomainPack) -> LoadCounts:
        """Make the stored pack equal to `pack`, writing only what differs.

        Fault modes of an equal pack that lack their checks are joined with them.

        Raises: InputError if a relation names what is not in the pack.
        """
        counts = super().replace_pack(pack)
        if counts.added or counts.changed or counts.removed:
            return counts
        lacking = {row[1] for row in self._connection.read(UNFOUND, pack_id=pack.id)}
        modes = [mode for mode in pack.library.modes if mode.id in lacking]
        rows = rows_of(pack.id, schema.FAULT_MODE, modes)
        self._run_many(sql.update(schema.FAULT_MODE), all_named(schema.FAULT_MODE, rows))
        return counts

    def place_alerts(self, records: Sequence[AlertRecord]) -> None:
        """Overwrite lane, incident and reason of stored alerts; NotFoundError for others.

        What was sent, and the component, stay as they are stored.
        """
        if not records:
            return
        ids = [record.evidence_id for record in records]
        stored = {row[0]: str(row[1]) for row in self._connection.read(ALERTS_BY_ID, ids=ids)}
        placed: dict[str, dict[str, sql.Value]] = {}
        for record in records:
            body = stored.get(record.evidence_id)
            if body is None:
                raise NotFoundError(f"alert {record.evidence_id!r} is not stored; add it first")
            placed[record.evidence_id] = alert_row(_placed(body, record))
        self._run_many(sql.update(schema.ALERT), placed.values())


class Neo4jGraphStore(Neo4jReads):
    """Open the database `database` of the server at `uri` as `user`.

    Reads and writes that fail for a moment are tried again for some seconds; a write that was
    acknowledged is on the server's disk.

    Raises:
        NewerSchemaError: the database was written by a newer version.
        StoreError: the server cannot be reached, is too old, or does not let us in.
    """

    def __init__(self, uri: str, *, user: str, password: str, database: str) -> None:
        self._connections: Final = Neo4jConnections(
            uri, user=user, password=password, database=database
        )
        super().__init__(self._connections.reading, TopologyCache())
        self.search_arms: Final = Neo4jArms(self._connections)

    def pack(self, pack_id: str) -> DomainPack:
        """Return the whole pack, read once per content; NotFoundError."""
        return self._connections.read(lambda c: TopologyReads(_only(c), self._cache).pack(pack_id))

    def neighbourhood(
        self,
        principal: Principal,
        component_ids: Sequence[str],
        *,
        hops: int,
        types: frozenset[RelationType] | None = None,
        limit: int = 150,
    ) -> Subgraph:
        """Cut `hops` (0..5) undirected hops round the ids, nearest first, ties by id."""
        return self._connections.read(
            lambda c: Neo4jMoment(c, self._cache).neighbourhood(
                principal, component_ids, hops=hops, types=types, limit=limit
            )
        )

    def stage_pack(self, pack: DomainPack) -> None:
        """Write what a big pack that is not loaded brings ahead of the transaction that loads it.

        One transaction could not hold it in a server's memory. Nobody reads what stands there
        before the pack is loaded; what was cut off goes on when the same pack comes again.

        Raises: InputError if a relation names what is not in the pack.
        """
        stage = Stage(pack.id, self._cache.parts(pack, parts_of))
        if self._connections.read(stage.is_due):
            check_endpoints(pack)
            while self._connections.write(stage.step):
                pass

    def read(self, work: Callable[[Neo4jMoment], T]) -> T:
        """Run `work` in one transaction, beside which nothing is committed; it may run again."""
        return self._connections.read(lambda c: work(Neo4jMoment(c, self._cache)))

    def write(self, work: Callable[[Neo4jTransaction], T]) -> T:
        """Run `work` in one durable transaction; any exception leaves nothing behind.

        `work` runs again after a transient failure; it is committed once.

        Raises: ConflictError if ids collide or a record names an incident that is not stored.
        """
        return self._connections.write(lambda c: work(Neo4jTransaction(c, self._cache)))

    @contextmanager
    def inventory(self) -> Iterator[MovingReads]:
        """Read everything as of one commit; writers wait so long."""
        with self._connections.reading() as connection:
            yield MovingReads(_only(connection), self._cache)

    def check(self) -> dict[str, JsonValue]:
        """Report version, integrity and sizes for the doctor; reads every node."""
        report = self._connections.read(doctor.examine)
        return {
            "store": "neo4j",
            "path": self._connections.name,
            "server": self._connections.server,
            **report,
            "jobs_open": self.jobs_open(),
            "jobs_failed": len(self.jobs_failed()),
        }

    def close(self) -> None:
        """Release the connections; safe to call twice."""
        self._connections.close()

    def _all(self, statement: str, **values: sql.Value) -> list[sql.Row]:
        return self._connections.read(lambda c: c.execute(statement, values).fetchall())


def questions_of(reads: Sequence[Callable[[Neo4jReads], object]]) -> list[sql.Question]:
    """List what reads would ask, by letting them ask somebody who knows nothing."""
    noting = Noting()
    reader = Neo4jReads(_only(noting), TopologyCache())
    for read in reads:
        with suppress(NotFoundError):
            read(reader)
    return noting.questions


def _placed(body: str, record: AlertRecord) -> AlertRecord:
    """Give a stored alert the place of another."""
    place = {"lane", "incident_id", "reason", "lane_reason"}
    update = {name: getattr(record, name) for name in place}
    return AlertRecord.model_validate_json(body).model_copy(update=update)


def _only(connection: sql.Connection) -> sql.Snapshot:
    """Make every read and write of a transaction use its one connection."""

    @contextmanager
    def snapshot() -> Iterator[sql.Connection]:
        yield connection

    return snapshot
