"""Run one command of the product after the other in one process: its start costs a second.

Reads a JSON list of arguments per line, answers `{"code", "out"}` per line.
"""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from api.cli import main
from benchmarks.served import ROOT, environment


class CommandLine:
    """A child that runs commands on one data folder."""

    def __init__(self, home: Path, port: int) -> None:
        """Start it."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.cli_loop"],
            cwd=ROOT,
            env=environment(home, port),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str) -> tuple[int, str]:
        """Run one command; returns exit code and what it wrote to stdout and stderr."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(arguments) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        return int(answer["code"]), str(answer["out"])

    def close(self) -> None:
        """End it."""
        self._process.communicate()


@contextlib.contextmanager
def commands(home: Path, port: int) -> Iterator[CommandLine]:
    """Run commands until the context ends."""
    line = CommandLine(home, port)
    try:
        yield line
    finally:
        line.close()


def _answer(arguments: list[str]) -> dict[str, object]:
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            code = main(arguments)
        except SystemExit as ended:
            code = int(ended.code or 0)
    return {"code": code, "out": said.getvalue()}


if __name__ == "__main__":
    for row in sys.stdin:
        sys.__stdout__.write(json.dumps(_answer(json.loads(row))) + "\n")  # type: ignore[union-attr]  # a child has one
        sys.__stdout__.flush()  # type: ignore[union-attr]  # as above
