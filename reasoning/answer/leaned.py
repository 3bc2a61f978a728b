"""Which relations of a graph stand in the network behind an answer."""

from __future__ import annotations

from collections.abc import Iterable

from graph.failure import FailureGraph
from graph.ports import Store
from reasoning.answer.restored import restore
from reasoning.network.causal_model import CausalModel, bounded_id
from reasoning.network.severity import badly_node

# (who stands on it, what it stands on)
Ends = tuple[str, str]


def relations_used(
    store: Store, incident_id: str, ends: Iterable[Ends], *, graph: FailureGraph | None = None
) -> frozenset[Ends]:
    """Keep the ends between which harm travels in the network of an incident's newest diagnosis.

    What nothing that spoke or was silent could tell of was left out of the network, and so is not
    used. `graph` as in `restore`.

    Raises: NotFoundError for an unknown incident, or without a diagnosis; ConflictError where
        evidence moved on since.
    """
    model = restore(store, incident_id, graph=graph).model
    linked = {(cause, effect.partition("@")[0]) for cause, effect in model.links}
    return frozenset(pair for pair in ends if _is_used(model, pair, linked))


def _is_used(model: CausalModel, pair: Ends, linked: set[tuple[str, str]]) -> bool:
    """Tell whether a link leads from the one, felt badly or not, or from a doubted relation."""
    named = model.representative
    if pair in model.cut or not named.keys() >= set(pair):
        return False
    effect, cause = named[pair[0]], named[pair[1]]
    doubted = bounded_id(f"{pair[1]}>{pair[0]}")
    return any((node, effect) in linked for node in (cause, badly_node(cause), doubted))
