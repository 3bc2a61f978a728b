"""The storms to diagnose: committed scenario folders, or fresh tellings of their families."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from benchmarks.simulator.__main__ import write
from benchmarks.simulator.catalogue import Scenario, read_catalogue
from benchmarks.simulator.errors import ScenarioError
from benchmarks.simulator.parameters import load_parameters
from benchmarks.simulator.story import tell
from benchmarks.simulator.structure import Platform

MINUTES = (1, 2, 3, 5, 10)
_FELT = 5  # related alerts below which a fault with a random root is too faint to be a case
_ATTEMPTS = 20


@dataclass(frozen=True)
class Case:
    """One storm with its truth. `truth_kind`: component, external or none."""

    name: str
    folder: Path
    source: str
    seed: int
    truth_kind: str
    causes: tuple[str, ...]
    first_at: datetime
    related_firing: int

    @property
    def alerts(self) -> Path:
        """The received payloads."""
        return self.folder / "alerts.jsonl"

    @property
    def changes(self) -> Path:
        """The change log."""
        return self.folder / "changes.jsonl"

    @property
    def truth(self) -> list[str]:
        """What should be answered: component ids, or the one word `external` or `none`."""
        return list(self.causes) or [self.truth_kind]

    def instants(self) -> list[datetime | None]:
        """List when it is asked: minutes after the first related alert, then at the end (None)."""
        return [*(self.first_at + timedelta(minutes=m) for m in MINUTES), None]

    def alert_lines(self) -> list[dict[str, Any]]:
        """Read the received payloads, in order of receipt."""
        return _json_lines(self.alerts)

    def change_lines(self) -> list[dict[str, Any]]:
        """Read the change log, in order."""
        return _json_lines(self.changes)


def read_case(folder: Path, *, name: str | None = None) -> Case:
    """Read a scenario folder."""
    raw = yaml.safe_load((folder / "case.yaml").read_text(encoding="utf-8"))
    causes = tuple(cause["component_id"] for cause in raw["truth"]["causes"])
    return Case(
        name=name or raw["id"],
        folder=folder,
        source=raw["source"],
        seed=raw["seed"],
        truth_kind=raw["truth"]["kind"],
        causes=causes,
        first_at=datetime.fromisoformat(raw.get("first_related_at") or raw["onset"]),
        related_firing=raw["counts"]["related_firing"],
    )


def committed(folder: Path) -> list[Case]:
    """Read every scenario of a pack, by name."""
    return [read_case(path.parent) for path in sorted(folder.glob("*/case.yaml"))]


def fresh(
    platform: Platform, seeds: Sequence[int], out: Path, *, families: Sequence[str], every: bool
) -> Iterator[Case]:
    """Tell fresh storms: other roots of the same kind, other strengths, other noise.

    A seed tells one family, in turn through `families`; with `every` it tells all of them.
    """
    catalogue = read_catalogue()
    for seed in seeds:
        chosen = families if every else [families[seed % len(families)]]
        for family in chosen:
            folder = out / f"{family}-{seed}"
            _tell_felt(catalogue[family], platform, seed, folder)
            yield read_case(folder, name=f"{family}-{seed}")


def _tell_felt(scenario: Scenario, platform: Platform, seed: int, folder: Path) -> None:
    """Tell a scenario with a random root; draw again while the fault is too faint to be noticed."""
    parameters = load_parameters()
    for attempt in range(_ATTEMPTS):
        own = seed * 1000 + attempt
        told = tell(scenario, platform, parameters, seed=own, random_root=True)
        if not scenario.faults or told.case["counts"]["related_firing"] >= _FELT:
            write(told, folder)
            return
    raise ScenarioError(f"{scenario.name!r} stays unnoticed on seed {seed} in {_ATTEMPTS} draws")


def known_families(asked: Iterable[str]) -> list[str]:
    """Check the names of families; none asked means all.

    Raises: ScenarioError naming the unknown one.
    """
    catalogue, names = read_catalogue(), list(asked)
    for name in names:
        if name not in catalogue:
            raise ScenarioError(f"no family {name!r}; there are: {', '.join(catalogue)}")
    return names or list(catalogue)


def _json_lines(path: Path) -> list[dict[str, Any]]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.strip()]
