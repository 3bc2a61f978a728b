"""One driver per process: managed transactions that are retried, one writer at a time.

A write takes the lock of the one node that all writers share before anything else, and leaves its
number with its writer. When the connection is lost while it commits, nobody knows whether it did;
the next try reads the number and does nothing if it stands there already.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Final, TypeVar

from neo4j import (
    Driver,
    GraphDatabase,
    ManagedTransaction,
    Session,
    unit_of_work,
)
from neo4j.exceptions import ConfigurationError, DriverError, IncompleteCommit, Neo4jError

from graph.errors import StoreError
from graph.stores import sql
from graph.stores.neo4j.attempts import Alone, Attempt
from graph.stores.neo4j.connection import CypherConnection
from graph.stores.neo4j.ddl import bring_up_to_date
from graph.stores.neo4j.failures import told
from graph.stores.neo4j.gate import CommitGate

T = TypeVar("T")

_LEAST_VERSION: Final = (5, 26)
_VERSION: Final = re.compile(r"(\d+)\.(\d+)")
_SCHEMES: Final = tuple(
    f"{name}{secured}://" for name in ("bolt", "neo4j") for secured in ("", "+s", "+ssc")
)
_POOL: Final = 32
_CONNECT_S: Final = 5.0
_RETRY_S: Final = 5.0  # transient failures are tried again for so long
_IDLE_S: Final = 30.0  # a connection that rested longer is tested before it is used
_READ_S: Final = 60.0
_WRITE_S: Final = 300.0  # a pack of 100,000 components is one transaction
_COMMITS: Final = 3  # tries of a write whose commit was lost

_REGISTER: Final = """
    MATCH (store:Etiograph {id: 'store'})
    SET store.writers = coalesce(store.writers, 0) + 1
    CREATE (writer:StoreWriter {id: store.writers, last_write: 0})
    RETURN writer.id AS id"""
_UNREGISTER: Final = "MATCH (writer:StoreWriter {id: $writer}) DELETE writer"


class Neo4jConnections:
    """Open a database of a server and bring it up to date.

    Args:
        uri: such as bolt://127.0.0.1:7687; `neo4j+s://` and `bolt+s://` encrypt.
        user: whose name and `password` open it.
        database: named in every session.

    Raises: NewerSchemaError, StoreError.
    """

    def __init__(self, uri: str, *, user: str, password: str, database: str) -> None:
        self.name: Final = uri
        self._user: Final = user
        self._database: Final = database
        self._gate: Final = CommitGate()
        self._lock: Final = threading.RLock()
        self._writing = False
        self._closed = False
        self._written = 0
        self._stamp: int | None = None  # of the store, as far as this process knows
        self._beside = 0  # commits of this process that left all but jobs as it was
        with self._translated():
            self._driver: Final = _driver(uri, user=user, password=password)
            try:
                self.server: Final = self._greeted()
                bring_up_to_date(self._run_alone, uri)
                self._writer: Final = int(self._run_alone(_REGISTER, {})[0][0] or 0)
            except BaseException:
                self._driver.close()
                raise

    def read(self, work: Callable[[CypherConnection], T]) -> T:
        """Return what `work` reads while this process commits nothing; it may run again.

        Each statement is a transaction of its own, one trip: beginning and ending one would be two
        more, and in Neo4j no state holds within one either. What fails for a moment is tried again.
        """
        try:
            with self._gate.reading(), self._session() as session:
                return work(CypherConnection(Alone(session, timeout_s=_READ_S)))
        except (Neo4jError, DriverError) as error:
            if not error.is_retryable():
                with self._translated():
                    raise
        return self._read_again(work)

    def _read_again(self, work: Callable[[CypherConnection], T]) -> T:
        """Let the driver try for some seconds."""

        @unit_of_work(timeout=_READ_S)
        def run(transaction: ManagedTransaction) -> T:
            return work(CypherConnection(transaction))

        with self._translated(), self._gate.reading(), self._session() as session:
            return session.execute_read(run)

    @contextmanager
    def reading(self) -> Iterator[CypherConnection]:
        """Read for as long as the context lasts; commits wait so long."""
        with (
            self._translated(),
            self._gate.reading(),
            self._session() as session,
            session.begin_transaction(timeout=_WRITE_S) as transaction,
        ):
            yield CypherConnection(transaction)

    def write(self, work: Callable[[CypherConnection], T]) -> T:
        """Write in one transaction: committed at the end, or nothing at all; it may run again."""
        with self._lock, self._translated():
            self._check_open()
            if self._writing:
                raise StoreError("write() was called inside write(); use the transaction it gave")
            self._writing = True
            try:
                return self._written_once(work)
            finally:
                self._writing = False

    def close(self) -> None:
        """Close the connections; a second call does nothing."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._driver.close()

    def _written_once(self, work: Callable[[CypherConnection], T]) -> T:
        self._written += 1
        attempt = Attempt(self._gate, work, writer=self._writer, number=self._written)
        stamp, self._stamp = self._stamp, None
        if stamp is not None:
            try:
                with self._session() as session:
                    attempt.go_ahead(session, stamp=stamp, beside=self._beside, timeout_s=_WRITE_S)
            finally:
                self._stamp = attempt.stamp
        if not attempt.is_over:
            self._try_over(attempt)
        self._stamp = attempt.stamp
        self._beside += attempt.beside
        return attempt.gave

    def _try_over(self, attempt: Attempt[T]) -> None:
        """Let the driver try in transactions from the beginning to the end, some times."""
        for tries_left in reversed(range(_COMMITS)):
            try:
                with self._session() as session:
                    return session.execute_write(unit_of_work(timeout=_WRITE_S)(attempt.run))
            except IncompleteCommit:
                if not tries_left:
                    raise
            finally:
                attempt.end()

    def _greeted(self) -> str:
        """Check that the server answers, in this database, and is new enough."""
        self._driver.verify_connectivity()
        agent = self._driver.get_server_info().agent
        version = agent.partition("/")[2]
        if _numbers(version) < _LEAST_VERSION:
            raise StoreError(
                f"neo4j {self.name!r} is version {version or 'unknown'}; Etiograph needs 5.26 LTS "
                "or a 2025 or 2026 version"
            )
        return version

    def _run_alone(self, text: str, parameters: Mapping[str, object]) -> list[sql.Row]:
        """Run a statement in a transaction of its own: schema and data do not mix."""

        def run(transaction: ManagedTransaction) -> list[sql.Row]:
            return CypherConnection(transaction).read(text, **parameters)

        with self._session() as session:
            return session.execute_write(run)

    def _session(self) -> Session:
        self._check_open()
        return self._driver.session(database=self._database)

    def _check_open(self) -> None:
        if self._closed:
            raise StoreError(f"store {self.name!r} is closed; open it again")

    def _translated(self) -> AbstractContextManager[None]:
        return told(self.name, user=self._user, database=self._database)


def _driver(uri: str, *, user: str, password: str) -> Driver:
    if not uri.startswith(_SCHEMES):
        raise ConfigurationError(f"the scheme must be one of {', '.join(_SCHEMES)}")
    return GraphDatabase.driver(
        uri,
        auth=(user, password),
        max_connection_pool_size=_POOL,
        connection_timeout=_CONNECT_S,
        connection_acquisition_timeout=2 * _CONNECT_S,
        max_transaction_retry_time=_RETRY_S,
        liveness_check_timeout=_IDLE_S,
        keep_alive=True,
        telemetry_disabled=True,
        notifications_min_severity="OFF",  # an empty database lacks labels; that is no news
        user_agent="etiograph",
    )


def _numbers(version: str) -> tuple[int, int]:
    """Read major and minor of a version; (0, 0) of what names none at its beginning.

    >>> _numbers("5.26.12"), _numbers("2026.05.0"), _numbers("5.27-aura")
    ((5, 26), (2026, 5), (5, 27))
    >>> _numbers("v5.11.0 compatible graph database server - Memgraph"), _numbers("")
    ((0, 0), (0, 0))
    """
    found = _VERSION.match(version)
    return (int(found[1]), int(found[2])) if found else (0, 0)
