"""Writes rows of every label into one transaction, small ones of several labels in one trip."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, LiteralString

from neo4j import Result

from graph.errors import ConflictError
from graph.stores import schema, sql
from graph.stores.neo4j import cypher_labels as labels
from graph.stores.neo4j import cypher_topology as topology
from graph.stores.neo4j.bundles import Part
from graph.stores.neo4j.columns import (
    by_type,
    component_columns,
    relation_columns,
    stored_relations,
)
from graph.stores.neo4j.dialect import Verb, Writing
from graph.stores.neo4j.joints import count_targets, is_of_pack, joints_of, targets_of
from graph.stores.neo4j.links import Links, RowParameters, key_of
from graph.stores.neo4j.looks import properties_of, shown_body
from graph.stores.neo4j.pending import Batch, Errand, Waiting
from graph.stores.neo4j.steps import StepRows, kept_steps
from graph.stores.shapes import Label

# Rows of one statement: few enough that a server with a small heap holds their changes.
_BATCH: Final = 5_000

Row = Mapping[str, sql.Value]
Run = Callable[[LiteralString, dict[str, object]], Result]
RunTogether = Callable[[Sequence[Part]], list[list[sql.Row]]]


@dataclass(frozen=True)
class _Nodes:
    """Rows of records, made ready to be sent."""

    said: Writing
    rows: Sequence[Row]
    sent: list[dict[str, object]]
    joined: int  # relationships that should come of it


class NodeWriter:
    """What a connection writes; what its rows name is left to `links` where it is not there."""

    def __init__(self, run: Run, run_together: RunTogether, links: Links) -> None:
        """Take how to run a statement, and several in one trip."""
        self._run: Final = run
        self._run_together: Final = run_together
        self._links: Final = links

    def write_all(self, waiting: Sequence[Waiting]) -> None:
        """Write in the given order; what stands next to each other goes in one trip if it can."""
        light: list[_Nodes | Errand] = []
        for one in waiting:
            if isinstance(one, Batch) and not _is_light(one):
                self._send(light)
                light = []
                self.write(one.said, one.rows)
            else:
                light.append(one if isinstance(one, Errand) else _nodes(one.said, one.rows))
        self._send(light)

    def parts_of(self, waiting: Sequence[Waiting]) -> list[Part] | None:
        """Give what one statement does for all that waits, or None where it takes several.

        It fails where a record names what is not stored.
        """
        if any(isinstance(one, Batch) and not _is_light(one) for one in waiting):
            return None
        light = (one if isinstance(one, Errand) else _nodes(one.said, one.rows) for one in waiting)
        return [_guarded(_part(one), one) for one in light]

    def write(self, said: Writing, rows: Sequence[Row]) -> int:
        """Do what a verb does to the rows of a label; returns how many were touched."""
        verb, label = said.verb, said.label
        if label is schema.CHANGE_EVIDENCE:
            self._note(label, rows)
            return len(rows)
        if label is schema.RELATION:
            return self._relate(verb, rows)
        if label is schema.COMPONENT and verb is Verb.INSERT:
            return self._create_components(rows)
        if label is schema.FLOW and verb is not Verb.INSERT:
            self._forget_steps(rows)
        nodes = _nodes(said, rows)
        touched, *joined = self._told(_WORDS[verb](label), nodes.sent)
        self._join_later(nodes, touched, joined[0])
        if label is schema.FLOW and verb is not Verb.DELETE and touched:
            self._put_steps(rows)
        return touched

    def touch(self, text: str, rows: Sequence[RowParameters]) -> int:
        """Run a statement on rows; returns how many it touched."""
        return self._told(text, rows)[0]

    def _send(self, light: Sequence[_Nodes | Errand]) -> None:
        if not light:
            return
        for one, rows in zip(light, self._run_together(list(map(_part, light))), strict=True):
            if isinstance(one, _Nodes):
                touched, *joined = (int(value or 0) for value in rows[0])
                self._join_later(one, touched, joined[0] if joined else 0)

    def _join_later(self, nodes: _Nodes, touched: int, joined: int) -> None:
        """Leave to the end of the transaction what could not be joined by now."""
        verb, label = nodes.said.verb, nodes.said.label
        if verb is Verb.DELETE or not touched:
            return
        if not joints_of(label) or joined < nodes.joined:
            self._note(label, nodes.rows, new=verb is Verb.INSERT)

    def _note(self, label: Label, rows: Sequence[Row], *, new: bool = False) -> None:
        for row in rows:
            self._links.note(label, row, new=new)

    def _told(self, text: str, rows: Sequence[RowParameters]) -> list[int]:
        """Run a statement on rows; returns the sums of what it tells of each batch."""
        told = [0, 0]
        for start in range(0, len(rows), _BATCH):
            result = self._run(text, {"rows": rows[start : start + _BATCH]})
            more = [*map(int, result.single(strict=True)), 0]
            told = [sofar + one for sofar, one in zip(told, more, strict=False)]
        return told

    def _create_components(self, rows: Sequence[Row]) -> int:
        sent = []
        for start in range(0, len(rows), _BATCH):
            columns = component_columns(rows[start : start + _BATCH])
            sent.append(self._run(labels.CREATE_COMPONENTS, columns))
        return _sum(sent)

    def _relate(self, verb: Verb, rows: Sequence[Row]) -> int:
        if verb is Verb.INSERT:
            return self._relate_new(rows)
        word = _RELATION_WORDS[verb]
        return sum(
            self.touch(word(type_), stored_relations(group)) for type_, group in by_type(rows)
        )

    def _relate_new(self, rows: Sequence[Row]) -> int:
        sent = []
        for type_, group in by_type(rows):
            for start in range(0, len(group), _BATCH):
                columns = relation_columns(group[start : start + _BATCH])
                sent.append(self._run(labels.relate(type_, tuple(columns)), columns))
        if (touched := _sum(sent)) != len(rows):
            raise ConflictError(
                f"{len(rows) - touched} relations name what the graph lacks; nothing was written"
            )
        return touched

    def _forget_steps(self, rows: Sequence[Row]) -> None:
        """Take away the steps that flows no longer have; relations keep those that stay."""
        kept = [kept_steps(row) for row in rows]
        self.touch(topology.FORGET_STEPS, kept)
        self.touch(topology.FORGET_USES, kept)

    def _put_steps(self, rows: Sequence[Row]) -> None:
        found = StepRows(rows)
        self.touch(topology.PUT_STEPS, found.steps)
        self.touch(topology.PUT_USES, found.uses)
        self.touch(topology.PUT_ORDER, found.order)


_ALL_JOINED: Final = "{row}[0] = 0 OR {row}[1] >= {of}.joined"
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


def _is_light(batch: Batch) -> bool:
    """Tell whether a batch is few records, whose write is one statement."""
    label = batch.said.label
    heavy = is_of_pack(label) or label in {schema.CHANGE_EVIDENCE, schema.RELATION}
    return not heavy and len(batch.rows) <= _BATCH


def _nodes(said: Writing, rows: Sequence[Row]) -> _Nodes:
    label = said.label
    if said.verb is Verb.DELETE:
        return _Nodes(said, rows, [_key(label, row) for row in rows], joined=0)
    bodies = [shown_body(label, row) for row in rows]
    sent: list[dict[str, object]] = [
        {"properties": properties_of(label, row, body)}
        for row, body in zip(rows, bodies, strict=True)
    ]
    if not joints_of(label):
        return _Nodes(said, rows, sent, joined=0)
    joined = 0
    for whole, row, body in zip(sent, rows, bodies, strict=True):
        whole["links"] = targets = targets_of(label, row, body)
        joined += count_targets(targets)
    return _Nodes(said, rows, sent, joined)


def _part(one: _Nodes | Errand) -> Part:
    if isinstance(one, Errand):
        return Part(one.said.text, one.parameters)
    return Part(_WORDS[one.said.verb](one.said.label), {"rows": one.sent})


def _guarded(part: Part, one: _Nodes | Errand) -> Part:
    if isinstance(one, Errand) or not one.joined:
        return part
    return Part(part.text, {**part.parameters, "joined": one.joined}, _ALL_JOINED)


def _key(label: Label, row: Row) -> dict[str, object]:
    return {"properties": dict(zip(label.key, key_of(label, row), strict=True))}


def _sum(sent: Sequence[Result]) -> int:
    """Wait for statements that were sent: the server works while the next is made ready."""
    return sum(int(result.single(strict=True)[0]) for result in sent)
