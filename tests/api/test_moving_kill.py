"""`kill -9` at any moment of a move leaves the old export or the new, and goes on."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tests.api.moving_kill_loop import run_kills

KILLS: Final = 30  # at least 20; the soak: python -m tests.api.moving_kill_loop --kills 1000


def test_a_killed_move_loses_nothing(tmp_path: Path) -> None:
    """Each export is whole, each rebuild ends as one that nobody killed."""
    report = run_kills(tmp_path, kills=KILLS, seed=5)
    assert report.faults == []
    assert report.kills >= KILLS
    assert report.cut >= KILLS // 4
