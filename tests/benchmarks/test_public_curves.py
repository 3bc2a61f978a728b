"""The curves on the page of public sets: drawn by the command, from the committed results."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks.evaluation import PAGE, RESULTS, main
from benchmarks.public_curves import DRAWN, lines, stated_and_right


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """A folder with the committed results, and a page that the command writes into it."""
    for name in ("petshop", "itbench", "metric_evidence"):
        text = (RESULTS / f"{name}.json").read_text(encoding="utf-8")
        (tmp_path / f"{name}.json").write_text(text, encoding="utf-8")
    (tmp_path / "page.md").write_text(PAGE.read_text(encoding="utf-8"), encoding="utf-8")
    assert main(["--results", str(tmp_path), "--page", str(tmp_path / "page.md")]) == 0
    return tmp_path


def test_page_and_pictures_are_as_the_command_writes_them(written: Path) -> None:
    """Nobody has drawn or edited by hand: the committed bytes are those of the command."""
    assert (written / "page.md").read_text(encoding="utf-8") == PAGE.read_text(encoding="utf-8")
    for name in DRAWN:
        drawn = (written / f"{name}.svg").read_bytes()
        assert drawn == (RESULTS / f"{name}.svg").read_bytes()
        ElementTree.fromstring(drawn)


@pytest.mark.parametrize("name", sorted(DRAWN))
def test_the_counts_of_the_bins_are_those_of_the_cases(name: str) -> None:
    """Every case of the result file stands in one bin, right or wrong."""
    told = json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))
    stated, right = stated_and_right(told, DRAWN[name][0])
    rows = [row for row in lines(name, told, "x.svg") if re.match(r"\| \d", row)]
    counts = [[int(cell) for cell in row.split("|")[3:5]] for row in rows]
    assert [sum(column) for column in zip(*counts, strict=True)] == [len(stated), sum(right)]
    assert len(stated) == len(told["cases"])
