"""The schema in Neo4j: constraints and indexes out of the schema table, a version, the way forward.

One node `(:Etiograph {id: 'store'})` says which version a database holds. It is also the counter
that every writer locks first, so that writes come one after the other, as in the embedded store.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from graph.errors import NewerSchemaError, StoreError
from graph.model.topology import RelationType
from graph.stores import schema, sql
from graph.stores.neo4j import cypher_search as search
from graph.stores.neo4j.cypher_labels import STEP, TOPOLOGY
from graph.stores.schema import LABELS, SCHEMA_VERSION
from graph.stores.shapes import Label

Run = Callable[[str, Mapping[str, object]], list[sql.Row]]

# The first version that any Neo4j database holds, and what moved its data on since; constraints and
# indexes need no step, since they are made where they are missing.
FIRST_VERSION: Final = 4
# A body is JSON text whose last fields are the new ones: a quote within a text is escaped there.
_ADD_FIELDS: Final = (
    "MATCH (n:{label}) WHERE NOT n.body CONTAINS '\"{first}\":' "
    "SET n.body = left(n.body, size(n.body) - 1) + '{fields}}}' RETURN count(n) AS touched"
)
# The settings are the last field of what is stored with a pack itself.
_ADD_SETTINGS: Final = (
    "MATCH (n:Pack) WHERE NOT n.body CONTAINS '\"{first}\":' "
    "SET n.body = left(n.body, size(n.body) - 2) + '{fields}}}}}' RETURN count(n) AS touched"
)
MIGRATIONS: Final[Mapping[int, tuple[str, ...]]] = {
    5: (
        _ADD_FIELDS.format(label="FaultMode", first="first_steps", fields=',"first_steps":null'),
        _ADD_FIELDS.format(label="Check", first="if_yes", fields=',"if_yes":null,"if_no":null'),
    ),
    6: (
        _ADD_FIELDS.format(
            label="AlertType", first="aliases", fields=',"aliases":[],"speaks_only":false'
        ),
        _ADD_SETTINGS.format(first="absent_rules", fields=',"absent_rules":[]'),
    ),
}

_TYPES: Final = tuple(type_.value for type_ in RelationType)
_JOINED: Final = frozenset({schema.RELATION.name, schema.CHANGE_EVIDENCE.name})
# What lists are read by, beside keys and what is unique.
_INDEXES: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("Alert", ("incident_id",)),
    ("Alert", ("pack_id", "lane")),
    ("Alert", ("lane",)),
    ("Change", ("pack_id", "at")),
    ("Component", ("pack_id",)),
    ("Diagnosis", ("incident_id",)),
    ("Job", ("kind", "key")),
    ("Job", ("state",)),
    ("LedgerEntry", ("incident_id",)),
    ("Observation", ("incident_id",)),
    ("Remediation", ("incident_id",)),
    ("Session", ("user",)),
    ("Tick", ("incident_id",)),
    (TOPOLOGY, ("id",)),
    (TOPOLOGY, ("pack_id",)),
)
_STORED: Final = "MATCH (s:Etiograph {id: 'store'}) RETURN s.schema_version AS version"
_FOREIGN: Final = "MATCH (n) RETURN labels(n) AS labels LIMIT 1"
_SHOW_CONSTRAINTS: Final = """
    SHOW CONSTRAINTS YIELD type, labelsOrTypes, properties
    WHERE type ENDS WITH 'UNIQUENESS'
    RETURN labelsOrTypes AS labels, properties AS properties"""
_SHOW_INDEXES: Final = """
    SHOW INDEXES YIELD type, entityType, labelsOrTypes, properties, owningConstraint
    WHERE type = 'RANGE' AND entityType = 'NODE' AND owningConstraint IS NULL
    RETURN labelsOrTypes AS labels, properties AS properties"""
_AWAIT: Final = "CALL db.awaitIndexes(120)"
# Writes are counted from the time: a database that was emptied and filled again never comes to a
# number that a process remembers of the store before.
_MARK: Final = """
    MERGE (s:Etiograph {id: 'store'})
    ON CREATE SET s.writes = timestamp(), s.last_job = 0
    SET s.schema_version = $version
    RETURN s.schema_version AS version"""


def bring_up_to_date(
    run: Run,
    name: str,
    *,
    version: int = SCHEMA_VERSION,
    migrations: Mapping[int, tuple[str, ...]] = MIGRATIONS,
) -> None:
    """Make what is missing in an empty database, or move an older one forward.

    Each step may run again: it is written so, because it is not one transaction with the others.

    Args:
        run: run a statement in a transaction of its own.
        name: the server, for messages.
        version: of this Etiograph.
        migrations: statements that move the data to a version.

    Raises:
        NewerSchemaError: written by a newer version; it is left as it is.
        StoreError: the database holds something else, or is too old.
    """
    stored = _stored_version(run, name, version)
    _make_missing(run)
    if stored == version:
        return
    for to in range(stored + 1, version + 1) if stored else ():
        for statement in migrations.get(to, ()):
            run(statement, {})
    run(_MARK, {"version": version})


def _stored_version(run: Run, name: str, version: int) -> int:
    """Read the version; 0 for an empty database."""
    found = run(_STORED, {})
    if not found:
        if others := run(_FOREIGN, {}):
            raise StoreError(
                f"neo4j {name!r} holds {others[0][0]!r} and no Etiograph store; name an empty "
                "database in ETIOGRAPH_NEO4J_DATABASE"
            )
        return 0
    stored = int(found[0][0] or 0)
    if stored > version:
        raise NewerSchemaError(
            f"store {name!r} has schema version {stored}, this Etiograph knows versions up to "
            f"{version}; start the newer Etiograph that wrote it"
        )
    if stored < FIRST_VERSION:
        raise StoreError(
            f"store {name!r} has schema version {stored}, and there is no way from it to "
            f"{version}; export it with the Etiograph that wrote it"
        )
    return stored


def _make_missing(run: Run) -> None:
    for statement in _outdated(run):
        run(statement, {})
    missing = [
        *_lacking(run, _SHOW_CONSTRAINTS, unique_properties(), _constraint),
        *_lacking(run, _SHOW_INDEXES, _INDEXES, _index),
        *_lacking_of_search(run),
    ]
    for statement in missing:
        run(statement, {})
    if missing:
        run(_AWAIT, {})


def _outdated(run: Run) -> list[str]:
    """Drop what versions before kept unique; relations no longer repeat their ends."""
    there = {str(row[0]) for row in run(_SHOW_CONSTRAINTS, {})}
    return [
        f"DROP CONSTRAINT {type_.lower()}_pack_id_source_target_unique IF EXISTS"
        for type_ in _TYPES
        if str([type_]) in there
    ]


def unique_properties(labels: Sequence[Label] = LABELS) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """List what is unique: label and properties."""
    keys = [(label.name, label.key) for label in labels if label.name not in _JOINED]
    others = [
        (label.name, index.columns)
        for label in labels
        for index in label.indexes
        if index.unique and not index.where
    ]
    return (
        *keys,
        *others,
        (STEP, ("pack_id", "id")),
        ("Etiograph", ("id",)),
        ("StoreWriter", ("id",)),
        (search.TEXT, ("key",)),
        (search.PASSAGE, ("content",)),
        (search.MARK, ("id",)),
    )


def _lacking(
    run: Run,
    show: str,
    wanted: Sequence[tuple[str, tuple[str, ...]]],
    write: Callable[[str, tuple[str, ...]], str],
) -> list[str]:
    there = {(str(row[0]), str(row[1])) for row in run(show, {})}
    return [
        write(label, names)
        for label, names in wanted
        if (str([label]), str(list(names))) not in there
    ]


def _lacking_of_search(run: Run) -> list[str]:
    there = {str(row[0]) for row in run(search.SHOW_INDEXES, {})}
    return [text for name, text in search.MAKE_INDEXES.items() if name not in there]


def _constraint(label: str, names: tuple[str, ...]) -> str:
    properties = ", ".join(f"n.`{name}`" for name in names)
    return (
        f"CREATE CONSTRAINT {label.lower()}_{'_'.join(names)}_unique IF NOT EXISTS "
        f"FOR (n:{label}) REQUIRE ({properties}) IS UNIQUE"
    )


def _index(label: str, names: tuple[str, ...]) -> str:
    properties = ", ".join(f"n.`{name}`" for name in names)
    return (
        f"CREATE RANGE INDEX {label.lower()}_by_{'_'.join(names)} IF NOT EXISTS "
        f"FOR (n:{label}) ON ({properties})"
    )
