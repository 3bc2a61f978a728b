"""Measure causes found on ITBench's SRE scenarios: `python -m benchmarks.itbench`.

A folder holds architecture.json and scenario_N/groundtruth_v1.yaml. Read are alert names and what
they are about (`benchmarks.itbench_cases`); the one relation frontend-proxy -> frontend is added to
the call graph, which lacks it; `product_enriched` answers on the demo's published graph
(`benchmarks.itbench_graph`). The root is one component, so components are ranked by P(born there
| born in one component). Scenarios without a component at or below their root do not qualify.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks import looked_at
from benchmarks.itbench_cases import Scenario, alerts_by_component, read_scenario, scenario_files
from benchmarks.itbench_graph import ADDED, PUBLISHED, enriched, kinds_of
from benchmarks.itbench_rivals import (
    deepest_erring,
    most_alerts,
    naive_noisy_or,
    random_alerted,
)
from benchmarks.itbench_truth import read_truth
from benchmarks.machine import provenance
from benchmarks.product_path import Room, Verdict
from benchmarks.public_rankings import cell_of, expected_hit, paired
from graph.model.signals import Alert, AlertStatus
from ingest.call_graph import CallGraph, call_graph_pack, make_graph, read_dependencies, slugs
from ingest.library_files import read_library
from ingest.metrics.panel import Quantity
from ingest.metrics.speaking import rule_name
from reasoning.engine.loops import loops

SEED: Final = 0
ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "data" / "itbench"
PACK: Final = "itbench"
# Scenarios below this number were looked at while the configuration was chosen; the others after
# the first full run, which corrected as which rule a pod's alert speaks and what counts as erring.
LOOKED_AT_BELOW: Final = 30
NOW: Final = datetime(2025, 1, 1, tzinfo=UTC)
# As what the set's alerts speak: of a quantity, or of the component's own parts.
QUANTITIES: Final = {
    "HighRequestErrorRate": Quantity.ERRORS,
    "HighRequestLatency": Quantity.LATENCY,
    "NoRequestsReceived": Quantity.TRAFFIC,
    "NoDatabaseOperations": Quantity.TRAFFIC,
    "NoRequestsOpened": Quantity.TRAFFIC,
}
UNREADY: Final = (
    "KubePodNotReady",
    "KubePodCrashLooping",
    "KubeContainerWaiting",
    "KubeDeploymentRolloutStuck",
    "FailedPodsDetected",
)
# A pod that does not run is its component down: the library's rule for that, by kind.
DOWN: Final = {
    "cache": "CacheDown",
    "database": "DbDown",
    "gateway": "GatewayDown",
    "kafka_broker": "KafkaBrokerDown",
    "service": "ServiceDown",
}
SPENT: Final = {"CPUSpend": "ServiceCpuHigh", "MemorySpend": "ServiceHeapHigh"}
Scores = Mapping[str, float]


@dataclass(frozen=True)
class Demo:
    """The architecture as a pack, indexed."""

    graph: CallGraph
    ids: Mapping[str, str]
    kinds: Mapping[str, str]
    room: Room

    @classmethod
    def of(cls, graph: CallGraph) -> Demo:
        """Make the pack of the architecture."""
        kinds = kinds_of(graph)
        library = read_library(ROOT / "seeds" / "library")
        pack = call_graph_pack(
            graph, pack_id=PACK, source="architecture.json", kinds=kinds, library=library
        )
        ids = {name: f"{PACK}:{slug}" for name, slug in slugs(graph.names).items()}
        return cls(graph, ids, kinds, Room(pack))

    def judge(self, scenario: Scenario) -> Verdict:
        """Take a scenario's alerts through the product's path."""
        alerts = [self._alert(name, component) for name, component in scenario.alerts]
        unique = list({alert.fingerprint: alert for alert in alerts}.values())
        return self.room.judge(unique, now=NOW, watched=self._watched())

    def _watched(self) -> frozenset[tuple[str, str]]:
        """Of every traced component the set's rules on errors, latency and traffic exist."""
        traced = {end for call in self.graph.calls for end in call}
        return frozenset(
            (self.ids[name], rule_name(self.kinds[name], quantity))
            for name in traced
            if self.kinds[name] in ("service", "gateway")
            for quantity in (Quantity.ERRORS, Quantity.LATENCY, Quantity.TRAFFIC)
        )

    def _alert(self, name: str, component: str) -> Alert:
        kind = self.kinds[component]
        rule = _rule(name, kind)
        return Alert(
            source="itbench",
            fingerprint=f"{component}~{rule}",
            status=AlertStatus.FIRING,
            alertname=rule,
            labels={"alertname": rule, "component": self.ids[component]},
            starts_at=NOW,
            received_at=NOW,
        )


def _rule(name: str, kind: str) -> str:
    """Name the library's rule as which an alert of the set speaks."""
    if name in UNREADY:
        return DOWN.get(kind, name)
    quantity = QUANTITIES.get(name)
    return rule_name(kind, quantity) if quantity else SPENT.get(name, name)


@dataclass(frozen=True)
class Answer:
    """One qualifying scenario answered: scores by method, CPU seconds, what it said."""

    scenario: Scenario
    truth: str
    connected: str | None
    scores: Mapping[str, Scores]
    verdict: Verdict


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure one folder, the shared one when none is named; print JSON or a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.itbench", description=__doc__)
    parser.add_argument("--data", type=Path, default=SHARED, help="a folder with architecture.json")
    parser.add_argument("--below", type=int, help="only scenarios below this number")
    parser.add_argument("--json", action="store_true", help="print JSON only")
    given = parser.parse_args(arguments)
    if not (given.data / "architecture.json").is_file():
        print(f"{given.data}/architecture.json: not there; name ITBench's folder", file=sys.stderr)
        return 2
    report = measure(given.data, below=given.below)
    text = json.dumps(report, ensure_ascii=False, indent=1) if given.json else table(report)
    print(text)
    return 0


