"""Choose an elimination order whose largest table stays within a budget, or say there is none.

Greedy, smallest table first (min-degree, weighted by state counts); where that comes out wide and
the network is small, fewest new edges first (min-fill). Ties fall to the lower number.
Source: Kjaerulff 1990.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

MAX_WIDTH = 18
MAX_ENTRIES = 2**25
_FILL_LIMIT = 4000
_GOOD_WIDTH = 12
_BIT = 1024

Order = list[tuple[int, ...]]
_Price = tuple[int, int]


@dataclass(frozen=True, slots=True)
class TooWide:
    """No order was found: the variables of the clique that broke the budget."""

    clique: tuple[int, ...]


def elimination_order(
    cards: Sequence[int], scopes: Iterable[tuple[int, ...]], *, max_width: int = MAX_WIDTH
) -> Order | TooWide:
    """Return the cliques in elimination order, or say where the budget broke.

    A clique is (eliminated variable, the later variables it touches); its table has at most
    2^(max_width + 1) entries, all tables together at most MAX_ENTRIES.
    """
    bits = [round(_BIT * math.log2(count)) for count in cards]
    graph = _graph(len(cards), scopes)
    by_size = _Greedy([set(found) for found in graph], bits).run(max_width)
    if len(cards) > _FILL_LIMIT:
        return by_size
    if not isinstance(by_size, TooWide) and _width(by_size, bits) <= _GOOD_WIDTH:
        return by_size
    by_fill = _GreedyFill(graph, bits).run(max_width)
    if isinstance(by_size, TooWide):
        return by_fill
    if isinstance(by_fill, TooWide) or _entries(by_size, bits) <= _entries(by_fill, bits):
        return by_size
    return by_fill


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

    def __init__(self, graph: list[set[int]], bits: Sequence[int]) -> None:
        self.graph = graph
        self.bits = bits
        self.load = [sum(bits[other] for other in touched) for touched in graph]

    def price(self, variable: int) -> _Price:
        return self.load[variable], 0

    def run(self, max_width: int) -> Order | TooWide:
        """Eliminate everything; stop as soon as a table breaks the budget."""
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
            entries += 2.0 ** (size / _BIT) if size < 64 * _BIT else math.inf
            if size > (max_width + 1) * _BIT or entries > MAX_ENTRIES:
                return TooWide((variable, *sorted(self.graph[variable])))
            gone[variable] = True
            order.append((variable, *self.graph[variable]))
            for changed in self.eliminate(variable):
                fresh = self.price(changed)
                if fresh != prices[changed]:
                    prices[changed] = fresh
                    heapq.heappush(heap, (fresh, changed))
        return _by_position(order)

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
        """Return who else is touched by a new edge at a variable: nobody, for sizes."""
        return set()


class _GreedyFill(_Greedy):
    """Eliminates the variable that adds the fewest edges first; sizes break ties."""

    def price(self, variable: int) -> _Price:
        touched = self.graph[variable]
        present = sum(len(self.graph[other] & touched) for other in touched)
        return (len(touched) * (len(touched) - 1) - present) // 2, self.load[variable]

    def beyond(self, variable: int) -> set[int]:
        """Return all neighbours: a new edge may close a triangle with any of them."""
        return self.graph[variable]


def _by_position(order: Order) -> Order:
    position = {clique[0]: index for index, clique in enumerate(order)}
    return [(clique[0], *sorted(clique[1:], key=position.__getitem__)) for clique in order]


def _width(order: Order, bits: Sequence[int]) -> float:
    widest = max((sum(bits[variable] for variable in clique) for clique in order), default=_BIT)
    return widest / _BIT - 1.0


def _entries(order: Order, bits: Sequence[int]) -> float:
    return sum(math.exp2(sum(bits[variable] for variable in clique) / _BIT) for clique in order)
