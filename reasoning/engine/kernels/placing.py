"""Where in an elimination tables and messages are multiplied, for numba alone.

Any bucket that holds all of a scope may multiply it, up to the one that sums its first variable.
Thirty small messages in one large bucket cost thirty passes over it; in smaller buckets below it
they cost next to nothing.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from reasoning.engine.kernels.arrays import Order, Tables

Numbers = NDArray[np.int64]

WORTH_A_SEARCH = 9


def factor_homes(tables: Tables, order: Order, position: Numbers) -> Numbers:
    """Return, for each table, the bucket of least size that may multiply it."""
    _, _, scope_ptr, scope, _, _, _, _, _, _ = tables
    _, clique_ptr, clique, _ = order
    homes = np.empty(len(scope_ptr) - 1, np.int64)
    for factor in range(len(homes)):
        first, last = scope_ptr[factor], scope_ptr[factor + 1]
        home = len(position)
        for place in range(first, last):
            home = min(home, position[scope[place]])
        homes[factor] = narrower(clique_ptr, clique, 0, home, scope, first, last)
    return homes


def narrower(
    clique_ptr: Numbers,
    clique: Numbers,
    begin: int,
    home: int,
    scope: Numbers,
    first: int,
    last: int,
) -> int:
    """Return the bucket from `begin` to `home` of least size that holds a scope, the earliest.

    Only a large `home` is worth the search: what many multiply there one by one costs the most.
    """
    least = clique_ptr[home + 1] - clique_ptr[home]
    if least <= WORTH_A_SEARCH:
        return home
    best = home
    for bucket in range(begin, home):
        size = clique_ptr[bucket + 1] - clique_ptr[bucket]
        if last - first <= size < least and holds(
            clique, clique_ptr[bucket], clique_ptr[bucket + 1], scope, first, last
        ):
            best, least = bucket, size
    return best


def holds(clique: Numbers, begin: int, end: int, scope: Numbers, first: int, last: int) -> bool:
    """Say whether a clique has every variable of a scope."""
    for place in range(last - 1, first - 1, -1):
        found = False
        for at in range(end - 1, begin - 1, -1):
            if clique[at] == scope[place]:
                found = True
                break
        if not found:
            return False
    return True
