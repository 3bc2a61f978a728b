"""A transaction of Neo4j that answers the statements of the rows as SQLite's connection does."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from neo4j import Result

from graph.errors import ConflictError, StoreError
from graph.stores import record_writes, schema, sql
from graph.stores.neo4j import cypher_labels as labels
from graph.stores.neo4j.bundles import Part, Runner, run_bundle
from graph.stores.neo4j.columns import by_type, stored_relations
from graph.stores.neo4j.dialect import Reading, Writing, dialect
from graph.stores.neo4j.joints import is_of_pack, joints_of
from graph.stores.neo4j.links import Links, key_of
from graph.stores.neo4j.pending import Errand, Pending
from graph.stores.neo4j.writer import NodeWriter
from graph.stores.shapes import Label

Row = Mapping[str, sql.Value]
_Question = tuple[str, frozenset[tuple[str, sql.Value]]]


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


class AlreadyDoneError(Exception):
    """The opening of a transaction says that its work is done already."""


class OvertakenError(Exception):
    """Another process wrote after the time of what was read for a write."""


@dataclass(frozen=True)
class Opening:
    """What a transaction runs before anything else, in the same trip; it finds two numbers.

    Where the first is `done`, nothing else must happen. The second is the stamp of this write; one
    that read ahead of its transaction is overtaken if it is not `stamp`. `beside` writes of this
    process before it left all but jobs as it was.
    """

    part: Part
    done: int
    stamp: int | None = None
    beside: int = 0


class CypherConnection:
    """`sql.Connection` on one transaction.

    What `executemany` writes waits until a statement could see it, or for `finish`.
    """

    def __init__(
        self, transaction: Runner, opening: Opening | None = None, *, before: Runner | None = None
    ) -> None:
        """Take a transaction that is open; whoever opened it calls `finish`, and ends it.

        `before`: who answers what is read until something has to be written.
        """
        self._transaction: Final = transaction
        self._opening = opening
        self._before = before
        self.has_read = False
        self._wrote: Final[set[str]] = set()  # labels
        self.stamp: int | None = None  # of this write, once it has begun
        self._links: Final = Links(lambda text, rows: self._writer.touch(text, rows))
        self._writer: Final = NodeWriter(self._run, self._run_together, self._links)
        self._pending: Final = Pending(self._writer.write_all)
        # What was read ahead, until something is written that it looks at.
        self._ahead: Final[dict[_Question, tuple[frozenset[str], list[sql.Row]]]] = {}

    def execute(self, statement: str, values: dict[str, sql.Value] | None = None, /) -> FoundRows:
        """Run the Cypher of a statement.

        Raises: StoreError for a statement that has none.
        """
        values = values or {}
        said = _said(statement)
        if isinstance(said, Writing):
            self._settle_for({said.label.name, *(j.target for j in joints_of(said.label))})
            self._forget(said.label)
            return FoundRows((), touched=self._writer.write(said, [values]))
        if (known := self._ahead.get(_question(statement, values))) is not None:
            return FoundRows(known[1])
        self._settle_for(said.labels)
        if said.writes:
            self._forget_labels(said.labels)
        if statement == record_writes._FORGET_CHANGE_LINKS:
            self._links.forget_change(values["evidence_id"])
        elif {"Change", "Incident"} <= said.labels:
            self._links.join_changes()
        return self._read(said, values)

    def executemany(self, statement: str, rows: Iterable[dict[str, sql.Value]], /) -> FoundRows:
        """Do what a writing statement does to each row, before anything can see it undone."""
        said = _said(statement)
        given = list(rows)
        if isinstance(said, Reading):
            for row in given:
                self.later(said, **_parameters(row))
            return FoundRows(())
        if given:
            self._forget(said.label)
        self._pending.add(said, given)
        return FoundRows(())

    def expect(self, questions: Sequence[sql.Question]) -> None:
        """Read in one trip what is asked for next; it is not read again before it is written."""
        asked = [(text, values, _said(text)) for text, values in questions]
        reads = [(text, values, said) for text, values, said in asked if isinstance(said, Reading)]
        self._settle_for(frozenset[str]().union(*(said.labels for _, _, said in reads)))
        self._links.join_changes()
        parts = [Part(said.text, _parameters(values)) for _, values, said in reads]
        for (text, values, said), rows in zip(reads, self._read_together(parts), strict=True):
            self._ahead[_question(text, values)] = (said.labels, list(said.shaped(rows)))

    def later(self, said: Reading, **parameters: object) -> None:
        """Run Cypher that writes before anything can see it undone."""
        self._forget_labels(said.labels)
        self._pending.add_errand(Errand(said, parameters))

    @property
    def stands_on(self) -> int | None:
        """Number the write before that was not of jobs; it is checked then. None: unknown."""
        if self._before is None or self._opening is None or self._opening.stamp is None:
            return None
        self.has_read = True
        return self._opening.stamp - 1 - self._opening.beside

    @property
    def is_of_jobs(self) -> bool:
        """Tell whether it changes nothing but jobs."""
        return self._wrote <= {schema.JOB.name}

    @property
    def begun(self) -> bool:
        """Tell whether its transaction was needed by now."""
        return self._before is None

    def take_all(self) -> list[Part] | None:
        """Give all that a transaction that has not begun would write, the opening first.

        None where that is more than one statement can do; nothing was taken then.
        """
        parts = None if self.begun else self._writer.parts_of(self._pending.waiting)
        if parts is None or self._opening is None:
            return None
        return [self._opening.part, *parts] if parts else []

    def finish(self) -> None:
        """Write what waits, and join what belongs together.

        Raises: ConflictError where a record names one that is not stored.
        """
        self._pending.flush()
        self._links.settle()

    def read(self, text: str, **parameters: object) -> list[sql.Row]:
        """Run Cypher that has no SQL."""
        self._pending.flush()
        self._wrote.add(text)  # whatever it does: it is none of jobs
        return [tuple(record.values()) for record in self._run(text, parameters)]

    def refuse_stored(self, relations: Sequence[Row]) -> None:
        """Raise ConflictError where one of these is stored, or stands here twice.

        No constraint says so: it would cost two fifths of the time in which a big graph is written.
        """
        self._pending.flush()
        twice = len(relations) - len({key_of(schema.RELATION, row) for row in relations})
        stored = sum(
            self._writer.touch(labels.count_relations(type_), stored_relations(group))
            for type_, group in by_type(relations)
        )
        if twice or stored:
            raise ConflictError(
                f"{twice + stored} relations are stored already; rebuild into an empty store"
            )

    def _settle_for(self, labels: Collection[str]) -> None:
        if self._pending.touches(labels):
            self._pending.flush()

    def _forget(self, label: Label) -> None:
        """Let go of what was read ahead and is about to change."""
        self._wrote.add(label.name)
        if is_of_pack(label):
            self._ahead.clear()
        elif label is schema.CHANGE_EVIDENCE:
            self._forget_labels({"Change"})
        else:
            self._forget_labels({label.name})

    def _forget_labels(self, labels: Collection[str]) -> None:
        self._wrote.update(labels)
        for question in [q for q, (seen, _) in self._ahead.items() if not seen.isdisjoint(labels)]:
            del self._ahead[question]

    def _read(self, said: Reading, values: Row) -> FoundRows:
        if self._before is not None and not said.writes:
            self.has_read = True
            found = self._before.run(said.text, _parameters(values))
            return FoundRows(said.shaped([tuple(record.values()) for record in found]))
        if self._opening is not None:
            rows = self._run_together([Part(said.text, _parameters(values))])[0]
            if said.touches:
                return FoundRows((), touched=int(rows[0][0] or 0))
            return FoundRows(said.shaped(rows))
        result = self._run(said.text, _parameters(values))
        if said.touches:
            return FoundRows((), touched=int(result.single(strict=True)[0]))
        return FoundRows(said.shaped(tuple(record.values()) for record in result))

    def _read_together(self, parts: Sequence[Part]) -> list[list[sql.Row]]:
        """Read in one trip, ahead of a transaction that has not begun."""
        if self._before is None:
            return self._run_together(parts)
        self.has_read = True
        return run_bundle(self._before, parts)

    def _run_together(self, parts: Sequence[Part]) -> list[list[sql.Row]]:
        """Run parts in one trip, after the opening; gives the rows of each."""
        opening, self._opening, self._before = self._opening, None, None
        if opening is None:
            return run_bundle(self._transaction, parts)
        opened, *found = run_bundle(self._transaction, [opening.part, *parts])
        self.stamp = check_opened(opening, opened)
        return found

    def _run(self, text: str, parameters: dict[str, object]) -> Result:
        """Run a statement whose rows may be many, the opening before it."""
        if self._opening is not None:
            self._run_together([])
        return self._transaction.run(text, parameters)


def check_opened(opening: Opening, rows: Sequence[sql.Row]) -> int:
    """Return the stamp of a write that has begun.

    Raises: AlreadyDoneError, OvertakenError.
    """
    last, stamp = rows[0]
    if last == opening.done:
        raise AlreadyDoneError
    if opening.stamp not in {None, stamp}:
        raise OvertakenError
    return int(stamp or 0)


def _said(statement: str) -> Reading | Writing:
    said = dialect().get(statement)
    if said is None:
        raise StoreError(f"there is no Cypher for {statement!r}; add it to the dialect")
    return said


def _question(statement: str, values: Row) -> _Question:
    return statement, frozenset(values.items())


def _parameters(values: Row) -> dict[str, object]:
    """Give a set as a list; SQLite takes it as JSON."""
    return {
        name: json.loads(value) if isinstance(value, sql.JsonList) else value
        for name, value in values.items()
    }
