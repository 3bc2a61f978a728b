"""Cypher of what every label can do, named as the words of `graph.stores.sql`.

Writing statements take `rows`, maps with `properties`, among them those of the key, and return how
many were touched; those of records take `links` too, a list of targets per joint, and return how
many were joined.
Labels, relationship types and property names come from the schema table, values are parameters.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from graph.model.topology import RelationType
from graph.stores import schema
from graph.stores.neo4j.columns import COMPONENT_NAMES
from graph.stores.neo4j.joints import Joint, joints_of
from graph.stores.neo4j.looks import TELLING
from graph.stores.shapes import Label, Link

# Components, flows and steps: what a relation of a pack may join.
TOPOLOGY: Final = "Topology"
STEP: Final = "FlowStep"
_ALSO: Final = {
    schema.COMPONENT.name: f":{TOPOLOGY}",
    schema.FLOW.name: f":{TOPOLOGY}",
}
# What went in ahead of a pack that is not loaded yet is not there for anybody.
LOADED: Final = "EXISTS {{ (:Pack {{id: {0}.pack_id}}) }}"


@cache
def insert(label: Label) -> str:
    """Create nodes that must not be there."""
    return (
        f"UNWIND $rows AS row CREATE (n:{label.name}{_ALSO.get(label.name, '')}) "
        f"SET n = row.properties {_joined(label, new=True)}"
    )


@cache
def insert_new(label: Label) -> str:
    """Create nodes whose key is not stored."""
    return (
        f"UNWIND $rows AS row OPTIONAL MATCH (old:{label.name} {_key(label)}) "
        "WITH row, old WHERE old IS NULL "
        f"CREATE (n:{label.name}{_ALSO.get(label.name, '')}) "
        f"SET n = row.properties {_joined(label, new=True)}"
    )


@cache
def upsert(label: Label) -> str:
    """Create nodes or overwrite the stored ones of their keys."""
    also = f"SET n{_ALSO[label.name]} " if label.name in _ALSO else ""
    return (
        f"UNWIND $rows AS row MERGE (n:{label.name} {_key(label)}) {also}"
        f"SET n = row.properties {_parted(label)}{_joined(label)}"
    )


@cache
def update(label: Label) -> str:
    """Overwrite the stored nodes of these keys."""
    return (
        f"UNWIND $rows AS row MATCH (n:{label.name} {_key(label)}) "
        f"SET n = row.properties {_parted(label)}{_joined(label)}"
    )


@cache
def delete(label: Label) -> str:
    """Delete the nodes of these keys with all that joins them."""
    return (
        f"UNWIND $rows AS row MATCH (n:{label.name} {_key(label)}) "
        "DETACH DELETE n RETURN count(*) AS touched"
    )


@cache
def bodies_of_pack(label: Label) -> str:
    """Read the bodies of a pack's nodes, with their keys to order them by."""
    return f"{_in_pack(label)} RETURN n.body AS body, {_keys(label, 'n')}"


@cache
def keys_of_pack(label: Label) -> str:
    """Read the keys of a pack's nodes, and the body after each."""
    return f"{_in_pack(label)} RETURN {_keys(label, 'n')}, n.body AS body"


@cache
def count(label: Label) -> str:
    """Count the nodes."""
    return f"MATCH (n:{label.name}) RETURN count(n) AS stored"


@cache
def columns_in_order(label: Label, key: tuple[str, ...]) -> str:
    """Read all columns of all nodes, those of `key` first, in its order."""
    names = (*key, *(name for name in label.column_names if name not in key))
    columns = ", ".join(f"n.`{name}` AS `{name}`" for name in names)
    order = ", ".join(f"`{name}`" for name in key)
    loaded = f"WHERE {LOADED.format('n')} " if label is schema.COMPONENT else ""
    return f"MATCH (n:{label.name}) {loaded}RETURN {columns} ORDER BY {order}"


# ── Relations of packs: relationships of their own type ─────────────────────────────────────────

