"""What is read ahead: questions that reads would ask, noted before they are asked in one trip."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from graph.stores import sql


class Noting:
    """A connection that notes what it is asked, and finds nothing."""

    def __init__(self) -> None:
        """Begin with nothing asked."""
        self.questions: Final[list[sql.Question]] = []

    def execute(self, statement: str, values: dict[str, sql.Value] | None = None, /) -> sql.Found:
        """Note a statement."""
        self.questions.append((statement, values or {}))
        return _NOTHING

    def executemany(self, statement: str, rows: Iterable[dict[str, sql.Value]], /) -> sql.Found:
        """Refuse: only reads are expected."""
        raise AssertionError(f"{statement!r} is no read")


class _Nothing:
    """No rows."""

    rowcount: Final = 0

    def __iter__(self) -> Iterator[sql.Row]:
        return iter(())

    def fetchall(self) -> list[sql.Row]:
        """Return none."""
        return []


_NOTHING: Final = _Nothing()
