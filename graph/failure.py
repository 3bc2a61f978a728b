"""How failures travel through a pack: who can harm whom, and which groups stand on which members.

Built once per topology revision from a `DomainPack`; plain dicts, every tuple in id order.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache

from graph.model.pack import DomainPack
from graph.model.topology import Component, Relation, RelationType

Edge = tuple[str, float]
Edges = Mapping[str, tuple[Edge, ...]]

HARMFUL_TYPES = frozenset(
    {
        RelationType.DEPENDS_ON,
        RelationType.CALLS,
        RelationType.ROUTES_TO,
        RelationType.RUNS_ON,
        RelationType.USES,
    }
)
TRAFFIC_TYPES = frozenset({RelationType.DEPENDS_ON, RelationType.CALLS, RelationType.ROUTES_TO})


def _edges(pairs: Iterable[tuple[str, str, float]]) -> dict[str, tuple[Edge, ...]]:
    """Group (owner, other, weight) by owner; parallel relations keep the stronger weight."""
    best: dict[str, dict[str, float]] = defaultdict(dict)
    for owner, other, weight in pairs:
        best[owner][other] = max(weight, best[owner].get(other, 0.0))
    return {owner: tuple(sorted(others.items())) for owner, others in best.items()}


def _weight(relation: Relation) -> float:
    """P(source degraded | target degraded), the doubt about the relation included."""
    return relation.strength * relation.confidence


class FailureGraph:
    """The failure paths of one pack.

    `causes[c]`: what c stands on, with P(c degraded | that degraded). `effects` is its reverse.
    `callers[c]`: who sends traffic to c. `members[g]`: the redundant members of group g, which
    fails when fewer than `min_healthy[g]` of them are left.
    """

    def __init__(self, pack: DomainPack) -> None:
        """Index the pack; O(components + relations)."""
        self.components: dict[str, Component] = {c.id: c for c in pack.components}
        self.min_healthy = _min_healthy(pack.components)
        harmful = [r for r in pack.relations if r.type in HARMFUL_TYPES]
        grouped = [r for r in pack.relations if r.type is RelationType.PART_OF]
        loose = [r for r in grouped if r.target not in self.min_healthy]
        pairs = [(r.source, r.target, _weight(r)) for r in harmful]
        pairs += [(r.target, r.source, _weight(r)) for r in loose]
        self.causes: Edges = _edges(pairs)
        self.effects: Edges = _edges((cause, owner, w) for owner, cause, w in pairs)
        traffic = [r for r in harmful if r.type in TRAFFIC_TYPES]
        self.callers: Edges = _edges((r.target, r.source, _weight(r)) for r in traffic)
        self.members: dict[str, tuple[str, ...]] = _members(grouped, self.min_healthy)
        self.groups_of = _reverse(self.members)
        self.possible_causes = lru_cache(maxsize=None)(self._possible_causes)

    def _possible_causes(self, component_id: str, depth: int, floor: float) -> dict[str, float]:
        """Walk to what could have harmed a component: itself (1.0) and upstream.

        A weight is the largest product of strengths along a path of at most `depth` steps; paths
        below `floor` are cut. A group's member weighs 1 / (members that may be lost + 1).
        """
        best = {component_id: 1.0}
        heap: list[tuple[float, int, str]] = [(-1.0, 0, component_id)]
        while heap:
            negative, steps, current = heapq.heappop(heap)
            if steps == depth or -negative < best[current]:
                continue
            for cause, strength in self._upstream(current):
                weight = -negative * strength
                if weight >= floor and weight > best.get(cause, 0.0):
                    best[cause] = weight
                    heapq.heappush(heap, (-weight, steps + 1, cause))
        return best

    def _upstream(self, component_id: str) -> list[Edge]:
        edges = list(self.causes.get(component_id, ()))
        members = self.members.get(component_id, ())
        if members:
            share = 1.0 / (len(members) - self.min_healthy[component_id] + 1)
            edges += [(member, share) for member in members]
        return edges


def _min_healthy(components: Iterable[Component]) -> dict[str, int]:
    return {
        c.id: int(c.attributes["min_healthy"]) for c in components if "min_healthy" in c.attributes
    }


def _members(grouped: Iterable[Relation], groups: Mapping[str, int]) -> dict[str, tuple[str, ...]]:
    members: dict[str, set[str]] = defaultdict(set)
    for relation in grouped:
        if relation.target in groups:
            members[relation.target].add(relation.source)
    return {group: tuple(sorted(ids)) for group, ids in members.items()}


def _reverse(members: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    groups: dict[str, list[str]] = defaultdict(list)
    for group, ids in sorted(members.items()):
        for member in ids:
            groups[member].append(group)
    return {member: tuple(ids) for member, ids in groups.items()}


def collapse_cycles(nodes: Iterable[str], causes: Edges) -> dict[str, str]:
    """Name for each node the representative of its cycle: the least id of its strong component.

    Only edges among `nodes` count; a node outside every cycle represents itself.
    Source: Tarjan 1972, iterative.
    """
    wanted = frozenset(nodes)
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    standing: set[str] = set()
    names: dict[str, str] = {}
    for root in sorted(wanted):
        if root in index:
            continue
        work: list[tuple[str, list[str]]] = []
        _visit(root, wanted, causes, index, low, stack, standing, work)
        while work:
            node, rest = work[-1]
            if rest:
                other = rest.pop()
                if other not in index:
                    _visit(other, wanted, causes, index, low, stack, standing, work)
                elif other in standing:
                    low[node] = min(low[node], index[other])
                continue
            work.pop()
            if work:
                low[work[-1][0]] = min(low[work[-1][0]], low[node])
            if low[node] == index[node]:
                _close(node, stack, standing, names)
    return names


def _visit(
    node: str,
    wanted: frozenset[str],
    causes: Edges,
    index: dict[str, int],
    low: dict[str, int],
    stack: list[str],
    standing: set[str],
    work: list[tuple[str, list[str]]],
) -> None:
    index[node] = low[node] = len(index)
    stack.append(node)
    standing.add(node)
    work.append((node, [c for c, _ in causes.get(node, ()) if c in wanted]))


def _close(node: str, stack: list[str], standing: set[str], names: dict[str, str]) -> None:
    members: list[str] = []
    while not members or members[-1] != node:
        members.append(stack.pop())
    standing.difference_update(members)
    representative = min(members)
    names.update((member, representative) for member in members)