# A relation of a pack has a body; what only makes the graph worth looking at has none. Its ends
# and its type are those of the relationship: as properties they would double what is written.
_IN_PACK: Final = f"MATCH (a:{TOPOLOGY} {{pack_id: $pack_id}})-[r]->(b) WHERE r.body IS NOT NULL "
_ENDS: Final = "a.id AS source, type(r) AS type, b.id AS target"
_BY_SOURCE: Final = (
    f"{_IN_PACK}WITH a, collect(type(r)) AS types, collect(b.id) AS targets, "
    "collect(r.body) AS bodies RETURN "
)
_SOURCES: Final = "[target IN targets | a.id] AS sources, types, targets"
RELATION_BODIES: Final = f"{_BY_SOURCE}bodies, {_SOURCES}"
RELATION_KEYS: Final = f"{_BY_SOURCE}[target IN targets | a.pack_id] AS packs, {_SOURCES}, bodies"
RELATION_COUNT: Final = (
    f"MATCH (:{TOPOLOGY})-[r]->() WHERE r.body IS NOT NULL RETURN count(r) AS stored"
)
CHANGE_EVIDENCE_COUNT: Final = (
    "MATCH (:Change)-[r:EVIDENCE_OF]->(:Incident) RETURN count(r) AS stored"
)
RELATION_COLUMNS: Final = (
    f"MATCH (a:{TOPOLOGY})-[r]->(b) WHERE r.body IS NOT NULL AND {LOADED.format('a')} "
    f"RETURN a.pack_id AS pack_id, {_ENDS}, r.body AS body ORDER BY pack_id, source, type, target"
)
_STORED_RELATION: Final = (
    f"UNWIND $rows AS row MATCH (a:{TOPOLOGY} {{id: row.source}})-[r:TYPE]->(b:{TOPOLOGY}) "
    "WHERE a.pack_id = row.pack_id AND b.id = row.target AND r.body IS NOT NULL "
)


@cache
def relate(type_: RelationType, names: tuple[str, ...]) -> str:
    """Join what is there in the pack `$pack_id`; each row must find both of its ends.

    The rows come as columns, a list for each of `names`: a map for each of 400,000 relations would
    take longer to send than to write. The index is named: planned on an empty database, all nodes
    of the pack look as few as one id.
    """
    ends = [
        f"MATCH ({end}:{TOPOLOGY} {{id: $`{name}`[i]}}) USING INDEX {end}:{TOPOLOGY}(id) "
        f"WHERE {end}.pack_id = $pack_id "
        for end, name in (("a", "source"), ("b", "target"))
    ]
    own = (name for name in names if name not in {"pack_id", "source", "target"})
    properties = ", ".join(f"`{name}`: $`{name}`[i]" for name in own)
    return (
        f"UNWIND range(0, size($source) - 1) AS i {''.join(ends)}"
        f"CREATE (a)-[r:{type_.value} {{{properties}}}]->(b) RETURN count(r) AS touched"
    )


_COMPONENT: Final = ", ".join(f"{name}: ${name}[i]" for name in COMPONENT_NAMES)
CREATE_COMPONENTS: Final = (
    f"UNWIND range(0, size($id) - 1) AS i CREATE (n:Component:{TOPOLOGY} {{{_COMPONENT}}}) "
    "SET n += $rest[i] RETURN count(n) AS touched"
)


def change_relation(type_: RelationType) -> str:
    """Overwrite stored relations."""
    found = _STORED_RELATION.replace("TYPE", type_.value)
    return f"{found} SET r = row.properties RETURN count(r) AS touched"


def delete_relation(type_: RelationType) -> str:
    """Delete stored relations, where they are not gone with one of their ends."""
    return f"{_STORED_RELATION.replace('TYPE', type_.value)} DELETE r RETURN count(*) AS touched"


DOUBLES: Final = (
    f"MATCH (a:{TOPOLOGY})-[r]->(b) WHERE r.body IS NOT NULL "
    "WITH a, type(r) AS type, b, count(r) AS times WHERE times > 1 RETURN count(*) AS doubled"
)


