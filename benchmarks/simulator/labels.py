"""Labels as a real platform's rules write them, and their Alertmanager fingerprint."""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks.simulator.chance import stream
from benchmarks.simulator.parameters import Parameters
from benchmarks.simulator.structure import Part, Platform, Role
from benchmarks.simulator.watch import Episode

_PORTS = {"database": 9104, "cache": 9121, "host": 9100, "queue": 9419, "search": 9114}
_TEAMS = {
    "client_group": "player", "region": "network", "edge_node": "cdn", "cdn_node": "cdn",
    "origin": "cdn", "carrier_line": "network", "host": "infra", "switch": "network",
    "database": "dba", "cache": "dba", "transcoder": "media", "external_api": "integration",
}  # fmt: skip
_SERIES_WORDS = {
    "client_group": ("web", "ios", "android", "mini-program", "tv", "probe"),
    "edge_node": ("vod", "live"),
    "cdn_node": ("vod", "live"),
    "service": ("read", "write"),
}
_FNV_OFFSET, _FNV_PRIME = 14695981039346656037, 1099511628211


class Labeller:
    """Writes the label set of an alert; one rule always names a component in the same way."""

    def __init__(self, platform: Platform, parameters: Parameters, *, seed: int) -> None:
        """Remember on which host each container runs."""
        self._parts = platform.parts
        self._numbers = parameters.labels
        self._seed = seed
        self._host = {
            link.source: platform.parts[link.target].slug
            for link in platform.links
            if link.role is Role.HOSTING
        }

    def labels(self, episode: Episode) -> dict[str, str]:
        """Return the labels of an alert, in label order."""
        found = {"alertname": episode.alertname, "severity": episode.severity}
        if episode.part is None:
            return dict(sorted((found | {"instance": episode.name, "job": "misc"}).items()))
        part = self._parts[episode.part]
        rng = stream(self._seed, "labels", part.id, episode.alertname)
        by_alias = rng.random() < self._numbers["alias"]
        name = part.aliases[int(rng.integers(len(part.aliases)))] if part.aliases else part.slug
        found |= self._identity(episode.part, part, name if by_alias else part.slug)
        if rng.random() < self._numbers["component"]:
            found["component"] = part.slug
        if rng.random() < self._numbers["team"]:
            found["team"] = _TEAMS.get(part.kind, "platform")
        found |= _place(part)
        return dict(sorted((found | _series(part.kind, episode.series)).items()))

    def _identity(self, at: int, part: Part, name: str) -> dict[str, str]:
        """Name a part as rules of its kind do."""
        if part.kind == "container":
            return {"pod": name, "namespace": "prod"} | self._node(at)
        if part.kind == "host":
            return {"instance": f"{name}:9100", "job": "node-exporter"}
        if part.kind in ("service", "gateway", "identity", "external_api"):
            return {"service": name, "job": "app-metrics"}
        if part.kind in _PORTS:
            return {"instance": f"{name}:{_PORTS[part.kind]}", "job": f"{part.kind}-exporter"}
        if part.kind in ("cdn_node", "edge_node", "origin", "transcoder"):
            return {"host": name, "job": "media-probe"}
        return {"instance": name, "job": "blackbox"}

    def _node(self, at: int) -> dict[str, str]:
        return {"node": self._host[at]} if at in self._host else {}


def _place(part: Part) -> dict[str, str]:
    """Say where a part stands, as far as its rules know."""
    found = {}
    if part.region:
        found["region"] = part.region
    if part.carrier:
        found["carrier"] = part.carrier
    return found


def _series(kind: str, series: int) -> dict[str, str]:
    words = _SERIES_WORDS.get(kind)
    if words is None:
        return {"path": str(series)} if series else {}
    return {"path": words[series % len(words)]}


def fingerprint(labels: Mapping[str, str]) -> str:
    """Give a label set's fingerprint: 16 hex digits.

    Source: Prometheus `model.LabelSet.Fingerprint`, FNV-1a 64 over names and values in name order,
    each followed by the byte 255.
    """
    total = _FNV_OFFSET
    for name in sorted(labels):
        for byte in (*name.encode(), 255, *labels[name].encode(), 255):
            total = ((total ^ byte) * _FNV_PRIME) & 0xFFFFFFFFFFFFFFFF
    return f"{total:016x}"
