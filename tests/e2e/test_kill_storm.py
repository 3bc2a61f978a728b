"""A storm that arrives while servers die again and again is diagnosed as if they had not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.conftest import require
from tests.e2e.grounds import VERSION, FileGrounds, Neo4jGrounds
from tests.e2e.kill_storm import Digests, run_kills, undisturbed
from tests.neo4j_server import Neo4jServer, neo4j_server

KILLS: Final = 20  # 2 % of the soak, `make soak`


@pytest.fixture(scope="module")
def grounds(tmp_path_factory: pytest.TempPathFactory) -> FileGrounds:
    """One prepared data folder."""
    return FileGrounds(tmp_path_factory.mktemp("grounds"))


@pytest.fixture(scope="module")
def truth(grounds: FileGrounds) -> Digests:
    """What a server on files that nobody kills says of the storm: true of every store."""
    return undisturbed(grounds.fresh("calm"))


@pytest.fixture(scope="module")
def running() -> Iterator[Neo4jServer]:
    """Run one Neo4j server for all storms."""
    require("neo4j")
    with neo4j_server(VERSION) as server:
        yield server


def test_kills_in_a_storm_change_no_diagnosis(grounds: FileGrounds, truth: Digests) -> None:
    """Every post is acknowledged in the end; incidents and digests are those of a calm server."""
    report = run_kills(grounds, kills=KILLS, seed=5, truth=truth)

    assert report.differing == []
    assert (report.kills, report.acknowledged) == (KILLS, KILLS)
    assert report.sent_again > 0, "no kill came before its answer"


def test_kills_in_a_storm_kept_on_neo4j_change_no_diagnosis(
    tmp_path: Path, running: Neo4jServer, truth: Digests
) -> None:
    """The same on a Neo4j server, which lives on: nothing acknowledged is lost, nothing twice."""
    report = run_kills(Neo4jGrounds(tmp_path, running), kills=KILLS, seed=5, truth=truth)

    assert report.differing == []
    assert (report.kills, report.acknowledged) == (KILLS, KILLS)
    assert report.sent_again > 0, "no kill came before its answer"
