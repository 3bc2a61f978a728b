"""Components and relations as columns: a map for each of half a million would take long to send."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from graph.model.topology import RelationType
from graph.stores import schema, sql
from graph.stores.neo4j.looks import Properties, properties_of

Row = Mapping[str, sql.Value]
Columns = dict[str, object]

# What every component has; the names of attributes are made by people and stay out of the Cypher.
COMPONENT_NAMES: Final = (
    *("id", "pack_id", "kind", "name_zh", "name_en"),
    *("aliases", "site", "visibility", "body"),
)
# The pack, the ends and the type are those of the relationship.
_RELATION_ENDS: Final = ("source", "target")
_NOT_WRITTEN: Final = frozenset({"pack_id", "type", *_RELATION_ENDS})


def component_columns(rows: Sequence[Row]) -> Columns:
    """Give a list for each of `COMPONENT_NAMES`, and the attributes as `rest`."""
    shown = [properties_of(schema.COMPONENT, row) for row in rows]
    columns: Columns = {name: [one.pop(name, None) for one in shown] for name in COMPONENT_NAMES}
    return {**columns, "rest": shown}


def relation_columns(rows: Sequence[Row]) -> Columns:
    """Give `pack_id` and a list for each other property of relations of one pack and type."""
    shown = [_written(row) for row in rows]
    names = sorted({name for one in shown for name in one})
    columns: Columns = {name: [one.get(name) for one in shown] for name in names}
    ends: Columns = {name: [row[name] for row in rows] for name in _RELATION_ENDS}
    return {"pack_id": rows[0]["pack_id"], **ends, **columns}


def by_type(rows: Sequence[Row]) -> Iterator[tuple[RelationType, list[Row]]]:
    """Yield relations of one pack and type together, in the order in which they come first."""
    groups: defaultdict[tuple[sql.Value, sql.Value], list[Row]] = defaultdict(list)
    for row in rows:
        groups[row["pack_id"], row["type"]].append(row)
    for (_, type_), group in groups.items():
        yield RelationType(str(type_)), group


def stored_relations(rows: Sequence[Row]) -> list[Mapping[str, object]]:
    """Say of each relation where it is stored, and its properties, if it has a body to take."""
    return [
        {name: row[name] for name in ("pack_id", *_RELATION_ENDS)}
        | {"properties": _written(row) if "body" in row else {}}
        for row in rows
    ]


def _written(row: Row) -> Properties:
    shown = properties_of(schema.RELATION, row)
    return {name: value for name, value in shown.items() if name not in _NOT_WRITTEN}
