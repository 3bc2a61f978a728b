"""Relations that a component lacks and its siblings have: proposed, never taken as known.

Discovery forgets relations, and a forgotten one costs more than a wrong strength: what cannot be
reached is never suspected. Three kinds of siblings, each told from what the pack says besides the
relation in question: the replicas of a group that can spare one; components of one kind that are
alike in what they stand on and where they are; and all of a kind, for what nearly all stand on.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from graph.model.pack import DomainPack
from graph.model.topology import Basis, Component, Relation, RelationType

SIBLINGS: Final = "siblings"
# A relation that two of three siblings have is likelier forgotten than absent (assumed).
SHARE_FROM: Final = 2 / 3
# At least two others have it: one alone may be the exception itself (assumed).
LEAST_WITNESSES: Final = 2
# Of what tells the two from others of their kind, they have so much in common (assumed).
LIKENESS_FROM: Final = 0.4
# What nine of ten of a kind stand on, where it has eight members at least (assumed).
KIND_SHARE_FROM: Final = 0.9
LEAST_KIND: Final = 8
# What more of a kind have in common tells hardly any of them apart, and is not looked through.
COMMON_FROM: Final = 32
# Where a replica runs is its own: RUNS_ON is never told from a sibling.
TOLD_TYPES: Final = frozenset(
    {RelationType.DEPENDS_ON, RelationType.CALLS, RelationType.ROUTES_TO, RelationType.USES}
)

_Own = Mapping[str, Relation]


class Kinship(StrEnum):
    """How siblings are siblings: replicas of one group, alike in the rest, or all of a kind."""

    REPLICAS = "replicas"
    ALIKE = "alike"
    KIND = "kind"


@dataclass(frozen=True)
class Proposal:
    """A relation that siblings have and its source lacks, and why it is proposed.

    `witnesses`: the siblings that have it, in id order, of so many `siblings` in all.
    """

    relation: Relation
    kinship: Kinship
    witnesses: tuple[str, ...]
    siblings: int


@dataclass(frozen=True)
class _Family:
    """Who may `lack` something, who would `have` it, and what `share` of the siblings must.

    `size` counts the siblings of one who lacks it: replicas are each other's.
    """

    kinship: Kinship
    lack: Sequence[str]
    have: Sequence[str]
    size: int
    share: float = SHARE_FROM


def proposed_relations(pack: DomainPack) -> tuple[Relation, ...]:
    """Propose what enough siblings of a component stand on, and it does not.

    Confidence = share of the siblings, the one that lacks it counted, times their mean confidence;
    strength = their mean; `discovered_from` is `siblings`. Ordered by (source, type, target). What
    the pack holds is not proposed, also where its confidence is 0: somebody has looked.
    """
    return tuple(proposal.relation for proposal in proposals(pack))


def proposals(pack: DomainPack) -> tuple[Proposal, ...]:
    """Give each proposed relation with its reason; of several the nearest siblings'."""
    told: dict[str, dict[str, Relation]] = defaultdict(dict)
    for relation in pack.relations:
        if relation.type in TOLD_TYPES and relation.confidence > 0.0:
            other = told[relation.source].setdefault(relation.target, relation)
            if relation.type < other.type:
                told[relation.source][relation.target] = relation
    found: dict[tuple[str, str], Proposal] = {}
    for family in _families(pack, told):
        for usual in _usual(family, told):
            target = usual.relation.target
            for component_id in family.lack:
                if component_id != target and target not in told.get(component_id, ()):
                    lacked = usual.relation.model_copy(update={"source": component_id})
                    found.setdefault((component_id, target), replace(usual, relation=lacked))
    known = {(r.source, r.target) for r in pack.relations} if found else set()
    return tuple(sorted((p for ends, p in found.items() if ends not in known), key=_key))


def _key(proposal: Proposal) -> tuple[str, str, str]:
    relation = proposal.relation
    return relation.source, relation.type, relation.target


