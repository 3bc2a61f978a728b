"""How fast the engine is beside `benchmarks.causal`: `python -m benchmarks.engine_speed --json`.

1. Ten alerts more, and one check more, on a state of a storm that was answered; from scratch
   beside it. CPU milliseconds, the least of nine.
2. As many storm topologies as make `--components`, linked by twenty links from each to the next,
   and 700 alerts: CPU milliseconds of an answer, and by how many MB memory grew after parsing.
3. A fresh process until it has answered a small problem, by the wall clock, with compiled loops
   from a warm cache and with plain ones; plain loops on a storm, CPU.

Every part runs in a process of its own. The storms are those of a folder that `benchmarks.causal`
reads; an incident in which every channel has spoken has no check left, and is passed over.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from benchmarks.causal import ROOT, SHARED
from benchmarks.latency import summary, table
from benchmarks.machine import provenance

SEED: Final = 0
# What the issue asks for; printed beside the figure, never asserted.
GOALS: Final = {
    "ten_alerts_more_ms": {"p50": 4.0},
    "one_check_more_ms": {"p50": 4.0},
    "large_ms": {"p50": 60.0},
    "large_memory_mb": {"p50": 300.0},
    "ready_s": {"p50": 1.5},
    "ready_plain_s": {"p50": 0.3},
    "plain_storm_ms": {"p50": 1500.0},
}
_LEAST_OF: Final = 9
_EVERY: Final = 4
_FRESH: Final = 5
_ALERTS: Final = 700
_LINKS: Final = 20
_PARTS: Final = ("followed", "large", "plain")
Problem = dict[str, Any]
Figures = dict[str, list[float]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure all parts, or one of them for the process that asked; print JSON or a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engine_speed", description=__doc__)
    parser.add_argument("--data", type=Path, default=SHARED, help="a folder with manifest.json")
    parser.add_argument("--set", default="storm", help="its set of storms (default storm)")
    parser.add_argument("--components", type=int, default=100_000)
    parser.add_argument("--json", action="store_true", help="print JSON only")
    parser.add_argument("--part", choices=_PARTS, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if not (given.data / "manifest.json").is_file():
        print(f"{given.data}/manifest.json: not there; name a folder of sets", file=sys.stderr)
        return 2
    if given.part:
        print(json.dumps(_part(given)))
        return 0
    told = measure(given)
    print(json.dumps(told, ensure_ascii=False, indent=1) if given.json else table(told))
    return 0


def measure(given: argparse.Namespace) -> dict[str, Any]:
    """Run every part in a fresh process; the report as `benchmarks.latency` writes its own."""
    known, before = provenance(ROOT, SEED), os.getloadavg()[0]
    _fresh("from reasoning.engine.warming import warm; warm()", plain=False)
    figures: Figures = {}
    for part in _PARTS:
        asked = ["--part", part, "--data", str(given.data), "--set", given.set]
        asked += ["--components", str(given.components)]
        figures |= json.loads(_run(["-m", "benchmarks.engine_speed", *asked], part == "plain"))
    counts = {"incidents": len(figures["ten_alerts_more_ms"])}
    counts |= {name: int(figures.pop(name)[0]) for name in ("nodes", "links", "alerts")}
    for name, plain in (("ready_s", False), ("ready_plain_s", True)):
        figures[name] = [_seconds(plain) for _ in range(_FRESH)]
    return {
        "benchmark": "engine_speed",
        "counts": counts,
        "figures": {name: summary(values) for name, values in figures.items()},
        "goals": GOALS,
        "load_average": [round(before, 1), round(os.getloadavg()[0], 1)],
        **known,
    }


def _part(given: argparse.Namespace) -> Figures:
    if given.part == "followed":
        return followed(given.data, given.set)
    if given.part == "large":
        return large(given.data, given.set, given.components)
    return plain(given.data, given.set)


def followed(folder: Path, name: str) -> Figures:
    """Tell every fourth incident of each problem in two pieces, and at once."""
    from reasoning.engine.compile import compile_problem
    from reasoning.engine.loops import loops
    from reasoning.engine.problem_files import parse_problem, read_observations
    from reasoning.engine.state import State

    drawn = random.Random(SEED)
    found = _none("ten_alerts_more_ms", "one_check_more_ms", "scratch_ms")
    for raw, observations in _problems(folder, name):
        problem = parse_problem(raw, source=name)
        fresh = partial(State, compile_problem(problem, using=loops(patient=True)))
        for seen in read_observations(observations, problem)[::_EVERY]:
            known = {*seen.active, *seen.unknown}
            checks = [channel.id for channel in problem.channels if channel.id not in known]
            if not checks:
                continue
            more = replace(seen, active=(*seen.active, drawn.choice(checks)))
            less = replace(seen, active=seen.active[:-10])
            found["ten_alerts_more_ms"].append(_least(fresh, (less, seen)))
            found["one_check_more_ms"].append(_least(fresh, (seen, more)))
            found["scratch_ms"].append(_least(fresh, (seen,)))
    return found


def _least(state: Callable[[], Any], story: Sequence[Any]) -> float:
    """Return the least CPU milliseconds of the last chapter of a story told to a new state."""
    least = float("inf")
    for _ in range(_LEAST_OF):
        told = state()
        for chapter in story[:-1]:
            told.infer(chapter)
        began = time.process_time()
        told.infer(story[-1])
        least = min(least, time.process_time() - began)
    return 1000.0 * least


def large(folder: Path, name: str, components: int) -> Figures:
    """Answer the linked topologies, nine times; two incidents at once, and false alarms."""
    from reasoning.engine.compile import compile_problem
    from reasoning.engine.loops import loops
    from reasoning.engine.posterior import infer
    from reasoning.engine.problem import Observation
    from reasoning.engine.problem_files import parse_problem, read_observations

    copies = list(_problems(folder, name))
    raw, placed = linked([problem for problem, _ in copies], components)
    drawn, active = random.Random(SEED), set()
    for prefix, (one, observations) in zip(placed, copies[:2], strict=False):
        first = read_observations(observations, parse_problem(one, source=name))[0]
        active |= {prefix + channel for channel in first.active}
    channels = sorted(channel["id"] for channel in raw["channels"])
    while len(active) < min(_ALERTS, len(channels)):
        active.add(drawn.choice(channels))
    problem = parse_problem(raw, source=name)
    seen = Observation("large", tuple(sorted(active)), ())
    found: Figures = {"nodes": [len(problem.nodes)], "links": [len(problem.links)]}
    del raw, copies, channels
    kind, before = loops(patient=True), _memory_mb("VmRSS")
    compiled = compile_problem(problem, using=kind)
    spent = []
    for _ in range(_LEAST_OF):
        began = time.process_time()
        infer(compiled, seen)
        spent.append(1000.0 * (time.process_time() - began))
    grown = _memory_mb("VmHWM") - before
    return found | {"alerts": [len(active)], "large_ms": spent, "large_memory_mb": [grown]}


def linked(problems: Sequence[Problem], components: int) -> tuple[Problem, list[str]]:
    """Copy problems by turns until there are so many nodes; return it and each copy's prefix."""
    drawn, prefixes = random.Random(SEED), list[str]()
    whole: Problem = {"schema": "causal/v1", "nodes": [], "links": [], "channels": []}
    before: list[str] = []
    while len(whole["nodes"]) < components:
        one, prefix = problems[len(prefixes) % len(problems)], f"c{len(prefixes)}/"
        prefixes.append(prefix)
        names = [prefix + node["id"] for node in one["nodes"]]
        whole["nodes"] += [row | {"id": prefix + row["id"]} for row in one["nodes"]]
        for row in one["links"]:
            ends = {end: prefix + row[end] for end in ("cause", "effect")}
            whole["links"].append(row | ends)
        for row in one["channels"]:
            whole["channels"].append(row | {"id": prefix + row["id"], "node": prefix + row["node"]})
        for cause in drawn.sample(before, min(_LINKS, len(before))):
            whole["links"].append({"cause": cause, "effect": drawn.choice(names), "strength": 0.5})
        before = names
    return whole, prefixes