def measure(folder: Path, *, below: int | None = None) -> dict[str, Any]:
    """Answer every scenario that qualifies; shares lie in [0, 1], times are CPU seconds."""
    known = provenance(ROOT, SEED)
    document = json.loads((folder / "architecture.json").read_text(encoding="utf-8"))
    plain = read_dependencies(document, name="architecture.json")
    graph = make_graph(plain.names, [*plain.calls, ADDED])
    demo, richer = Demo.of(graph), Demo.of(enriched(graph))
    files = [(n, path) for n, path in scenario_files(folder) if below is None or n < below]
    demo.judge(read_scenario(*files[0], graph))  # code warm: what follows is timed
    answers = [
        a for number, path in files if (a := answer((demo, richer), number, path)) is not None
    ]
    methods = list(answers[0].scores)
    qualifying = [a.scenario.number for a in answers]
    return {
        "benchmark": "itbench",
        "data": folder.name,
        "looked_at": looked_at.ITBENCH,
        "counts": {"scenarios": len(files), "qualify": len(answers), "nodes": len(graph.names)},
        "added_relations": [list(ADDED)],
        "published_relations": [list(call) for call in PUBLISHED],
        "qualifying": qualifying,
        "not_qualifying": [n for n, _ in files if n not in qualifying],
        "cells": {method: _cells(answers, method) for method in methods},
        "paired": {
            rival: {
                name: paired(
                    [_hit(a, "product", k) for a in answers],
                    [_hit(a, rival, k) for a in answers],
                    seed=SEED,
                )
                for k, name in ((1, "top1"), (3, "top3"))
            }
            for rival in methods
            if not rival.startswith("product")
        },
        "said_incident": sum(not a.verdict.calm for a in answers),
        "loops": loops().kind,
        "seconds": _times([a.verdict.seconds for a in answers]),
        "cases": [_case(a) for a in answers],
        **known,
    }


def answer(demos: tuple[Demo, Demo], number: int, path: Path) -> Answer | None:
    """Answer one scenario by every method; None where it does not qualify.

    `demos`: the graph as it is given, and the enriched one.
    """
    demo, richer = demos
    truth = read_truth(path, demo.graph)
    if truth is None:
        return None
    scenario = read_scenario(number, path, demo.graph)
    verdict = demo.judge(scenario)
    alerted = alerts_by_component(scenario.alerts)
    scores: dict[str, Scores] = {
        "product": _named(demo, verdict.lone),
        "product_any_number": _named(demo, verdict.born),
        "product_enriched": _named(richer, richer.judge(scenario).lone),
        "random_alerted": random_alerted(alerted),
        "most_alerts": most_alerts(alerted),
        "deepest_erring": deepest_erring(alerted, demo.graph),
        "naive_noisy_or": naive_noisy_or(alerted, demo.graph),
    }
    connected = read_truth(path, demo.graph, connected=True)
    return Answer(scenario, truth, connected, scores, verdict)


def _named(demo: Demo, scores: Scores) -> Scores:
    return {name: scores.get(demo.ids[name], 0.0) for name in demo.graph.names}


def _cells(answers: Sequence[Answer], method: str) -> dict[str, Any]:
    early = [a for a in answers if a.scenario.number < LOOKED_AT_BELOW]
    late = [a for a in answers if a.scenario.number >= LOOKED_AT_BELOW]
    named = {"pooled": answers, "below_30": early, "from_30": late}
    cells = {
        name: cell_of([(_hit(a, method, 1), _hit(a, method, 3)) for a in chosen])
        for name, chosen in named.items()
        if chosen
    }
    joined = [a for a in answers if a.connected is not None]
    cells["connected_truth"] = cell_of(
        [(_hit(a, method, 1, connected=True), _hit(a, method, 3, connected=True)) for a in joined]
    )
    return cells


def _hit(found: Answer, method: str, k: int, *, connected: bool = False) -> float:
    truth = found.connected if connected else found.truth
    return expected_hit(found.scores[method], [truth or ""], k)


def _times(seconds: Sequence[float]) -> dict[str, float]:
    return {"median": round(float(np.median(seconds)), 4), "max": round(max(seconds), 4)}


def _case(found: Answer) -> dict[str, Any]:
    scores = found.scores["product"]
    ranked = sorted(scores, key=lambda n: (-scores[n], n))[:10]
    return {
        "case": f"scenario_{found.scenario.number}",
        "truth": [found.truth],
        "truth_connected": found.connected,
        "alerts": len(found.scenario.alerts),
        "root_alerted": found.truth in {component for _, component in found.scenario.alerts},
        "unplaced": list(found.scenario.unplaced),
        "ranked": ranked,
        "scores": [round(scores[n], 4) for n in ranked],
        "hits": {m: [_hit(found, m, 1), _hit(found, m, 3)] for m in found.scores},
        "seconds": round(found.verdict.seconds, 4),
    }


def table(report: Mapping[str, Any]) -> str:
    """Write the cells for people."""
    counts = report["counts"]
    lines = [f"{report['data']}: {counts['qualify']} of {counts['scenarios']} qualify"]
    for method, cells in report["cells"].items():
        for name, cell in cells.items():
            one, three = cell["top1"], cell["top3"]
            lines.append(
                f"{method:20} {name:16} n={cell['n']:3} "
                f"top-1 {one['share']:.3f} {one['interval']} "
                f"top-3 {three['share']:.3f} {three['interval']}"
            )
    for key in ("paired", "not_qualifying", "said_incident", "seconds", "commit"):
        lines.append(f"{key}: {json.dumps(report[key])}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
