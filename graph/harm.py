"""How far harm reaches: up- and downstream of a component, the likeliest way, single points.

Walks on a `FailureGraph` and on the relations themselves. Every answer stands in a total order.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from itertools import pairwise
from typing import Final

from graph.errors import Detail, InputError
from graph.failure import HARMFUL_TYPES, FailureGraph
from graph.model.pack import DomainPack
from graph.model.topology import BusinessFlow, Relation, RelationType

MAX_HOPS: Final = 3
MAX_NODES: Final = 150
# Even odds, as where a step counts as broken: below, losing the component need not show.
SINGLE_FROM: Final = 0.5
_DIGITS: Final = 9

Steps = dict[str, list[tuple[str, RelationType, float]]]


class Way(StrEnum):
    """Which way to walk: to what can harm a component, to what it can harm, or to both."""

    UP = "up"
    DOWN = "down"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Reach:
    """What a walk reached, nearest first; `found` counts what lies in reach, beyond the limit too.

    `distance`: steps from the start by id, in the order of the walk. `folded` counts the members
    that stand in the picture as their group.
    """

    distance: Mapping[str, int]
    found: int
    folded: int


@dataclass(frozen=True, slots=True)
class HarmStep:
    """One step of a way: the component reached, and P(it is degraded | the one before is)."""

    component_id: str
    probability: float


@dataclass(frozen=True, slots=True)
class SinglePoint:
    """A flow step that a component alone degrades with `probability`, at least even odds."""

    flow_id: str
    step_id: str
    probability: float


class HarmWalks:
    """Walks on one pack; it never changes, so what is slow is computed once."""

    def __init__(self, pack: DomainPack) -> None:
        """Index the pack; O(components + relations)."""
        self.graph: Final = FailureGraph(pack)
        self._flows: Final = pack.flows
        self._up: Final[Steps] = defaultdict(list)
        self._down: Final[Steps] = defaultdict(list)
        for relation in pack.relations:
            if relation.type in HARMFUL_TYPES and relation.confidence > 0.0:
                self._add(relation.target, relation.source, relation.type, _weight(relation))
            elif relation.type is RelationType.PART_OF:
                weight = self._member_weight(relation)
                self._add(relation.source, relation.target, relation.type, weight)
        self.shared: Final = tuple(self._shared(pack.relations))
        for group, kind, cause, weight in self.shared:
            self._add(cause, group, kind, weight)

    def around(
        self,
        start: str,
        *,
        hops: int,
        way: Way,
        types: frozenset[RelationType] | None = None,
        limit: int = MAX_NODES,
        hidden: Collection[str] = frozenset(),
        members: bool = True,
    ) -> Reach:
        """Walk up, down, or up and down (never down and up again) from a component.

        Args:
            start: an id of the pack, at distance 0.
            hops: 1..3.
            way: up goes to causes, down to effects.
            types: walk these relations only; None = all that carry harm.
            limit: how many ids at most, the start included, 1..150.
            hidden: ids that may not be seen; not walked through.
            members: False leaves out members that their group can spare, the start excepted; what
                most of them stand on then hangs on the group.

        Returns: nearest first, then the likeliest to be harmed (or to harm), then by id.
        Raises: InputError for hops or a limit out of range.
        """
        _check("hops", hops, 1, MAX_HOPS)
        _check("limit", limit, 1, MAX_NODES)
        ways = {Way.UP: [self._up], Way.DOWN: [self._down], Way.BOTH: [self._up, self._down]}
        best: dict[str, tuple[int, float]] = {start: (0, -1.0)}
        for edges in ways[way]:
            for found, rank in _levels(start, edges, hops=hops, types=types, hidden=hidden).items():
                best[found] = min(rank, best.get(found, rank))
        folded = set() if members else {i for i in best if i in self.graph.groups_of} - {start}
        ordered = sorted(best.keys() - folded, key=lambda i: (best[i], i))
        return Reach({i: best[i][0] for i in ordered[:limit]}, len(ordered), len(folded))

    def likeliest_path(
        self, cause: str, effect: str, *, hidden: Collection[str] = frozenset()
    ) -> tuple[HarmStep, ...] | None:
        """Find the way on which `cause` harms `effect` with the largest product of strengths.

        Returns: both ends included, the first with probability 1; of equal ways the shorter, then
        the first by ids; None where there is none.
        """
        known = self.graph.components
        if not {cause, effect} <= known.keys() or cause in hidden or effect in hidden:
            return None
        heap: list[tuple[float, int, tuple[str, ...]]] = [(-1.0, 0, (cause,))]
        done: set[str] = set()
        while heap:
            minus, length, path = heapq.heappop(heap)
            here = path[-1]
            if here == effect:
                return self._steps(path)
            if here in done:
                continue
            done.add(here)
            for there, weight in self._effects(here):
                if weight > 0 and there not in done and there not in hidden:
                    odds = round(minus * weight, _DIGITS)
                    heapq.heappush(heap, (odds, length + 1, (*path, there)))
        return None

    @cached_property
    def single_points(self) -> Mapping[str, tuple[SinglePoint, ...]]:
        """Name what one component alone can break, with even odds or worse, by component.

        A member of a group that can spare it is none, nor is a group with members to spare. The
        points of a component stand with the likeliest first, then by flow and step.
        """
        found: dict[str, list[SinglePoint]] = defaultdict(list)
        for flow in self._flows:
            for step_id, reached in self._alone(flow):
                for component_id, odds in reached.items():
                    if odds >= SINGLE_FROM and not self._has_spare(component_id):
                        found[component_id].append(SinglePoint(flow.id, step_id, odds))
        return {
            i: tuple(sorted(points, key=lambda p: (-p.probability, p.flow_id, p.step_id)))
            for i, points in sorted(found.items())
        }

    def _alone(self, flow: BusinessFlow) -> Iterable[tuple[str, dict[str, float]]]:
        """Give for each step P(step degraded | only this component failed), along the best way."""
        for step in flow.steps:
            best: dict[str, float] = {}
            heap = [(-use.strength, use.component_id) for use in step.uses]
            heapq.heapify(heap)
            while heap:
                minus, here = heapq.heappop(heap)
                if here in best:
                    continue
                best[here] = round(-minus, _DIGITS)
                for cause, weight in self._alone_causes(here):
                    heapq.heappush(heap, (minus * weight, cause))
            yield step.id, best

    def _alone_causes(self, component_id: str) -> Iterable[tuple[str, float]]:
        yield from self.graph.causes.get(component_id, ())
        for member in self.graph.members.get(component_id, ()):
            if component_id not in self.graph.groups_of.get(member, ()):
                yield member, 1.0

    def _has_spare(self, component_id: str) -> bool:
        members = self.graph.members.get(component_id, ())
        return len(members) > self.graph.min_healthy.get(component_id, 0) if members else False

    def _effects(self, component_id: str) -> Iterable[tuple[str, float]]:
        yield from self.graph.effects.get(component_id, ())
        for target, kind, weight in self._down.get(component_id, ()):
            if kind is RelationType.PART_OF and target in self.graph.min_healthy:
                yield target, weight

    def _steps(self, path: tuple[str, ...]) -> tuple[HarmStep, ...]:
        steps = [HarmStep(path[0], 1.0)]
        for before, here in pairwise(path):
            steps.append(HarmStep(here, max(w for i, w in self._effects(before) if i == here)))
        return tuple(steps)

    def _shared(
        self, relations: Iterable[Relation]
    ) -> Iterable[tuple[str, RelationType, str, float]]:
        """List what harms a group because most of its members stand on it, as (group, type, it)."""
        direct = {(r.source, r.target) for r in relations}
        kinds = {(r.source, r.target): r.type for r in relations if r.type in HARMFUL_TYPES}
        for group, members in sorted(self.graph.members.items()):
            for cause, weight in self.graph.causes.get(group, ()):
                kind = next((kinds[m, cause] for m in members if (m, cause) in kinds), None)
                if kind is not None and (group, cause) not in direct:
                    yield group, kind, cause, weight

    def _member_weight(self, relation: Relation) -> float:
        """P(group degraded | this member is); a group without a least number takes it all."""
        least = self.graph.min_healthy.get(relation.target)
        if least is None:
            return _weight(relation)
        return 1.0 / (max(len(self.graph.members[relation.target]) - least, 0) + 1)

    def _add(self, cause: str, effect: str, kind: RelationType, weight: float) -> None:
        self._up[effect].append((cause, kind, weight))
        self._down[cause].append((effect, kind, weight))


def _weight(relation: Relation) -> float:
    return relation.strength * relation.confidence


def _levels(
    start: str,
    edges: Steps,
    *,
    hops: int,
    types: frozenset[RelationType] | None,
    hidden: Collection[str],
) -> dict[str, tuple[int, float]]:
    """Walk one way; returns (distance, minus the best product of strengths) by id."""
    best = {start: (0, -1.0)}
    level = {start: -1.0}
    for distance in range(1, hops + 1):
        reached: dict[str, float] = {}
        for here, odds in level.items():
            for there, kind, weight in edges.get(here, ()):
                if there in best or there in hidden or (types is not None and kind not in types):
                    continue
                reached[there] = min(reached.get(there, 0.0), round(odds * weight, _DIGITS))
        best |= {i: (distance, odds) for i, odds in reached.items()}
        level = reached
    return best


def _check(name: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        rule = f"must lie in {least}..{most}, is {value}"
        raise InputError(f"{name} {rule}", [Detail(f"/query/{name}", rule)])
