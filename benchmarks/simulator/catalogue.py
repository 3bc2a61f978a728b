"""The scenarios that the simulator can tell (`catalogue.yaml`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from benchmarks.simulator.errors import ScenarioError

CATALOGUE_FILE = Path(__file__).with_name("catalogue.yaml")


@dataclass(frozen=True)
class FaultPlan:
    """A fault to inject: mode, where, and seconds after the onset.

    `words` narrow the choice where the root is drawn by chance; `agent_lost` None leaves it to
    chance whether the part's own exporter goes with it.
    """

    mode: str
    at: str
    start_s: float = 0.0
    agent_lost: bool | None = None
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class OutsidePlan:
    """Trouble outside the graph: failing share, slowness factor, share of client groups hit."""

    err: float
    slow: float
    share: float


@dataclass(frozen=True)
class Scenario:
    """One scenario: when, what is injected, and how it is told to people.

    `peak` scales traffic (1 = an ordinary evening), `noise` scales the unrelated alerts,
    `related_alerts` is the number that the story states, if it states one.
    """

    name: str
    seed: int
    onset: datetime
    title: Mapping[str, str]
    story: Mapping[str, str]
    tags: tuple[str, ...]
    faults: tuple[FaultPlan, ...] = ()
    outside: tuple[OutsidePlan, ...] = ()
    peak: float = 1.0
    noise: float = 1.0
    innocent_changes: int | None = None
    related_alerts: int | None = None


def read_catalogue(path: Path = CATALOGUE_FILE) -> dict[str, Scenario]:
    """Read every scenario, by name in file order.

    Raises: ScenarioError naming the scenario whose entry is broken.
    """
    raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {name: _scenario(name, entry) for name, entry in raw["scenarios"].items()}


def _scenario(name: str, entry: Mapping[str, Any]) -> Scenario:
    try:
        known = dict(entry)
        faults = tuple(_fault(plan) for plan in known.pop("faults", ()))
        outside = tuple(OutsidePlan(**plan) for plan in known.pop("outside", ()))
        onset = datetime.fromisoformat(str(known.pop("onset"))).astimezone(UTC)
        tags = tuple(known.pop("tags"))
        return Scenario(name=name, onset=onset, tags=tags, faults=faults, outside=outside, **known)
    except (KeyError, TypeError, ValueError) as error:
        raise ScenarioError(f"catalogue: scenario {name!r} is broken: {error!r}") from None


def _fault(plan: Mapping[str, Any]) -> FaultPlan:
    return FaultPlan(**{**plan, "words": tuple(plan.get("words", ()))})
