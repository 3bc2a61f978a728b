"""Give every part and link of the platform its physical numbers, drawn from the seed.

A *use* is what one part needs of one or several interchangeable others: a call, a pool of
replicas, a set of CDN nodes. Edges of one use share its requests.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from benchmarks.simulator.chance import between, stream
from benchmarks.simulator.parameters import Parameters
from benchmarks.simulator.structure import Link, Platform, Role

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_SPLITTING_KINDS = frozenset({"gateway", "load_balancer"})
_DELIVERY_KINDS = frozenset({"cdn_node", "edge_node"})
_POOLED_CLASSES = frozenset({"view", "fetch", "carry", "encode"})
_SPARE_WEIGHT = 0.1  # regions' worth of traffic on a node that no region is homed on
_PRIMARY_SHARE = 0.75  # of views go to the node that the region is homed on while all is well


@dataclass(frozen=True)
class Wiring:
    """The platform in arrays: per part, per edge (part -> part) and per use (group of edges)."""

    service_time: Floats
    utilisation: Floats
    inertia: Floats
    floor: Floats
    edge_source: Ints
    edge_target: Ints
    edge_use: Ints
    edge_share: Floats
    use_source: Ints
    use_class: tuple[str, ...]
    use_share: Floats
    use_timeout: Floats
    use_retries: Floats
    use_absorbed: Floats
    use_order: Floats
    hosting_source: Ints
    hosting_target: Ints
    region_of: Ints
    ambient: Floats

    def uses_of_class(self, *names: str) -> NDArray[np.bool_]:
        """Mark the uses whose link class is one of these."""
        return np.array([name in names for name in self.use_class], dtype=bool)


def wire(platform: Platform, parameters: Parameters, seed: int) -> Wiring:
    """Draw the platform's numbers; equal platform, parameters and seed give equal arrays."""
    rng = stream(seed, "wiring")
    per_part = _part_numbers(platform, parameters, rng)
    pools = _pools(platform, parameters)
    uses, edges = _uses(platform, parameters, rng, pools)
    hosting = [link for link in platform.links if link.role is Role.HOSTING]
    edge_target = np.array([edge[1] for edge in edges], dtype=np.int64)
    return Wiring(
        **per_part,
        edge_source=np.array([edge[0] for edge in edges], dtype=np.int64),
        edge_target=edge_target,
        edge_use=np.array([edge[2] for edge in edges], dtype=np.int64),
        edge_share=np.array([edge[3] for edge in edges], dtype=float),
        use_source=np.array([use[0] for use in uses], dtype=np.int64),
        use_class=tuple(str(use[1]) for use in uses),
        use_share=np.array([use[2] for use in uses], dtype=float),
        use_timeout=np.array([use[3] for use in uses], dtype=float),
        use_retries=np.array([use[4] for use in uses], dtype=float),
        use_absorbed=np.array([use[5] for use in uses], dtype=float),
        use_order=np.array([use[6] for use in uses], dtype=float),
        hosting_source=np.array([link.source for link in hosting], dtype=np.int64),
        hosting_target=np.array([link.target for link in hosting], dtype=np.int64),
        region_of=_regions(platform),
        ambient=_ambient(platform, edge_target, rng),
    )


def _part_numbers(platform: Platform, parameters: Parameters, rng: Generator) -> dict[str, Floats]:
    names = ("service_time_s", "utilisation", "inertia_s", "error_floor")
    rows = np.array(
        [[between(rng, parameters.kinds[part.kind][name]) for name in names]
         for part in platform.parts]
    )  # fmt: skip
    keys = ("service_time", "utilisation", "inertia", "floor")
    return {key: rows[:, column] for column, key in enumerate(keys)}


Pool = tuple[int, str, str]


def _pools(platform: Platform, parameters: Parameters) -> dict[Pool, list[Link]]:
    """Group links whose targets stand in for one another, in a fixed order."""
    pools: dict[Pool, list[Link]] = defaultdict(list)
    for link in platform.links:
        if link.role is Role.MEMBER:
            pools[(link.target, "member", "")].append(link)
        elif link.role is Role.CALL:
            pools[_pool_of(platform, parameters, link)].append(link)
    return dict(sorted(pools.items()))


