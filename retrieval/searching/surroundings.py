"""The graph round what a question names: documents of a component, and of its neighbours.

A lift orders what the arms found and brings in nothing; `ranking.fusion.GRAPH_BOOST` bounds it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from graph.model.access import Principal
from graph.model.knowledge import PastCase, Sop
from graph.model.pack import DomainPack
from graph.model.topology import Component
from retrieval.ranking import matching
from retrieval.searching.finding import words_of
from retrieval.words.tokens import normalise, tokenize

# As a diagnosis would lift a cause of so much posterior. Source: assumed, halved at each step away.
NAMED: Final = 1.0  # the document names the very component
BESIDE: Final = 0.5  # or one that a relation joins with it
OF_KIND: Final = 0.5  # or only its kind: a share of the above
_LONGEST: Final = 40  # characters of a name that is looked for
_SHORTEST: Final = 2
_MOST: Final = 8  # components that one question names


@dataclass(frozen=True)
class Around:
    """What a question names and what is beside it: weights in (0, 1], by component and by kind.

    `tokens`: those of the names of what it names.
    """

    components: Mapping[str, float]
    kinds: Mapping[str, float]
    tokens: frozenset[str] = frozenset()

    def lift_of(self, held: Sop | PastCase) -> float:
        """Weigh a document by the best of its links; 0 without one."""
        ids = held.component_ids if isinstance(held, Sop) else (held.component_id,)
        kinds = held.kinds if isinstance(held, Sop) else ()
        direct = (self.components.get(one, 0.0) for one in ids)
        alike = (OF_KIND * self.kinds.get(kind, 0.0) for kind in kinds)
        return max((*direct, *alike), default=0.0)


class Lifts:
    """What a document's links weigh in a question; worked out for those that were found."""

    def __init__(
        self, around: Around, sops: Mapping[str, Sop], cases: Mapping[str, PastCase]
    ) -> None:
        """Know the documents by id."""
        self._around: Final = around
        self._sops: Final = sops
        self._cases: Final = cases

    def get(self, document_id: str, default: float, /) -> float:
        """Weigh a document; `default` without a link."""
        held = self._sops.get(document_id) or self._cases.get(document_id)
        return default if held is None else self._around.lift_of(held) or default


class Surroundings:
    """Components of all packs by their names, and who stands beside whom; immutable."""

    def __init__(self, packs: Sequence[DomainPack]) -> None:
        """Keep the packs; names and neighbours are sorted at the first question."""
        self._packs: Final = tuple(packs)

    def around(self, principal: Principal, question: str) -> Around | None:
        """Find the components that a question names; None where it names none that may be seen."""
        named = self.named(principal, question)
        if not named:
            return None
        components = {one.id: NAMED for one in named}
        kinds = {one.kind: NAMED for one in named}
        for one in named:
            for other in self._neighbours.get(one.id, ()):
                if principal.may_see(site=other.site, visibility=other.visibility):
                    components.setdefault(other.id, BESIDE)
                    kinds.setdefault(other.kind, BESIDE)
        tokens = {token for one in named for name in _names(one) for token in tokenize(name)}
        return Around(components, kinds, frozenset(tokens))

    def named(self, principal: Principal, question: str) -> list[Component]:
        """List the components that a question names and that may be seen, at most 8."""
        return [
            one
            for one in self._named(question)
            if principal.may_see(site=one.site, visibility=one.visibility)
        ][:_MOST]

    def concerned(
        self, principal: Principal, question: str, also: Sequence[str] = ()
    ) -> tuple[Component, ...]:
        """Give the components of the ids `also`, then those that a question names; seen ones only.

        None twice; unknown ids are passed over.
        """
        told = (self.component(one) for one in also)
        seen = [
            one
            for one in told
            if one is not None and principal.may_see(site=one.site, visibility=one.visibility)
        ]
        every = (*seen, *self.named(principal, question))
        return tuple({one.id: one for one in every}.values())

    def component(self, component_id: str) -> Component | None:
        """Give a component; None where no pack holds it."""
        return self._by_id.get(component_id)

    def _named(self, question: str) -> list[Component]:
        """Look for ids as words and for names anywhere; in id order."""
        if not self._by_name:
            return []
        told = normalise(question).casefold()
        # A name cuts no Latin word or id in two; Han stand without spaces.
        edges = [at for at in range(len(told) + 1) if not _cuts(told, at)]
        names = words_of(question) | {
            told[at:end]
            for place, at in enumerate(edges)
            for end in edges[place + 1 : bisect_right(edges, at + _LONGEST)]
            if end - at >= _SHORTEST
        }
        return [self._by_name[name] for name in sorted(names & self._by_name.keys())]

    @cached_property
    def _by_id(self) -> dict[str, Component]:
        return {one.id: one for pack in self._packs for one in pack.components}

    @cached_property
    def _by_name(self) -> dict[str, Component]:
        """Map ids, local ids, names and aliases; of equal names the first id."""
        found: dict[str, Component] = {}
        for pack in self._packs:
            for one in pack.components:
                for name in _names(one):
                    if _SHORTEST <= len(name) <= _LONGEST:
                        found.setdefault(normalise(name).casefold(), one)
        return found

    @cached_property
    def _neighbours(self) -> dict[str, list[Component]]:
        """List who is joined by a relation, whichever way it points."""
        held = self._by_id
        beside: dict[str, dict[str, Component]] = {}
        for pack in self._packs:
            for relation in pack.relations:
                ends = relation.source, relation.target
                for one, other in (ends, ends[::-1]):
                    if other in held:
                        beside.setdefault(one, {})[other] = held[other]
        return {one: [*others.values()] for one, others in beside.items()}


def _names(component: Component) -> tuple[str, ...]:
    name = component.name
    return component.id, matching.local(component.id), name.zh, name.en, *component.aliases


def _cuts(text: str, at: int) -> bool:
    pair = text[at - 1 : at + 1] if 0 < at < len(text) else ""
    return len(pair) == 2 and all(
        char.isascii() and (char.isalnum() or char in "-_") for char in pair
    )
