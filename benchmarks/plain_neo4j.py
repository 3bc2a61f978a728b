"""The loader that anybody would write first: rows by UNWIND, past the store, for comparison."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, LiteralString

from neo4j import Driver, GraphDatabase

from graph.model.topology import Component, Relation, RelationType

BATCH: Final = 10_000
_UNIQUE: Final = "CREATE CONSTRAINT plain_id IF NOT EXISTS FOR (n:Plain) REQUIRE n.id IS UNIQUE"
_NODES: Final = "UNWIND $rows AS row CREATE (n:Plain) SET n = row"
_JOIN: Final[dict[RelationType, LiteralString]] = {
    RelationType.DEPENDS_ON: (
        "UNWIND $rows AS row MATCH (a:Plain {id: row.source}) MATCH (b:Plain {id: row.target}) "
        "CREATE (a)-[r:DEPENDS_ON]->(b) SET r = row"
    ),
    RelationType.CALLS: (
        "UNWIND $rows AS row MATCH (a:Plain {id: row.source}) MATCH (b:Plain {id: row.target}) "
        "CREATE (a)-[r:CALLS]->(b) SET r = row"
    ),
}
_CLEAR: Final = "MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 10000 ROWS"


class PlainLoader:
    """A driver of its own on the server that the store uses."""

    def __init__(self, uri: str, *, user: str, password: str, database: str) -> None:
        """Connect when it is needed."""
        self._database: Final = database
        self._driver: Final[Driver] = GraphDatabase.driver(
            uri, auth=(user, password), telemetry_disabled=True, notifications_min_severity="OFF"
        )

    def close(self) -> None:
        """Close the driver."""
        self._driver.close()

    def load(self, components: Sequence[Component], relations: Sequence[Relation]) -> None:
        """Write every component and relation with its whole value, `BATCH` rows a transaction."""
        self._run(_UNIQUE)
        self._in_batches(_NODES, [{"id": c.id, "body": c.model_dump_json()} for c in components])
        for type_, text in _JOIN.items():
            rows = [
                {"source": r.source, "target": r.target, "body": r.model_dump_json()}
                for r in relations
                if r.type is type_
            ]
            self._in_batches(text, rows)

    def clear(self) -> None:
        """Delete every node and what joins them; constraints and indexes stay."""
        self._run(_CLEAR)

    def _in_batches(self, text: LiteralString, rows: Sequence[dict[str, str]]) -> None:
        for start in range(0, len(rows), BATCH):
            self._run(text, rows[start : start + BATCH])

    def _run(self, text: LiteralString, rows: Sequence[dict[str, str]] = ()) -> None:
        with self._driver.session(database=self._database) as session:
            session.run(text, rows=list(rows)).consume()
