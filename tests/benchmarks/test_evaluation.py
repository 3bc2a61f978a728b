"""The page of the evaluation, written of result files and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.evaluation import main

CELL = {
    "n": 4,
    "top1": {"hits": 2.0, "share": 0.5, "interval": [0.15, 0.85]},
    "top3": {"hits": 4.0, "share": 1.0, "interval": [0.51, 1.0]},
}
ITBENCH = {
    "seed": 0,
    "commit": "0123456789abcdef+",
    "counts": {"scenarios": 5, "qualify": 4},
    "qualifying": [2, 4, 6, 8],
    "not_qualifying": [36],
    "cells": {"product": {"pooled": CELL}, "most_alerts": {"pooled": CELL}},
    "paired": {"most_alerts": {"top1": {"better": 1, "worse": 0, "equal": 3, "p": 1.0}}},
    "seconds": {"median": 0.01, "max": 0.2},
    "cases": [
        {
            "case": "scenario_2",
            "truth": ["flagd"],
            "truth_connected": "cart",
            "root_alerted": False,
            "hits": {"product": [0.0, 0.5]},
        }
    ],
}


def test_losses_stand_beside_wins(tmp_path: Path) -> None:
    """What was asked, by how much it was missed, every case missed, n, intervals, seed, commit."""
    (tmp_path / "itbench.json").write_text(json.dumps(ITBENCH), encoding="utf-8")
    page = tmp_path / "page.md"

    assert main(["--results", str(tmp_path), "--page", str(page)]) == 0

    text = page.read_text(encoding="utf-8")
    assert "top-1: 0.500, asked 0.75: **missed by 0.250**" in text
    assert "top-3: 1.000, asked 0.85: **reached**" in text
    assert "worst: 0.200, asked 0.1: **missed by 0.100**" in text
    assert "`scenario_2` (top-3 0.5)" in text
    assert "| product, pooled | 4 | 0.500 [0.15, 0.85] | 1.000 [0.51, 1.00] |" in text
    assert "Seed 0, commit `0123456789ab+`" in text
    assert "PetShop" not in text


def test_without_results_there_is_no_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 2, and nothing is written."""
    page = tmp_path / "page.md"

    assert main(["--results", str(tmp_path), "--page", str(page)]) == 2
    assert "run make bench" in capsys.readouterr().err
    assert not page.exists()
