"""Scenarios as told: determinism, valid payloads, counts, and nothing shared with the diagnosis."""

from __future__ import annotations

import ast
import json
import sys
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from benchmarks.simulator.__main__ import main
from benchmarks.simulator.catalogue import FaultPlan, Scenario, read_catalogue
from benchmarks.simulator.errors import ScenarioError
from benchmarks.simulator.labels import fingerprint
from benchmarks.simulator.parameters import load_parameters
from benchmarks.simulator.story import Told, tell
from benchmarks.simulator.structure import Platform, platform_of
from tests.benchmarks.small_platform import expansion

ROOT = Path(__file__).resolve().parents[2]
SCENARIOS = ROOT / "seeds" / "medical_education" / "scenarios"
FOLDERS = sorted(SCENARIOS.iterdir()) if SCENARIOS.is_dir() else []
SAMPLES = ROOT.parent / "shared" / "samples"
NEVER = "0001-01-01T00:00:00Z"
ENVELOPE = {
    "receiver", "status", "alerts", "groupLabels", "commonLabels", "commonAnnotations",
    "externalURL", "version", "groupKey", "truncatedAlerts",
}  # fmt: skip
ALERT = {
    "status", "labels", "annotations", "startsAt", "endsAt", "generatorURL", "fingerprint",
}  # fmt: skip


@pytest.fixture(scope="module")
def platform() -> Platform:
    """The small platform."""
    return platform_of(expansion())


def _scenario(**changed: Any) -> Scenario:
    plain: dict[str, Any] = {
        "name": "tiny-storm",
        "seed": 3,
        "onset": datetime(2025, 3, 12, 13, 40, tzinfo=UTC),
        "title": {"zh": "小风暴", "en": "Small storm"},
        "story": {"zh": "节点一失联。", "en": "Node one is lost."},
        "tags": ("storm",),
        "faults": (FaultPlan(mode="cdn_node/origin-link-down", at="cdn-1"),),
    }
    return Scenario(**{**plain, **changed})


def _tell(platform: Platform, **changed: Any) -> Told:
    scenario = _scenario(**changed)
    return tell(scenario, platform, load_parameters(), seed=scenario.seed)


def _lines(folder: Path, name: str) -> list[Any]:
    return [json.loads(line) for line in (folder / name).read_text("utf-8").splitlines()]


def _case(folder: Path) -> Any:
    return yaml.safe_load((folder / "case.yaml").read_text("utf-8"))


def _alerts(line: Any) -> list[Any]:
    return [a for a in line["payload"]["alerts"] if a["labels"]["alertname"] != "Watchdog"]


def test_simulator_imports_nothing_of_ours() -> None:
    """Only the standard library, numpy, yaml and the simulator itself."""
    allowed = {*sys.stdlib_module_names, "numpy", "yaml"}
    for path in (ROOT / "benchmarks" / "simulator").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                own = name.startswith("benchmarks.simulator")
                assert own or name.split(".")[0] in allowed, f"{path.name} imports {name}"


def test_equal_seed_tells_an_equal_story(platform: Platform) -> None:
    """The same scenario twice gives the same records, another seed gives others."""
    assert _tell(platform) == _tell(platform)
    assert _tell(platform).alerts != _tell(platform, seed=4).alerts


