"""Measure causes found on PetShop: `python -m benchmarks.petshop`.

A folder holds graph.csv, noissue/metrics.csv and (train|test)/issue_N/{metrics.csv, target.json}.
Series become symptoms against the rows before the onset (`ingest.metrics.onsets`); the onset is the
first row at or after the target's timestamp, and that row and the next are read (the protocol's
methods read row index 2). The root is known to be one node of the graph, so nodes are ranked by
P(born there | born in one component); the ranking with any number of faults and an outside cause
stands beside it. An incident is said when the target's own series speaks and the model says so.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np

from api.background.collecting import settle_in
from benchmarks import looked_at
from benchmarks.machine import provenance
from benchmarks.petshop_cases import Case, read_cases, read_table
from benchmarks.petshop_graph import enriched, kinds_of
from benchmarks.petshop_rivals import QUANTITY, largest_shift, ranked_correlation
from benchmarks.product_path import Room, Verdict
from benchmarks.public_rankings import cell_of, expected_hit, paired, wilson
from ingest.call_graph import CallGraph, call_graph_pack, read_matrix, slugs
from ingest.library_files import read_library
from ingest.metrics.carrying import carried
from ingest.metrics.onsets import read_onset
from ingest.metrics.panel import Panel
from ingest.metrics.speaking import hear, listened, speaks
from ingest.metrics.symptoms import Symptom
from reasoning.engine.loops import loops

SEED: Final = 0
ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "data" / "petshop" / "low_traffic"
PACK: Final = "petshop"
ROWS: Final = 5
Scores = Mapping[str, float]


@dataclass(frozen=True)
class Shop:
    """One form of the graph, indexed, and how its nodes are called inside."""

    graph: CallGraph
    ids: Mapping[str, str]
    kinds: Mapping[str, str]
    lone: Room

    @classmethod
    def of(cls, graph: CallGraph) -> Shop:
        """Make the pack of a call graph."""
        library = read_library(ROOT / "seeds" / "library")
        types = listened(library.alert_types)
        library = library.model_copy(update={"alert_types": types})
        kinds = kinds_of(graph)
        pack = call_graph_pack(
            graph, pack_id=PACK, source="graph.csv", kinds=kinds, library=library
        )
        ids = {name: f"{PACK}:{slug}" for name, slug in slugs(graph.names).items()}
        return cls(graph, ids, kinds, Room(pack))

    def judge(self, symptoms: Sequence[Symptom], *, at: float, target: tuple[str, str]) -> Verdict:
        """Take the symptoms of one window through the product's path; `target` is named bad."""
        now = datetime.fromtimestamp(at, UTC)
        placed = {name: (self.ids[name], self.kinds[name]) for name in self.graph.names}
        named = own_series(symptoms, target)
        heard = hear(symptoms, placed, received_at=now, named=named.name if named else None)
        shares = carried(symptoms, self.graph.calls)
        inside = {(self.ids[a], self.ids[b]): share for (a, b), share in shares.items()}
        return self.lone.judge(heard.alerts, now=now, watched=heard.watched, carried=inside)


@dataclass(frozen=True)
class Answer:
    """One incident answered: scores by method and graph, seconds, and whether it said so."""

    case: Case
    scores: Mapping[str, Scores]
    seconds: float
    said: bool


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure one folder, the shared one when none is named; print JSON or a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.petshop", description=__doc__)
    parser.add_argument("--data", type=Path, default=SHARED, help="a folder with graph.csv")
    parser.add_argument("--split", choices=("train", "test"), help="default: both")
    parser.add_argument("--json", action="store_true", help="print JSON only")
    given = parser.parse_args(arguments)
    if not (given.data / "graph.csv").is_file():
        print(f"{given.data}/graph.csv: not there; name a folder of PetShop", file=sys.stderr)
        return 2
    report = measure(given.data, split=given.split)
    text = json.dumps(report, ensure_ascii=False, indent=1) if given.json else table(report)
    print(text)
    return 0


