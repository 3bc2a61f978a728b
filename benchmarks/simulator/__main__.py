"""Write scenario folders: `python -m benchmarks.simulator --all --topology FILE --out DIR`.

FILE is an expansion of the pack (`etiograph load --expand DIR --json`); `--scenario NAME --seed S`
writes one scenario. A folder holds alerts.jsonl, changes.jsonl and case.yaml.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import yaml

from benchmarks.simulator.catalogue import Scenario, read_catalogue
from benchmarks.simulator.errors import ScenarioError, SimulatorError
from benchmarks.simulator.parameters import load_parameters
from benchmarks.simulator.story import Told, tell
from benchmarks.simulator.structure import read_platform


def main(arguments: Sequence[str] | None = None) -> int:
    """Write what was asked for; exit code 0, or 2 with one line on stderr for bad input."""
    asked = _parser().parse_args(arguments)
    try:
        _write_all(asked)
    except SimulatorError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.simulator", description=__doc__)
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--all", action="store_true", help="every scenario with its own seed")
    which.add_argument("--scenario", metavar="NAME")
    parser.add_argument("--seed", type=int, help="another seed than the catalogue's")
    parser.add_argument("--random-root", action="store_true", help="strike another component")
    parser.add_argument("--topology", type=Path, required=True, metavar="EXPANDED.json")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    return parser


def _write_all(asked: argparse.Namespace) -> None:
    platform, parameters = read_platform(asked.topology), load_parameters()
    for scenario in _chosen(asked.scenario):
        seed = scenario.seed if asked.seed is None else asked.seed
        told = tell(scenario, platform, parameters, seed=seed, random_root=asked.random_root)
        write(told, asked.out / scenario.name if asked.all else asked.out)
        counts = told.case["counts"]
        sys.stderr.write(f"{scenario.name}: {json.dumps(counts)}\n")


def _chosen(name: str | None) -> list[Scenario]:
    catalogue = read_catalogue()
    if name is None:
        return list(catalogue.values())
    if name not in catalogue:
        raise ScenarioError(f"no scenario {name!r}; there are: {', '.join(catalogue)}")
    return [catalogue[name]]


def write(told: Told, folder: Path) -> None:
    """Write a scenario folder; equal content gives equal bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "alerts.jsonl").write_text(_lines(told.alerts), encoding="utf-8")
    (folder / "changes.jsonl").write_text(_lines(told.changes), encoding="utf-8")
    case = yaml.safe_dump(told.case, allow_unicode=True, sort_keys=False, width=100)
    (folder / "case.yaml").write_text(case, encoding="utf-8")


def _lines(records: Sequence[object]) -> str:
    return "".join(
        json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n" for record in records
    )


if __name__ == "__main__":
    raise SystemExit(main())
