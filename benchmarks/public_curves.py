"""Reliability on public sets, drawn out of their result files: what was said, how often it held.

Both sets know the root to be one component, so what is stated is P(born there | born in one
component) of the first; the cases of a result file hold it. A hit under tied scores counts as
right only where it is certain.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks.storms.curve import reliability_curve
from benchmarks.storms.shares import reliability

# The ranking of each set that the cases state figures of, and how the set is called.
DRAWN: Final[Mapping[str, tuple[str, str]]] = {
    "petshop": ("as_given", "PetShop, as-given graph"),
    "itbench": ("product", "ITBench, SRE scenarios"),
}


def stated_and_right(told: Mapping[str, Any], method: str) -> tuple[list[float], list[bool]]:
    """Read what each case stated of its first component, and whether that was the root."""
    cases = [case for case in told["cases"] if case["scores"]]
    stated = [min(1.0, float(case["scores"][0])) for case in cases]
    return stated, [case["hits"][method][0] >= 1.0 for case in cases]


def draw(name: str, told: Mapping[str, Any], folder: Path) -> Path:
    """Write the curve of a set beside its result file; returns the picture's path."""
    method, title = DRAWN[name]
    held = reliability(*stated_and_right(told, method))
    path = folder / f"{name}.svg"
    path.write_text(reliability_curve(held["bins"], title=title), encoding="utf-8")
    return path


def lines(name: str, told: Mapping[str, Any], picture: str) -> Sequence[str]:
    """Tell the curve in words and counts: the picture, the error, each bin."""
    method, title = DRAWN[name]
    stated, right = stated_and_right(told, method)
    held = reliability(stated, right)
    brier = sum((p - hit) ** 2 for p, hit in zip(stated, right, strict=True)) / len(stated)
    low, high = held["interval"]
    said, came = sum(stated) / len(stated), sum(right) / len(right)
    beyond = "more than chance explains" if low > held["by_chance"] else "within chance"
    rows = [
        f"| {row['from']:.1f}–{row['from'] + 0.1:.1f} | {row['stated']:.3f} | {row['cases']} | "
        f"{row['hits']} | [{row['interval'][0]:.2f}, {row['interval'][1]:.2f}] |"
        for row in held["bins"]
    ]
    return [
        f"What was said of the first component, and how often it held: n {held['cases']}, said "
        f"{said:.3f} on average, right {came:.3f}; Brier {brier:.3f}, calibration error "
        f"{held['ece']:.3f} [{low:.2f}, {high:.2f}], by chance alone {held['by_chance']:.3f}: "
        f"**{beyond}**.",
        "",
        f"![Reliability, {title}]({picture})",
        "",
        "| said | mean said | cases | right | 95% of the share |",
        "|---|---|---|---|---|",
        *rows,
    ]
