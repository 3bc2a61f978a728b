"""Past cases as they are shown: commands of gated actions are folded (safety rule 8).

What people wrote stays as it is in the store and in an export, and is found by all of its words.
"""

from __future__ import annotations

from collections.abc import Iterable

from graph.model.knowledge import PastCase
from graph.model.pack import DomainPack
from graph.ports import Store


def told_case(store: Store, case: PastCase) -> PastCase:
    """Fold one case."""
    name = case.id.partition(":")[0]
    packs = [store.pack(header.id) for header in store.packs() if header.id == name]
    return folded_cases([case], packs).get(case.id, case)


def folded_cases(cases: Iterable[PastCase], packs: Iterable[DomainPack]) -> dict[str, PastCase]:
    """Give those of the cases that hold such commands, folded, by id.

    The actions are those of the pack that a case belongs to.
    """
    from reasoning.remediation.commands import fold_case

    actions = {pack.id: pack.actions for pack in packs}
    told = ((case, fold_case(case, actions.get(case.id.partition(":")[0], ()))) for case in cases)
    return {case.id: shown for case, shown in told if shown is not case}
