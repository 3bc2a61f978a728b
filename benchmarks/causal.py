"""Measure the bare engine on a folder of causal problems: `python -m benchmarks.causal`.

A folder holds `manifest.json` {sets: {name: [{problem, observations, truth}]}}; a truth line has
`id`, `faults`, and perhaps `degraded`, `log_evidence`, `p_no_fault` and the label `roots`. Errors
are absolute differences to the truth, the worst of each incident. Beside it, in the same process
(`--baselines`): quick ways to score, and other exact engines on the core that was solved. The ratio
is their CPU time by the engine's, which includes finding that core.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.causal_report import (
    Answered,
    Beaten,
    baseline_cell,
    case_of,
    cell_of,
    rival_cell,
    roots_of,
    table,
)
from benchmarks.causal_rivals import (
    RIVALS,
    SCORERS,
    Ranking,
    Rival,
    Scorer,
    rivals,
    scorers,
)
from benchmarks.machine import provenance
from reasoning.engine.compile import CompiledProblem, compile_problem
from reasoning.engine.loops import loops
from reasoning.engine.posterior import Posterior, infer
from reasoning.engine.problem import Observation
from reasoning.engine.problem_files import read_observations, read_problem
from reasoning.public_form.core_network import core_network
from reasoning.public_form.pgmpy_model import differences

SEED = 0
ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "data" / "causal"


@dataclass(frozen=True)
class Plan:
    """What to measure: the sets (empty: all), the baselines, and how much of it the rivals get.

    Exact rivals are asked about every so many incidents of a problem; pgmpy stops after so many CPU
    seconds of one.
    """

    sets: tuple[str, ...] = ()
    baselines: tuple[str, ...] = SCORERS
    every: int = 1
    seconds: float = 60.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure one folder, the shared one when none is named; print JSON or a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.causal", description=__doc__)
    parser.add_argument("--data", type=Path, default=SHARED, help="a folder with manifest.json")
    parser.add_argument("--json", action="store_true", help="print JSON only")
    parser.add_argument("--sets", nargs="+", default=[], metavar="SET", help="default: all")
    parser.add_argument(
        "--baselines",
        nargs="*",
        choices=SCORERS + RIVALS,
        default=SCORERS,
        metavar="NAME",
        help=f"of {', '.join(SCORERS + RIVALS)}; the last two are slow, and not in the default",
    )
    parser.add_argument("--every", type=int, default=1, help="ask exact rivals each Nth incident")
    parser.add_argument("--seconds", type=float, default=60.0, help="of CPU for pgmpy an incident")
    given = parser.parse_args(arguments)
    if not (given.data / "manifest.json").is_file():
        print(f"{given.data}/manifest.json: not there; name a folder of sets", file=sys.stderr)
        return 2
    known = json.loads((given.data / "manifest.json").read_text(encoding="utf-8"))["sets"]
    if unknown := [name for name in given.sets if name not in known]:
        there = ", ".join(known)
        print(f"--sets: {unknown[0]!r} is not there; the folder has {there}", file=sys.stderr)
        return 2
    plan = Plan(tuple(given.sets), tuple(given.baselines), max(given.every, 1), given.seconds)
    report = measure(given.data, plan)
    print(json.dumps(report, ensure_ascii=False, indent=1) if given.json else table(report))
    return 0


def measure(folder: Path, plan: Plan | None = None) -> dict[str, Any]:
    """Answer every incident of the sets; rates lie in [0, 1], times are CPU milliseconds."""
    plan = plan or Plan()
    known = provenance(ROOT, SEED)  # first: others may commit while this runs
    sets = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["sets"]
    sets = {name: sets[name] for name in sets if not plan.sets or name in plan.sets}
    answered = {
        name: [found for entry in entries for found in _answers(folder, entry, plan)]
        for name, entries in sets.items()
    }
    everything = [found for rows in answered.values() for found in rows]
    labelled = {name: rows for name, rows in answered.items() if any(map(roots_of, rows))}
    return {
        "data": folder.name,
        "counts": {
            "sets": len(sets),
            "problems": sum(len(entries) for entries in sets.values()),
            "incidents": len(everything),
            "labelled": sum(1 for found in everything if roots_of(found)),
        },
        "cells": {name: cell_of(incidents) for name, incidents in answered.items()},
        "baselines": {
            baseline: {name: baseline_cell(rows, baseline) for name, rows in labelled.items()}
            for baseline in SCORERS
            if baseline in plan.baselines
        },
        "rivals": {
            rival: {name: rival_cell(rows, rival) for name, rows in answered.items() if rows}
            for rival in RIVALS
            if rival in plan.baselines
        },
        "asked": {"every": plan.every, "seconds": plan.seconds},
        "cases": [case_of(found) for found in everything],
        "loops": loops(patient=True).kind,
        "rival_versions": {name: version(name) for name in ("pgmpy", "pyagrum")},
        **known,
    }


def _answers(folder: Path, entry: Mapping[str, str], plan: Plan) -> Iterator[Answered]:
    problem = read_problem(str(folder / entry["problem"]))
    observations = read_observations(str(folder / entry["observations"]), problem)
    lines = (folder / entry["truth"]).read_text(encoding="utf-8").splitlines()
    compiled = compile_problem(problem, using=loops(patient=True))
    quick = scorers(compiled, plan.baselines)
    exact = rivals(plan.baselines, seconds=plan.seconds)
    name = Path(entry["problem"]).name.removesuffix(".problem.json")
    if observations:
        infer(compiled, observations[0])  # code and caches warm: what follows is timed
    timed = [_timed(compiled, seen) for seen in observations]
    rows = zip(observations, lines, timed, strict=True)
    for number, (observation, line, (posterior, seconds)) in enumerate(rows):
        truth = json.loads(line)
        labelled = bool(truth.get("roots"))
        asked = exact if number % plan.every == 0 else {}
        yield Answered(
            f"{name}/{observation.id}",
            truth,
            posterior,
            {key: _scored(score, observation) for key, score in quick.items() if labelled},
            _beaten(compiled, observation, asked),
            seconds,
        )


def _timed(compiled: CompiledProblem, observation: Observation) -> tuple[Posterior, float]:
    """Answer one incident; seconds of CPU, everything included."""
    began = time.process_time()
    posterior = infer(compiled, observation)
    return posterior, time.process_time() - began


def _scored(score: Scorer, observation: Observation) -> tuple[Ranking, float]:
    began = time.process_time()
    ranking = score(observation)
    return ranking, time.process_time() - began


def _beaten(
    compiled: CompiledProblem, observation: Observation, asked: Mapping[str, Rival]
) -> dict[str, Beaten]:
    network = core_network(compiled, observation) if asked else None
    if network is None:
        return {}
    solved = {name: rival(network) for name, rival in asked.items()}
    return {
        name: Beaten(found, max((d.gap for d in differences(network, found.marginals)), default=0))
        for name, found in solved.items()
    }


if __name__ == "__main__":
    sys.exit(main())
