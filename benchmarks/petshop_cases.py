"""PetShop's files as the product reads series and graphs: one history, windows, targets."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from ingest.metrics.panel import Panel, Quantity, SeriesName, align

# The statistic of each metric that is read, what it measures, and its unit.
READ: Final[Mapping[tuple[str, str], tuple[Quantity, str]]] = {
    ("latency", "Average"): (Quantity.LATENCY, "s"),
    ("availability", "Average"): (Quantity.AVAILABILITY, "percent"),
    ("requests", "Sum"): (Quantity.TRAFFIC, "count"),
}
STEP_S: Final = 300.0


@dataclass(frozen=True)
class Case:
    """One incident: its window, what was seen to be bad and when, and the truth."""

    id: str
    split: str
    window: Panel
    node: str
    metric: str
    at: float
    root: str


def read_table(path: Path) -> Panel:
    """Read a metrics.csv: three rows of header (component, metric, statistic), then instants."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    heads = list(zip(*rows[:3], strict=True))[1:]
    body = [row for row in rows[3:] if row and _is_number(row[0])]
    times = np.array([float(row[0]) for row in body])
    names, samples = [], []
    for column, (component, metric, statistic) in enumerate(heads, 1):
        if (metric, statistic) in READ:
            quantity, unit = READ[metric, statistic]
            cells = [float(row[column]) if row[column] else np.nan for row in body]
            names.append(SeriesName(component, quantity, unit))
            samples.append((times, np.array(cells)))
    return align(names, samples, step_s=STEP_S)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def read_cases(folder: Path) -> list[Case]:
    """Read every incident of both splits, in (split, number) order."""
    found = []
    for split in ("train", "test"):
        issues = sorted((folder / split).iterdir(), key=lambda p: int(p.name.split("_")[-1]))
        found += [_case(split, issue) for issue in issues]
    return found


def _case(split: str, issue: Path) -> Case:
    known: Any = json.loads((issue / "target.json").read_text(encoding="utf-8"))
    target = known["target"]
    return Case(
        id=f"{split}/{issue.name}",
        split=split,
        window=read_table(issue / "metrics.csv"),
        node=target["node"],
        metric=target["metric"],
        at=float(target["timestamp"]),
        root=known["root_cause"]["node"],
    )