def test_command_writes_the_same_bytes_twice(tmp_path: Path) -> None:
    """Two runs of the command write equal files, whatever the order in the expansion."""
    topology = tmp_path / "expanded.json"
    raw = expansion()
    topology.write_text(json.dumps(raw), "utf-8")
    asked = ["--scenario", "noisy-evening", "--topology", str(topology), "--out"]
    assert main([*asked, str(tmp_path / "a")]) == 0
    raw["components"].reverse()
    topology.write_text(json.dumps(raw), "utf-8")
    assert main([*asked, str(tmp_path / "b")]) == 0

    for name in ("alerts.jsonl", "changes.jsonl", "case.yaml"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_command_names_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An unknown scenario and an unreadable topology are exit 2 with one line."""
    topology = tmp_path / "expanded.json"
    topology.write_text(json.dumps(expansion()), "utf-8")
    bad = tmp_path / "bad.json"
    bad.write_text("[]", "utf-8")
    out = ["--out", str(tmp_path / "x")]

    assert main(["--scenario", "zz", "--topology", str(topology), *out]) == 2
    assert "'zz'" in capsys.readouterr().err
    assert main(["--scenario", "noisy-evening", "--topology", str(bad), *out]) == 2
    assert "bad.json" in capsys.readouterr().err


def test_stated_number_of_alerts_is_kept_exactly(platform: Platform) -> None:
    """A story that states 20 related alerts brings 20, and one that states too many is refused."""
    told = _tell(platform, related_alerts=20)

    assert told.case["counts"]["related_firing"] == 20
    with pytest.raises(ScenarioError, match="tiny-storm"):
        _tell(platform, related_alerts=5000)


def test_a_story_without_a_fault_injects_nothing(platform: Platform) -> None:
    """The truth of a noisy evening is `none`, and every alert in it is noise."""
    told = _tell(platform, faults=(), noise=3.0)

    assert told.case["truth"] == {"kind": "none", "causes": [], "regions": [], "flow_steps": []}
    assert told.case["counts"]["related_firing"] == 0
    assert told.case["counts"]["noise_firing"] > 0


def test_truth_names_regions_and_steps(platform: Platform) -> None:
    """The node of r1 and r2 hurts these two regions and the watching step."""
    truth = _tell(platform).case["truth"]

    assert truth["regions"] == ["r1", "r2"]
    assert truth["flow_steps"] == ["tiny:watch"]


def test_a_cut_off_region_stops_its_heartbeat(platform: Platform) -> None:
    """The Watchdog of the site beats until the onset and never after, the others go on."""
    told = _tell(platform, faults=(FaultPlan(mode="region/cut-off", at="region-r2"),))
    beats = [
        (line["received_at"], {a["labels"].get("site") for a in line["payload"]["alerts"]})
        for line in told.alerts
        if line["payload"]["groupLabels"] == {"alertname": "Watchdog"}
    ]
    before = [sites for at, sites in beats if at < told.case["onset"]]
    after = [sites for at, sites in beats if at > told.case["onset"]]

    assert all({"r1", "r2", "r3", None} <= sites for sites in before)
    assert after and all("r2" not in sites and "r1" in sites for sites in after)


def test_fingerprints_are_alertmanagers_own() -> None:
    """Captured payloads of a real Alertmanager carry the fingerprints that we compute."""
    if not SAMPLES.is_dir():
        pytest.skip(f"no captured samples at {SAMPLES}; they come with the shared data")
    for path in sorted(SAMPLES.glob("alertmanager_*.json")):
        for alert in json.loads(path.read_text("utf-8"))["alerts"]:
            assert fingerprint(alert["labels"]) == alert["fingerprint"]


def test_every_scenario_of_the_catalogue_is_committed() -> None:
    """The pack holds one folder per scenario, at least fourteen, with the seed of the catalogue."""
    catalogue = read_catalogue()

    assert len(catalogue) >= 14
    assert {folder.name for folder in FOLDERS} == set(catalogue)
    assert {_case(f)["id"]: _case(f)["seed"] for f in FOLDERS} == {
        name: scenario.seed for name, scenario in catalogue.items()
    }


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_case_fits_the_published_schema(folder: Path) -> None:
    """case.yaml validates against scenario/v1."""
    schema = json.loads((ROOT / "api/json_schemas/scenario.v1.json").read_text("utf-8"))

    jsonschema.Draft202012Validator(schema).validate(_case(folder))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_alerts_are_version_4_in_order_of_receipt(folder: Path) -> None:
    """Every line is a v4 body; receipts never go back; nothing starts after it was received."""
    lines = _lines(folder, "alerts.jsonl")
    receipts = [datetime.fromisoformat(line["received_at"]) for line in lines]

    assert receipts == sorted(receipts)
    for line, receipt in zip(lines, receipts, strict=True):
        payload = line["payload"]
        assert set(payload) == ENVELOPE and payload["version"] == "4"
        for alert in payload["alerts"]:
            assert set(alert) == ALERT
            assert alert["fingerprint"] == fingerprint(alert["labels"])
            assert (alert["status"] == "firing") == (alert["endsAt"] == NEVER)
            assert datetime.fromisoformat(alert["startsAt"]) <= receipt


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_heartbeats_begin_half_an_hour_early_and_go_on(folder: Path) -> None:
    """The centre's Watchdog beats at least every three minutes from 30 min before the onset."""
    onset = datetime.fromisoformat(_case(folder)["onset"])
    beats = [
        datetime.fromisoformat(line["received_at"])
        for line in _lines(folder, "alerts.jsonl")
        if line["payload"]["groupLabels"] == {"alertname": "Watchdog"}
    ]

    assert beats[0] <= onset - timedelta(minutes=30)
    assert max(b - a for a, b in pairwise(beats)) <= timedelta(minutes=3)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_counts_and_size_are_what_the_case_says(folder: Path) -> None:
    """Related plus noise are all alerts that fired, and a file stays under 700 kB."""
    counts = _case(folder)["counts"]
    lines = _lines(folder, "alerts.jsonl")
    firing = {
        (a["fingerprint"], a["startsAt"])
        for line in lines
        for a in _alerts(line)
        if a["status"] == "firing"
    }

    assert counts["related_firing"] + counts["noise_firing"] == len(firing)
    assert counts["payloads"] == len(lines)
    assert counts["changes"] == len(_lines(folder, "changes.jsonl"))
    assert (folder / "alerts.jsonl").stat().st_size < 700_000


@pytest.mark.parametrize("name", ["cdn-storm", "cdn-storm-silent"])
def test_the_headline_storm_has_380_related_alerts_in_five_regions(name: str) -> None:
    """380 related alerts as the source states, at most five regions, the node nearly silent."""
    case = _case(SCENARIOS / name)

    assert case["counts"]["related_firing"] == 380
    assert case["truth"]["regions"] == ["r1", "r2", "r3", "r4", "r5"]
    assert case["counts"]["own_alerts_of_causes"] <= 4
    assert (case["counts"]["own_alerts_of_causes"] == 0) == name.endswith("silent")


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_changes_are_complete_records(folder: Path) -> None:
    """Every change has the keys of change/v1 and was received after it happened."""
    for change in _lines(folder, "changes.jsonl"):
        assert change["schema"] == "change/v1" and change["id"] and change["targets"]
        at, received = (datetime.fromisoformat(change[key]) for key in ("at", "received_at"))
        assert at <= received