def _usual(family: _Family, told: Mapping[str, _Own]) -> Iterator[Proposal]:
    """Yield what enough siblings stand on; its source is one of them."""
    owns = [told[c] for c in family.have if c in told]
    for target, count in Counter(t for own in owns for t in own).items():
        if LEAST_WITNESSES <= count <= family.size and count >= family.share * family.size:
            witnesses = [own[target] for own in owns if target in own]
            usual = Relation(
                source=witnesses[0].source,
                type=witnesses[0].type,
                target=target,
                strength=sum(r.strength for r in witnesses) / count,
                confidence=sum(r.confidence for r in witnesses) / (family.size + 1),
                basis=Basis.ASSUMED,
                discovered_from=SIBLINGS,
            )
            names = tuple(sorted(r.source for r in witnesses))
            yield Proposal(usual, family.kinship, names, family.size)


def _families(pack: DomainPack, told: Mapping[str, _Own]) -> Iterator[_Family]:
    """Yield the replicas, then the likes of each component and the whole kind, by kind.

    Of what is no replica and stands on nothing, nobody can say that a relation was forgotten.
    """
    grouped: set[str] = set()
    for replicas in _replicas(pack):
        grouped.update(replicas)
        yield _Family(Kinship.REPLICAS, replicas, replicas, len(replicas) - 1)
    kinds: dict[str, list[Component]] = defaultdict(list)
    for component in sorted(pack.components, key=lambda c: c.id):
        if component.id not in grouped and component.id in told:
            kinds[component.kind].append(component)
    for _, alike in sorted(kinds.items()):
        for component_id, others in sorted(_likes(alike, told).items()):
            yield _Family(Kinship.ALIKE, [component_id], sorted(others), len(others))
        if len(alike) >= LEAST_KIND:
            ids = [c.id for c in alike]
            yield _Family(Kinship.KIND, ids, ids, len(ids) - 1, KIND_SHARE_FROM)


def _replicas(pack: DomainPack) -> Iterator[list[str]]:
    """Yield the members of one kind of each group that can spare one."""
    kinds = {c.id: c.kind for c in pack.components}
    needed = {c.id: int(c.attributes.get("min_healthy", 0)) for c in pack.components}
    members: dict[str, dict[str, None]] = defaultdict(dict)
    for relation in pack.relations:
        if relation.type is RelationType.PART_OF:
            members[relation.target][relation.source] = None
    for group, inside in sorted(members.items()):
        if 0 < needed[group] < len(inside):  # parts that are all needed are no replicas
            for kind in sorted({kinds[m] for m in inside}):
                yield sorted(m for m in inside if kinds[m] == kind)


def _likes(alike: list[Component], told: Mapping[str, _Own]) -> dict[str, set[str]]:
    """Pair the components of one kind that are alike in most of what tells them apart.

    A thing that n of N have in common weighs ln(N / n), one that nobody shares nothing.
    """
    having: dict[str, list[str]] = defaultdict(list)
    for component in alike:
        for thing in sorted(_things(component, told)):  # sums are the same in every process
            having[thing].append(component.id)
    weights = {t: math.log(len(alike) / len(ids)) for t, ids in having.items() if len(ids) > 1}
    whole: Counter[str] = Counter()
    shared: Counter[tuple[str, str]] = Counter()
    for thing, weight in weights.items():
        for one in having[thing]:
            whole[one] += weight  # type: ignore[assignment]  # Counter of floats
        if len(having[thing]) < COMMON_FROM:
            for pair in ((a, b) for a in having[thing] for b in having[thing] if a != b):
                shared[pair] += weight  # type: ignore[assignment]
    found: dict[str, set[str]] = defaultdict(set)
    for (one, other), weight in shared.items():
        if weight > 0.0 and weight >= LIKENESS_FROM * (whole[one] + whole[other] - weight):
            found[one].add(other)
    return found


def _things(component: Component, told: Mapping[str, _Own]) -> set[str]:
    """Name what a component stands on, its site, and what it says of itself in words."""
    words = {f"{k}={v}" for k, v in component.attributes.items() if isinstance(v, str)}
    site = {f"site={component.site}"} if component.site else set()
    return words | site | set(told.get(component.id, {}))
