"""The product with a wall clock that can be set: `python -m tests.e2e.moving_clock serve`.

The same server as `etiograph serve`; only its clock is off by as many seconds as a file says.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from api.commands.serve import serve
from api.settings import read_settings

COMMAND: Final = (sys.executable, "-m", "tests.e2e.moving_clock")
# Not one of the product's own variables: a server that is started otherwise knows nothing of it.
VARIABLE: Final = "CLOCK_OFF_FILE"


class MovingClock:
    """A wall clock that is off by what its file says; both processes see the same."""

    def __init__(self, path: Path) -> None:
        """Keep time by this file."""
        self._path: Final = path

    def now(self) -> datetime:
        """Tell the time in UTC."""
        return datetime.now(UTC) + timedelta(seconds=float(self._path.read_text(encoding="ascii")))

    def set_off(self, seconds: float) -> None:
        """Let it be off by so many seconds from now on, at one instant for every reader."""
        part = self._path.with_suffix(".part")
        part.write_text(str(seconds), encoding="ascii")
        part.replace(self._path)


if __name__ == "__main__":
    sys.exit(serve(read_settings(), demo=False, clock=MovingClock(Path(os.environ[VARIABLE]))))
