"""What rings on any evening, and the changes that people make on any day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.random import Generator

from benchmarks.simulator.chance import between, count_between, stream
from benchmarks.simulator.faults import Fault
from benchmarks.simulator.parameters import Parameters
from benchmarks.simulator.structure import Platform
from benchmarks.simulator.watch import Episode

_DAY_S = 86400.0
_STRANGERS = ("printer-3f", "lab-vm-17", "old-wiki", "backup-tape-2", "badge-reader", "test-k8s")
_WORK = ("deploy", "config", "scale", "other")
_SUMMARIES = {
    "deploy": "routine release", "config": "configuration update", "scale": "replicas adjusted",
    "other": "log level changed",
}  # fmt: skip


def noise(
    platform: Platform, parameters: Parameters, *, begin_s: float, end_s: float, factor: float,
    taken: Iterable[Episode], seed: int,
) -> list[Episode]:  # fmt: skip
    """Draw the alerts that have nothing to do with the story, by start.

    `factor` scales the usual evening; alerts of rules in `taken` are left to the story.
    """
    numbers, rng = parameters.noise, stream(seed, "noise")
    rate = numbers["per_day"] * numbers["noise_share"] * numbers["evening_factor"] / _DAY_S
    count = int(rng.poisson(rate * factor * (end_s - begin_s)))
    used = {(episode.part, episode.alertname) for episode in taken}
    chronic = [_source(platform, parameters, rng)
               for _ in range(count_between(rng, numbers["chronic_count"]))]  # fmt: skip
    found: list[Episode] = []
    for _ in range(count):
        part, alertname, severity, name = _source(platform, parameters, rng)
        if rng.random() < numbers["chronic_share"]:
            part, alertname, severity, name = chronic[int(rng.integers(len(chronic)))]
        start_s = float(rng.uniform(begin_s, end_s))
        low, high = numbers[
            "hard_state_length_s" if _is_hard(parameters, alertname) else "length_s"
        ]
        length = float(np.exp(rng.uniform(np.log(low), np.log(high))))
        lost = bool(rng.random() < parameters.alertmanager["lost_resolve"])
        if (part, alertname) not in used:
            found.append(
                Episode(part, alertname, severity, 0, start_s, start_s + length, related=False,
                        name=name, silent_end=lost)
            )  # fmt: skip
    return _apart(sorted(found, key=lambda e: (e.start_s, e.alertname, e.part or 0)))


def _source(
    platform: Platform, parameters: Parameters, rng: Generator
) -> tuple[int | None, str, str, str]:
    """Draw a part and a rule of its that rings for nothing."""
    numbers = parameters.noise
    severities = list(numbers["severities"])
    chances = np.array([numbers["severities"][name] for name in severities], dtype=float)
    severity = severities[int(rng.choice(len(severities), p=chances / chances.sum()))]
    if rng.random() < numbers["unknown_share"]:
        return None, "TargetDown", severity, _STRANGERS[int(rng.integers(len(_STRANGERS)))]
    kinds = [kind for kind in numbers["weights"] if platform.positions(kind)]
    weights = np.array([numbers["weights"][kind] for kind in kinds], dtype=float)
    kind = kinds[int(rng.choice(len(kinds), p=weights / weights.sum()))]
    parts = platform.positions(kind)
    part = parts[int(rng.integers(len(parts)))]
    rules = [name for name, rule in parameters.rules[kind].items() if "words" not in rule]
    hard = float(numbers["hard_state_weight"])
    odds = np.array([hard if _is_hard(parameters, name) else 1.0 for name in rules])
    return part, rules[int(rng.choice(len(rules), p=odds / odds.sum()))], severity, ""


def _is_hard(parameters: Parameters, alertname: str) -> bool:
    """Tell whether a rule watches a hard state: up or down, valid or not."""
    metrics = (rules[alertname]["metric"] for rules in parameters.rules.values()
               if alertname in rules)  # fmt: skip
    return any(metric in parameters.noise["hard_states"] for metric in metrics)


def _apart(episodes: list[Episode]) -> list[Episode]:
    """Drop what would fire while the same alert still fires."""
    last: dict[tuple[int | None, str, str], float] = {}
    kept: list[Episode] = []
    for episode in episodes:
        key = (episode.part, episode.alertname, episode.name)
        if episode.start_s > last.get(key, -np.inf) + 60.0:
            kept.append(episode)
            last[key] = episode.end_s or np.inf
    return kept


def changes(
    platform: Platform, parameters: Parameters, faults: Sequence[Fault], *, innocent: int | None,
    end_s: float, seed: int,
) -> list[tuple[float, dict[str, Any]]]:  # fmt: skip
    """Draw the change log: innocent work, and the change behind a fault where there is one.

    Returns (instant, change without `at`) by instant; seconds count from the onset.
    """
    numbers, rng = parameters.changes, stream(seed, "changes")
    window = float(numbers["window_s"])
    rate = numbers["per_day"] * numbers["evening_factor"] / _DAY_S
    count = int(rng.poisson(rate * (window + end_s))) if innocent is None else innocent
    services = platform.positions("service") + platform.positions("gateway")
    broken = {fault.part for fault in faults}
    others = [at for at in services if at not in broken]
    log = []
    for _ in range(count):
        part = others[int(rng.integers(len(others)))]
        kind = _WORK[int(rng.integers(len(_WORK)))]
        log.append((float(rng.uniform(-window, end_s * 0.5)), part, kind))
    for fault in faults:
        if fault.changed:
            kind = "deploy" if fault.mode.endswith("bad-release") else "config"
            before = between(rng, numbers["guilty_before_s"])
            log.append((fault.start_s - before, fault.part, kind))
    return [(at_s, _change(platform, n, part, kind))
            for n, (at_s, part, kind) in enumerate(sorted(log))]  # fmt: skip


def _change(platform: Platform, number: int, part: int, kind: str) -> dict[str, Any]:
    found = platform.parts[part]
    return {
        "schema": "change/v1",
        "id": f"chg-{number + 1:03d}",
        "kind": kind,
        "targets": [found.slug],
        "actor": f"release-bot-{1 + number % 3}",
        "summary": f"{_SUMMARIES[kind]}: {found.slug}",
        "labels": {},
    }
