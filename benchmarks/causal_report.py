"""What `benchmarks.causal` says of answers beside the truth and rivals: cells and a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.causal_rivals import Ranking, Solved
from reasoning.engine.posterior import Posterior

DEPTH = 10
BINS = 10


@dataclass(frozen=True)
class Beaten:
    """One rival on one incident: its answer, and its largest difference to the engine's."""

    solved: Solved
    gap: float


@dataclass(frozen=True)
class Answered:
    """One incident: its truth, the engine's answer, the baselines' scores, CPU seconds.

    `scored` has the scores of a baseline and the CPU seconds they took.
    """

    case: str
    truth: Mapping[str, Any]
    posterior: Posterior
    scored: Mapping[str, tuple[Ranking, float]]
    rivals: Mapping[str, Beaten]
    seconds: float


def cell_of(incidents: Sequence[Answered]) -> dict[str, Any]:
    """Set the answers of one set beside the truth; times are CPU milliseconds."""
    labelled = [found for found in incidents if roots_of(found)]
    milliseconds = [1000.0 * found.seconds for found in incidents]
    return {
        "incidents": len(incidents),
        "methods": dict(sorted(Counter(found.posterior.method for found in incidents).items())),
        "errors": _errors(incidents),
        "cpu_ms": _middle(milliseconds),
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


def baseline_cell(incidents: Sequence[Answered], baseline: str) -> dict[str, Any]:
    """Tell how a quick way to score ranks the labelled incidents, and its CPU milliseconds."""
    rows = [found for found in incidents if roots_of(found)]
    milliseconds = [1000.0 * found.scored[baseline][1] for found in rows]
    return {
        **_rates([_hits(found, found.scored[baseline][0]) for found in rows]),
        "cpu_ms": _middle(milliseconds),
    }


def rival_cell(incidents: Sequence[Answered], rival: str) -> dict[str, Any]:
    """Set an exact engine's CPU time beside ours on the same incidents and the same cores."""
    rows = [(found, found.rivals[rival]) for found in incidents if rival in found.rivals]
    if not rows:
        return {"incidents": 0}
    ratios = [beaten.solved.expected / found.seconds for found, beaten in rows]
    whole = [len(beaten.solved.marginals) == beaten.solved.wanted for _, beaten in rows]
    return {
        "incidents": len(rows),
        "finished": sum(whole),
        "probabilities": sum(beaten.solved.wanted for _, beaten in rows),
        "cpu_ms": _middle([1000.0 * beaten.solved.expected for _, beaten in rows]),
        "engine_cpu_ms": _middle([1000.0 * found.seconds for found, _ in rows]),
        "ratio": {**_middle(ratios), "min": min(ratios)},
        "largest_difference": max(beaten.gap for _, beaten in rows),
    }


def _middle(values: Sequence[float]) -> dict[str, float]:
    return {"median": float(np.median(values)), "max": max(values)}


def _hits(found: Answered, scores: Ranking) -> tuple[bool, bool]:
    ranked = ranked_by(scores)
    return bool(roots_of(found) & set(ranked[:1])), bool(roots_of(found) & set(ranked[:3]))


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


def case_of(found: Answered) -> dict[str, Any]:
    """Write one incident's truth, the ten first faults, and CPU seconds."""
    return {
        "case": found.case,
        "truth": sorted(roots_of(found)),
        "ranked": ranked_by(found.posterior.faults)[:DEPTH],
        "seconds": found.seconds,
    }


def roots_of(found: Answered) -> frozenset[str]:
    """Return the faults that the label names."""
    return frozenset(found.truth.get("roots", ()))


def ranked_by(scores: Ranking) -> list[str]:
    """Return the faults, highest score first, ties by id."""
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
    for rival, cells in report["rivals"].items():
        lines += [
            f"rival {rival}: {name} {cell['ratio']['median']:.0f}x ({cell['ratio']['min']:.0f} to "
            f"{cell['ratio']['max']:.0f}), {cell['incidents']} incidents, "
            f"{cell['cpu_ms']['median']:.0f} ms, difference {cell['largest_difference']:.1e}"
            for name, cell in cells.items()
            if cell["incidents"]
        ]
    return "\n".join(lines)
