"""Evidence by group: region, service, and what was silent although it could have spoken."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from graph.failure import FailureGraph
from graph.model.base import Text
from graph.model.pack import DomainPack
from graph.model.topology import Component
from graph.words import spaced
from reasoning.network.causal_model import EXTERNAL, CausalModel, Channel

GroupKind = Literal["region", "service", "silence", "entered"]
_ENTERED: Final = Text(zh="人工录入的检查与判断", en="what people entered")
_SILENT_INSIDE: Final = Text(zh="其余组件该响未响", en="the other components stayed silent")
_SILENT_EDGE: Final = Text(zh="其余用户端没有告警", en="the other client groups are quiet")


@dataclass
class Group:
    """Channels that are told together; `channels` in id order."""

    id: str
    kind: GroupKind
    name: Text
    channels: list[str] = field(default_factory=list)


def groups_of(pack: DomainPack, graph: FailureGraph, model: CausalModel) -> Mapping[str, Group]:
    """Put every channel of a network into one group, by group id.

    What people entered is one group. What spoke stands by its region, else by its service (a member
    with its redundant group). What was silent stands apart: by region, else as one.
    """
    found: dict[str, Group] = {}
    regions = _region_names(pack)
    members: defaultdict[str, list[str]] = defaultdict(list)
    for channel_id, channel in sorted(model.meaning.items()):
        group = _group(graph, channel, regions)
        found.setdefault(group.id, group)
        members[group.id].append(channel_id)
    for group_id, channels in members.items():
        found[group_id].channels = channels
    return found


def _group(graph: FailureGraph, channel: Channel, regions: Mapping[str, Text]) -> Group:
    if channel.observed:
        return Group("entered", "entered", _ENTERED)
    if channel.component_id == EXTERNAL:
        return Group("silent:edge", "silence", _SILENT_EDGE)
    component = graph.components[channel.component_id]
    region = _region_of(component, regions)
    if not channel.active:
        if region is None:
            return Group("silent:inside", "silence", _SILENT_INSIDE)
        return Group(f"silent:{region}", "silence", _silent_in(regions[region]))
    if region is not None:
        return Group(f"region:{region}", "region", _alerts_of(regions[region]))
    home = graph.groups_of.get(component.id, ())
    service = graph.components.get(next(iter(home), component.id), component)
    return Group(f"service:{service.id}", "service", _alerts_of(service.name))


def _region_names(pack: DomainPack) -> dict[str, Text]:
    """Name regions by their id with and without the pack's prefix."""
    short = {r.region.partition(":")[2] or r.region: r.name for r in pack.regions}
    return short | {r.region: r.name for r in pack.regions}


def _region_of(component: Component, regions: Mapping[str, Text]) -> str | None:
    places = (str(component.attributes.get("region", "")), component.site or "")
    return next((place for place in places if place in regions), None)


def _alerts_of(name: Text) -> Text:
    return Text(zh=spaced(name.zh, "的告警"), en=f"alerts of {name.en}")


def _silent_in(name: Text) -> Text:
    return Text(zh=spaced(name.zh, "该响未响"), en=f"silence of {name.en}")
