"""What `make setup` says while it installs, tried with a Python that installs nothing."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
# Stands for Python, pip and venv: does nothing but put itself where venv would put a Python.
_IDLE: Final = """#!/bin/sh
[ "$2" = venv ] && { mkdir -p "$4/bin" && cp "$0" "$4/bin/python"; }
[ "$2" = pip ] && [ "$3" = --version ] && [ ! -f "${0%/*}/../installed" ] && exit 1
exit 0
"""


def test_a_first_installation_says_that_it_takes_minutes(tmp_path: Path) -> None:
    """One line in both languages at first; nothing when all is there."""
    idle = tmp_path / "idle"
    idle.write_text(_IDLE, encoding="utf-8")
    idle.chmod(0o755)
    first, second = (
        subprocess.run(
            ["make", "--no-print-directory", "setup", f"PYTHON={idle}", f"VENV={tmp_path}/venv"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for _ in range(2)
    )
    assert "installing into" in first and "正在安装" in first and first.count("\n") == 1
    assert second == ""
