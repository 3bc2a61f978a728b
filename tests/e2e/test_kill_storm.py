"""A storm that arrives while the server dies again and again is diagnosed as if it had not."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tests.e2e.kill_storm import run_kills

KILLS: Final = 20  # 2 % of the soak, `make soak`


def test_kills_in_a_storm_change_no_diagnosis(tmp_path: Path) -> None:
    """Every post is acknowledged in the end; incidents and digests are those of a calm server."""
    report = run_kills(tmp_path, kills=KILLS, seed=5)

    assert report.differing == []
    assert (report.kills, report.acknowledged) == (KILLS, KILLS)
    assert report.sent_again > 0, "no kill came before its answer"
