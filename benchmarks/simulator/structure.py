"""The platform's structure as the simulator sees it: an expansion JSON, strengths ignored."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from benchmarks.simulator.errors import TopologyError


class Role(StrEnum):
    """What a relation means physically."""

    CALL = "call"
    MEMBER = "member"
    HOSTING = "hosting"
    PEOPLE = "people"
    HOME = "home"


@dataclass(frozen=True)
class Part:
    """One component of the platform; `slug` is its id without the pack's namespace."""

    id: str
    slug: str
    kind: str
    aliases: tuple[str, ...]
    site: str | None
    region: str | None
    carrier: str | None
    attributes: Mapping[str, Any]


@dataclass(frozen=True)
class Link:
    """`source` uses, runs on, or serves behind `target`; both are positions in `Platform.parts`."""

    source: int
    target: int
    type: str
    role: Role


@dataclass(frozen=True)
class Platform:
    """The whole structure; parts stand in id order, links in (source, target) order."""

    pack: str
    parts: tuple[Part, ...]
    links: tuple[Link, ...]
    flows: tuple[tuple[str, tuple[str, ...]], ...]
    digest: str

    def positions(self, kind: str) -> list[int]:
        """List the positions of every part of a kind, in id order."""
        return [at for at, part in enumerate(self.parts) if part.kind == kind]

    def position(self, name: str) -> int:
        """Find a part by id or slug. Raises: TopologyError if there is none."""
        for at, part in enumerate(self.parts):
            if name in (part.id, part.slug):
                return at
        raise TopologyError(f"no component {name!r} in the expansion; name one that it lists")


def read_platform(path: Path) -> Platform:
    """Read an expansion file. Raises: TopologyError if it is not one."""
    try:
        return platform_of(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise TopologyError(
            f"{path}: not an expansion: {error!r}; make one with --expand"
        ) from None


def platform_of(expansion: Mapping[str, Any]) -> Platform:
    """Build the structure; strength and confidence of relations are never looked at."""
    parts = tuple(_part(raw) for raw in sorted(expansion["components"], key=lambda c: str(c["id"])))
    at = {part.id: position for position, part in enumerate(parts)}
    links = _links(expansion["relations"], parts, at)
    flows = _flows(expansion.get("flows", ()))
    pack = parts[0].id.split(":")[0] if parts and ":" in parts[0].id else ""
    return Platform(pack, parts, links, flows, _digest(parts, links, flows))


def _part(raw: Mapping[str, Any]) -> Part:
    attributes = dict(raw.get("attributes") or {})
    region, carrier = attributes.get("region"), attributes.get("carrier")
    return Part(
        id=raw["id"],
        slug=raw["id"].split(":", 1)[-1],
        kind=raw["kind"],
        aliases=tuple(raw.get("aliases") or ()),
        site=raw.get("site"),
        region=str(region).split(":", 1)[-1] if region else None,
        carrier=str(carrier).split(":", 1)[-1] if carrier else None,
        attributes=attributes,
    )


def _links(
    relations: Iterable[Mapping[str, Any]], parts: tuple[Part, ...], at: Mapping[str, int]
) -> tuple[Link, ...]:
    """Keep one link per pair of parts: the first by relation type."""
    found: dict[tuple[int, int, Role], Link] = {}
    for raw in sorted(relations, key=lambda r: (r["source"], r["target"], r["type"])):
        source, target = at[raw["source"]], at[raw["target"]]
        role = _role(parts[source], raw["type"], parts[target])
        if role is not None:
            link = Link(source, target, raw["type"], role)
            found.setdefault((source, target, role), link)
    return tuple(found.values())


def _role(source: Part, type_: str, target: Part) -> Role | None:
    kinds = {source.kind, target.kind}
    if "system" in kinds or type_ in ("PRECEDES", "REPLICATES_TO"):
        return None
    if "region" in kinds:
        return _regional_role(source, target)
    if type_ == "RUNS_ON" or (source.kind in ("host", "switch") and target.kind == "switch"):
        return Role.HOSTING
    if type_ == "PART_OF":
        replica = source.kind in ("container", target.kind)
        return Role.MEMBER if replica and target.kind != "container" else None
    return Role.CALL


def _regional_role(source: Part, target: Part) -> Role | None:
    """A region is no machine: it gathers its people, and is homed on a CDN node."""
    if source.kind == "region" and target.kind == "cdn_node":
        return Role.HOME
    outer = {source.kind, target.kind} & {"client_group", "edge_node"}
    return Role.PEOPLE if outer else None


def _flows(flows: Iterable[Mapping[str, Any]]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """List every flow step with the ids of the components that it uses."""
    return tuple(
        (str(step["id"]), tuple(_component_id(used) for used in step["components"]))
        for flow in flows
        for step in flow["steps"]
    )


def _component_id(used: str | Mapping[str, Any]) -> str:
    return used if isinstance(used, str) else str(used.get("id") or used["component_id"])


def _digest(
    parts: tuple[Part, ...],
    links: tuple[Link, ...],
    flows: tuple[tuple[str, tuple[str, ...]], ...],
) -> str:
    """Digest what the simulator uses of the expansion: 16 hex of sha256."""
    told = [
        [[p.id, p.kind, p.aliases, p.site, p.region, p.carrier] for p in parts],
        [[link.source, link.target, link.type] for link in links],
        flows,
    ]
    text = json.dumps(told, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
