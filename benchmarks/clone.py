"""The way of a stranger: a fresh clone, `make run`, the diagnosis on the screen."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Final

from benchmarks.served import ServerError, free_port, wait_until

ROOT: Final = Path(__file__).resolve().parents[1]
_LIMIT_S: Final = 900.0
_TAIL: Final = 3_000


def from_clone_to_diagnosis(folder: Path) -> float:
    """Clone this checkout's HEAD, `make run`, wait for the last line; returns the seconds.

    What pip has in its cache is used, as on any machine that has installed before.
    Raises: ServerError with the end of the output when it fails or takes 15 minutes.
    """
    port = free_port()
    began = time.perf_counter()
    subprocess.run(
        ["git", "clone", "--quiet", str(ROOT), str(folder)], check=True, capture_output=True
    )
    said = folder.with_name(f"{folder.name}.log")
    with said.open("wb") as log:
        process = subprocess.Popen(
            ["make", "run"],
            cwd=folder,
            env=_environment(port),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait(process, said, f"ready http://127.0.0.1:{port}")
        return round(time.perf_counter() - began, 1)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=60)


def _environment(port: int) -> dict[str, str]:
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("ETIOGRAPH_", "MAKE", "MFLAGS"))
    }
    return {**kept, "ETIOGRAPH_PORT": str(port), "PYTHONUNBUFFERED": "1"}


def _wait(process: subprocess.Popen[bytes], said: Path, line: str) -> None:
    def check_alive() -> None:
        if process.poll() is not None:
            raise ServerError(f"make run ended with {process.returncode}:\n{_read(said)[-_TAIL:]}")

    wait_until(lambda: line in _read(said), what=f"`{line}`", timeout_s=_LIMIT_S, alive=check_alive)


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")
