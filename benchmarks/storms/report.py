"""The table of a run: accuracy over time, what passed, and the baselines beside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.storms.answers import Answer, hits, passed, top_changes
from benchmarks.storms.cases import Case

KS = (1, 3)


@dataclass(frozen=True)
class Result:
    """One case: the answer at every time, and each baseline's ranking at every time."""

    case: Case
    answers: Mapping[str, Answer]
    baselines: Mapping[str, Mapping[str, Sequence[str]]]


def report(results: Sequence[Result]) -> dict[str, Any]:
    """Give counts, every cell of the table, the baselines' cells and the cases."""
    return {
        "counts": _counts(results),
        "cells": _cells(results),
        "baselines": _baseline_cells(results),
        "cases": [_case(result) for result in results],
    }


def _with_cause(results: Sequence[Result]) -> list[Result]:
    return [result for result in results if result.case.causes]


def _counts(results: Sequence[Result]) -> dict[str, int]:
    caused = _with_cause(results)
    last = [(result.answers["end"], result.case) for result in results]
    others = [pair for pair in last if not pair[1].causes]
    return {
        "cases": len(results),
        "with_cause": len(caused),
        "cause_first": sum(hits(r.answers["end"].ranked, r.case, 1) for r in caused),
        "cause_in_first_three": sum(_all_in_three(r) for r in caused),
        "without_cause": len(others),
        "without_cause_right": sum(passed(answer, case) for answer, case in others),
        "passed": sum(passed(answer, case) for answer, case in last),
        "top_changes": sum(top_changes(list(r.answers.values())) for r in results),
    }


def _all_in_three(result: Result) -> bool:
    return all(cause in result.answers["end"].ranked[:3] for cause in result.case.causes)


def _cells(results: Sequence[Result]) -> dict[str, dict[str, float]]:
    """AC@1 and AC@3 per time over the cases with a cause: a true cause among the first k."""
    caused = _with_cause(results)
    times = results[0].answers if results else {}
    return {
        time: {
            f"ac{k}": _share([hits(r.answers[time].ranked, r.case, k) for r in caused]) for k in KS
        }
        | {"n": len(caused)}
        for time in times
    }


def _baseline_cells(results: Sequence[Result]) -> dict[str, dict[str, dict[str, float]]]:
    caused = _with_cause(results)
    names = results[0].baselines["end"] if results else {}
    return {
        name: {
            time: {
                f"ac{k}": _share([hits(r.baselines[time][name], r.case, k) for r in caused])
                for k in KS
            }
            for time in results[0].answers
        }
        for name in names
    }


def _share(found: Sequence[bool]) -> float:
    return round(sum(found) / len(found), 4) if found else 0.0


def _case(result: Result) -> dict[str, Any]:
    case, last = result.case, result.answers["end"]
    return {
        "case": case.name,
        "truth": case.truth,
        "truth_kind": case.truth_kind,
        "ranked": list(last.ranked),
        "status": last.status,
        "incidents": len(last.statuses),
        "passed": passed(last, case),
        "seconds": last.seconds,
        "seed": case.seed,
        "related_alerts": case.related_firing,
        "top_changes": top_changes(list(result.answers.values())),
        "at": {
            time: {"status": a.status, "ranked": list(a.ranked[:3]), "seconds": a.seconds}
            for time, a in result.answers.items()
        },
        "baselines": {name: list(ranked[:3]) for name, ranked in result.baselines["end"].items()},
    }


def table(told: Mapping[str, Any]) -> str:
    """Draw a run as text for a terminal."""
    lines = ["after first alert   AC@1   AC@3"]
    for time, cell in told["cells"].items():
        name = "end" if time == "end" else f"{time} min"
        lines.append(f"{name:<18} {cell['ac1']:6.2f} {cell['ac3']:6.2f}")
    for name, cells in told["baselines"].items():
        lines.append(f"{name:<18} {cells['end']['ac1']:6.2f} {cells['end']['ac3']:6.2f}  (end)")
    lines += ["", ", ".join(f"{key} {value}" for key, value in told["counts"].items()), ""]
    for row in told["cases"]:
        mark = "ok  " if row["passed"] else "MISS"
        top = ", ".join(name.split(":")[-1] for name in row["ranked"][:3])
        truth = ", ".join(name.split(":")[-1] for name in row["truth"])
        lines.append(f"{mark} {row['case']:<28} {truth:<26} {row['status']:<13} {top}")
    return "\n".join(lines)
