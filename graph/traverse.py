"""Walks on the topology: neighbourhoods, causes and effects.

`A DEPENDS_ON B` means B's failure can harm A, so harm steps from a relation's target to its
source; only over PART_OF it steps from the member (source) to the group (target). REPLICATES_TO
and PRECEDES carry no harm (as in `graph.failure`, which weighs these steps). Every answer stands
in a total order: distance, then id.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Final

from graph.errors import Detail, InputError
from graph.model.topology import RelationType

MAX_HOPS: Final = 5

Edge = tuple[str, RelationType, str]

_Kinds = tuple[RelationType, ...]
_Steps = dict[str, dict[str, _Kinds]]
_Reach = Callable[[set[str]], set[str]]

_TARGET_HARMS: Final = frozenset(
    {
        RelationType.DEPENDS_ON,
        RelationType.CALLS,
        RelationType.ROUTES_TO,
        RelationType.RUNS_ON,
        RelationType.USES,
    }
)
_SOURCE_HARMS: Final = frozenset({RelationType.PART_OF})


class TopologyView:
    """The graph of one topology revision, for walks; it never changes."""

    def __init__(self, revision: str, ids: Iterable[str], edges: Iterable[Edge]) -> None:
        self.revision: Final = revision
        # Plain dicts: a graph library's views cost a walk twice the time (100,000 components).
        self._after: Final[_Steps] = {id_: {} for id_ in ids}
        self._before: Final[_Steps] = {id_: {} for id_ in self._after}
        for source, kind, target in edges:
            for end in (source, target):
                self._after.setdefault(end, {})
                self._before.setdefault(end, {})
            kinds = (*self._after[source].get(target, ()), kind)
            self._after[source][target] = self._before[target][source] = kinds

    def __contains__(self, component_id: object) -> bool:
        return component_id in self._after

    def __len__(self) -> int:
        return len(self._after)

    def neighbourhood(
        self,
        starts: Collection[str],
        *,
        hops: int,
        types: frozenset[RelationType] | None = None,
        limit: int = 150,
        hidden: Collection[str] = frozenset(),
    ) -> tuple[str, ...]:
        """Walk `hops` undirected steps from the starts, never into or through a hidden id.

        Args:
            starts: ids of this view, themselves at distance 0.
            hops: 0..5.
            types: walk these relations only; None = all.
            limit: how many ids at most, starts included, >= 1.
            hidden: ids that may not be seen.

        Returns: ids, nearest first, ties in id order.
        Raises: InputError for hops or a limit out of range.
        """
        _check("hops", hops, 0 <= hops <= MAX_HOPS, f"must lie in 0..{MAX_HOPS}")
        _check("limit", limit, limit >= 1, "must be at least 1")
        reach = self._beside if types is None else _each(lambda at: self._touching(at, types))
        kept: list[str] = []
        for level in self._levels(starts, reach, hidden=hidden):
            kept.extend(sorted(level))
            hops -= 1
            if len(kept) >= limit or hops < 0:
                break
        return tuple(kept[:limit])

    def edges_among(
        self, ids: Collection[str], types: frozenset[RelationType] | None = None
    ) -> list[Edge]:
        """List the relations of these types (None = all) with both ends in `ids`, in order."""
        inside = set(ids) & self._after.keys()
        return sorted(
            (source, kind, target)
            for source in inside
            for target in self._after[source].keys() & inside
            for kind in self._after[source][target]
            if types is None or kind in types
        )

    def causes(self, starts: Collection[str], *, hops: int | None = None) -> dict[str, int]:
        """Find what can have harmed the starts: distance by id, nearest first, ties by id."""
        return self._distances(starts, self._harmed_by, hops=hops)

    def effects(self, starts: Collection[str], *, hops: int | None = None) -> dict[str, int]:
        """Find what the starts can harm: distance by id, nearest first, ties by id."""
        return self._distances(starts, self._harms, hops=hops)

    def _harmed_by(self, component_id: str) -> Iterator[str]:
        """Step from an effect to its direct causes."""
        yield from self._out(component_id, _TARGET_HARMS)
        yield from self._in(component_id, _SOURCE_HARMS)

    def _harms(self, component_id: str) -> Iterator[str]:
        """Step from a cause to its direct effects."""
        yield from self._in(component_id, _TARGET_HARMS)
        yield from self._out(component_id, _SOURCE_HARMS)

    def _beside(self, level: set[str]) -> set[str]:
        """Find what is one step away, whatever the relation: no step in Python for each."""
        return set[str]().union(
            *map(self._after.__getitem__, level), *map(self._before.__getitem__, level)
        )

    def _touching(self, component_id: str, types: frozenset[RelationType]) -> Iterator[str]:
        yield from self._out(component_id, types)
        yield from self._in(component_id, types)

    def _out(self, component_id: str, types: frozenset[RelationType]) -> Iterator[str]:
        return _over(types, self._after[component_id])

    def _in(self, component_id: str, types: frozenset[RelationType]) -> Iterator[str]:
        return _over(types, self._before[component_id])

    def _levels(
        self,
        starts: Collection[str],
        reach: _Reach,
        *,
        hidden: Collection[str] = frozenset(),
    ) -> Iterator[set[str]]:
        """Yield the starts, then what is one step away, and so on; empty at the end."""
        seen = {start for start in starts if start in self and start not in hidden}
        level = set(seen)
        while level:
            yield level
            level = reach(level).difference(seen, hidden)
            seen |= level

    def _distances(
        self,
        starts: Collection[str],
        step: Callable[[str], Iterable[str]],
        *,
        hops: int | None,
    ) -> dict[str, int]:
        distances: dict[str, int] = {}
        for distance, level in enumerate(self._levels(starts, _each(step))):
            if hops is not None and distance > hops:
                break
            distances.update(dict.fromkeys(sorted(level), distance))
        return distances


def _each(step: Callable[[str], Iterable[str]]) -> _Reach:
    """Step from each id of a level."""
    return lambda level: {found for at in level for found in step(at)}


def _over(types: frozenset[RelationType], steps: dict[str, _Kinds]) -> Iterator[str]:
    return (end for end, kinds in steps.items() if not types.isdisjoint(kinds))


def _check(name: str, value: int, holds: bool, rule: str) -> None:
    if not holds:
        raise InputError(f"{name} {rule}, is {value}", [Detail(name, f"{rule}, is {value}")])
