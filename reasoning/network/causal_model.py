"""From the evidence subgraph to a noisy-OR network, written as `causal/v1`.

Node ids: a component's representative (cycles are one node), `c@facet` (one facet of its work),
`c@all` (what harms every facet), `c@some` (what harms in part), `c#badly` (c is felt badly),
`c#born` (a fault was born in c), `c#pods` (its redundant group failed), `c#starved` (traffic is
missing), `c!Alert` (an own alert), `external`, `crowd`. Faults: `c/mode`, or `c#born` where the
modes need no telling apart.

Silent own alerts are folded into the modes' priors: with a noisy-OR channel
P(silent | modes) = (1 - f) * product of (1 - d_m) over the born modes, which factorises exactly.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from pydantic import JsonValue

from graph.model.digest import canonical
from reasoning.network.confirmed import LearntRate
from reasoning.network.evidence import Quiet
from reasoning.network.priors import ModePrior

EXTERNAL = "external"
CROWD = "crowd"
OUTSIDE = frozenset({EXTERNAL, CROWD})
MAX_ID = 200


@dataclass(frozen=True)
class Channel:
    """What a channel of the network stands for; `active` False means silent.

    `silent` names the rules of a common silence, by alertname. `observed` is the evidence id of
    what a person entered, `told` its own log10 ratio for what it tests.
    """

    id: str
    node: str
    component_id: str
    alertname: str
    active: bool
    silent: tuple[str, ...] = ()
    observed: str = ""
    told: float = 0.0

    @property
    def facet(self) -> str:
        """Name the facet of the component's work that it watches; empty for all of it."""
        return self.node.partition("@")[2]


class Barren(NamedTuple):
    """A node left out of the network: its prior, its (cause, strength) links, and its group."""

    id: str
    prior: float
    causes: tuple[tuple[str, float], ...]
    members: tuple[str, ...]
    min_healthy: int


@dataclass
class CausalModel:
    """The network of one incident as plain data, and how to read its answers back.

    `born` maps component -> the id under which P(fault born) is found: a fault key, or a degraded
    key when `jointly` holds it. `modes` holds each component's conditioned mode priors. `barren`
    holds the nodes left out, causes before effects. `rates` holds, by mode, the base rates
    that confirmed incidents moved, `outside` the prior of each cause that is no component.
    """

    components: tuple[str, ...]
    representative: Mapping[str, str]
    cut: frozenset[tuple[str, str]]
    nodes: dict[str, dict[str, JsonValue]] = field(default_factory=dict)
    links: dict[tuple[str, str], float] = field(default_factory=dict)
    channels: list[dict[str, JsonValue]] = field(default_factory=list)
    meaning: dict[str, Channel] = field(default_factory=dict)
    modes: dict[str, tuple[ModePrior, ...]] = field(default_factory=dict)
    jointly: set[str] = field(default_factory=set)
    barren: list[Barren] = field(default_factory=list)
    quiet: list[tuple[str, str, Quiet]] = field(default_factory=list)
    considered: int = 0
    rates: Mapping[str, LearntRate] = field(default_factory=dict)
    outside: dict[str, float] = field(default_factory=dict)

    def document(self) -> dict[str, JsonValue]:
        """Write the network as causal/v1; nodes, links and channels in id order."""
        links: list[JsonValue] = [
            {"cause": cause, "effect": effect, "strength": strength}
            for (cause, effect), strength in sorted(self.links.items())
        ]
        nodes: list[JsonValue] = [dict(self.nodes[i]) for i in sorted(self.nodes)]
        channels: list[JsonValue] = [
            dict(c) for c in sorted(self.channels, key=lambda c: str(c["id"]))
        ]
        return {"schema": "causal/v1", "nodes": nodes, "links": links, "channels": channels}

    def active_channels(self) -> list[str]:
        """List the ids of the channels that spoke, in id order."""
        return sorted(i for i, channel in self.meaning.items() if channel.active)

    def node(self, node_id: str) -> dict[str, JsonValue]:
        """Return the node of this id, made on first use."""
        found = self.nodes.get(node_id)
        if found is None:
            found = self.nodes[node_id] = {"id": node_id}
        return found

    def link(self, cause: str, effect: str, strength: float) -> None:
        """Link two nodes; two paths between the same nodes are one noisy-OR of both."""
        if cause == effect:
            return
        nodes, links = self.nodes, self.links
        if cause not in nodes:
            nodes[cause] = {"id": cause}
        if effect not in nodes:
            nodes[effect] = {"id": effect}
        ends = cause, effect
        missed = 1.0 - links.get(ends, 0.0)
        links[ends] = 1.0 - missed * (1.0 - strength)

    def add_channel(self, channel: Channel, rates: tuple[float, float]) -> None:
        """Put a channel with these (detection, false alarm) on its node's degraded state."""
        detection, false_alarm = rates
        self.meaning[channel.id] = channel
        self.channels.append(
            {
                "id": channel.id,
                "node": channel.node,
                "detection": min(max(detection, 1e-6), 1 - 1e-6),
                "false_alarm": min(max(false_alarm, 1e-6), 1 - 1e-6),
            }
        )


