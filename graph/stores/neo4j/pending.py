"""Writes of a transaction that wait until something could tell: many small ones become few."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from graph.stores import schema, sql
from graph.stores.neo4j.dialect import Reading, Writing
from graph.stores.neo4j.joints import is_of_pack
from graph.stores.shapes import Label

Row = Mapping[str, sql.Value]

# What other records are joined with is written before them.
_FIRST: Final = frozenset({schema.INCIDENT.name, schema.CHANGE.name})
_LAST: Final = frozenset({schema.CHANGE_EVIDENCE.name})


@dataclass
class Batch:
    """Rows that one verb writes, in their order."""

    said: Writing
    rows: list[Row]

    @property
    def labels(self) -> frozenset[str]:
        """Name the label that is written."""
        return frozenset({self.said.label.name})

    @property
    def rank(self) -> int:
        """Parts of packs come first and stay in their order; then by who is joined with whom."""
        name = self.said.label.name
        if is_of_pack(self.said.label):
            return 0
        return 1 if name in _FIRST else 3 if name in _LAST else 2


@dataclass(frozen=True)
class Errand:
    """Cypher of its own that writes, and tells nothing that anybody asks for."""

    said: Reading
    parameters: Mapping[str, object]

    @property
    def rank(self) -> int:
        """It comes after the writes of rows."""
        return 4

    @property
    def labels(self) -> frozenset[str]:
        """Name the labels that are written."""
        return self.said.labels


Waiting = Batch | Errand


class Pending:
    """Gathers writes, and hands them to `write` at `flush`, those of one kind together."""

    def __init__(self, write: Callable[[Sequence[Waiting]], None]) -> None:
        """Begin with nothing to write."""
        self._write: Final = write
        self._waiting: list[Waiting] = []

    def add(self, said: Writing, rows: Sequence[Row]) -> None:
        """Let rows wait; the order of writes to one label stays."""
        if not rows:
            return
        last = self._last(said.label)
        if last is not None and last.said == said:
            last.rows += rows
        else:
            self._waiting.append(Batch(said, list(rows)))

    def add_errand(self, errand: Errand) -> None:
        """Let Cypher of its own wait; it is run after the writes of rows."""
        self._waiting.append(errand)

    def touches(self, labels: Collection[str]) -> bool:
        """Tell whether what waits could be seen by who looks at these labels."""
        return any(
            not one.labels.isdisjoint(labels)
            or (isinstance(one, Batch) and is_of_pack(one.said.label))
            for one in self._waiting
        )

    def flush(self) -> None:
        """Write everything that waits."""
        waiting, self._waiting = self.waiting, []
        if waiting:
            self._write(waiting)

    @property
    def waiting(self) -> list[Waiting]:
        """List what waits, in the order in which it is written."""
        return sorted(self._waiting, key=lambda one: one.rank)

    def _last(self, label: Label) -> Batch | None:
        """Find what a write may join: parts of a pack depend on what was written between."""
        batches = [one for one in self._waiting if isinstance(one, Batch)]
        if is_of_pack(label):
            return batches[-1] if batches else None
        mine = (batch for batch in reversed(batches) if batch.said.label is label)
        return next(mine, None)
