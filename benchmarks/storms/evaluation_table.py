"""The evaluation on a screen: a line for each figure of each part, `hits/cases` at each minute."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def table(told: Mapping[str, Any]) -> str:
    """Draw every part that was asked; intervals and bins stand in the file."""
    parts = [(name, part) for name, part in told.items() if isinstance(part, dict)]
    lines = [line for name, part in parts if "cases" in part for line in _part(name, part)]
    return "\n".join(lines)


def _part(name: str, part: Mapping[str, Any]) -> Iterator[str]:
    yield f"{name}, {part['cases']} nights"
    for figure, cells in part.items():
        if isinstance(cells, dict) and cells and all(_is_share(cell) for cell in cells.values()):
            yield _line(figure, cells)
    for rule, firsts in part.get("rules", {}).items():
        yield _line(f"{rule}, first", {time: cell["first_1"] for time, cell in firsts.items()})
    for time, cell in part.get("reliability", {}).items():
        if cell["cases"]:  # torn packs are asked at ten minutes only
            low, high = cell["interval"]
            yield f"  {f'ECE at {time}':<30} {cell['ece']:.3f} ({low:.3f} to {high:.3f})"


def _is_share(cell: object) -> bool:
    return isinstance(cell, dict) and "hits" in cell


def _line(figure: str, cells: Mapping[str, Mapping[str, Any]]) -> str:
    shown = "  ".join(f"{time}: {cell['hits']}/{cell['cases']}" for time, cell in cells.items())
    return f"  {figure:<30} {shown}"
