"""The picture and the table of docs/graph.md are what a database holds, told or rebuilt."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from graph.model.moving import RESTORE_ORDER
from graph.stores import schema
from graph.stores.embedded_store import EmbeddedGraphStore
from tests.contracts.conftest import neo4j_store
from tests.contracts.full_house import all_records, fill
from tests.neo4j_server import DATABASE, Neo4jServer

_PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "graph.md"
_MODEL: Final = _PAGE.read_text(encoding="utf-8").split("## The model")[1].split("\n## ")[0]
_JOINED: Final = (
    "MATCH (a)-[r]->(b) RETURN labels(a) AS a, type(r) AS type, labels(b) AS b, count(*) AS n "
    "ORDER BY a, type, b"
)
_LABELS: Final = "MATCH (n) UNWIND labels(n) AS label RETURN DISTINCT label ORDER BY label"
_TYPES: Final = "MATCH ()-[r]->() RETURN DISTINCT type(r) AS type ORDER BY type"


@pytest.fixture
def full(server: Neo4jServer) -> Iterator[Neo4jServer]:
    """Write something of every kind to the server."""
    with closing(neo4j_store(server)) as store:
        store.write(fill)
        yield server


def ask(server: Neo4jServer, question: str) -> list[list[object]]:
    """Ask the database past the store."""
    with server.driver() as driver:
        return [list(r.values()) for r in driver.execute_query(question, database_=DATABASE)[0]]


def test_a_rebuilt_graph_is_joined_as_the_told_one(full: Neo4jServer) -> None:
    """Kinds that come in one after the other meet what they name, checks of fault modes too."""
    told = ask(full, _JOINED)
    source = EmbeddedGraphStore(None)
    source.write(fill)
    records = all_records(source)
    full.clear()
    with closing(neo4j_store(full)) as target:
        for kind in RESTORE_ORDER:
            target.write(lambda tx, k=kind: tx.restore(k, records[k]))  # type: ignore[misc]

    assert ask(full, _JOINED) == told


def test_the_page_names_every_label_of_the_schema() -> None:
    """Whoever adds one is told without a server; two labels of the schema are relationships."""
    joined = {schema.RELATION.name, schema.CHANGE_EVIDENCE.name}
    names = {label.name for label in schema.LABELS} - joined

    assert sorted(name for name in names if not re.search(rf"\b{name}\b", _MODEL)) == []


def test_the_page_names_every_label(full: Neo4jServer) -> None:
    """Whoever meets a label in Neo4j's own tools finds it on the page."""
    stored = [str(label) for (label,) in ask(full, _LABELS)]

    assert [label for label in stored if not re.search(rf"\b{label}\b", _MODEL)] == []


def test_the_page_names_every_type_of_relation(full: Neo4jServer) -> None:
    """No relation of the graph is missing in the picture."""
    stored = [str(type_) for (type_,) in ask(full, _TYPES)]

    assert [type_ for type_ in stored if type_ not in _MODEL] == []
