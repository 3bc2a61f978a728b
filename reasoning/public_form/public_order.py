"""Elimination orders for the public form of a core: whose tables have any number of states."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Mapping, Sequence

from reasoning.public_form.core_tables import Variable


def elimination_order(
    variables: Sequence[Variable], kept: Sequence[str], max_entries: int
) -> list[str] | None:
    """Return the others, smallest table first; None where a table would exceed `max_entries`."""
    cards = {variable.name: variable.table.shape[0] for variable in variables}
    scopes = [(variable.name, *variable.parents) for variable in variables]
    return order_of(cards, scopes, kept, max_entries)


def order_of(
    cards: Mapping[str, int], scopes: Iterable[Sequence[str]], kept: Sequence[str], max_entries: int
) -> list[str] | None:
    """Return all but the kept, as `elimination_order` does, for tables of any scopes."""
    near: dict[str, set[str]] = {name: set() for name in cards}
    for scope in map(set, scopes):
        for name in scope:
            near[name] |= scope - {name}
    last = frozenset(kept)
    if math.prod(cards[name] for name in last) > max_entries:
        return None
    heap = [(_entries(cards, name, near), name) for name in near if name not in last]
    heapq.heapify(heap)
    order: list[str] = []
    while heap:
        entries, name = heapq.heappop(heap)
        if name not in near or entries != _entries(cards, name, near):
            continue
        if entries > max_entries:
            return None
        order.append(name)
        _eliminate(near, name)
        for other in near.pop(name) - last:
            heapq.heappush(heap, (_entries(cards, other, near), other))
    return order


def _entries(cards: Mapping[str, int], name: str, near: Mapping[str, set[str]]) -> int:
    return cards[name] * math.prod(cards[other] for other in near[name])


def _eliminate(near: dict[str, set[str]], name: str) -> None:
    around = near[name]
    for other in around:
        near[other] |= around
        near[other] -= {other, name}