def plain(folder: Path, name: str) -> Figures:
    """Answer the first incident of each problem with the loops of this process, CPU."""
    from reasoning.engine.compile import compile_problem
    from reasoning.engine.loops import loops
    from reasoning.engine.posterior import infer
    from reasoning.engine.problem_files import parse_problem, read_observations

    found = _none("plain_storm_ms")
    for raw, observations in _problems(folder, name):
        problem = parse_problem(raw, source=name)
        compiled = compile_problem(problem, using=loops())
        for seen in read_observations(observations, problem)[:_EVERY]:
            began = time.process_time()
            infer(compiled, seen)
            found["plain_storm_ms"].append(1000.0 * (time.process_time() - began))
    return found


def _problems(folder: Path, name: str) -> list[tuple[Problem, str]]:
    entries = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["sets"][name]
    return [
        (
            json.loads((folder / entry["problem"]).read_text(encoding="utf-8")),
            str(folder / entry["observations"]),
        )
        for entry in entries
    ]


def _none(*names: str) -> Figures:
    return {name: [] for name in names}


def _memory_mb(field: str) -> float:
    for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) / 1024.0
    raise OSError(f"/proc/self/status: no {field}")


_SMALL: Final = (
    "from reasoning.engine.problem_files import parse_problem;"
    "from reasoning.engine.compile import compile_problem;"
    "from reasoning.engine.posterior import infer;"
    "from reasoning.engine.problem import Observation;"
    "p = parse_problem({'schema': 'causal/v1', 'nodes': [{'id': 'a', 'prior': 0.01}],"
    " 'links': [], 'channels': [{'id': 'x', 'node': 'a', 'detection': 0.9, 'false_alarm': 0.01}]},"
    " source='small');"
    "print(infer(compile_problem(p), Observation('1', ('x',), ())).p_no_fault)"
)


def _seconds(plain: bool) -> float:
    began = time.perf_counter()
    _fresh(_SMALL, plain=plain)
    return time.perf_counter() - began


def _fresh(code: str, *, plain: bool) -> str:
    return _run(["-c", code], plain)


def _run(arguments: Sequence[str], plain: bool) -> str:
    switch = {"NUMBA_DISABLE_JIT": "1" if plain else "0"}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=os.environ | switch,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout


if __name__ == "__main__":
    sys.exit(main())
