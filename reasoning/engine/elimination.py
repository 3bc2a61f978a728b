"""Choose an elimination order whose largest table stays within a budget, or say there is none.

Greedy, smallest table first (min-degree), which is fast. Where that comes out wide, or breaks the
budget with little left to do or in a small network, again with the fewest new edges first
(min-fill) among tables of more than 2^5 entries, which is slower and often narrower. Ties fall to
the smaller table, then to the lower number. Source: Kjaerulff 1990.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

MAX_WIDTH = 18
MAX_ENTRIES = 2**25
_SMALL = 4
_GOOD_WIDTH = 12
_LITTLE_LEFT = 30
_FEW = 600
_NEVER = 1 << 60
_BIT = 1024

Order = list[tuple[int, ...]]
_Price = tuple[int, int]


@dataclass(frozen=True, slots=True)
class TooWide:
    """No order was found: the clique that broke the budget, and how many variables were left."""

    clique: tuple[int, ...]
    left: int


def elimination_order(
    cards: Sequence[int], scopes: Iterable[tuple[int, ...]], *, max_width: int = MAX_WIDTH
) -> Order | TooWide:
    """Return the cliques in elimination order, or say where the budget broke.

    A clique is (eliminated variable, the later variables it touches); its table has at most
    2^(max_width + 1) entries, all tables together at most MAX_ENTRIES.
    """
    bits = [round(_BIT * math.log2(count)) for count in cards]
    graph = _graph(len(cards), scopes)
    budget = (max_width + 1) * _BIT
    quick = _Greedy([set(touched) for touched in graph], bits, budget).run()
    if isinstance(quick, TooWide):
        careful = quick.left <= _LITTLE_LEFT or len(cards) <= _FEW
    else:
        careful = _widest(quick, bits) > (_GOOD_WIDTH + 1) * _BIT
    if not careful:
        return quick
    slow = _GreedyFill(graph, bits, budget).run()
    if isinstance(slow, TooWide):
        return quick
    if isinstance(quick, TooWide) or _widest(slow, bits) < _widest(quick, bits):
        return slow
    return quick


def _graph(count: int, scopes: Iterable[tuple[int, ...]]) -> list[set[int]]:
    graph: list[set[int]] = [set() for _ in range(count)]
    for scope in scopes:
        for variable in scope:
            graph[variable].update(scope)
    for variable, touched in enumerate(graph):
        touched.discard(variable)
    return graph


class _Greedy:
    """Eliminates the variable with the smallest table first; consumes the graph it is given.

    Table sizes are whole numbers of 1/1024 bit, kept up to date in `load`.
    """

    def __init__(self, graph: list[set[int]], bits: Sequence[int], budget: int) -> None:
        self.graph = graph
        self.bits = bits
        self.budget = budget
        self.load = [sum(bits[other] for other in touched) for touched in graph]

    def run(self) -> Order | TooWide:
        """Eliminate everything; stop as soon as nothing fits the budget."""
        prices = [self.price(variable) for variable in range(len(self.graph))]
        heap = [(price, variable) for variable, price in enumerate(prices)]
        heapq.heapify(heap)
        gone = [False] * len(self.graph)
        order: Order = []
        entries = 0.0
        while heap:
            price, variable = heapq.heappop(heap)
            if gone[variable] or price != prices[variable]:
                continue
            size = self.bits[variable] + self.load[variable]
            entries += math.exp2(min(size, 64 * _BIT) / _BIT)
            if size > self.budget or entries > MAX_ENTRIES:
                clique = (variable, *sorted(self.graph[variable]))
                return TooWide(clique, len(gone) - sum(gone))
            gone[variable] = True
            order.append((variable, *self.graph[variable]))
            for changed in self.eliminate(variable):
                fresh = self.price(changed)
                if fresh != prices[changed]:
                    prices[changed] = fresh
                    heapq.heappush(heap, (fresh, changed))
        return _by_position(order)

    def price(self, variable: int) -> _Price:
        """Return what decides when a variable goes, smallest first."""
        return 0, self.load[variable]

    def eliminate(self, variable: int) -> set[int]:
        """Remove a variable and join its neighbours; return whose price may have changed."""
        touched = self.graph[variable]
        changed = set(touched)
        for other in touched:
            self.graph[other].discard(variable)
            new = touched - self.graph[other]
            new.discard(other)
            self.load[other] += sum(self.bits[fresh] for fresh in new) - self.bits[variable]
            if new:
                self.graph[other] |= new
                changed |= self.beyond(other)
        return changed

    def beyond(self, _variable: int) -> set[int]:
        """Return whose price a new edge at a variable changes besides its ends: nobody's."""
        return set()


class _GreedyFill(_Greedy):
    """Eliminates small tables first, then the variable that adds the fewest edges."""

    def price(self, variable: int) -> _Price:
        """Count the new edges, but only where the table is neither small nor beyond the budget."""
        load = self.load[variable]
        if load <= _SMALL * _BIT:
            return -1, load
        if self.bits[variable] + load > self.budget:
            return _NEVER, load
        touched = self.graph[variable]
        present = sum(len(self.graph[other] & touched) for other in touched)
        return (len(touched) * (len(touched) - 1) - present) // 2, load

    def beyond(self, variable: int) -> set[int]:
        """Return all neighbours: a new edge may close a triangle with any of them."""
        return self.graph[variable]


def _widest(order: Order, bits: Sequence[int]) -> int:
    return max((sum(bits[variable] for variable in clique) for clique in order), default=0)


def _by_position(order: Order) -> Order:
    position = {clique[0]: index for index, clique in enumerate(order)}
    return [(clique[0], *sorted(clique[1:], key=position.__getitem__)) for clique in order]
