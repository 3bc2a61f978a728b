"""Nobody acts without the right yes: the attack table, through API, phone page and command line."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tests.e2e.attacks import attack

ROUNDS: Final = 20  # 2 % of the soak, `make soak`


def test_no_way_of_the_attack_table_succeeds(tmp_path: Path) -> None:
    """Every way is tried on every path; none is accepted, nothing arrives, nothing moves."""
    report = attack(tmp_path, rounds=ROUNDS, seed=5)

    assert [line for line in report.lines() if line["tried"] != ROUNDS] == []
    assert [line for line in report.lines() if line["succeeded"]] == []
    assert report.moved == []
