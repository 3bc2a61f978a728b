"""Measure the bare engine on a folder of causal problems: `python -m benchmarks.causal`.

A folder holds `manifest.json` {sets: {name: [{problem, observations, truth}]}}; a truth line has
`id`, `faults`, and perhaps `degraded`, `log_evidence`, `p_no_fault` and the label `roots`. Errors
are absolute differences to the truth, the worst of each incident. Baselines, in the same process:
loopy propagation alone, each fault scored as if it were the only one, the most alerts, the prior.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine import provenance
from reasoning.engine.compile import CompiledProblem, compile_problem
from reasoning.engine.loops import loops
from reasoning.engine.posterior import Posterior, infer
from reasoning.engine.problem import Observation
from reasoning.engine.problem_files import read_observations, read_problem
from reasoning.engine.ratios import predict

DEPTH = 10
SEED = 0
BINS = 10
ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "data" / "causal"

Ranking = Mapping[str, float]
Scorer = Callable[[Observation], Ranking]


@dataclass(frozen=True)
class Answered:
    """One incident: its truth, the engine's answer, the baselines' scores, CPU seconds."""

    case: str
    truth: Mapping[str, Any]
    posterior: Posterior
    baselines: Mapping[str, Ranking]
    seconds: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure one folder, the shared one when none is named; print JSON or a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.causal", description=__doc__)
    parser.add_argument("--data", type=Path, default=SHARED, help="a folder with manifest.json")
    parser.add_argument("--json", action="store_true", help="print JSON only")
    given = parser.parse_args(arguments)
    if not (given.data / "manifest.json").is_file():
        print(f"{given.data}/manifest.json: not there; name a folder of sets", file=sys.stderr)
        return 2
    report = measure(given.data)
    print(json.dumps(report, ensure_ascii=False, indent=1) if given.json else table(report))
    return 0


def measure(folder: Path) -> dict[str, Any]:
    """Answer every incident of every set; rates lie in [0, 1], times are CPU milliseconds."""
    sets = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["sets"]
    answered = {
        name: [found for entry in entries for found in _answers(folder, entry)]
        for name, entries in sets.items()
    }
    everything = [found for rows in answered.values() for found in rows]
    labelled = {name: rows for name, rows in answered.items() if any(map(_roots, rows))}
    return {
        "data": folder.name,
        "counts": {
            "sets": len(sets),
            "problems": sum(len(entries) for entries in sets.values()),
            "incidents": len(everything),
            "labelled": sum(1 for found in everything if _roots(found)),
        },
        "cells": {name: _cell(incidents) for name, incidents in answered.items()},
        "baselines": {
            baseline: {name: _baseline_cell(rows, baseline) for name, rows in labelled.items()}
            for baseline in ("loopy", "single_fault", "most_alerts", "prior")
        },
        "cases": [_case(found) for found in everything],
        "loops": loops(patient=True).kind,
        **provenance(ROOT, SEED),
    }


def _answers(folder: Path, entry: Mapping[str, str]) -> Iterator[Answered]:
    problem = read_problem(str(folder / entry["problem"]))
    observations = read_observations(str(folder / entry["observations"]), problem)
    lines = (folder / entry["truth"]).read_text(encoding="utf-8").splitlines()
    compiled = compile_problem(problem, using=loops(patient=True))
    scorers = _scorers(compiled)
    name = Path(entry["problem"]).name.removesuffix(".problem.json")
    if observations:
        infer(compiled, observations[0])  # code and caches warm: what follows is timed
    for observation, line, (posterior, seconds) in zip(
        observations, lines, [_timed(compiled, seen) for seen in observations], strict=True
    ):
        truth = json.loads(line)
        scored = {key: score(observation) for key, score in scorers.items()}
        yield Answered(
            f"{name}/{observation.id}",
            truth,
            posterior,
            scored if truth.get("roots") else {},
            seconds,
        )


def _timed(compiled: CompiledProblem, observation: Observation) -> tuple[Posterior, float]:
    """Answer one incident; seconds of CPU, everything included."""
    began = time.process_time()
    posterior = infer(compiled, observation)
    return posterior, time.process_time() - began


def _scorers(compiled: CompiledProblem) -> dict[str, Scorer]:
    problem = compiled.problem
    alone = compile_problem(problem, max_width=-1, using=compiled.loops)
    prior = {fault.id: fault.prior for fault in problem.faults}
    return {
        "loopy": lambda observation: infer(alone, observation).faults,
        "single_fault": _single_fault(compiled),
        "most_alerts": _most_alerts(compiled),
        "prior": lambda _observation: prior,
    }


def _single_fault(compiled: CompiledProblem) -> Scorer:
    """Score each fault by its prior odds times every channel's own ratio, one forward pass each."""
    problem = compiled.problem
    every = np.arange(len(problem.faults))
    target = compiled.sensors.target
    prior = compiled.prior
    not_so, so = np.exp(compiled.sensors.active)
    active, silent = [], []
    for chosen in np.array_split(every, max(1, len(every) // 500)):
        rows = []
        for state in (1.0, 0.0):
            reached = predict(compiled, chosen.tolist(), state)[:, target]
            rows.append(reached * so + (1.0 - reached) * not_so)
        active.append(np.log(rows[0]) - np.log(rows[1]))
        silent.append(np.log1p(-rows[0]) - np.log1p(-rows[1]))
    speaks, quiet = np.concatenate(active), np.concatenate(silent)
    with np.errstate(divide="ignore"):
        odds = np.log(prior) - np.log1p(-prior)

    def score(observation: Observation) -> Ranking:
        weights = np.ones(len(target))
        on = [compiled.sensors.index[channel] for channel in observation.active]
        weights[on] = 0.0
        weights[[compiled.sensors.index[channel] for channel in observation.unknown]] = 0.0
        total = odds + quiet @ weights + speaks[:, on].sum(axis=1)
        return {fault.id: float(total[row]) for row, fault in enumerate(problem.faults)}

    return score


def _most_alerts(compiled: CompiledProblem) -> Scorer:
    problem = compiled.problem
    node_of = {
        channel.id: problem.faults[channel.fault].node
        if channel.fault is not None
        else channel.node
        for channel in problem.channels
    }

    def score(observation: Observation) -> Ranking:
        alerts = Counter(node_of[channel] for channel in observation.active)
        return {fault.id: float(alerts[fault.node]) for fault in problem.faults}

    return score


def _cell(incidents: Sequence[Answered]) -> dict[str, Any]:
    labelled = [found for found in incidents if _roots(found)]
    milliseconds = [1000.0 * found.seconds for found in incidents]
    return {
        "incidents": len(incidents),
        "methods": dict(sorted(Counter(found.posterior.method for found in incidents).items())),
        "errors": _errors(incidents),
        "cpu_ms": {"median": float(np.median(milliseconds)), "max": max(milliseconds)},
        "ranking": _ranking(labelled) if labelled else None,
    }


def _errors(incidents: Sequence[Answered]) -> dict[str, dict[str, float]]:
    """Return median, 90th percentile and maximum over incidents of each figure's worst error."""
    worst: dict[str, list[float]] = {}
    for found in incidents:
        ours, true = found.posterior, found.truth
        for figure, answers in (("faults", ours.faults), ("degraded", ours.degraded)):
            if true.get(figure):
                gap = max(abs(answers[key] - value) for key, value in true[figure].items())
                worst.setdefault(figure, []).append(gap)
        for figure in ("log_evidence", "p_no_fault"):
            if figure in true:
                worst.setdefault(figure, []).append(abs(getattr(ours, figure) - true[figure]))
    return {
        figure: {
            "incidents": len(gaps),
            "median": float(np.median(gaps)),
            "p90": float(np.quantile(gaps, 0.9)),
            "max": max(gaps),
        }
        for figure, gaps in worst.items()
    }


def _ranking(labelled: Sequence[Answered]) -> dict[str, Any]:
    ours = [_hits(found, found.posterior.faults) for found in labelled]
    reference = [_hits(found, found.truth["faults"]) for found in labelled]
    paired = Counter((mine[0], theirs[0]) for mine, theirs in zip(ours, reference, strict=True))
    return {
        **_rates(ours),
        "reference": _rates(reference),
        "paired_top1": {
            "both": paired[True, True],
            "only_engine": paired[True, False],
            "only_reference": paired[False, True],
            "neither": paired[False, False],
        },
        **_calibration(labelled, [hit for hit, _ in ours]),
    }


def _baseline_cell(incidents: Sequence[Answered], baseline: str) -> dict[str, Any]:
    return _rates([_hits(found, found.baselines[baseline]) for found in incidents if _roots(found)])


def _hits(found: Answered, scores: Ranking) -> tuple[bool, bool]:
    ranked = _ranked(scores)
    return bool(_roots(found) & set(ranked[:1])), bool(_roots(found) & set(ranked[:3]))


def _rates(hits: Sequence[tuple[bool, bool]]) -> dict[str, Any]:
    return {
        "incidents": len(hits),
        "top1": sum(first for first, _ in hits) / len(hits),
        "top3": sum(third for _, third in hits) / len(hits),
    }


def _calibration(labelled: Sequence[Answered], right: Sequence[bool]) -> dict[str, float]:
    """Return expected calibration error (ten equal bins) and Brier score of the top posterior."""
    stated = np.array([max(found.posterior.faults.values()) for found in labelled])
    true = np.array(right, dtype=np.float64)
    bins = np.minimum((stated * BINS).astype(int), BINS - 1)
    gaps = [abs((stated - true)[bins == number].sum()) for number in range(BINS)]
    return {
        "ece": float(sum(gaps) / len(stated)),
        "brier": float(((stated - true) ** 2).mean()),
    }


def _case(found: Answered) -> dict[str, Any]:
    return {
        "case": found.case,
        "truth": sorted(_roots(found)),
        "ranked": _ranked(found.posterior.faults)[:DEPTH],
        "seconds": found.seconds,
    }


def _roots(found: Answered) -> frozenset[str]:
    return frozenset(found.truth.get("roots", ()))


def _ranked(scores: Ranking) -> list[str]:
    return sorted(scores, key=lambda key: (-scores[key], key))


def table(report: Mapping[str, Any]) -> str:
    """Draw a run as text for a terminal."""
    lines = []
    for name, cell in report["cells"].items():
        faults = cell["errors"].get("faults", {"max": 0.0})
        line = f"{name:14} {cell['incidents']:4} incidents  worst fault error {faults['max']:.1e}"
        line += f"  {cell['cpu_ms']['median']:.1f} ms  {cell['methods']}"
        if cell["ranking"]:
            ranking = cell["ranking"]
            line += f"  top1 {ranking['top1']:.2f} (reference {ranking['reference']['top1']:.2f})"
            line += f"  top3 {ranking['top3']:.2f}"
        lines.append(line)
    for baseline, cells in report["baselines"].items():
        rates = (f"{name} {cell['top1']:.2f}/{cell['top3']:.2f}" for name, cell in cells.items())
        lines.append(f"baseline {baseline}: {', '.join(rates)}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
