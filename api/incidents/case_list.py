"""Past cases to browse: filtered, newest first, with names for every id."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from api.packs.told_cases import folded_cases
from api.schemas.graph import CaseCard, CasesPage, Facet
from graph.errors import Detail, InputError
from graph.model.access import Principal
from graph.model.base import Text, pack_of_id
from graph.model.knowledge import PastCase
from graph.model.pack import DomainPack, may_see_case
from graph.model.topology import Component
from graph.ports import Store


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """What a case must fit, all of it: words of its texts, kind, fault mode, component."""

    words: str = ""
    kind: str | None = None
    mode: str | None = None
    component: str | None = None

    def keeps(self, card: CaseCard) -> bool:
        """Tell whether a case fits; words are looked for case-folded, in both languages."""
        return (
            (self.kind is None or card.kind == self.kind)
            and (self.mode is None or card.fault_mode_id == self.mode)
            and (self.component is None or card.component_id == self.component)
            and all(word in _haystack(card) for word in self.words.casefold().split())
        )


def list_cases(
    store: Store, principal: Principal, wanted: CaseFilter, *, cursor: str | None, limit: int
) -> CasesPage:
    """Page over visible past cases that fit, newest first, then by id.

    The cursor is the id of the last case shown. Raises: InputError for another one.
    """
    taken = [one.case for one in store.imported_cases()]
    packs = [store.pack(header.id) for header in store.packs()]
    every = [card for pack in packs for card in _cards(pack, taken, principal)]
    every.sort(key=lambda card: card.id)
    every.sort(key=lambda card: card.opened_at, reverse=True)
    fitting = [card for card in every if wanted.keeps(card)]
    first = _place_after(fitting, cursor)
    shown = fitting[first : first + limit]
    more = len(fitting) > first + limit
    return CasesPage(
        items=tuple(shown),
        next_cursor=shown[-1].id if more else None,
        total=len(fitting),
        kinds=_facets((card.kind, card.kind_name) for card in every),
        modes=_facets((card.fault_mode_id, card.fault_mode_name) for card in every),
    )


def _cards(pack: DomainPack, taken: Iterable[PastCase], principal: Principal) -> Iterable[CaseCard]:
    """Yield the pack's own cases and those that people took in for it."""
    components = {c.id: c for c in pack.components}
    kinds = {kind.id: kind.name for kind in pack.library.kinds}
    modes = {mode.id: mode.name for mode in pack.library.modes}
    own = (case for case in taken if pack_of_id(case.id) == pack.id)
    every = (*pack.cases, *own)
    folded = folded_cases(every, [pack])
    for case in every:
        owner = components.get(case.component_id)
        if may_see_case(principal, case, owner):
            yield _card(pack, folded.get(case.id, case), owner, kinds=kinds, modes=modes)


def _card(
    pack: DomainPack,
    case: PastCase,
    owner: Component | None,
    *,
    kinds: Mapping[str, Text],
    modes: Mapping[str, Text],
) -> CaseCard:
    kind = owner.kind if owner else "unknown"
    return CaseCard.model_validate(
        case.model_dump(exclude={"site", "visibility"})
        | {
            "timezone": pack.calendar.timezone,
            "component_name": owner.name if owner else _same(case.component_id),
            "kind": kind,
            "kind_name": kinds.get(kind, _same(kind)),
            "fault_mode_name": modes.get(case.fault_mode_id, _same(case.fault_mode_id)),
        }
    )


def _haystack(card: CaseCard) -> str:
    names = (card.title, card.symptoms, card.cause, card.fix, card.component_name)
    texts = [part for text in names for part in (text.zh, text.en)]
    return "\n".join([*texts, card.id, card.component_id, *card.alertnames]).casefold()


def _place_after(cards: list[CaseCard], cursor: str | None) -> int:
    if cursor is None:
        return 0
    for place, card in enumerate(cards):
        if card.id == cursor:
            return place + 1
    fault = Detail("/query/cursor", "names no case of this list; start without a cursor")
    raise InputError(f"cursor {cursor!r} {fault.detail}", [fault])


def _facets(pairs: Iterable[tuple[str, Text]]) -> tuple[Facet, ...]:
    listed = list(pairs)
    counts = Counter(identifier for identifier, _ in listed)
    names = dict(listed)
    return tuple(Facet(id=i, name=names[i], count=counts[i]) for i in sorted(counts))


def _same(identifier: str) -> Text:
    return Text(zh=identifier, en=identifier)
