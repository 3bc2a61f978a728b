"""Every statement of the rows, said in Cypher: one behaviour in the rows, two languages below."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, cached_property
from typing import Final

from graph.model.moving import RecordKind
from graph.stores import access_rows, moving_rows, record_rows, schema, sql
from graph.stores.neo4j import cypher_labels as labels
from graph.stores.neo4j import cypher_people
from graph.stores.neo4j.cypher_knowledge import KNOWLEDGE
from graph.stores.neo4j.cypher_people import ACCESS, AUDIT, GRANTS, JOBS, MOVING
from graph.stores.neo4j.cypher_records import RECORD_WRITES, RECORDS, REMEDIATIONS
from graph.stores.neo4j.cypher_topology import BODIES, PACKS, TOPOLOGY_READS, UNWOUND
from graph.stores.shapes import Label


class Verb(StrEnum):
    """What a writing statement does to rows of a label."""

    INSERT = "insert"
    INSERT_NEW = "insert_new"
    UPSERT = "upsert"
    UPDATE = "update"
    DELETE = "delete"


@dataclass(frozen=True)
class Reading:
    """Cypher that takes the parameters by their names.

    `order` names the columns that order the rows by code point, as SQLite does; Neo4j compares
    texts by UTF-16, which differs where people choose names. `unwound`: each record holds lists of
    one length, which are columns; half a million records would take longer to read than to find.
    """

    text: str
    order: slice | None = None
    unwound: bool = False

    @cached_property
    def labels(self) -> frozenset[str]:
        """Name the labels that it looks at."""
        return frozenset(_LABEL.findall(self.text)) & _LABELS

    @cached_property
    def touches(self) -> bool:
        """Tell whether it writes, and returns how many it touched."""
        return self.text.rstrip().endswith("AS touched")

    @cached_property
    def writes(self) -> bool:
        """Tell whether it changes anything."""
        return _WRITES.search(self.text) is not None

    def shaped(self, rows: Iterable[sql.Row]) -> Iterable[sql.Row]:
        """Give the rows as SQLite would, out of what the server finds."""
        if self.unwound:
            rows = (row for columns in rows for row in zip(*columns, strict=True))
        if (order := self.order) is not None:
            return sorted(rows, key=lambda row: row[order])
        return rows


@dataclass(frozen=True)
class Writing:
    """A verb on rows of a label."""

    verb: Verb
    label: Label


_AFTER_BODY: Final = slice(1, None)
_LABEL: Final = re.compile(r":([A-Z]\w+)")
_WRITES: Final = re.compile(r"\b(?:SET|CREATE|MERGE|DELETE)\b")
_LABELS: Final = frozenset(label.name for label in schema.LABELS)


@cache
def dialect() -> dict[str, Reading | Writing]:
    """Give each SQL statement of the rows what it is in Cypher."""
    said: dict[str, Reading | Writing] = {
        statement: Reading(text)
        for group in (
            *(ACCESS, AUDIT, GRANTS, JOBS, KNOWLEDGE, MOVING),
            *(RECORDS, RECORD_WRITES, REMEDIATIONS, PACKS, TOPOLOGY_READS),
        )
        for statement, text in group.items()
    }
    for statement in _BY_NAME:
        text = said[statement]
        assert isinstance(text, Reading)
        said[statement] = Reading(text.text, order=_AFTER_BODY)
    for statement, columns in BODIES.items():
        said[statement] = Reading(columns, order=_AFTER_BODY, unwound=True)
    for statement, columns in UNWOUND.items():
        said[statement] = Reading(columns, order=slice(None), unwound=True)
    for label in schema.LABELS:
        said |= _words(label)
    return said | {moving_rows.all_of(kind): _all_of(kind) for kind in RecordKind}


ENQUEUE_ALL: Final = Reading(cypher_people.ENQUEUE_ALL)

_BY_NAME: Final = (
    access_rows._USERS,
    access_rows._SOURCES,
    access_rows._TOKENS,
    record_rows._HEARTBEATS,
)


def _all_of(kind: RecordKind) -> Reading:
    label, key = moving_rows.order_in(kind)
    if label is schema.RELATION:
        return Reading(labels.RELATION_COLUMNS)
    order = slice(len(key)) if kind in _NAMED_BY_PEOPLE else None
    return Reading(labels.columns_in_order(label, key), order)


# Few, and with keys that people choose.
_NAMED_BY_PEOPLE: Final = frozenset(
    {
        RecordKind.ACCOUNT,
        RecordKind.SOURCE,
        RecordKind.HEARTBEAT,
        RecordKind.REGION,
        RecordKind.ALERT_TYPE,
    }
)


def _words(label: Label) -> dict[str, Reading | Writing]:
    said: dict[str, Reading | Writing] = {
        sql.insert(label): Writing(Verb.INSERT, label),
        sql.insert_new(label): Writing(Verb.INSERT_NEW, label),
        sql.upsert(label): Writing(Verb.UPSERT, label),
        sql.update(label): Writing(Verb.UPDATE, label),
        sql.delete(label): Writing(Verb.DELETE, label),
    }
    if label is schema.RELATION:
        said[sql.bodies_of_pack(label)] = Reading(
            labels.RELATION_BODIES, order=_AFTER_BODY, unwound=True
        )
        said[sql.keys_of_pack(label)] = Reading(labels.RELATION_KEYS, unwound=True)
        said[sql.count(label)] = Reading(labels.RELATION_COUNT)
    elif label is schema.CHANGE_EVIDENCE:
        said[sql.count(label)] = Reading(labels.CHANGE_EVIDENCE_COUNT)
    else:
        said[sql.count(label)] = Reading(labels.count(label))
        if "pack_id" in label.key or label is schema.COMPONENT:
            said[sql.bodies_of_pack(label)] = Reading(
                labels.bodies_of_pack(label), order=_AFTER_BODY
            )
            said[sql.keys_of_pack(label)] = Reading(labels.keys_of_pack(label))
    return said
