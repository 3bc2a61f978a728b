"""Writes of a transaction that wait until something could tell: many small ones become few."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from graph.stores import schema, sql
from graph.stores.neo4j.dialect import Verb, Writing
from graph.stores.neo4j.joints import is_of_pack
from graph.stores.schema import Label

Row = Mapping[str, sql.Value]
Write = Callable[[Verb, Label, Sequence[Row]], int]

# What other records are joined with is written before them.
_FIRST: Final = frozenset({schema.INCIDENT.name, schema.CHANGE.name})
_LAST: Final = frozenset({schema.CHANGE_EVIDENCE.name})


@dataclass
class _Batch:
    """Rows that one verb writes, in their order."""

    said: Writing
    rows: list[Row]

    @property
    def rank(self) -> int:
        """Parts of packs come first and stay in their order; then by who is joined with whom."""
        name = self.said.label.name
        if is_of_pack(self.said.label):
            return 0
        return 1 if name in _FIRST else 3 if name in _LAST else 2


class Pending:
    """Gathers writes, and hands them to `write` at `flush`, those of one kind together."""

    def __init__(self, write: Write) -> None:
        """Begin with nothing to write."""
        self._write: Final = write
        self._batches: list[_Batch] = []

    def add(self, said: Writing, rows: Sequence[Row]) -> None:
        """Let rows wait; the order of writes to one label stays."""
        if not rows:
            return
        last = self._last(said.label)
        if last is not None and last.said == said:
            last.rows += rows
        else:
            self._batches.append(_Batch(said, list(rows)))

    def touches(self, labels: Collection[str]) -> bool:
        """Tell whether what waits could be seen by who looks at these labels."""
        return any(
            batch.said.label.name in labels or is_of_pack(batch.said.label)
            for batch in self._batches
        )

    def flush(self) -> None:
        """Write everything that waits."""
        batches, self._batches = self._batches, []
        for batch in sorted(batches, key=lambda batch: batch.rank):
            self._write(batch.said.verb, batch.said.label, batch.rows)

    def _last(self, label: Label) -> _Batch | None:
        """Find what a write may join: parts of a pack depend on what was written between."""
        if is_of_pack(label):
            return self._batches[-1] if self._batches else None
        mine = (batch for batch in reversed(self._batches) if batch.said.label is label)
        return next(mine, None)
