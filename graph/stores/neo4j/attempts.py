"""One write, however often it is tried: done once, and giving what it gave then.

The first try goes ahead of its transaction: it reads in statements of their own, and what it then
writes is one statement that fails if anybody has written since. That takes half of the trips. What
needs more than one statement begins a transaction where it does, under the same condition. Where
that fails in any way, all is done again in a transaction from the beginning to the end.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Generic, LiteralString, TypeVar

from neo4j import ManagedTransaction, Query, Result, Session, Transaction
from neo4j.exceptions import ConstraintError, DriverError, IncompleteCommit, Neo4jError

from graph.stores.neo4j.bundles import Part, run_bundle
from graph.stores.neo4j.connection import (
    AlreadyDoneError,
    CypherConnection,
    Opening,
    OvertakenError,
)
from graph.stores.neo4j.gate import CommitGate

T = TypeVar("T")

_LOCK: Final = """
    MATCH (store:Etiograph {id: 'store'})
    SET store.writes = store.writes + 1
    WITH store
    MERGE (writer:StoreWriter {id: $writer})
    WITH store, writer, coalesce(writer.last_write, 0) AS last
    SET writer.last_write = $number
    RETURN last AS last, store.writes AS stamp"""
_STAMP: Final = "MATCH (store:Etiograph {id: 'store'}) RETURN store.writes AS stamp"
_NOT_OVERTAKEN: Final = "{row}[1] = {of}.stamp"
# What a bundle fails with where a guard does not hold (`bundles`).
_GUARDED: Final = "Neo.ClientError.Statement.ArithmeticError"


class Alone:
    """Statements outside of a transaction: each is one of its own, sent and answered at once."""

    def __init__(self, session: Session, *, timeout_s: float) -> None:
        """Take the session; each statement may take `timeout_s`."""
        self._session: Final = session
        self._timeout_s: Final = timeout_s

    def run(self, query: LiteralString, parameters: dict[str, object] | None = None, /) -> Result:
        """Run Cypher with parameters."""
        return self._session.run(Query(query, timeout=self._timeout_s), parameters)


class _Later:
    """A transaction that begins with the first statement that needs it."""

    def __init__(self, session: Session, *, timeout_s: float) -> None:
        self._session: Final = session
        self._timeout_s: Final = timeout_s
        self._begun: Transaction | None = None

    def run(self, query: LiteralString, parameters: dict[str, object] | None = None, /) -> Result:
        if self._begun is None:
            self._begun = self._session.begin_transaction(timeout=self._timeout_s)
        return self._begun.run(query, parameters)

    def commit(self) -> None:
        if self._begun is not None:
            self._begun.commit()


class Attempt(Generic[T]):
    """One write of a process: `go_ahead` once where that may do, `run` where it is not over."""

    def __init__(
        self,
        gate: CommitGate,
        work: Callable[[CypherConnection], T],
        *,
        writer: int,
        number: int,
    ) -> None:
        """Take who writes, and the number of this write among the writer's, from 1 on."""
        self._gate: Final = gate
        self._work: Final = work
        self._numbers: Final = {"writer": writer, "number": number}
        self._gave: Final[list[T]] = []
        self._committing = False
        self.is_over = False
        self.stamp: int | None = None  # of the store now, where that is known
        self.beside = 0  # 1 where it is a commit that left all but jobs as it was

    @property
    def gave(self) -> T:
        """What the work gave."""
        return self._gave[-1]

    def go_ahead(self, session: Session, *, stamp: int, beside: int, timeout_s: float) -> None:
        """Try without a transaction round all of it; nothing is done where it is not over then.

        Args:
            session: whose statements, and whose transaction if need be.
            stamp: of the store, since when this process has written nothing.
            beside: how many commits of this process left all but jobs as it was.
            timeout_s: for each statement, or the whole transaction.

        Raises: what the work raises of its own; ConflictError; Neo4jError that no try mends.
        """
        alone = Alone(session, timeout_s=timeout_s)
        later = _Later(session, timeout_s=timeout_s)
        part = Part(_LOCK, {**self._numbers, "stamp": stamp + 1}, _NOT_OVERTAKEN)
        opening = Opening(part, done=self._numbers["number"], stamp=stamp + 1, beside=beside)
        connection = CypherConnection(later, opening, before=alone)
        try:
            whole = self._worked(connection, alone, stamp)
            if whole:
                self._close()
                run_bundle(alone, whole)
            elif whole is None:
                self._close()
                later.commit()
        except (OvertakenError, IncompleteCommit):
            return
        except (Neo4jError, DriverError) as error:
            if error.is_retryable() or _may_be_overtaken(error):
                return
            raise
        finally:
            self.end()
        self.stamp = stamp if whole == [] else stamp + 1
        self.beside = int(whole != [] and connection.is_of_jobs)
        self.is_over = True

    def _worked(self, connection: CypherConnection, alone: Alone, stamp: int) -> list[Part] | None:
        """Do the work; gives what is to be written at once, or None where it is written.

        Raises: OvertakenError where what the work rests on may not have stood at one time.
        """
        try:
            gave = self._work(connection)
            whole = connection.take_all()
            if whole is None:
                connection.finish()
        except (Neo4jError, DriverError, OvertakenError):
            raise
        except Exception:
            _check_stands(connection, alone, stamp)
            self.stamp = stamp
            raise
        if whole == []:
            _check_stands(connection, alone, stamp)
        self._gave.append(gave)
        return whole

    def run(self, transaction: ManagedTransaction) -> None:
        """Do the work and leave its number; reads wait from here until `end`."""
        self.end()
        self.stamp, self.beside = None, 0
        opening = Opening(Part(_LOCK, self._numbers), done=self._numbers["number"])
        connection = CypherConnection(transaction, opening)
        try:
            gave = self._work(connection)
            connection.finish()
        except AlreadyDoneError:
            return
        self.stamp = connection.stamp
        self.beside = int(self.stamp is not None and connection.is_of_jobs)
        self._gave.append(gave)
        self._close()

    def _close(self) -> None:
        self._gate.close()
        self._committing = True

    def end(self) -> None:
        """Let reads begin again."""
        if self._committing:
            self._committing = False
            self._gate.open()


def _may_be_overtaken(error: Exception) -> bool:
    """Tell whether it may fail because another process wrote first.

    Or it names what is not stored; a transaction from the beginning tells which.
    """
    guarded = isinstance(error, Neo4jError) and error.code == _GUARDED
    return guarded or isinstance(error, ConstraintError)


def _check_stands(connection: CypherConnection, alone: Alone, stamp: int) -> None:
    """Raise OvertakenError where somebody wrote since what was read of a store that is not locked.

    A write checks it by itself.
    """
    if connection.begun or not connection.has_read:
        return
    found = alone.run(_STAMP).single()
    if found is None or found[0] != stamp:
        raise OvertakenError
