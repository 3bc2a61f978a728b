"""The committed scenario folders are what the simulator writes on today's pack, byte for byte."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from benchmarks.simulator.__main__ import main
from benchmarks.simulator.structure import read_platform
from ingest.packs import expand_to_json, load_pack
from ingest.resolve import Resolver

ROOT = Path(__file__).resolve().parents[2]
PACK = ROOT / "seeds" / "medical_education"
LIBRARY = ROOT / "seeds" / "library"
REGENERATE = (
    "the pack's topology changed: run `etiograph load --expand seeds/medical_education --json > "
    "FILE` and `python -m benchmarks.simulator --all --topology FILE --out "
    "seeds/medical_education/scenarios`"
)


@pytest.fixture(scope="module")
def topology(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Today's expansion of the pack."""
    path = tmp_path_factory.mktemp("pack") / "expanded.json"
    pack = load_pack(PACK, library_folder=LIBRARY)
    path.write_text(json.dumps(expand_to_json(pack)), encoding="utf-8")
    return path


@pytest.mark.parametrize("name", ["cdn-storm", "region-cut-off", "two-faults"])
def test_committed_folder_is_regenerated_byte_for_byte(
    name: str, topology: Path, tmp_path: Path
) -> None:
    """Same pack, scenario and seed: the same three files."""
    committed = PACK / "scenarios" / name
    case = yaml.safe_load((committed / "case.yaml").read_text("utf-8"))
    assert case["topology"] == read_platform(topology).digest, REGENERATE

    asked = ["--scenario", name, "--seed", str(case["seed"]), "--topology", str(topology)]
    assert main([*asked, "--out", str(tmp_path)]) == 0

    for file in ("alerts.jsonl", "changes.jsonl", "case.yaml"):
        assert (tmp_path / file).read_bytes() == (committed / file).read_bytes(), file


def test_truth_names_components_and_modes_of_the_pack() -> None:
    """Every true cause is a component and a fault mode that the loaded pack knows."""
    pack = load_pack(PACK, library_folder=LIBRARY)
    components = {component.id for component in pack.components}
    modes = {mode.id for mode in pack.library.modes}

    for path in sorted(PACK.glob("scenarios/*/case.yaml")):
        for cause in yaml.safe_load(path.read_text("utf-8"))["truth"]["causes"]:
            assert cause["component_id"] in components
            assert cause["fault_mode_id"] in modes


def test_alerts_of_the_story_find_their_component() -> None:
    """At most one alert in ten of a scenario is from something that is in no inventory."""
    resolver = Resolver(load_pack(PACK, library_folder=LIBRARY).components)

    for path in sorted(PACK.glob("scenarios/*/alerts.jsonl")):
        found: list[bool] = []
        for line in path.read_text("utf-8").splitlines():
            for alert in json.loads(line)["payload"]["alerts"]:
                if alert["labels"]["alertname"] != "Watchdog":
                    found.append(resolver.labelled(alert["labels"]).component_id is not None)
        assert sum(found) > 0.9 * len(found), path.parent.name
