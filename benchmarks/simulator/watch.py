"""The platform's monitoring: which rules exist where, and when they fire."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from benchmarks.simulator.chance import between, count_between, stream
from benchmarks.simulator.faults import Fault
from benchmarks.simulator.history import History
from benchmarks.simulator.parameters import Parameters
from benchmarks.simulator.structure import Platform
from benchmarks.simulator.wiring import Floats

Flags = NDArray[np.bool_]

# Seen from the centre, whatever becomes of the monitoring out there.
_WATCHED_FROM_CENTRE = frozenset({"region", "carrier_line"})
_SEEN_BY_OTHERS = frozenset({"up", "not_ready"})  # a prober and the cluster say so
_NEAR = 0.6  # a metric that never comes this near to its threshold need not be looked at closely


@dataclass(frozen=True)
class Episode:
    """One time that one alert fires: from `start_s` to `end_s` (None: it outlasts the story).

    `part` is None for noise from things that are in no inventory; `name` is what they are called.
    `related` tells whether the injected story caused it; `silent_end`: its resolve never arrives.
    """

    part: int | None
    alertname: str
    severity: str
    series: int
    start_s: float
    end_s: float | None
    related: bool
    name: str = ""
    silent_end: bool = False


@dataclass(frozen=True)
class Rule:
    """One alerting rule on one time series, as somebody wrote it once."""

    part: int
    alertname: str
    severity: str
    series: int
    metric: str
    limit: float
    above: bool
    for_s: float
    scrape_s: float
    phase_s: float
    scale: float


def watch(
    platform: Platform, history: History, parameters: Parameters, faults: tuple[Fault, ...], *,
    seed: int,
) -> list[Episode]:  # fmt: skip
    """List every alert that the story causes, by start.

    A part whose own exporter is lost says nothing; a cut-off region's monitoring says nothing.
    """
    mute = _mute_from(platform, faults)
    rows = _Rows(platform, history, parameters, faults)
    found: list[Episode] = []
    for part, kind_rules in _parts_with_rules(platform, parameters):
        rng = stream(seed, "rules", platform.parts[part].id)
        for alertname, numbers in kind_rules.items():
            exists = rng.random() < numbers["exists"]
            series = count_between(rng, numbers["series"])
            if not exists or not rows.moves(part, numbers):
                continue
            own = stream(seed, "series", platform.parts[part].id, alertname)
            for k in range(series):
                rule = _draw_rule(part, alertname, numbers, k, parameters, own)
                found += _firings(rule, rows, history, parameters, own)
    kept = [episode for episode in found if episode.start_s < mute.get(episode.part or 0, np.inf)]
    return sorted(_flap(kept, parameters, seed), key=_episode_order)


def _episode_order(episode: Episode) -> tuple[float, int, str, int]:
    return (episode.start_s, episode.part or 0, episode.alertname, episode.series)


def _parts_with_rules(
    platform: Platform, parameters: Parameters
) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for at, part in enumerate(platform.parts):
        rules = {
            name: numbers
            for name, numbers in parameters.rules.get(part.kind, {}).items()
            if "words" not in numbers or any(word in part.slug for word in numbers["words"])
        }
        if rules:
            yield at, rules


def monitored_from(platform: Platform, region: int) -> list[int]:
    """List the parts whose alerts travel through the monitoring of a region's site."""
    cut = platform.parts[region]
    return [
        at
        for at, part in enumerate(platform.parts)
        if part.kind not in _WATCHED_FROM_CENTRE
        and ((part.site or "") == cut.site or (part.region or "") == cut.region)
    ]


def _mute_from(platform: Platform, faults: tuple[Fault, ...]) -> dict[int, float]:
    """Find the parts whose monitoring goes down with a fault, and since when."""
    mute: dict[int, float] = {}
    for fault in faults:
        if fault.mode == "region/cut-off":
            behind = monitored_from(platform, fault.part)
            mute |= dict.fromkeys(behind, fault.start_s)
        elif fault.agent_lost:
            mute[fault.part] = fault.start_s
    return mute