def measure(folder: Path, *, split: str | None = None) -> dict[str, Any]:
    """Answer every incident and every normal window; shares lie in [0, 1], times are CPU s."""
    known = provenance(ROOT, SEED)
    graph = read_matrix((folder / "graph.csv").read_text(encoding="utf-8"), name="graph.csv")
    shops = {"as_given": Shop.of(graph), "enriched": Shop.of(enriched(graph))}
    history = read_table(folder / "noissue" / "metrics.csv")
    cases = [c for c in read_cases(folder) if split in (None, c.split)]
    answer(shops, history, cases[0])  # code warm: what follows is timed
    settle_in()  # garbage is collected as in the server
    answers = [answer(shops, history, case) for case in cases]
    methods = list(answers[0].scores)
    return {
        "benchmark": "petshop",
        "data": folder.name,
        "looked_at": looked_at.PETSHOP,
        "counts": {"incidents": len(answers), "nodes": len(graph.names)},
        "cells": {method: _cells(answers, method) for method in methods},
        "paired_with_ranked_correlation": {
            f"{method}/{name}": _paired(answers, method, k)
            for method in methods
            if method.startswith(("as_given", "enriched"))
            for k, name in ((1, "top1"), (3, "top3"))
        },
        "said_incident": _share(sum(a.said for a in answers), len(answers)),
        "found_and_said": _share(
            sum(expected_hit(a.scores["as_given"], [a.case.root], 1) for a in answers if a.said),
            len(answers),
        ),
        "normal_windows": normal_windows(shops["as_given"], history, cases),
        "loops": loops().kind,
        "seconds": _times([a.seconds for a in answers]),
        "cases": [_case(a) for a in answers],
        **known,
    }


def answer(shops: Mapping[str, Shop], history: Panel, case: Case) -> Answer:
    """Answer one incident on every form of the graph, and by the rivals."""
    onset = onset_of(case.window, case.at)
    began = time.process_time()
    symptoms = read_onset(history, case.window, onset)
    reading_s = time.process_time() - began
    scores: dict[str, Scores] = {}
    seconds, said = 0.0, False
    for form, shop in shops.items():
        target = case.node, case.metric
        verdict = shop.judge(symptoms, at=onset + 2 * case.window.step_s, target=target)
        scores[form] = _named(shop, verdict.lone)
        scores[f"{form}_any_number"] = _named(shop, verdict.born)
        if form == "as_given":
            seconds = reading_s + verdict.seconds
            said = says_incident(symptoms, target, verdict)
    scores["ranked_correlation"] = ranked_correlation(history, case, filtered=True)
    scores["ranked_correlation_unfiltered"] = ranked_correlation(history, case, filtered=False)
    scores["largest_shift"] = largest_shift(symptoms)
    return Answer(case, scores, seconds, said)


def onset_of(window: Panel, at: float) -> float:
    """Return the first instant at or after the target's; the third row where there is none."""
    later = window.times[window.times >= at]
    return float(later[0]) if len(later) else float(window.times[2])


def own_series(symptoms: Sequence[Symptom], target: tuple[str, str]) -> Symptom | None:
    """Find what the target's own series did."""
    node, metric = target
    own = (s for s in symptoms if s.name.component == node)
    return next((s for s in own if s.name.quantity is QUANTITY[metric]), None)


def says_incident(symptoms: Sequence[Symptom], target: tuple[str, str], verdict: Verdict) -> bool:
    """Tell whether the target's own series speaks, and some cause is likelier than no fault."""
    own = own_series(symptoms, target)
    return own is not None and speaks(own, named=True) and not verdict.calm


