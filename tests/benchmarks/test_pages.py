"""The command that measures what people see: its shape; no figure is asserted."""

from __future__ import annotations

import json

import pytest

from benchmarks.pages import GOALS, GRAPH_NODES, PEOPLE, main, table
from tests.conftest import require


def test_two_rounds_give_every_figure(capsys: pytest.CaptureFixture[str]) -> None:
    """Clicks, loads, a check and ten people on a real server; JSON and table agree."""
    require("chromium")
    assert main(["--json", "--rounds", "2"]) == 0
    told = json.loads(capsys.readouterr().out)

    assert {"commit", "versions", "machine"} <= told.keys()
    assert told["counts"]["graph nodes"] >= GRAPH_NODES
    assert told["counts"]["ten"] == 2 * PEOPLE
    assert told["errors"] == []
    cells = told["figures"]
    assert cells.keys() == GOALS.keys()
    assert all(number > 0 for cell in cells.values() for number in cell.values())
    assert [line.split()[0] for line in table(told).splitlines()[2:-1]] == list(cells)
