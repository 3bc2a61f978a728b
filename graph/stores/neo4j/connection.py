"""A transaction of Neo4j that answers the statements of the rows as SQLite's connection does."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final, LiteralString, Protocol

from neo4j import Result

from graph.errors import ConflictError, StoreError
from graph.stores import record_writes, schema, sql
from graph.stores.neo4j import cypher_labels as labels
from graph.stores.neo4j import cypher_topology as topology
from graph.stores.neo4j.columns import (
    by_type,
    component_columns,
    relation_columns,
    stored_relations,
)
from graph.stores.neo4j.dialect import Reading, Verb, Writing, dialect
from graph.stores.neo4j.joints import count_targets, joints_of, targets_of
from graph.stores.neo4j.links import Links, RowParameters, key_of
from graph.stores.neo4j.looks import properties_of
from graph.stores.neo4j.pending import Pending
from graph.stores.neo4j.steps import StepRows, kept_steps
from graph.stores.schema import Label

# Rows of one statement: few enough that a server with a small heap holds their changes.
_BATCH: Final = 5_000

Row = Mapping[str, sql.Value]


class Runner(Protocol):
    """A transaction of the driver."""

    def run(self, query: LiteralString, parameters: dict[str, object] | None = None, /) -> Result:
        """Run Cypher with parameters."""


class FoundRows:
    """Rows as they come from the server, read once; `rowcount` of a writing statement."""

    def __init__(self, rows: Iterable[sql.Row], *, touched: int = -1) -> None:
        """Take the rows, which may still be on their way."""
        self._rows: Final = rows
        self.rowcount: Final = touched

    def __iter__(self) -> Iterator[sql.Row]:
        """Yield the rows in their order."""
        return iter(self._rows)

    def fetchall(self) -> list[sql.Row]:
        """Return all rows at once."""
        return list(self._rows)


class CypherConnection:
    """`sql.Connection` on one transaction.

    What `executemany` writes waits until a statement could see it, or for `finish`.
    """

    def __init__(self, transaction: Runner) -> None:
        """Take a transaction that is open; whoever opened it calls `finish`, and ends it."""
        self._transaction: Final = transaction
        self._links: Final = Links(self._touch)
        self._pending: Final = Pending(self._write)

    def execute(self, statement: str, values: dict[str, sql.Value] | None = None, /) -> FoundRows:
        """Run the Cypher of a statement.

        Raises: StoreError for a statement that has none.
        """
        values = values or {}
        said = dialect().get(statement)
        if said is None:
            raise StoreError(f"there is no Cypher for {statement!r}; add it to the dialect")
        if isinstance(said, Writing):
            self._settle_for({said.label.name, *(j.target for j in joints_of(said.label))})
            return FoundRows((), touched=self._write(said.verb, said.label, [values]))
        self._settle_for(said.labels)
        if statement == record_writes._FORGET_CHANGE_LINKS:
            self._links.forget_change(values["evidence_id"])
        elif {"Change", "Incident"} <= said.labels:
            self._links.join_changes()
        return self._read(said, values)

    def executemany(self, statement: str, rows: Iterable[dict[str, sql.Value]], /) -> FoundRows:
        """Do what a writing statement does to each row, before anything can see it undone."""
        said = dialect()[statement]
        assert isinstance(said, Writing), statement
        self._pending.add(said, list(rows))
        return FoundRows(())

    def finish(self) -> None:
        """Write what waits, and join what belongs together.

        Raises: ConflictError where a record names one that is not stored.
        """
        self._pending.flush()
        self._links.settle()

    def read(self, text: str, **parameters: object) -> list[sql.Row]:
        """Run Cypher that has no SQL."""
        self._pending.flush()
        result = self._transaction.run(text, parameters)
        return [tuple(record.values()) for record in result]

    def refuse_stored(self, relations: Sequence[Row]) -> None:
        """Raise ConflictError where one of these is stored, or stands here twice.

        No constraint says so: it would cost two fifths of the time in which a big graph is written.
        """
        self._pending.flush()
        twice = len(relations) - len({key_of(schema.RELATION, row) for row in relations})
        stored = sum(
            self._touch(labels.count_relations(type_), stored_relations(group))
            for type_, group in by_type(relations)
        )
        if twice or stored:
            raise ConflictError(
                f"{twice + stored} relations are stored already; rebuild into an empty store"
            )

    def _settle_for(self, labels: Collection[str]) -> None:
        if self._pending.touches(labels):
            self._pending.flush()

    def _read(self, said: Reading, values: Row) -> FoundRows:
        result = self._transaction.run(said.text, _parameters(values))
        if list(result.keys()) == ["touched"]:
            return FoundRows((), touched=int(result.single(strict=True)[0]))
        rows = (tuple(record.values()) for record in result)
        if said.unwound:
            rows = (row for columns in rows for row in zip(*columns, strict=True))
        if (order := said.order) is not None:
            return FoundRows(sorted(rows, key=lambda row: row[order]))
        return FoundRows(rows)

    def _touch(self, text: str, rows: Sequence[RowParameters]) -> int:
        return self._told(text, rows)[0]

    def _told(self, text: str, rows: Sequence[RowParameters]) -> list[int]:
        """Run a statement on rows; returns the sums of what it tells of each batch."""
        told = [0, 0]
        for start in range(0, len(rows), _BATCH):
            result = self._transaction.run(text, {"rows": rows[start : start + _BATCH]})
            more = map(int, result.single(strict=True))
            told = [sofar + one for sofar, one in zip(told, more, strict=False)]
        return told

    def _write(self, verb: Verb, label: Label, rows: Sequence[Row]) -> int:
        if label is schema.CHANGE_EVIDENCE:
            self._note(label, rows)
            return len(rows)
        if label is schema.RELATION:
            return self._relate(verb, rows)
        if label is schema.COMPONENT and verb is Verb.INSERT:
            return self._create_components(rows)
        if label is schema.FLOW and verb is not Verb.INSERT:
            self._forget_steps(rows)
        given = [_row(verb, label, row) for row in rows]
        joints = joints_of(label) if verb is not Verb.DELETE else ()
        links = [targets_of(label, row) for row in rows] if joints else []
        for whole, targets in zip(given, links, strict=False):
            whole["links"] = targets
        touched, *joined = self._told(_WORDS[verb](label), given)
        if verb is Verb.DELETE or not touched:
            return touched
        if not joints or joined[0] < sum(map(count_targets, links)):
            self._note(label, rows, new=verb is Verb.INSERT)
        if label is schema.FLOW:
            self._put_steps(rows)
        return touched

    def _note(self, label: Label, rows: Sequence[Row], *, new: bool = False) -> None:
        for row in rows:
            self._links.note(label, row, new=new)

    def _create_components(self, rows: Sequence[Row]) -> int:
        sent = []
        for start in range(0, len(rows), _BATCH):
            columns = component_columns(rows[start : start + _BATCH])
            sent.append(self._transaction.run(labels.CREATE_COMPONENTS, columns))
        return _sum(sent)

    def _relate(self, verb: Verb, rows: Sequence[Row]) -> int:
        if verb is Verb.INSERT:
            return self._relate_new(rows)
        word = _RELATION_WORDS[verb]
        return sum(
            self._touch(word(type_), stored_relations(group)) for type_, group in by_type(rows)
        )

    def _relate_new(self, rows: Sequence[Row]) -> int:
        sent = []
        for type_, group in by_type(rows):
            for start in range(0, len(group), _BATCH):
                columns = relation_columns(group[start : start + _BATCH])
                text = labels.relate(type_, tuple(columns))
                sent.append(self._transaction.run(text, columns))
        if (touched := _sum(sent)) != len(rows):
            raise ConflictError(
                f"{len(rows) - touched} relations name what the graph lacks; nothing was written"
            )
        return touched

    def _forget_steps(self, rows: Sequence[Row]) -> None:
        """Take away the steps that flows no longer have; relations keep those that stay."""
        kept = [kept_steps(row) for row in rows]
        self._touch(topology.FORGET_STEPS, kept)
        self._touch(topology.FORGET_USES, kept)

    def _put_steps(self, rows: Sequence[Row]) -> None:
        found = StepRows(rows)
        self._touch(topology.PUT_STEPS, found.steps)
        self._touch(topology.PUT_USES, found.uses)
        self._touch(topology.PUT_ORDER, found.order)


_WORDS: Final = {
    Verb.INSERT: labels.insert,
    Verb.INSERT_NEW: labels.insert_new,
    Verb.UPSERT: labels.upsert,
    Verb.UPDATE: labels.update,
    Verb.DELETE: labels.delete,
}
_RELATION_WORDS: Final = {
    Verb.UPDATE: labels.change_relation,
    Verb.DELETE: labels.delete_relation,
}


def _row(verb: Verb, label: Label, row: Row) -> dict[str, object]:
    if verb is Verb.DELETE:
        return {"properties": dict(zip(label.key, key_of(label, row), strict=True))}
    return {"properties": properties_of(label, row)}


def _sum(sent: Sequence[Result]) -> int:
    """Wait for statements that were sent: the server works while the next is made ready."""
    return sum(int(result.single(strict=True)[0]) for result in sent)


def _parameters(values: Row) -> dict[str, object]:
    """Give a set as a list; SQLite takes it as JSON."""
    return {
        name: json.loads(value) if isinstance(value, sql.JsonList) else value
        for name, value in values.items()
    }
