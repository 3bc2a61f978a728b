"""The engine's speed on a folder of one small problem made here."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.engine_speed import linked, main
from benchmarks.shown import shown
from reasoning.engine.problem_files import parse_problem
from tests.benchmarks.small_problem import PROBLEM


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Write one problem and two incidents, in the second of which everything has spoken."""
    seen = [
        {"id": "i0", "active": ["web/x"], "unknown": []},
        *({"id": f"i{n}", "active": ["db/x", "web/x"], "unknown": []} for n in range(1, 5)),
    ]
    (tmp_path / "a.problem.json").write_text(json.dumps(PROBLEM), encoding="utf-8")
    text = "".join(json.dumps(row) + "\n" for row in seen)
    (tmp_path / "a.jsonl").write_text(text, encoding="utf-8")
    entry = {"problem": "a.problem.json", "observations": "a.jsonl", "truth": "a.jsonl"}
    (tmp_path / "manifest.json").write_text(json.dumps({"sets": {"small": [entry]}}), "utf-8")
    return tmp_path


def test_every_part_is_measured_in_its_own_process(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Followed, large, plain and fresh: each figure is there beside its goal, and is drawn."""
    asked = ["--data", str(folder), "--set", "small", "--components", "7", "--json"]

    assert main(asked) == 0

    told = json.loads(capfd.readouterr().out)
    assert set(told["goals"]) < set(told["figures"])
    assert told["figures"]["ten_alerts_more_ms"]["n"] == told["counts"]["incidents"] == 1
    assert (told["counts"]["nodes"], told["counts"]["alerts"]) == (8, 8)
    assert told["figures"]["plain_storm_ms"]["n"] == 4
    assert "ready_plain_s" in shown(told)


def test_copies_hang_together_and_are_a_problem() -> None:
    """Ids are told apart by copy, and each copy can fail the next one."""
    whole, prefixes = linked([PROBLEM], 6)

    problem = parse_problem(whole, source="copies")
    assert prefixes == ["c0/", "c1/", "c2/"]
    assert len(problem.nodes) == 6
    crossing = [
        row for row in whole["links"] if row["cause"].split("/")[0] != row["effect"].split("/")[0]
    ]
    assert len(crossing) == 4
    assert linked([PROBLEM], 6) == (whole, prefixes)


def test_a_folder_without_storms_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 2 and what to do."""
    assert main(["--data", str(tmp_path)]) == 2
    assert "name a folder of sets" in capsys.readouterr().err
