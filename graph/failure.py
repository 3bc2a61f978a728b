"""How failures travel through a pack: who can harm whom, and which groups stand on which members.

Built once per topology revision from a `DomainPack`; plain dicts, every tuple in id order. What a
component's siblings have and it lacks is taken in as proposed (`graph/siblings.py`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from graph.derived import derived_relations, views_of
from graph.model.pack import DomainPack
from graph.model.topology import Component, Relation, RelationType
from graph.siblings import proposed_relations

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
LARGEST_CYCLE = 4
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
    `callers[c]`: who sends traffic to c; `callees` is its reverse. `members[g]`: the redundant
    members of group g, which fails when fewer than `min_healthy[g]` of them are left.
    `groups_of[m]`: the groups that can spare the member m; one that needs all its members hides
    none of them. `doubts[(c, d)]`: how sure it is that c stands on d at all, where that is not
    certain. `proposed`: the relations that are told from siblings. `views[v]`: what the view v
    shows; it has no faults of its own. `runs_on[c]`: what c runs on, weighed as in `causes`.
    """

    def __init__(self, pack: DomainPack) -> None:
        """Index the pack; O(components + relations)."""
        self.components: dict[str, Component] = {c.id: c for c in pack.components}
        self.min_healthy = _min_healthy(pack.components)
        self.proposed = proposed_relations(pack)
        self.views = views_of(pack.components)
        # What is sure not to exist (confidence 0) says only that somebody has looked.
        harmful = [r for r in pack.relations if r.type in HARMFUL_TYPES and r.confidence > 0.0]
        harmful += derived_relations(pack, self.views)
        grouped = [r for r in pack.relations if r.type is RelationType.PART_OF]
        loose = [r for r in grouped if r.target not in self.min_healthy]
        pairs = [(r.source, r.target, _weight(r)) for r in harmful]
        pairs += [(r.target, r.source, _weight(r)) for r in loose]
        self.members: dict[str, tuple[str, ...]] = _members(grouped, self.min_healthy)
        pairs += self._shared(_edges(pairs))  # of what is known: most of a group suffice
        harmful += self.proposed
        pairs += [(r.source, r.target, _weight(r)) for r in self.proposed]
        self.causes: Edges = _edges(pairs)
        self.effects: Edges = _edges((cause, owner, w) for owner, cause, w in pairs)
        traffic = [r for r in harmful if r.type in TRAFFIC_TYPES]
        self.callers: Edges = _edges((r.target, r.source, _weight(r)) for r in traffic)
        self.callees: Edges = _edges((r.source, r.target, _weight(r)) for r in traffic)
        self.doubts: Mapping[tuple[str, str], float] = _doubts(harmful)
        self.runs_on: Edges = _edges(
            (r.source, r.target, _weight(r)) for r in harmful if r.type is RelationType.RUNS_ON
        )
        redundant = {g: m for g, m in self.members.items() if len(m) > self.min_healthy[g]}
        self.groups_of = _reverse(redundant)
        self.possible_causes = lru_cache(maxsize=None)(self._possible_causes)

    def standing_on(self, component_id: str) -> tuple[Edge, ...]:
        """List what a component stands on, its members too: both can close a cycle."""
        members = ((member, 1.0) for member in self.members.get(component_id, ()))
        return (*self.causes.get(component_id, ()), *members)

    def beneath(self, component_id: str) -> tuple[Edge, ...]:
        """List what a component runs on, however many steps below, with P(it falls with that).

        Of several ways down the strongest counts.
        """
        best: dict[str, float] = {}
        waiting = [(component_id, 1.0)]
        while waiting:
            current, so_far = waiting.pop()
            for below, weight in self.runs_on.get(current, ()):
                if so_far * weight > best.get(below, 0.0):
                    best[below] = so_far * weight
                    waiting.append((below, so_far * weight))
        return tuple(sorted(best.items()))

    @cached_property
    def knots(self) -> frozenset[str]:
        """Who is on a cycle of the whole graph: in no part of it can anybody else be on one."""
        everybody = frozenset(self.components)
        names = _strong_components(everybody, {c: self.standing_on(c) for c in everybody})
        sizes = Counter(names.values())
        return frozenset(c for c, name in names.items() if sizes[name] > 1)

    def _shared(self, causes: Edges) -> list[tuple[str, str, float]]:
        """Let what enough members stand on harm their group as one, with their mean strength.

        Replicas share code and configuration: a lost cache fails all of them or none. Drawn for
        each replica by itself, it would hardly ever fail enough of them.
        """
        found = []
        for group, members in sorted(self.members.items()):
            weights: dict[str, list[float]] = defaultdict(list)
            for member in members:
                for cause, weight in causes.get(member, ()):
                    weights[cause].append(weight)
            breaking = len(members) - self.min_healthy[group] + 1
            found += [
                (group, c, sum(w) / len(w)) for c, w in weights.items() if len(w) >= breaking > 1
            ]
        return found

    def _possible_causes(self, component_id: str, depth: int, floor: float) -> dict[str, float]:
        """Walk to what could have harmed a component: itself (1.0) and upstream.

        A weight is the largest product of strengths along a path of at most `depth` steps; paths
        below `floor` are cut. A group's member weighs 1 / (members that may be lost + 1).
        """
        best = {component_id: 1.0}
        layer = dict(best)
        for _ in range(depth):
            reached: dict[str, float] = {}
            for current, so_far in layer.items():
                for cause, strength in self._upstream(current):
                    weight = so_far * strength
                    if weight >= floor and weight > best.get(cause, 0.0):
                        best[cause] = reached[cause] = weight
            layer = reached
        return best

    def _upstream(self, component_id: str) -> list[Edge]:
        edges = list(self.causes.get(component_id, ()))
        members = self.members.get(component_id, ())
        if members:
            spare = max(len(members) - self.min_healthy[component_id], 0)
            share = 1.0 / (spare + 1)
            edges += [(member, share) for member in members]
        return edges


