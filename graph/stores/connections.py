"""The connections of one SQLite file: one that writes, a pool of those that read.

Readers see the last commit and never wait for the writer (WAL). Every commit is on the disk before
`writing` returns (`synchronous=FULL`). A store in memory has one connection, and readers wait.
"""

from __future__ import annotations

import sqlite3
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from graph.errors import ConflictError, StoreError
from graph.stores.ddl import bring_up_to_date

_BUSY_S: Final = 10.0
# Pages kept by the writer, in KiB (at most): the indexes of a large pack are filled at random.
_WRITER_CACHE_KIB: Final = 65_536
# And by each reader, of which there are as many as threads that ever read at once: a neighbourhood
# in a graph of 100,000 components lies on some hundred pages, and SQLite's own 2,000 KiB hold few.
_READER_CACHE_KIB: Final = 16_384


class Connections:
    """Open a file (None = in memory), created with mode 0600 and brought up to date.

    Raises: NewerSchemaError, StoreError.
    """

    def __init__(self, path: Path | None) -> None:
        self.name: Final = ":memory:" if path is None else str(path)
        self._in_memory: Final = path is None
        self._lock: Final = threading.RLock()
        self._idle: Final[deque[sqlite3.Connection]] = deque()
        self._closed = False
        self._others: int | None = None  # SQLite's count of what other connections committed
        self.commits = 0  # of anybody, since this was opened
        with self._translated():
            if path is not None:
                path.touch(mode=0o600)
            self._writer: Final = self._opened()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Read one snapshot: the last commit, for as long as the context lasts."""
        if self._in_memory:
            with self._lock, self._translated():
                self._check_open()
                yield self._writer
            return
        with self._translated():
            connection = self._borrowed()
            try:
                connection.execute("BEGIN")
                yield connection
            finally:
                connection.rollback()
                self._give_back(connection)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Write in one transaction: committed and on the disk at the end, or nothing at all."""
        with self._lock, self._translated():
            self._check_open()
            if self._writer.in_transaction:
                raise StoreError("write() was called inside write(); use the transaction it gave")
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                self._count_others()
                yield self._writer
                self._writer.execute("COMMIT")
            except BaseException:
                self._writer.rollback()
                raise
            finally:  # one that failed while it committed may be on the disk
                self.commits += 1

    def _count_others(self) -> None:
        """Note whether another connection committed since the last write."""
        others = int(self._writer.execute("PRAGMA data_version").fetchone()[0])
        self.commits += others != self._others
        self._others = others

    def size(self) -> int:
        """Tell the bytes of the file with its log; 0 in memory."""
        files = (Path(self.name), Path(f"{self.name}-wal"))
        return 0 if self._in_memory else sum(f.stat().st_size for f in files if f.exists())

    def close(self) -> None:
        """Close the file; a second call does nothing. Reads under way end first."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._close_idle()
                self._writer.close()

    def _opened(self) -> sqlite3.Connection:
        connection = self._connect()
        try:
            bring_up_to_date(connection, self.name)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute(f"PRAGMA cache_size = -{_WRITER_CACHE_KIB}")
        except BaseException:
            connection.close()
            raise
        return connection

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(
            self.name, timeout=_BUSY_S, isolation_level=None, check_same_thread=False
        )

    def _borrowed(self) -> sqlite3.Connection:
        self._check_open()
        try:
            return self._idle.pop()
        except IndexError:
            connection = self._connect()
            connection.execute("PRAGMA query_only = ON")
            connection.execute(f"PRAGMA cache_size = -{_READER_CACHE_KIB}")
            return connection

    def _give_back(self, connection: sqlite3.Connection) -> None:
        self._idle.append(connection)
        if self._closed:
            self._close_idle()

    def _close_idle(self) -> None:
        while self._idle:
            try:
                self._idle.pop().close()
            except IndexError:  # another thread closed the last one
                return

    def _check_open(self) -> None:
        if self._closed:
            raise StoreError(f"store {self.name!r} is closed; open it again")

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Say SQLite's errors in the words of our error tree."""
        try:
            yield
        except sqlite3.IntegrityError as error:
            raise ConflictError(
                f"store {self.name!r} refused a write ({error}): an id stands for something else "
                "already, or a record names one that is not stored; nothing was written"
            ) from error
        except sqlite3.OperationalError as error:
            raise StoreError(
                f"store {self.name!r} cannot serve ({error}); check its disk and its owner"
            ) from error
        except sqlite3.DatabaseError as error:
            raise StoreError(
                f"store {self.name!r} cannot be read ({error}); it is damaged or no SQLite file: "
                "restore a backup, or move it away and load the packs again"
            ) from error
        except OSError as error:
            raise StoreError(f"store {self.name!r} cannot be opened ({error})") from error
