"""The benchmark of reading series, on a few of them."""

from __future__ import annotations

import json

import numpy as np
import pytest

from benchmarks.metric_evidence import main
from benchmarks.planted_series import plant


def test_both_methods_are_measured(capsys: pytest.CaptureFixture[str]) -> None:
    """Recall, false episodes, onsets, seconds and the stated rates stand beside each other."""
    assert main(["--series", "8", "--seeds", "7", "--json"]) == 0

    report = json.loads(capsys.readouterr().out)
    assert set(report["cells"]) >= {"etiograph", "isolation_forest"}
    ours, forest = report["cells"]["etiograph"], report["cells"]["isolation_forest"]
    assert ours["recall"]["n"] == forest["recall"]["n"] == report["counts"]["episodes"]
    assert ours["false_episodes"]["count"] <= forest["false_episodes"]["count"]
    assert report["stated_false_alarms"][0]["stated"] == 0.2
    assert report["thresholds_chosen_on_seeds"] == [100, 101, 102]


def test_equal_seeds_plant_equal_weeks() -> None:
    """A second reader gets the same weeks."""
    one, other = plant(3, 11), plant(3, 11)

    assert one.episodes == other.episodes
    assert np.array_equal(one.panel.values, other.panel.values, equal_nan=True)
