"""Past cases as they are shown: commands of gated actions are folded (safety rule 8).

What people wrote stays as it is in the store and in an export, and is found by all of its words.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from graph.model.base import pack_of_id
from graph.model.diagnosis import Diagnosis
from graph.model.knowledge import PastCase
from graph.model.pack import DomainPack
from graph.ports import Store


def told_cases(store: Store, cases: Sequence[PastCase]) -> list[PastCase]:
    """Fold cases, in their order; the store is asked once for each of their packs."""
    folded = folded_cases(cases, _packs_of(store, (case.id for case in cases)))
    return [folded.get(case.id, case) for case in cases]


def told_diagnoses(store: Store, diagnoses: Sequence[Diagnosis]) -> list[Diagnosis]:
    """Fold what diagnoses say of past cases; the very diagnosis where there is nothing to fold.

    A new one was folded when it was made. One that an earlier version stored quotes a case as it
    was written, and an action may have come into the catalogue since.
    """
    from reasoning.remediation.commands import names_command

    quoting = [
        similar.case_id
        for diagnosis in diagnoses
        for similar in diagnosis.similar_cases
        if names_command(similar.cause) or names_command(similar.fix)
    ]
    packs = _packs_of(store, quoting)
    return [_folded(one, packs) for one in diagnoses] if quoting else list(diagnoses)


def _folded(diagnosis: Diagnosis, packs: Iterable[DomainPack]) -> Diagnosis:
    from reasoning.remediation.commands import fold_similar

    actions = {pack.id: pack.actions for pack in packs}
    told = tuple(
        fold_similar(similar, actions.get(pack_of_id(similar.case_id), ()))
        for similar in diagnosis.similar_cases
    )
    same = told == diagnosis.similar_cases
    return diagnosis if same else diagnosis.model_copy(update={"similar_cases": told})


def folded_cases(cases: Iterable[PastCase], packs: Iterable[DomainPack]) -> dict[str, PastCase]:
    """Give those of the cases that hold such commands, folded, by id.

    The actions are those of the pack that a case belongs to.
    """
    from reasoning.remediation.commands import fold_case

    actions = {pack.id: pack.actions for pack in packs}
    told = ((case, fold_case(case, actions.get(pack_of_id(case.id), ()))) for case in cases)
    return {case.id: shown for case, shown in told if shown is not case}


def _packs_of(store: Store, case_ids: Iterable[str]) -> list[DomainPack]:
    """Read the packs that the cases belong to; one that is not loaded any more is left out."""
    wanted = {pack_of_id(case_id) for case_id in case_ids}
    if not wanted:
        return []
    return [store.pack(header.id) for header in store.packs() if header.id in wanted]
