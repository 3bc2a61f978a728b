"""Measure: `python -m benchmarks.storms [--scenarios] [--seeds A..B] --json`.

`--scenarios` (the default) takes the committed folders of the pack, `--data DIR` another folder of
them; `--seeds 1..20` tells fresh storms, one family a seed in turn (`--every`: all of them).
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.machine import provenance
from benchmarks.simulator.errors import SimulatorError
from benchmarks.simulator.structure import platform_of
from benchmarks.storms.baselines import Baselines
from benchmarks.storms.cases import Case, committed, fresh, known_families
from benchmarks.storms.doors import Door, FrontDoor, InProcess, answers
from benchmarks.storms.report import Result, report, table
from graph.model.pack import DomainPack
from ingest.packs import expand_to_json, load_pack

ROOT = Path(__file__).resolve().parents[2]
PACK = ROOT / "seeds" / "medical_education"
LIBRARY = ROOT / "seeds" / "library"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what was asked and print it; 0, or 2 with one line on stderr for bad input."""
    asked = _parser().parse_args(arguments)
    try:
        told = _run(asked)
    except (SimulatorError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    if asked.json:
        print(json.dumps(told, ensure_ascii=False))
    else:
        print("\n\n".join(f"{name}\n{table(told[name])}" for name in ("scenarios", "seeds")
                          if name in told))  # fmt: skip
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.storms", description=__doc__)
    parser.add_argument("--scenarios", action="store_true", help="the committed folders")
    parser.add_argument("--seeds", type=_seeds, metavar="A..B", help="fresh storms")
    parser.add_argument("--data", type=Path, default=PACK / "scenarios", metavar="DIR")
    parser.add_argument("--families", default="", help="comma-separated; default: all")
    parser.add_argument("--every", action="store_true", help="every family on every seed")
    parser.add_argument(
        "--front-door", action="store_true", help="run the command itself for every answer: slow"
    )
    parser.add_argument("--json", action="store_true")
    return parser


def _seeds(text: str) -> list[int]:
    """Read `A..B`, both included. Raises: ValueError, as argparse wants it."""
    first, _, last = text.partition("..")
    return list(range(int(first), int(last or first) + 1))


def _run(asked: argparse.Namespace) -> dict[str, Any]:
    pack = load_pack(PACK, library_folder=LIBRARY)
    door: Door = FrontDoor([PACK]) if asked.front_door else InProcess(pack)
    rules = Baselines(pack)
    told = _header(asked)
    if asked.scenarios or asked.seeds is None:
        told["scenarios"] = report(_results(committed(asked.data), door, rules))
    if asked.seeds is not None:
        told["seeds"] = report(_fresh_results(asked, pack, door, rules))
    return told


def _fresh_results(
    asked: argparse.Namespace, pack: DomainPack, door: Door, rules: Baselines
) -> list[Result]:
    families = known_families(name for name in asked.families.split(",") if name)
    with tempfile.TemporaryDirectory() as folder:
        cases = fresh(
            platform_of(expand_to_json(pack)), asked.seeds, Path(folder), families=families,
            every=asked.every,
        )  # fmt: skip
        return _results(cases, door, rules)


def _results(cases: Iterable[Case], door: Door, rules: Baselines) -> list[Result]:
    found = []
    for case in cases:
        given = answers(door, case)
        instants = dict(zip(given, case.instants(), strict=True))
        ranked = {time: rules.rank(case, at) for time, at in instants.items()}
        found.append(Result(case, given, ranked))
        sys.stderr.write(f"{case.name}: {given['end'].status}, {given['end'].top}\n")
    return found


def _header(asked: argparse.Namespace) -> dict[str, Any]:
    seeds = f"{asked.seeds[0]}..{asked.seeds[-1]}" if asked.seeds else None
    return {"benchmark": "storms", **provenance(ROOT, seeds)}


if __name__ == "__main__":
    raise SystemExit(main())
