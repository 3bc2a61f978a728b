"""Read and check the simulator's own parameters (`parameters.yaml`)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from benchmarks.simulator.errors import ParametersError

PARAMETERS_FILE = Path(__file__).with_name("parameters.yaml")
SCHEMA = "simulator-parameters/1"

Section = Mapping[str, Any]

_SECTIONS = (
    "clock", "demand", "kinds", "overload", "links", "link_classes", "cache_content", "steering",
    "members", "faults", "hosted_weight", "rules", "gauges_at_rest", "monitoring", "alertmanager",
    "flapping", "noise", "changes", "labels",
)  # fmt: skip
_PROBABILITIES = frozenset({"err", "hang", "out", "quality", "hosted_err", "use", "absorbed",
                            "order", "exists", "agent_lost", "change", "share", "lost_resolve",
                            "duplicate", "noise_share", "chronic_share", "unknown_share",
                            "live_share", "edge_hit", "moved_share", "trouble", "component",
                            "alias", "team", "utilisation", "error_floor", "abandon_share",
                            "retry_by_people", "sees_trouble_loss"})  # fmt: skip
_RULE_KEYS = frozenset({"metric", "above", "below", "for_s", "severity", "exists", "series",
                        "words"})  # fmt: skip
_FAULT_KEYS = frozenset({"err", "hang", "slow", "capacity", "up", "out", "quality", "hosted_err",
                         "hosted_slow", "gauges", "ramp_s", "agent_lost", "change"})  # fmt: skip


@dataclass(frozen=True)
class Parameters:
    """The checked parameters; one attribute per section of the file."""

    clock: Section
    demand: Section
    kinds: Mapping[str, Section]
    overload: Section
    links: Mapping[str, Section]
    link_classes: Mapping[str, str]
    cache_content: Section
    steering: Section
    members: Section
    faults: Mapping[str, Section]
    hosted_weight: Mapping[str, float]
    rules: Mapping[str, Mapping[str, Section]]
    gauges_at_rest: Mapping[str, float]
    monitoring: Section
    alertmanager: Section
    flapping: Section
    noise: Section
    changes: Section
    labels: Section

    def link_class(self, source_kind: str, target_kind: str) -> str:
        """Name the link class of a pair of kinds; the first matching pattern counts."""
        for pattern, name in self.link_classes.items():
            source, target = pattern.split(">")
            if source in ("*", source_kind) and target in ("*", target_kind):
                return name
        raise ParametersError(f"link_classes: no pattern matches {source_kind}>{target_kind}")


def load_parameters(path: Path = PARAMETERS_FILE) -> Parameters:
    """Read parameters and check every one of them.

    Raises: ParametersError naming file, section and key.
    """
    raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(raw, dict) or raw.pop("schema", None) != SCHEMA:
        raise ParametersError(f"{path.name}: schema must be {SCHEMA!r}")
    try:
        _check_sections(raw)
        _check_numbers(raw, "")
        _check_faults(raw)
        _check_rules(raw)
        _check_links(raw)
    except ParametersError as error:
        raise ParametersError(f"{path.name}: {error}") from None
    return Parameters(**raw)


def _check_sections(raw: Section) -> None:
    missing = [name for name in _SECTIONS if name not in raw]
    unknown = [name for name in raw if name not in _SECTIONS]
    if missing or unknown:
        raise ParametersError(f"missing sections {missing}, unknown sections {unknown}")


def _check_numbers(value: object, key: str) -> None:
    """Walk the tree: finite numbers, [low, high] pairs, shares in [0, 1]."""
    leaf = key.rsplit(".", 1)[-1]
    if isinstance(value, dict):
        for name, part in value.items():
            _check_numbers(part, f"{key}.{name}" if key else str(name))
    elif isinstance(value, list):
        _check_range(value, key)
        for part in value:
            _check_numbers(part, key)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        if not math.isfinite(value) or value < 0:
            raise ParametersError(f"{key}: must be a finite number >= 0, is {value!r}")
        if leaf in _PROBABILITIES and value > 1 and "gauges" not in key:
            raise ParametersError(f"{key}: must lie in [0, 1], is {value!r}")


def _check_range(value: list[object], key: str) -> None:
    numbers = [part for part in value if isinstance(part, (int, float))]
    if len(numbers) == 2 and numbers[0] > numbers[1]:
        raise ParametersError(f"{key}: a range is [low, high], is {value!r}")


def _check_faults(raw: Section) -> None:
    for mode, effects in raw["faults"].items():
        unknown = sorted(set(effects) - _FAULT_KEYS)
        if unknown or "ramp_s" not in effects or "agent_lost" not in effects:
            raise ParametersError(f"faults.{mode}: needs ramp_s and agent_lost, unknown {unknown}")
        if mode.split("/")[0] not in raw["kinds"]:
            raise ParametersError(f"faults.{mode}: its kind has no entry under kinds")


def _check_rules(raw: Section) -> None:
    for kind, rules in raw["rules"].items():
        if kind not in raw["kinds"]:
            raise ParametersError(f"rules.{kind}: kind has no entry under kinds")
        for alertname, rule in rules.items():
            if not set(rule) <= _RULE_KEYS:
                raise ParametersError(f"rules.{kind}.{alertname}: unknown keys in {sorted(rule)}")
            if ("above" in rule) == ("below" in rule):
                raise ParametersError(f"rules.{kind}.{alertname}: needs one of above and below")
            if rule["severity"] not in raw["noise"]["severities"]:
                raise ParametersError(f"rules.{kind}.{alertname}: severity {rule['severity']!r}")


def _check_links(raw: Section) -> None:
    for pattern, name in raw["link_classes"].items():
        if pattern.count(">") != 1 or name not in raw["links"]:
            raise ParametersError(f"link_classes.{pattern}: no link class {name!r}")
