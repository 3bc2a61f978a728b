"""Ways to ask the product: its published command, or the same calls within this process.

Both give the same digests; the second loads the pack once and reads each alert once.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from benchmarks.storms.answers import Answer, read_answer
from benchmarks.storms.cases import MINUTES, Case

COMMAND = (sys.executable, "-m", "api.cli")

Diagnoses = Sequence[Mapping[str, Any]]


class Door(Protocol):
    """Answers a case at each instant, in order; None = after everything was received."""

    def ask(self, case: Case, instants: Sequence[datetime | None]) -> Iterator[Diagnoses]:
        """Yield the diagnoses of all incidents at each instant."""
        ...


class FrontDoor:
    """Runs `etiograph diagnose` as a user would, one process per instant."""

    def __init__(self, packs: Sequence[Path], *, command: Sequence[str] = COMMAND) -> None:
        """`packs` are given with `--pack`; `command` is how the product is started."""
        self._command = tuple(command)
        self._packs = [part for pack in packs for part in ("--pack", str(pack))]

    def ask(self, case: Case, instants: Sequence[datetime | None]) -> Iterator[Diagnoses]:
        """Yield the diagnoses of all incidents at each instant.

        Raises: RuntimeError with the product's own words if a run fails.
        """
        for at in instants:
            yield self._run(case, at)

    def _run(self, case: Case, at: datetime | None) -> Diagnoses:
        call = [*self._command, "diagnose", str(case.alerts), "--changes", str(case.changes)]
        call += ["--source", case.source, *self._packs, "--json"]
        call += ["--at", at.isoformat()] if at is not None else []
        done = subprocess.run(call, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{case.name!r} at {at}: exit {done.returncode}: {done.stderr}")
        return [json.loads(line) for line in done.stdout.splitlines() if line.strip()]


def answers(
    door: Door, case: Case, *, clock: Callable[[], float] = time.perf_counter
) -> dict[str, Answer]:
    """Ask at every minute of `MINUTES` after the first related alert, and at the end."""
    found: dict[str, Answer] = {}
    replies = door.ask(case, case.instants())
    for name in (*(f"{m}" for m in MINUTES), "end"):
        began = clock()
        found[name] = read_answer(next(replies), case, round(clock() - began, 3))
    return found
