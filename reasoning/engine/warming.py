"""Compile the engine's loops once for this machine: `python -m reasoning.engine.warming`.

`make setup` runs it. It takes half a minute the first time and nothing where the cache is warm.
"""

from __future__ import annotations

from dataclasses import replace

from reasoning.engine.compile import compile_problem
from reasoning.engine.loops import Loops, has_numba, loops, ready_mark
from reasoning.engine.posterior import infer
from reasoning.engine.problem import Observation, Problem
from reasoning.engine.problem_files import parse_problem


def warm() -> Loops:
    """Return the fastest loops, compiled to the last one, and leave the mark that says so.

    Where there is no numba, or its switch is off, these are the plain ones and no mark is left.
    """
    return loops(patient=True)


def rehearse(found: Loops) -> None:
    """Answer a small problem whole and by a core: whatever is compiled is loaded then, or made."""
    problem, seen = _sample(), Observation("warm", ("web!",))
    infer(compile_problem(problem, using=found), seen)
    infer(replace(compile_problem(problem, max_width=-1, using=found), max_width=9), seen)


def is_warm() -> bool:
    """Say whether `warm` would return at once."""
    return not has_numba() or ready_mark().exists()


def _sample() -> Problem:
    nodes = [{"id": name, "prior": 0.01} for name in ("db", "web", "spare")]
    group = {"members": ["web", "spare"], "min_healthy": 1}
    links = [{"cause": "db", "effect": name, "strength": 0.9} for name in ("web", "spare")]
    return parse_problem(
        {
            "schema": "causal/v1",
            "nodes": [*nodes, {"id": "pool", "group": group}],
            "links": links,
            "channels": [{"id": "web!", "node": "web", "detection": 0.9, "false_alarm": 0.01}],
        },
        source="sample",
    )


if __name__ == "__main__" and not is_warm():
    warm()
