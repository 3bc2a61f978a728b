"""Result files on a screen."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.shown import main


def test_a_result_is_drawn_with_machine_and_commit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The table of its own benchmark, under what it was measured with and beside the goal."""
    told = {
        "benchmark": "latency",
        "seed": 7,
        "commit": "abc",
        "machine": "a machine",
        "counts": {"alerts": 380},
        "figures": {"storm_s": {"n": 2, "p50": 1.0, "p95": 1.5, "max": 1.5}},
        "goals": {"storm_s": {"p95": 2.0}},
    }
    path = tmp_path / "latency.json"
    path.write_text(json.dumps(told), encoding="utf-8")

    assert main([str(path)]) == 0
    said = capsys.readouterr().out
    assert said.startswith("== latency: commit abc, seed 7, machine a machine\n")
    assert "p95 <= 2" in said


def test_a_file_that_is_no_result_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 2 and one line that names it."""
    path = tmp_path / "other.json"
    path.write_text("{}", encoding="utf-8")

    assert main([str(path)]) == 2
    assert "other.json" in capsys.readouterr().err


def test_every_committed_figure_is_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    """What `make bench` wrote can be looked at by the command that the README names."""
    results = Path(__file__).resolve().parents[2] / "benchmarks" / "results"
    files = sorted(path for path in results.glob("*.json") if not path.stem.startswith("soak_"))
    assert len(files) >= 9
    assert main([str(path) for path in files]) == 0
    assert capsys.readouterr().out.count("\n== ") == len(files) - 1
