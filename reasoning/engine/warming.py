"""Compile the engine's loops once for this machine: `python -m reasoning.engine.warming`.

`make setup` runs it. It takes half a minute the first time and nothing where the cache is warm.
"""

from __future__ import annotations

from reasoning.engine.loops import Loops, has_numba, loops, ready_mark


def warm() -> Loops:
    """Return the fastest loops, compiled to the last one, and leave the mark that says so.

    Where there is no numba, or its switch is off, these are the plain ones and no mark is left.
    """
    return loops(patient=True)


def is_warm() -> bool:
    """Say whether `warm` would return at once."""
    return not has_numba() or ready_mark().exists()


if __name__ == "__main__" and not is_warm():
    warm()