def count_relations(type_: RelationType) -> str:
    """Count those of some relations that are stored."""
    return f"{_STORED_RELATION.replace('TYPE', type_.value)} RETURN count(r) AS touched"


# ── Links: a record to what it belongs to, or tells of ──────────────────────────────────────────


@cache
def join(label: Label, type_: str, *, target: str, by_pack: bool = False) -> str:
    """Join a node with another by `row.target`; returns how many rows found both.

    Args:
        label: of the node that names the other.
        type_: of the relationship; `row.told` are its properties.
        target: the label of the other.
        by_pack: the other's id holds within a pack, whose id the node has.
    """
    key = schema_key(target)
    other = f"{{{key}: row.target, pack_id: n.pack_id}}" if by_pack else f"{{{key}: row.target}}"
    return (
        f"UNWIND $rows AS row MATCH (n:{label.name} {_key(label)}) "
        f"MATCH (other:{target} {other}) "
        f"MERGE (n)-[r:{type_}]->(other) SET r += row.told RETURN count(*) AS touched"
    )


@cache
def part(label: Label, types: tuple[str, ...]) -> str:
    """Take away the relationships of these types that lead away from nodes."""
    return (
        f"UNWIND $rows AS row MATCH (n:{label.name} {_key(label)})-[r:{'|'.join(types)}]->() "
        "DELETE r RETURN count(*) AS touched"
    )


@cache
def strays(label: Label, link: Link) -> str:
    """Count the nodes that name another and are not joined with it."""
    return (
        f"MATCH (n:{label.name}) WHERE n.`{link.column}` IS NOT NULL AND NOT EXISTS {{ "
        f"MATCH (n)-[:{link.type}]->(o:{link.target}) "
        f"WHERE o.`{schema_key(link.target)}` = n.`{link.column}` }} RETURN count(n) AS stray"
    )


def schema_key(label: str) -> str:
    """Name the last property of a label's key: the one that another row names it by."""
    return _BY_NAME[label].key[-1]


_BY_NAME: Final = {label.name: label for label in schema.LABELS}


def _in_pack(label: Label) -> str:
    return f"MATCH (n:{label.name} {{pack_id: $pack_id}})"


def _keys(label: Label, variable: str) -> str:
    return ", ".join(f"{variable}.`{name}` AS `{name}`" for name in label.key)


def _parted(label: Label) -> str:
    """Take away what a written node was joined with before."""
    types = dict.fromkeys(joint.type for joint in joints_of(label))
    if not types:
        return ""
    return f"WITH n, row CALL (n) {{ MATCH (n)-[gone:{'|'.join(types)}]->() DELETE gone }} "


def _joined(label: Label, *, new: bool = False) -> str:
    """Join a written node with the targets of its row, each named once, as far as they are there.

    A new node is joined with none of them: nobody need look, which costs more than to join.
    """
    join = "CREATE" if new else "MERGE"
    calls = [
        f"CALL (n, row) {{ UNWIND row.links[{place}] AS link "
        f"{_met(joint, join)} RETURN count(*) AS joined{place} }} "
        for place, joint in enumerate(joints_of(label))
    ]
    if not calls:
        return "RETURN count(n) AS touched"
    total = " + ".join(f"sum(joined{place})" for place in range(len(calls)))
    return f"WITH n, row {''.join(calls)}RETURN count(n) AS touched, {total} AS joined"


def _met(joint: Joint, join: str) -> str:
    """Join `n` with what a `link` names."""
    key = schema_key(joint.target)
    if joint.type in TELLING:
        return (
            f"MATCH (other:{joint.target} {{{key}: link.id}}) "
            f"{join} (n)-[r:{joint.type}]->(other) SET r += link.told"
        )
    return f"MATCH (other:{joint.target} {{{key}: link}}) {join} (n)-[:{joint.type}]->(other)"


def _key(label: Label) -> str:
    return "{" + ", ".join(f"`{name}`: row.properties.`{name}`" for name in label.key) + "}"
