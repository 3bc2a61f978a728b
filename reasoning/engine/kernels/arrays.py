"""What the loops run on: lists in the plain path, numpy arrays where numba compiles them.

`loops.py` puts the compiled twins (`compiled.py`) in their place. All tuples hold arrays by
position; nodes are numbered in topological order, causes before effects.
"""

from __future__ import annotations

from typing import Any, NamedTuple

Ints = Any  # list[int] or NDArray[np.int64]: no type of Python's holds both
Floats = Any  # list[float] or NDArray[np.float64]


class Net(NamedTuple):
    """Arrows by effect: `in_ptr[i]` to `split[i]` are links into i, from there on its members.

    `out_arrow[out_ptr[i]:out_ptr[i + 1]]` are the arrows that leave i. A node with `need` > 0 is
    broken when that many of its members are degraded; strengths of memberships are not used.
    """

    in_ptr: Ints
    split: Ints
    cause: Ints
    effect: Ints
    strength: Floats
    out_ptr: Ints
    out_arrow: Ints
    need: Ints


class Own(NamedTuple):
    """What each node says by itself, as plain odds and probabilities within e^500.

    By node: `ratio` of its own readings, `on` P(an own fault is born) and `off` P(none is), the
    faults' readings included.
    """

    ratio: Floats
    on: Floats
    off: Floats


class Flow(NamedTuple):
    """Loopy propagation between two visits, as plain odds and probabilities within e^500.

    By arrow: `odds` of the cause without what this arrow told it, `strike` P(it fires), `told` the
    ratio that the effect tells the cause. By node: `heard` the ratio from channels and effects,
    `on` and `off` P(something strikes it) and P(nothing does), `known` -ln `off`, or `on` where
    that is below .1 and nearly the same, `belief` its log odds; `visits` counts, `pending` is
    unheard change.
    """

    odds: Floats
    strike: Floats
    told: Floats
    heard: Floats
    on: Floats
    off: Floats
    known: Floats
    belief: Floats
    visits: Ints
    pending: Floats


class Messages(NamedTuple):
    """Settled messages; log odds, clipped.

    By arrow: `forward` the cause's without what this arrow told it, `miss` ln P(it does not fire),
    `backward` what the effect tells the cause. By node: `heard` from channels and effects,
    `log_off` ln P(nothing strikes it), `belief`.
    """

    forward: Floats
    miss: Floats
    backward: Floats
    heard: Floats
    log_off: Floats
    belief: Floats


class Tables(NamedTuple):
    """Binary variables under logs of single readings, and small tables over several of them.

    Bit j of an index into table f (from `table_ptr[f]` on) is the state of its variable
    `scope[scope_ptr[f] + j]`. `unary` holds ln of 0 and of 1 by turns. `state_of` and `start_of`
    say which variable is a node, and which its own faults and folded causes (-1: none), `leak` is
    ln P(those strike) before evidence; `owner` says which node a variable was made for.
    """

    variables: int
    unary: Floats
    scope_ptr: Ints
    scope: Ints
    table_ptr: Ints
    table: Floats
    state_of: Ints
    start_of: Ints
    leak: Floats
    owner: Ints


class Order(NamedTuple):
    """Cliques in elimination order, each variable with the later ones it touches.

    `broken` is -1, or the number of variables left when the budget broke; then the last clique is
    the one that broke it.
    """

    broken: int
    clique_ptr: Ints
    clique: Ints
    entries: int


def ints(count: int) -> Ints:
    """Return whole zeros."""
    return [0] * count


def floats(count: int) -> Floats:
    """Return zeros."""
    return [0.0] * count