def model_digest(document: Mapping[str, JsonValue]) -> str:
    """Digest a model's document: what `graph.model.digest.sha256_hex` says, several times sooner.

    A document has thousands of flat entries and few different numbers.
    """
    parts = {
        name: f"[{','.join([*map(_entry, value)])}]" if isinstance(value, list) else _value(value)
        for name, value in document.items()
    }
    text = ",".join(f"{_quoted(name)}:{parts[name]}" for name in sorted(parts))
    return hashlib.sha256(f"{{{text}}}".encode()).hexdigest()


def _entry(entry: JsonValue) -> str:
    if not isinstance(entry, dict):
        return _value(entry)
    if len(entry) == 3 and "strength" in entry:  # a link, of which there are most
        cause, effect, strength = entry.get("cause"), entry.get("effect"), entry["strength"]
        if isinstance(cause, str) and isinstance(effect, str) and isinstance(strength, float):
            ends = f'"cause":{_quoted(cause)},"effect":{_quoted(effect)}'
            return f'{{{ends},"strength":{_number(strength)}}}'
    return f"{{{','.join([f'{_quoted(k)}:{_value(entry[k])}' for k in sorted(entry)])}}}"


def _value(value: JsonValue) -> str:
    if isinstance(value, str):
        return _quoted(value)
    return _number(value) if isinstance(value, float) else canonical(value).decode()


_quoted = json.encoder.encode_basestring


@functools.lru_cache(maxsize=4096)
def _number(value: float) -> str:
    return canonical(value).decode()


def make_channel(
    node: str, component_id: str, alertname: str, *, silent: tuple[str, ...] = ()
) -> Channel:
    """Make a channel; without an alertname it is the common silence of the rules in `silent`.

    Outside text may be long: an id over 200 characters is replaced by its digest.
    """
    name = bounded_id(f"{node}/{component_id}~{alertname or 'silence'}")
    return Channel(name, node, component_id, alertname, active=bool(alertname), silent=silent)


def observed_channel(
    node: str, component_id: str, evidence_id: str, *, active: bool, told: float
) -> Channel:
    """Make the channel of what a person entered; not active where the answer was no."""
    name = bounded_id(f"{node}~{evidence_id}")
    return Channel(name, node, component_id, "", active, observed=evidence_id, told=told)


def bounded_id(name: str) -> str:
    """Replace a name over 200 characters by its digest."""
    return name if len(name) <= MAX_ID else hashlib.sha256(name.encode("utf-8")).hexdigest()


def drop_barren(model: CausalModel) -> None:
    """Leave out what no channel can speak of: leaves without evidence below them.

    Exact for every other posterior (a barren node sums to 1); a component that goes keeps its
    prior and is no hypothesis. A cause outside always stays, and so does P(born) of a
    component whose own alert speaks: that alert hangs on its modes, not on its state.
    """
    nodes, links = model.nodes, model.links
    effects: dict[str, int] = dict.fromkeys(nodes, 0)
    causes: dict[str, list[str]] = {}
    for cause, effect in links:
        effects[cause] += 1
        if effect in causes:
            causes[effect].append(cause)
        else:
            causes[effect] = [cause]
    for node in nodes.values():
        if "group" in node:
            for member in _members_of(node):
                effects[member] += 1
    heard = {str(channel["node"]) for channel in model.channels} | OUTSIDE
    heard |= {f"{component_id}#born" for component_id in model.jointly}
    barren = [n for n, count in effects.items() if not count and n not in heard]
    while barren:
        gone = barren.pop()
        node = nodes.pop(gone)
        members = _members_of(node) if "group" in node else []
        above = [*causes.get(gone, ()), *members]
        harm = [(cause, links.pop((cause, gone), 0.0)) for cause in dict.fromkeys(above)]
        model.barren.append(_barren(node, harm, members))
        for cause in above:
            effects[cause] -= 1
            if not effects[cause] and cause not in heard:
                barren.append(cause)
    model.barren.reverse()
    for component_id in [c for c in model.modes if f"{c}#born" not in model.nodes]:
        del model.modes[component_id]


def _barren(
    node: Mapping[str, JsonValue], harm: list[tuple[str, float]], members: list[str]
) -> Barren:
    group, prior = node.get("group"), node.get("prior")
    needed = group.get("min_healthy") if isinstance(group, dict) else None
    return Barren(
        id=str(node["id"]),
        prior=prior if isinstance(prior, float) else 0.0,
        causes=tuple(sorted([(cause, strength) for cause, strength in harm if strength])),
        members=tuple(members),
        min_healthy=needed if isinstance(needed, int) else 0,
    )


def _members_of(node: Mapping[str, JsonValue]) -> list[str]:
    group = node.get("group")
    members = group.get("members") if isinstance(group, dict) else None
    return [str(m) for m in members] if isinstance(members, list) else []
