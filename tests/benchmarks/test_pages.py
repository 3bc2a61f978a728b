"""The result of what people see: its table. The run itself takes minutes and is `make bench`."""

from __future__ import annotations

from benchmarks.latency import summary
from benchmarks.pages import GOALS, table
from benchmarks.shown import shown


def test_every_figure_stands_beside_its_goal() -> None:
    """One line a figure, in order, with what is wanted; `benchmarks.shown` draws the same."""
    told = {
        "benchmark": "pages",
        "machine": "a machine",
        "figures": {name: summary([0.5, 0.7]) for name in GOALS},
        "goals": {name: {key: goal} for name, (key, goal) in GOALS.items()},
        "counts": {"open": 2},
    }
    lines = table(told).splitlines()[2:-1]

    assert [line.split()[0] for line in lines] == list(GOALS)
    assert all("p95 <=" in line for line in lines)
    assert shown(told) == table(told)