def normal_windows(shop: Shop, history: Panel, cases: Sequence[Case]) -> dict[str, Any]:
    """Take windows of calm rows as if each target had been named in them.

    The first half of the normal rows is the history, the second half is cut into windows as long
    as an incident's.
    """
    half = len(history.times) // 2
    calm = history.between(history.times[0], history.times[half])
    targets = sorted({(c.node, c.metric) for c in cases})
    said: dict[str, list[bool]] = {metric: [] for _, metric in targets}
    for first in range(half, len(history.times) - ROWS + 1, ROWS):
        until = history.times[first] + ROWS * history.step_s
        window = history.between(history.times[first], until)
        symptoms = read_onset(calm, window, float(window.times[2]))
        for target in targets:
            verdict = shop.judge(symptoms, at=float(window.times[4]), target=target)
            said[target[1]].append(says_incident(symptoms, target, verdict))
    cells = {metric: _share(len(v) - sum(v), len(v)) for metric, v in said.items()}
    everything = [value for values in said.values() for value in values]
    pooled = _share(len(everything) - sum(everything), len(everything))
    return {"no_incident": {**cells, "pooled": pooled}}


def _named(shop: Shop, scores: Scores) -> Scores:
    """Name nodes as the graph does; those that the model left out share the last place."""
    return {name: scores.get(shop.ids[name], 0.0) for name in shop.graph.names}


def _cells(answers: Sequence[Answer], method: str) -> dict[str, Any]:
    cells: dict[str, Any] = {}
    rules: dict[str, Callable[[Case], bool]] = {
        f"{metric}/{split}": lambda c, m=metric, s=split: (c.metric, c.split) == (m, s)  # type: ignore[misc]  # defaults bind now
        for metric in ("latency", "availability")
        for split in ("train", "test")
    }
    rules |= {m: lambda c, m=m: c.metric == m for m in ("latency", "availability")}  # type: ignore[misc]
    rules |= {s: lambda c, s=s: c.split == s for s in ("train", "test")}  # type: ignore[misc]
    rules["pooled"] = lambda _: True
    for name, belongs in rules.items():
        chosen = [a for a in answers if belongs(a.case)]
        if chosen:
            cells[name] = cell_of([_hits(a, method) for a in chosen])
    return cells


def _hits(found: Answer, method: str) -> tuple[float, float]:
    scores, roots = found.scores[method], [found.case.root]
    return expected_hit(scores, roots, 1), expected_hit(scores, roots, 3)


def _paired(answers: Sequence[Answer], method: str, k: int) -> dict[str, Any]:
    ours = [expected_hit(a.scores[method], [a.case.root], k) for a in answers]
    theirs = [expected_hit(a.scores["ranked_correlation"], [a.case.root], k) for a in answers]
    return paired(ours, theirs, seed=SEED)


def _share(count: float, total: int) -> dict[str, Any]:
    low, high = wilson(count, total)
    share = round(count / total, 4) if total else None
    return {
        "count": round(count, 3),
        "n": total,
        "share": share,
        "interval": [round(low, 3), round(high, 3)],
    }


def _times(seconds: Sequence[float]) -> dict[str, float]:
    return {
        "median": round(float(np.median(seconds)), 4),
        "max": round(max(seconds), 4),
    }


def _case(found: Answer) -> dict[str, Any]:
    scores = found.scores["as_given"]
    ranked = sorted(scores, key=lambda n: (-scores[n], n))[:10]
    return {
        "case": found.case.id,
        "metric": found.case.metric,
        "truth": [found.case.root],
        "ranked": ranked,
        "scores": [round(scores[n], 4) for n in ranked],
        "hits": {method: list(_hits(found, method)) for method in found.scores},
        "said_incident": found.said,
        "seconds": round(found.seconds, 4),
    }


def table(report: Mapping[str, Any]) -> str:
    """Write the pooled cells for people."""
    lines = [f"{report['data']}: {report['counts']['incidents']} incidents"]
    for method, cells in report["cells"].items():
        for name, cell in cells.items():
            one, three = cell["top1"], cell["top3"]
            lines.append(
                f"{method:32} {name:20} n={cell['n']:3} "
                f"top-1 {one['share']:.3f} {one['interval']} "
                f"top-3 {three['share']:.3f} {three['interval']}"
            )
    for key in ("paired_with_ranked_correlation", "said_incident", "found_and_said",
                "normal_windows", "seconds", "commit"):  # fmt: skip
        lines.append(f"{key}: {json.dumps(report[key])}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
