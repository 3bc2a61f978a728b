"""The ITBench benchmark on scenarios made here, in both layouts, with traps beside the alerts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from benchmarks.itbench import main, measure
from benchmarks.itbench_cases import read_scenario
from benchmarks.itbench_truth import read_truth
from ingest.call_graph import make_graph

ARCHITECTURE = {
    "components": {
        "services": [
            {"name": n}
            for n in ("frontend-proxy", "frontend", "checkout-service", "product-catalog-service")
        ]
        + [{"name": "flagd"}],
        "infrastructure": [{"name": "valkey"}],
    },
    "dependencies": [
        {"source": "frontend", "target": "checkout-service"},
        {"source": "checkout-service", "target": "product-catalog-service"},
    ],
}
GRAPH = make_graph(
    ("frontend-proxy", "frontend", "checkout-service", "product-catalog-service", "flagd"),
    [("frontend-proxy", "frontend"), ("frontend", "checkout-service")],
)


def _alerts() -> list[dict[str, Any]]:
    told = "the cause is valkey-service-1, caused by flagd"
    about = ("productcatalog-service-1", "checkout-service-1", "frontend-service-1", None)
    return [
        {"id": "HighRequestErrorRate", "group_id": g, "metadata": {"description": told}}
        for g in about
    ]


def _part() -> dict[str, Any]:
    groups = [
        {"id": "flagd-config", "kind": "ConfigMap", "name": "flagd-config", "root_cause": True},
        {"id": "productcatalog-service-1", "kind": "Service", "filter": ["product-catalog\\b"]},
        {"id": "checkout-service-1", "kind": "Service", "filter": ["checkout\\b"]},
        {"id": "frontend-service-1", "kind": "Service", "filter": ["frontend\\b"]},
    ]
    steps = [
        {"source": "flagd-config", "target": "productcatalog-service-1"},
        {"source": "productcatalog-service-1", "target": "checkout-service-1"},
    ]
    fault = [{"entity": {"name": "valkey"}}]
    return {"alerts": _alerts(), "groups": groups, "propagations": steps, "fault": fault}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Write one scenario in each layout, and one whose root is nowhere in the architecture."""
    (tmp_path / "architecture.json").write_text(json.dumps(ARCHITECTURE), encoding="utf-8")
    lost = {**_part(), "propagations": []}
    for number, document in ((2, _part()), (40, {"spec": _part()}), (44, lost)):
        path = tmp_path / f"scenario_{number}"
        path.mkdir()
        (path / "groundtruth_v1.yaml").write_text(yaml.safe_dump(document), encoding="utf-8")
    return tmp_path


def test_both_layouts_are_read_and_the_root_is_found(folder: Path) -> None:
    """What qualifies is named, the deepest erring service is first, every method has its cells."""
    report = measure(folder)

    assert report["counts"] == {"scenarios": 3, "qualify": 2, "nodes": 6}
    assert (report["qualifying"], report["not_qualifying"]) == ([2, 40], [44])
    assert report["cells"]["product"]["pooled"]["top1"]["hits"] == 2
    assert report["cells"]["product"]["below_30"]["n"] == 1
    assert set(report["cells"]) >= {
        "random_alerted",
        "most_alerts",
        "deepest_erring",
        "naive_noisy_or",
    }
    assert report["cases"][0]["truth"] == ["product-catalog-service"]
    assert report["cases"][0]["ranked"][0] == "product-catalog-service"


def test_answers_in_the_file_change_nothing(folder: Path) -> None:
    """Descriptions, faults, aliases and the mark of the root do not reach the diagnosis."""
    path = folder / "scenario_2" / "groundtruth_v1.yaml"
    seen = read_scenario(2, path, GRAPH)
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    for key in ("fault", "propagations"):
        document.pop(key)
    for group in document["groups"]:
        group.pop("root_cause", None)
    for alert in document["alerts"]:
        alert.pop("metadata")
    path.write_text(yaml.safe_dump(document), encoding="utf-8")

    assert read_scenario(2, path, GRAPH) == seen
    assert seen.unplaced == ("HighRequestErrorRate",)


def test_the_truth_is_the_first_component_downstream(folder: Path) -> None:
    """A flag's file is no component; the service that it breaks first is."""
    path = folder / "scenario_2" / "groundtruth_v1.yaml"

    assert read_truth(path, GRAPH) == "product-catalog-service"
    assert read_truth(path, GRAPH, connected=True) == "checkout-service"


def test_the_command_prints_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One object on stdout; another folder is refused with exit 2."""
    assert main(["--data", str(folder), "--below", "30", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["counts"]["scenarios"] == 1
    assert main(["--data", str(folder / "scenario_2")]) == 2
