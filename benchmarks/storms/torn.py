"""The platform as a pack would have it that forgot relations; the alerts stay the true ones."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

import graph.failure
from graph.failure import HARMFUL_TYPES
from graph.model.pack import DomainPack

TORN = 0.1


def tear(pack: DomainPack, *, seed: int, share: float = TORN) -> DomainPack:
    """Leave a share of the relations out along which failures travel, drawn from the seed.

    Membership of groups stays: it is what a repair can be told from.
    """
    harmful = [r for r in pack.relations if r.type in HARMFUL_TYPES]
    lost = set(Random(seed).sample(range(len(harmful)), round(share * len(harmful))))
    gone = {id(relation) for at, relation in enumerate(harmful) if at in lost}
    kept = tuple(r for r in pack.relations if id(r) not in gone)
    return pack.model_copy(update={"relations": kept})


@contextmanager
def no_proposals() -> Iterator[None]:
    """Read packs as they are written: no relation is proposed from siblings.

    The product has no such switch; here it tells what proposals are worth. Not for threads.
    """
    names = vars(graph.failure)
    usual = names["proposed_relations"]
    names["proposed_relations"] = lambda pack: ()
    try:
        yield
    finally:
        names["proposed_relations"] = usual
