"""The command that measures the store of the graph: its shape; no figure is asserted."""

from __future__ import annotations

import json
from typing import Final

import pytest

from benchmarks.graph import GOALS, LIBRARY, SEEDED, made_pack, main, table
from benchmarks.shown import shown
from ingest.packs import load_pack
from tests.conftest import require

SMALL: Final = ("--json", "--scale", "0.005", "--rounds", "1", "--cuts", "5")


def test_a_small_run_gives_every_figure(capsys: pytest.CaptureFixture[str]) -> None:
    """Both stores and the plain loader are measured; a reload writes nothing."""
    require("neo4j")
    assert main(SMALL) == 0
    told = json.loads(capsys.readouterr().out)

    assert {"seed", "commit", "versions", "machine", "server"} <= told.keys()
    cells = told["figures"]
    assert cells.keys() >= {*GOALS, "plain_unwind_made_s"}
    assert all(number > 0 for cell in cells.values() for number in cell.values())
    counts = told["counts"]
    assert (counts["made components"], counts["made relations"]) == (500, 2000)
    assert (counts["embedded writes of a reload"], counts["neo4j writes of a reload"]) == (0, 0)
    assert [line.split()[0] for line in table(told).splitlines()[2:-1]] == list(cells)
    assert shown(told) == table(told)


def test_the_embedded_store_is_measured_alone(capsys: pytest.CaptureFixture[str]) -> None:
    """A machine without Neo4j still has its half."""
    assert main([*SMALL, "--version", "none"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [name for name in told["figures"] if not name.startswith("embedded_")] == []


def test_a_made_graph_is_that_of_its_seed() -> None:
    """Equal seeds, equal graphs; every relation joins two components once."""
    like = load_pack(SEEDED, library_folder=LIBRARY)
    first, again, other = (made_pack(like, scale=0.002, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first.relations != other.relations
    keys = {(r.source, r.type, r.target) for r in first.relations}
    assert len(keys) == len(first.relations) == 800
    assert {end for s, _, t in keys for end in (s, t)} <= {c.id for c in first.components}
