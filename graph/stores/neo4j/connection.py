"""A transaction of Neo4j that answers the statements of the rows as SQLite's connection does."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, LiteralString, Protocol

from neo4j import Result

from graph.errors import ConflictError, StoreError
from graph.model.topology import RelationType
from graph.stores import record_rows, record_writes, schema, sql
from graph.stores.neo4j import cypher_labels as labels
from graph.stores.neo4j import cypher_topology as topology
from graph.stores.neo4j.dialect import Reading, Verb, Writing, dialect
from graph.stores.neo4j.links import Links, RowParameters, key_of, own_links
from graph.stores.neo4j.looks import properties_of
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
    """`sql.Connection` on one transaction."""

    def __init__(self, transaction: Runner) -> None:
        """Take a transaction that is open; whoever opened it ends it."""
        self._transaction: Final = transaction
        self.links: Final = Links(self._touch)

    def execute(self, statement: str, values: dict[str, sql.Value] | None = None, /) -> FoundRows:
        """Run the Cypher of a statement.

        Raises: StoreError for a statement that has none.
        """
        values = values or {}
        said = dialect().get(statement)
        if isinstance(said, Writing):
            return self.executemany(statement, [values])
        if said is None:
            raise StoreError(f"there is no Cypher for {statement!r}; add it to the dialect")
        if statement == record_rows._CHANGES_OF:
            self.links.join_what_is_there()
        elif statement == record_writes._FORGET_CHANGE_LINKS:
            self.links.forget_change(values["evidence_id"])
        return self._read(said, values)

    def executemany(self, statement: str, rows: Iterable[dict[str, sql.Value]], /) -> FoundRows:
        """Do what a writing statement does to each row."""
        said = dialect()[statement]
        assert isinstance(said, Writing), statement
        given, touched = list(rows), 0
        for start in range(0, len(given), _BATCH):
            touched += self._write(said.verb, said.label, given[start : start + _BATCH])
        return FoundRows((), touched=touched)

    def read(self, text: str, **parameters: object) -> list[sql.Row]:
        """Run Cypher that has no SQL."""
        result = self._transaction.run(text, parameters)
        return [tuple(record.values()) for record in result]

    def _read(self, said: Reading, values: Row) -> FoundRows:
        result = self._transaction.run(said.text, _parameters(values))
        if list(result.keys()) == ["touched"]:
            return FoundRows((), touched=int(result.single(strict=True)[0]))
        rows = (tuple(record.values()) for record in result)
        if (order := said.order) is not None:
            return FoundRows(sorted(rows, key=lambda row: row[order]))
        return FoundRows(rows)

    def _touch(self, text: str, rows: Sequence[RowParameters]) -> int:
        touched = 0
        for start in range(0, len(rows), _BATCH):
            batch = rows[start : start + _BATCH]
            result = self._transaction.run(text, {"rows": batch})
            touched += int(result.single(strict=True)[0])
        return touched

    def _write(self, verb: Verb, label: Label, rows: Sequence[Row]) -> int:
        if label is schema.CHANGE_EVIDENCE:
            touched = len(rows)
        elif label is schema.RELATION:
            touched = self._relate(verb, rows)
        else:
            if label is schema.FLOW:
                self._forget_steps(rows)
            given = [_row(verb, label, row) for row in rows]
            if verb is Verb.UPDATE and (links := own_links(label)):
                self._touch(labels.part(label, tuple(link.type for link in links)), given)
            touched = self._touch(_WORDS[verb](label), given)
        if verb is not Verb.DELETE and touched:
            for row in rows:
                self.links.note(label, row)
            if label is schema.FLOW:
                self._put_steps(rows)
        return touched

    def _relate(self, verb: Verb, rows: Sequence[Row]) -> int:
        by_type: defaultdict[str, list[RowParameters]] = defaultdict(list)
        for row in rows:
            by_type[str(row["type"])].append(_row(verb, schema.RELATION, row))
        touched = sum(
            self._touch(_RELATION_WORDS[verb](RelationType(type_)), group)
            for type_, group in by_type.items()
        )
        if verb is Verb.INSERT and touched != len(rows):
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
    Verb.INSERT: labels.relate,
    Verb.UPDATE: labels.change_relation,
    Verb.DELETE: labels.delete_relation,
}


def _row(verb: Verb, label: Label, row: Row) -> RowParameters:
    key = dict(zip(label.key, key_of(label, row), strict=True))
    if verb is Verb.DELETE:
        return {"key": key}
    return {"key": key, "properties": properties_of(label, row)}


def _parameters(values: Row) -> dict[str, object]:
    """Give a set as a list; SQLite takes it as JSON."""
    return {
        name: json.loads(value) if isinstance(value, sql.JsonList) else value
        for name, value in values.items()
    }