def _doubts(relations: Iterable[Relation]) -> dict[tuple[str, str], float]:
    """Map (effect, cause) to P(the relation exists); of parallel ones the stronger decides."""
    best: dict[tuple[str, str], Relation] = {}
    for relation in relations:
        ends = relation.source, relation.target
        if ends not in best or _weight(relation) > _weight(best[ends]):
            best[ends] = relation
    return {ends: r.confidence for ends, r in best.items() if r.confidence < 1.0}


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


@dataclass(frozen=True)
class Acyclic:
    """A failure graph without circles.

    `representative` names for each node the least id of its cycle (itself outside every cycle).
    `cut` holds the (effect, cause) pairs that were left out to take large cycles apart.
    """

    representative: Mapping[str, str]
    cut: frozenset[tuple[str, str]]


def break_cycles(
    nodes: Iterable[str],
    causes: Edges,
    *,
    largest: int = LARGEST_CYCLE,
    knots: frozenset[str] | None = None,
) -> Acyclic:
    """Collapse small cycles to one node each, and take larger ones apart.

    `knots`: all who may be on a cycle, if that is known; the others are not looked at.

    A cycle of at most `largest` members fails together and is told as one. In a larger one the
    weakest relations are left out, equal ones together, until only small cycles remain: a circle
    through half the platform says nothing about who harmed whom.
    """
    everybody = frozenset(nodes)
    wanted = everybody if knots is None else everybody & knots
    alone = {node: node for node in everybody - wanted}
    kept = {n: tuple(e for e in causes.get(n, ()) if e[0] in wanted) for n in wanted}
    cut: set[tuple[str, str]] = set()
    while True:
        names = _strong_components(wanted, kept)
        sizes = Counter(names.values())
        inside = [
            (strength, effect, cause)
            for effect, edges in kept.items()
            for cause, strength in edges
            if sizes[names[effect]] > largest and names[effect] == names[cause]
        ]
        if not inside:
            return Acyclic(alone | names, frozenset(cut))
        for name in {names[effect] for _, effect, _ in inside}:
            members = [edge for edge in inside if names[edge[1]] == name]
            weakest = min(members)[0]
            cut |= {(effect, cause) for weight, effect, cause in members if weight == weakest}
        for effect in {effect for effect, _ in cut}:
            kept[effect] = tuple(e for e in kept[effect] if (effect, e[0]) not in cut)


def _strong_components(wanted: frozenset[str], causes: Edges) -> dict[str, str]:
    """Name each node's strong component by its least id. Source: Tarjan 1972, iterative."""
    walk = _Tarjan(causes)
    for root in sorted(wanted):
        if root not in walk.index:
            walk.run(root)
    return walk.names


class _Tarjan:
    """The bookkeeping of Tarjan's algorithm; `names` is the result."""

    def __init__(self, causes: Edges) -> None:
        self._causes = causes
        self.index: dict[str, int] = {}
        self._low: dict[str, int] = {}
        self._stack: list[str] = []
        self._standing: set[str] = set()
        self.names: dict[str, str] = {}

    def run(self, root: str) -> None:
        work = [self._enter(root)]
        while work:
            node, rest = work[-1]
            if rest:
                other = rest.pop()
                if other not in self.index:
                    work.append(self._enter(other))
                elif other in self._standing:
                    self._low[node] = min(self._low[node], self.index[other])
                continue
            work.pop()
            if work:
                above = work[-1][0]
                self._low[above] = min(self._low[above], self._low[node])
            if self._low[node] == self.index[node]:
                self._close(node)

    def _enter(self, node: str) -> tuple[str, list[str]]:
        self.index[node] = self._low[node] = len(self.index)
        self._stack.append(node)
        self._standing.add(node)
        return node, [cause for cause, _ in self._causes.get(node, ())]

    def _close(self, node: str) -> None:
        members: list[str] = []
        while not members or members[-1] != node:
            members.append(self._stack.pop())
        self._standing.difference_update(members)
        name = min(members)
        self.names.update((member, name) for member in members)
