"""The benchmark of search, on a library that is built in a moment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks.search_library import CHARS, Writer, questions
from benchmarks.search_speed import GOALS, library_figures, table

SHARED = Path(__file__).parents[3] / "shared" / "data" / "retrieval"


@pytest.fixture(autouse=True)
def _shared() -> None:
    """The texts come from the shared corpora."""
    if not (SHARED / "k8s_en" / "corpus.jsonl").is_file():
        pytest.skip(f"no corpora at {SHARED}; they lie beside the repository when shared")


def test_equal_seeds_write_equal_libraries() -> None:
    """Half of each SOP is Chinese, and a passage has about 600 characters."""
    one, other = (Writer(3).sop(0) for _ in range(2))
    assert one == other
    [step] = one.sections[0].steps
    assert CHARS - 20 <= len(step.text.zh) <= CHARS and step.text.zh != step.text.en


@pytest.mark.parametrize("encoded", [8, 24])
def test_a_small_library_is_measured_and_drawn(encoded: int) -> None:
    """Every passage is counted; a build is told as timed only where all of it was encoded."""
    told = library_figures(Writer(0), questions(0)[:3], 24, encoded)
    assert (told["chunks"], told["queries"]) == (24, 3)
    assert told["build_extrapolated"] is (encoded < 24)
    seconds = {"p50": 1.0, "worst": 1.0}
    fresh = {"ask": {"wall_s": seconds, "cpu_s": seconds, "torch_imported": False}}
    desk: dict[str, Any] = told | {"sops": 2, "cases": 3}
    whole = {"desk": desk, "library": told, "fresh": fresh, "goals": GOALS}
    drawn = table(whole | {"load_average": [0.1, 0.2]})
    assert "24 passages" in drawn and "no torch" in drawn