class _Rows:
    """Time series per part and metric: from the physics, or a gauge of the exporter."""

    def __init__(
        self,
        platform: Platform,
        history: History,
        parameters: Parameters,
        faults: tuple[Fault, ...],
    ) -> None:
        self._history = history
        self._rest = parameters.gauges_at_rest
        self._from_centre = frozenset(
            at for at, part in enumerate(platform.parts) if part.kind in _WATCHED_FROM_CENTRE
        )
        self._gauges: dict[tuple[int, str], Floats] = {}
        for fault in faults:
            grown = np.array([fault.progress(float(at_s)) for at_s in history.times_s])
            for name, value in fault.gauges.items():
                rest = self._rest.get(name, 0.4)
                self._gauges[(fault.part, name)] = rest + (value - rest) * grown

    def row(self, part: int, metric: str) -> Floats | None:
        """Return the series of a metric, or None where nothing ever moves it."""
        physical = self._history.metrics.get(metric)
        shown = None if physical is None else physical[:, part].astype(float)
        gauge = self._gauges.get((part, metric))
        if gauge is None or shown is None:
            return shown if gauge is None else gauge
        return np.asarray(np.maximum(shown, gauge), dtype=float)

    def speaks(self, part: int, metric: str, times: Floats) -> Flags:
        """Tell when a metric has samples at all: a dead process exports nothing."""
        if metric in _SEEN_BY_OTHERS or part in self._from_centre:
            return np.ones(len(times), dtype=bool)
        up = np.interp(times, self._history.times_s, self._history.metrics["up"][:, part])
        return np.asarray(up >= 0.5)

    def moves(self, part: int, numbers: Mapping[str, Any]) -> bool:
        """Tell whether the metric ever comes near the rule's threshold."""
        row = self.row(part, numbers["metric"])
        if row is None:
            return False
        if "above" in numbers:
            return bool(row.max() > _NEAR * numbers["above"])
        return bool(row.min() < numbers["below"] / _NEAR)


def _draw_rule(
    part: int, alertname: str, numbers: Mapping[str, Any], series: int,
    parameters: Parameters, rng: Generator,
) -> Rule:  # fmt: skip
    """Draw what people really typed: rounded thresholds, copied `for` values, other intervals."""
    watching = parameters.monitoring
    above = "above" in numbers
    jitter = 1.0 + float(watching["threshold_jitter"]) * float(rng.uniform(-1.0, 1.0))
    longer = 1.0 + float(watching["for_jitter"]) * float(rng.uniform(-1.0, 1.0))
    scrape_s = between(rng, watching["scrape_s"])
    return Rule(
        part=part, alertname=alertname, severity=numbers["severity"], series=series,
        metric=numbers["metric"], above=above,
        limit=float(numbers["above" if above else "below"]) * jitter,
        for_s=float(numbers["for_s"]) * longer, scrape_s=scrape_s,
        phase_s=float(rng.uniform(0.0, scrape_s)),
        scale=float(np.exp(watching["series_spread"] * rng.standard_normal())) if series else 1.0,
    )  # fmt: skip


def _firings(
    rule: Rule, rows: _Rows, history: History, parameters: Parameters, rng: Generator
) -> list[Episode]:
    """Evaluate one rule: beyond its limit for `for_s` it fires, until clearly back."""
    row = rows.row(rule.part, rule.metric)
    if row is None:
        return []
    times, hot, cool = _samples(rule, row, history, parameters, rng)
    hot &= rows.speaks(rule.part, rule.metric, times)
    found: list[Episode] = []
    pending: float | None = None
    firing: float | None = None
    for at_s, is_hot, is_cool in zip(times.tolist(), hot.tolist(), cool.tolist(), strict=True):
        if firing is None:
            pending = (pending if pending is not None else at_s) if is_hot else None
            if pending is not None and at_s - pending >= rule.for_s:
                firing = at_s
        elif is_cool:
            found.append(_episode(rule, firing, at_s))
            firing = pending = None
    if firing is not None:
        found.append(_episode(rule, firing, None))
    return found


def _samples(
    rule: Rule, row: Floats, history: History, parameters: Parameters, rng: Generator
) -> tuple[Floats, Flags, Flags]:
    """Scrape the metric: instants, whether it is over the limit, whether it is clearly back."""
    watching = parameters.monitoring
    times = np.arange(history.times_s[0] + rule.phase_s, history.times_s[-1], rule.scrape_s)
    seen = np.interp(times, history.times_s, row)
    if rule.metric != "up":
        seen = seen * (1.0 + float(watching["metric_noise"]) * rng.standard_normal(len(times)))
        seen = seen * rule.scale if rule.above else seen / rule.scale
    missed = rng.random(len(times)) < float(watching["sees_trouble_loss"])
    back = float(watching["hysteresis"])
    if rule.above:
        return times, (seen > rule.limit) & ~missed, seen < rule.limit * back
    return times, (seen < rule.limit) & ~missed, seen > rule.limit / back


def _episode(rule: Rule, start_s: float, end_s: float | None) -> Episode:
    return Episode(
        rule.part, rule.alertname, rule.severity, rule.series, start_s, end_s, related=True
    )


def _flap(episodes: list[Episode], parameters: Parameters, seed: int) -> list[Episode]:
    """Let some alerts resolve and fire again, and some resolves get lost."""
    rng = stream(seed, "flapping")
    found: list[Episode] = []
    for episode in sorted(episodes, key=_episode_order):
        lost = rng.random() < parameters.alertmanager["lost_resolve"]
        if episode.end_s is not None or rng.random() >= parameters.flapping["share"]:
            found.append(replace(episode, silent_end=bool(lost)))
            continue
        first = episode.start_s + float(rng.uniform(120.0, 400.0))
        again = first + between(rng, parameters.flapping["pause_s"])
        found.append(replace(episode, end_s=first))
        found.append(replace(episode, start_s=again))
    return found
