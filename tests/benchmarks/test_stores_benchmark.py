"""The command that measures a storm on both stores: its shape; no figure is asserted."""

from __future__ import annotations

import json

import pytest

from benchmarks.shown import shown
from benchmarks.stores import GOALS, main
from tests.conftest import require


def test_one_round_tells_both_stores_and_their_ratio(capsys: pytest.CaptureFixture[str]) -> None:
    """Every storm is sent, covered and told; those of the seasoning stand apart."""
    require("neo4j")
    assert main(["--json", "--rounds", "1", "--seasoning", "1"]) == 0
    told = json.loads(capsys.readouterr().out)

    assert {"seed", "commit", "versions", "machine", "neo4j"} <= told.keys()
    cells = told["figures"]
    assert cells.keys() >= {*GOALS, "embedded_storm_s", "neo4j_storm_s", "neo4j_first_storm_s"}
    assert told["counts"]["alerts_included"] > 300
    assert cells["ratio"]["n"] == 1
    assert shown(told)
