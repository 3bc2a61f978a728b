"""Every question of docs/graph.md has an answer on a real server that was told a night."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest
from neo4j import Driver

from tests.contracts.conftest import neo4j_store
from tests.contracts.nights import digests
from tests.neo4j_server import DATABASE, Neo4jServer

_DOCUMENT: Final = Path(__file__).resolve().parents[2] / "docs" / "graph.md"
_QUESTION: Final = re.compile(r"^(\S[^\n]*\?)\n\n```cypher\n(.*?)^```", re.MULTILINE | re.DOTALL)
QUESTIONS: Final = dict(_QUESTION.findall(_DOCUMENT.read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def told(running: Neo4jServer) -> Iterator[Driver]:
    """Tell the night of a bad release to the server, and open a driver past the store."""
    running.clear()
    with closing(neo4j_store(running)) as store:
        digests(store, "bad-release", minutes=4.0)
    with running.driver() as driver:
        yield driver


def test_there_are_ten_questions() -> None:
    """The document promises them."""
    assert len(QUESTIONS) == 10


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_has_an_answer(told: Driver, question: str) -> None:
    """It runs as it stands, and finds something in the seeded pack and the night."""
    found = told.execute_query(QUESTIONS[question], database_=DATABASE)

    assert len(found.records) > 0
    assert None not in found.records[0].values()
