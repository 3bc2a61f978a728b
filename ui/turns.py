"""Turns of drawing: a page that is drawn in one go reaches its browser in one go.

Ten runs that draw at once share the interpreter, so all of them end last, and every browser lays
out its page again for each of the crumbs that it gets. One after the other, the first is done
after a tenth of the time, and each browser lays out once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Final

# Ten pages are drawn in half of it; after that something hangs, and nobody may hang with it.
_PATIENCE_S: Final = 1.0
_TURN: Final = Lock()


@contextmanager
def drawing() -> Iterator[None]:
    """Draw while no other page is drawn; whoever waited a second draws all the same."""
    held = _TURN.acquire(timeout=_PATIENCE_S)
    try:
        yield
    finally:
        if held:
            _TURN.release()
