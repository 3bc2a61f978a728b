"""`kill -9` at any moment loses nothing that was acknowledged and leaves nothing half done."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tests.graph.stores.kill_loop import run_kills

KILLS: Final = 20  # 2 % of the soak: python -m tests.graph.stores.kill_loop --kills 1000


def test_what_was_promised_survives_kill_minus_nine(tmp_path: Path) -> None:
    """Every promised transaction is there whole after each kill, the last pack included."""
    report = run_kills(tmp_path / "store.db", kills=KILLS, seed=3)
    assert (report.lost, report.torn) == ([], [])
    assert report.kills == KILLS
    assert report.promised > KILLS