def _pool_of(platform: Platform, parameters: Parameters, link: Link) -> Pool:
    """Name the pool of a call: a request goes to one CDN node, one transcoder, one routed service.

    People's page requests share one pool as well: each of them asks for one service.
    """
    source, target = platform.parts[link.source], platform.parts[link.target]
    name = parameters.link_class(source.kind, target.kind)
    if name == "route" and source.kind == "client_group":
        pooled = link.type == "CALLS"
    elif name == "route" and link.type != "ROUTES_TO" and source.kind in _SPLITTING_KINDS:
        name, pooled = "call", False
    else:
        pooled = name in _POOLED_CLASSES or link.type == "ROUTES_TO"
    if target.kind in _DELIVERY_KINDS and name not in _POOLED_CLASSES:
        return link.source, name, target.kind
    return link.source, name, "" if pooled else target.id


Use = tuple[int, str, float, float, float, float, float]
Edge = tuple[int, int, int, float]


def _uses(
    platform: Platform, parameters: Parameters, rng: Generator, pools: dict[Pool, list[Link]]
) -> tuple[list[Use], list[Edge]]:
    uses: list[Use] = []
    edges: list[Edge] = []
    for (source, name, _), links in pools.items():
        numbers = parameters.links["route" if name == "member" else name]
        keys = ("use", "timeout_s", "retries", "absorbed", "order")
        share, timeout, retries, absorbed, order = (between(rng, numbers[key]) for key in keys)
        if name == "member":
            order = -1.0
        targets = [link.source if name == "member" else link.target for link in links]
        shares = _shares(platform, source, targets, name, rng)
        edges += [(source, at, len(uses), part) for at, part in zip(targets, shares, strict=True)]
        uses.append((source, name, share, timeout, float(round(retries)), absorbed, order))
    return uses, edges


def _shares(
    platform: Platform, source: int, targets: list[int], name: str, rng: Generator
) -> list[float]:
    """Split the requests of a use: evenly over replicas, mostly home over CDN nodes."""
    if name in ("member", "encode") or len(targets) == 1:
        return [1.0 / len(targets)] * len(targets)
    homes = _homes(platform)
    if name in ("view", "fetch"):
        home = _home(platform, source, targets, homes, rng)
        rest = (1.0 - _PRIMARY_SHARE) / (len(targets) - 1)
        return [_PRIMARY_SHARE if at == home else rest for at in targets]
    if all(platform.parts[at].kind == "cdn_node" for at in targets):
        weights = np.array([_SPARE_WEIGHT + len(homes.get(at, ())) for at in targets])
    else:
        weights = rng.lognormal(0.0, 0.5, len(targets))
    return [float(weight) for weight in weights / weights.sum()]


def _homes(platform: Platform) -> dict[int, list[str | None]]:
    """List per CDN node the regions that are homed on it."""
    homes: dict[int, list[str | None]] = defaultdict(list)
    for link in platform.links:
        if link.role is Role.HOME:
            homes[link.target].append(platform.parts[link.source].region)
    return homes


def _home(
    platform: Platform, source: int, targets: list[int], homes: dict[int, list[str | None]],
    rng: Generator,
) -> int:  # fmt: skip
    """Choose the node that the region is homed on, else one in the region, else by chance."""
    region = platform.parts[source].region
    homed = [at for at in targets if region is not None and region in homes.get(at, ())]
    near = [at for at in targets if region is not None and platform.parts[at].region == region]
    choice = homed or near or targets
    return choice[int(rng.integers(len(choice)))]


def _regions(platform: Platform) -> Ints:
    """Give every part the position of the region that it lies behind; -1 for the centre."""
    regions = platform.positions("region")
    by_name = {platform.parts[at].region or platform.parts[at].slug: at for at in regions}
    found = [by_name.get(part.region or "", -1) for part in platform.parts]
    for link in platform.links:
        if link.role is Role.PEOPLE:
            ends = (link.source, link.target)
            region, outer = sorted(ends, key=lambda at: platform.parts[at].kind != "region")
            found[outer] = region
    return np.array(found, dtype=np.int64)


def _ambient(platform: Platform, edge_target: Ints, rng: Generator) -> Floats:
    """Requests that come from nowhere in the graph: people, and batch jobs without a caller."""
    called = np.zeros(len(platform.parts), dtype=bool)
    called[edge_target] = True
    crowd = rng.lognormal(0.0, 0.35, len(platform.parts))
    return np.where(called, 0.0, crowd)
