"""Alertmanager between the rules and the webhook: grouping, waiting, repeats, lost resolves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.simulator.chance import between, stream
from benchmarks.simulator.labels import fingerprint
from benchmarks.simulator.parameters import Parameters
from benchmarks.simulator.watch import Episode

NEVER = "0001-01-01T00:00:00Z"
_URL = "http://alertmanager.example:9093"

Instant = Callable[[float], str]
Line = dict[str, Any]


@dataclass(frozen=True)
class Signal:
    """One alert with its labels, as Alertmanager keeps it; seconds count from the onset."""

    labels: Mapping[str, str]
    start_s: float
    end_s: float | None
    silent_end: bool

    @property
    def fingerprint(self) -> str:
        """Its identity in Alertmanager."""
        return fingerprint(self.labels)

    def resolved_by(self, at_s: float) -> bool:
        """Tell whether a notification at an instant reports the alert as resolved."""
        return self.end_s is not None and self.end_s <= at_s and not self.silent_end


class Alertmanager:
    """Turns alerts into webhook calls."""

    def __init__(
        self, parameters: Parameters, instant: Instant, *, end_s: float, seed: int
    ) -> None:
        """`instant` writes seconds from the onset as a time; nothing is sent after `end_s`."""
        self._numbers = parameters.alertmanager
        self._resolve_delay = parameters.monitoring["resolve_delay_s"]
        self._instant = instant
        self._end_s = end_s
        self._seed = seed

    def deliver(self, signals: Iterable[Signal]) -> list[tuple[float, Line]]:
        """Group and send; returns (receipt, payload) in order of receipt."""
        groups: dict[tuple[str, ...], list[Signal]] = defaultdict(list)
        names = self._numbers["group_by"]
        for signal in signals:
            groups[tuple(signal.labels.get(name, "") for name in names)].append(signal)
        sent: list[tuple[float, Line]] = []
        for key in sorted(groups):
            members = sorted(groups[key], key=lambda s: (s.start_s, sorted(s.labels.items())))
            group = {name: value for name, value in zip(names, key, strict=True) if value}
            sent += self._notify(group, members)
        return sorted(sent, key=lambda pair: (pair[0], pair[1]["groupKey"]))

    def _notify(
        self, group: Mapping[str, str], members: Sequence[Signal]
    ) -> list[tuple[float, Line]]:
        """Flush a group `group_wait` after its first alert, then every interval if it changed."""
        rng = stream(self._seed, "delivery", *group.values())
        told: dict[int, str] = {}
        sent: list[tuple[float, Line]] = []
        flush = members[0].start_s + float(self._numbers["group_wait_s"])
        while flush <= self._end_s:
            news = self._news(members, told, flush)
            if news:
                for chunk in _chunks(news, int(self._numbers["max_alerts"])):
                    receipt = flush + between(rng, self._numbers["delivery_s"])
                    payload = self._payload(group, chunk, flush)
                    sent.append((receipt, payload))
                    if rng.random() < self._numbers["duplicate"]:
                        again = between(rng, self._numbers["duplicate_after_s"])
                        sent.append((receipt + again, payload))
            flush = self._next(members, flush, bool(news))
        return [pair for pair in sent if pair[0] <= self._end_s]

    def _news(
        self, members: Sequence[Signal], told: dict[int, str], flush: float
    ) -> list[tuple[Signal, bool]]:
        """List what a flush reports: what fires, and what resolved since; [] if all is known."""
        report: list[tuple[int, bool]] = []
        for at, signal in enumerate(members):
            if signal.start_s > flush or told.get(at) == "resolved":
                continue
            resolved = signal.resolved_by(flush)
            if resolved and at not in told:
                told[at] = "resolved"  # came and went between two flushes: never notified
            elif not (signal.silent_end and signal.end_s is not None and signal.end_s <= flush):
                report.append((at, resolved))
        changed = any(told.get(at) != _word(resolved) for at, resolved in report)
        for at, resolved in report:
            told[at] = _word(resolved)
        return [(members[at], resolved) for at, resolved in report] if changed else []

    def _next(self, members: Sequence[Signal], flush: float, sent: bool) -> float:
        """Give the next flush; a group that is long over starts anew with its next alert."""
        interval = float(self._numbers["group_interval_s"])
        alive = any(s.start_s <= flush and (s.end_s is None or s.end_s > flush) for s in members)
        later = [s.start_s for s in members if s.start_s > flush]
        if sent or alive or not later:
            return flush + interval
        return max(flush + interval, min(later) + float(self._numbers["group_wait_s"]))

    def _payload(
        self, group: Mapping[str, str], report: Sequence[tuple[Signal, bool]], flush: float
    ) -> Line:
        alerts = [self._alert(signal, resolved) for signal, resolved in report]
        firing = any(not resolved for _, resolved in report)
        return envelope(group, alerts, firing=firing)

    def _alert(self, signal: Signal, resolved: bool) -> Line:
        end_s = signal.end_s if resolved and signal.end_s is not None else None
        return {
            "status": _word(resolved),
            "labels": dict(signal.labels),
            "annotations": {},
            "startsAt": self._instant(signal.start_s),
            "endsAt": NEVER if end_s is None else self._instant(end_s),
            "generatorURL": "",
            "fingerprint": signal.fingerprint,
        }

    def heartbeats(
        self, sites: Sequence[str], cut: Mapping[str, float], *, since_s: float
    ) -> list[tuple[float, Line]]:
        """Send the Watchdog of the centre and of every site until the site is cut off."""
        rng = stream(self._seed, "heartbeats")
        sent: list[tuple[float, Line]] = []
        at_s = since_s
        while at_s <= self._end_s:
            alive = [site for site in sites if at_s < cut.get(site, float("inf"))]
            alerts = [self._beat(None, since_s), *(self._beat(site, since_s) for site in alive)]
            receipt = at_s + between(rng, self._numbers["delivery_s"])
            sent.append((receipt, envelope({"alertname": "Watchdog"}, alerts, firing=True)))
            at_s += float(self._numbers["watchdog_s"])
        return [pair for pair in sent if pair[0] <= self._end_s]

    def _beat(self, site: str | None, since_s: float) -> Line:
        labels = {"alertname": "Watchdog", "severity": "info"} | ({"site": site} if site else {})
        began = since_s - 86400.0  # monitoring was started long before the story
        return self._alert(Signal(labels, began, None, silent_end=False), resolved=False)


def envelope(group: Mapping[str, str], alerts: Sequence[Line], *, firing: bool) -> Line:
    """Wrap alerts into a webhook body of version 4."""
    matchers = ", ".join(f'{name}="{value}"' for name, value in sorted(group.items()))
    common = set(alerts[0]["labels"].items())
    for alert in alerts[1:]:
        common &= set(alert["labels"].items())
    return {
        "receiver": "etiograph",
        "status": _word(not firing),
        "alerts": list(alerts),
        "groupLabels": dict(group),
        "commonLabels": dict(sorted(common)),
        "commonAnnotations": {},
        "externalURL": _URL,
        "version": "4",
        "groupKey": "{}:{" + matchers + "}",
        "truncatedAlerts": 0,
    }


def signals_of(
    episodes: Iterable[Episode], label: Callable[[Episode], dict[str, str]]
) -> list[Signal]:
    """Give every episode its labels."""
    return [
        Signal(label(episode), episode.start_s, episode.end_s, episode.silent_end)
        for episode in episodes
    ]


def _word(resolved: bool) -> str:
    return "resolved" if resolved else "firing"


def _chunks(report: list[tuple[Signal, bool]], size: int) -> Iterable[list[tuple[Signal, bool]]]:
    for start in range(0, len(report), size):
        yield report[start : start + size]
