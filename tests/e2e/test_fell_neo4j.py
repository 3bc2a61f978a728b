"""A storm whose Neo4j server falls again and again is diagnosed as if it had stood."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tests.conftest import require
from tests.e2e.fell_neo4j import run_fells
from tests.e2e.grounds import VERSION, Neo4jGrounds
from tests.neo4j_server import neo4j_server

FALLS: Final = 4  # each start of a server takes as long as a storm; `make soak` makes a hundred


def test_a_server_that_falls_in_a_storm_changes_no_diagnosis(tmp_path: Path) -> None:
    """Killed and stopped by turns: what was acknowledged is there, once, and counted."""
    require("neo4j")
    with neo4j_server(VERSION) as running:
        report = run_fells(Neo4jGrounds(tmp_path, running), running, rounds=FALLS, seed=3)

    assert report.differing == []
    assert report.rounds == FALLS
    assert report.acknowledged >= FALLS
