"""The platform as a pack would have it that forgot relations; the alerts stay the true ones."""

from __future__ import annotations

from random import Random

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
