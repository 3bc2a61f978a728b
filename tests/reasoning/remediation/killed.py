"""`python -m tests.reasoning.remediation.killed FOLDER WHEN`: send an order, and die of kill -9.

FOLDER/orders gets a line for each order that arrives; WHEN says whether it had (after) or had not
(before) when the process died.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from graph.model.remediation import Step
from reasoning.ports import StepAnswer
from tests.reasoning.remediation.room import Line, Room
from tests.small_pack import after


class Deadly(Line):
    """Hands that write an order down, and take the process with them."""

    folder: Path
    when: str

    def run(self, step: Step, *, key: str, undoing: bool) -> StepAnswer:
        """Take the order, or not, and die."""
        if self.when == "after":
            with (self.folder / "orders").open("a", encoding="utf-8") as orders:
                orders.write(f"{key}\n")
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError("nobody survives this")


def main(folder: Path, when: str) -> None:
    """Start an approved switch-over and die while sending it."""
    line = Deadly()
    line.folder, line.when = folder, when
    room = Room(line=line, path=folder / "store.db")
    running = room.started()
    room.desk.proceed(running.id, at=after(20))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
