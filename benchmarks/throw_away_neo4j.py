"""The server of `make neo4j`, started for a benchmark in a process of its own, and its CPU time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.served import ROOT

HEAP_MB: Final = 2048  # a transaction of half a million entities does not fit into a toy's heap
DATABASE: Final = "neo4j"
_USER_TICKS: Final = 11  # places in /proc/PID/stat after the name, which may hold spaces
_SYSTEM_TICKS: Final = 12


@dataclass(frozen=True)
class ThrowAway:
    """How to reach a server, and the process that holds it."""

    access: dict[str, str]
    pid: int

    def cpu_s(self) -> float:
        """Tell the seconds of CPU that the server has used so far."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text(encoding="ascii")
        return sum(map(_ticks, children.split())) / os.sysconf("SC_CLK_TCK")


def _ticks(pid: str) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return int(fields[_USER_TICKS]) + int(fields[_SYSTEM_TICKS])


@contextmanager
def throw_away_server(version: str) -> Iterator[ThrowAway]:
    """Run the server of `make neo4j`; it is gone at the end.

    Raises: OSError with its last words if it does not start.
    """
    command = [sys.executable, "-m", "tests.neo4j_server", version, "--heap-mb", str(HEAP_MB)]
    with ExitStack() as stack:
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        stack.callback(_end, process)
        yield ThrowAway(_access(process), process.pid)


def _access(process: subprocess.Popen[str]) -> dict[str, str]:
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if line.startswith("export "):
            named = dict(part.partition("=")[::2] for part in line.split()[1:])
            return {
                "uri": named["ETIOGRAPH_NEO4J_URI"],
                "user": named["ETIOGRAPH_NEO4J_USER"],
                "password": named["ETIOGRAPH_NEO4J_PASSWORD"],
                "database": DATABASE,
            }
    raise OSError(f"no Neo4j server here; run `make neo4j` and see what it lacks: {said[-500:]}")


def _end(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=60)
    assert process.stdout is not None
    process.stdout.close()
