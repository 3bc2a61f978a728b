"""Elimination orders, smallest table first (min-degree), ties to the lower number; sets as bits.

Source: Kjaerulff 1990. Numba compiles `ordering_words.py` instead, which gives the same order.
"""

from __future__ import annotations

import heapq

from reasoning.engine.kernels.arrays import Order, Tables


def min_degree(tables: Tables, max_width: int, max_entries: int) -> Order:
    """Return the order, or where it broke: a clique beyond max_width + 1, or too many entries.

    All tables of the order together have at most `max_entries` entries.
    """
    near = neighbours(tables)
    heap = [(around.bit_count(), variable) for variable, around in enumerate(near)]
    heapq.heapify(heap)
    gone = bytearray(tables.variables)
    cliques: list[list[int]] = []
    entries = 0
    broken = -1
    while heap and broken < 0:
        degree, variable = heapq.heappop(heap)
        if gone[variable] or degree != near[variable].bit_count():
            continue
        cliques.append([variable, *members(near[variable])])
        entries += 2 << min(degree, 60)
        if degree > max_width or entries > max_entries:
            broken = tables.variables - len(cliques) + 1
            break
        gone[variable] = 1
        eliminate(near, variable, heap)
    return laid_out(cliques, broken, entries)


def neighbours(tables: Tables) -> list[int]:
    """Return, by variable, the set of those that share a table with it."""
    near = [0] * tables.variables
    for factor in range(len(tables.scope_ptr) - 1):
        scope = tables.scope[tables.scope_ptr[factor] : tables.scope_ptr[factor + 1]]
        together = 0
        for variable in scope:
            together |= 1 << variable
        for variable in scope:
            near[variable] |= together & ~(1 << variable)
    return near


def eliminate(near: list[int], variable: int, heap: list[tuple[int, int]]) -> None:
    """Join a variable's neighbours; put their new degrees on the heap."""
    around = near[variable]
    without = ~(1 << variable)
    for other in members(around):
        near[other] = (near[other] | around) & without & ~(1 << other)
        heapq.heappush(heap, (near[other].bit_count(), other))


def members(bits: int) -> list[int]:
    """Return the numbers of a set, ascending."""
    found = []
    while bits:
        low = bits & -bits
        found.append(low.bit_length() - 1)
        bits ^= low
    return found


def laid_out(cliques: list[list[int]], broken: int, entries: int) -> Order:
    """Return cliques one after the other, each by elimination time."""
    position = {clique[0]: at for at, clique in enumerate(cliques)}
    last = len(position)
    flat: list[int] = []
    ends = [0]
    for clique in cliques:
        flat.append(clique[0])
        flat += sorted(clique[1:], key=lambda v: (position.get(v, last), v))
        ends.append(len(flat))
    return Order(broken, ends, flat, entries)
