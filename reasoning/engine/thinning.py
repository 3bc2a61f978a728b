"""Who has to go where a core is too wide: those whose doubt is least, and whose links are many."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from reasoning.engine.compile import CompiledProblem
from reasoning.engine.core_sums import Broken
from reasoning.engine.kernels.arrays import Net
from reasoning.engine.layout import Indices
from reasoning.engine.propagation import Beliefs

Mask = NDArray[np.bool_]

_MOST_VARIABLES = 20_000
_CLIQUE_ROUNDS = 8
_LINKS_WEIGH = 0.5


def capped(compiled: CompiledProblem, kept: Mask, beliefs: Beliefs) -> tuple[Mask, bool]:
    """Keep the most doubtful nodes while their links are few enough; say whether any was cut."""
    width = 2 + np.diff(compiled.layout.net.in_ptr)
    if int(width[kept].sum()) <= _MOST_VARIABLES:
        return kept, False
    candidates = np.flatnonzero(kept)
    ranked = candidates[np.argsort(np.abs(beliefs.belief[candidates]), kind="stable")]
    few = np.cumsum(width[ranked]) <= _MOST_VARIABLES
    chosen = np.zeros(len(kept), dtype=np.bool_)
    chosen[ranked[few]] = True
    return chosen, True


def thinned(
    compiled: CompiledProblem,
    beliefs: Beliefs,
    kept: Mask,
    broken: Broken,
    *,
    turn: int,
    late: bool,
) -> Mask:
    """Return fewer to keep: of the breaking clique 2, 4, 8, ... go, later half of all.

    Many go at once on purpose. Folding as few as would fit was measured, and is worse: half a
    clique that hangs together speaks twice.
    """
    if turn >= _CLIQUE_ROUNDS or late:
        return kept & _more_doubtful_half(kept, beliefs)
    left = kept.copy()
    left[_least_doubtful(broken, beliefs, _links(compiled.layout.net, kept))[: 2 << turn]] = False
    return left


def _least_doubtful(broken: Broken, beliefs: Beliefs, links: Indices) -> Indices:
    """Rank the nodes of the breaking clique: by log odds and half the logarithm of their links."""
    ends = np.asarray(broken.order.clique_ptr)
    clique = np.asarray(broken.order.clique)[ends[-2] : ends[-1]]
    nodes = np.unique(np.asarray(broken.tables.owner)[clique])
    surety = np.abs(beliefs.belief[nodes]) + _LINKS_WEIGH * np.log1p(links[nodes])
    return np.asarray(nodes[np.argsort(-surety, kind="stable")])


def _links(net: Net, kept: Mask) -> Indices:
    """Count, by node, the arrows between it and another kept node."""
    inside = kept[net.cause] & kept[net.effect]
    ends = np.concatenate((net.cause[inside], net.effect[inside]))
    return np.bincount(ends, minlength=len(kept))


def _more_doubtful_half(kept: Mask, beliefs: Beliefs) -> Mask:
    inside = np.flatnonzero(kept)
    ranked = inside[np.argsort(np.abs(beliefs.belief[inside]), kind="stable")]
    half = np.zeros(len(kept), dtype=np.bool_)
    half[ranked[: len(inside) // 2]] = True
    return half
