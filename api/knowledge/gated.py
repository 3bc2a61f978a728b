"""What a reader of SOPs sees of commands that belong to gated actions: who must agree.

Answers and SOPs leave here folded (`reasoning.remediation.commands`). The raw text goes to a
signed-in person who asks for it; the audit line is durable before it leaves (safety rule 8).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from pydantic import JsonValue

from api.bootstrap import Assistant
from api.schemas.chat import GatedView, RevealRequest
from graph.errors import InputError, NotFoundError
from graph.model.access import Principal
from graph.model.base import Text, pack_of_id
from graph.model.diagnosis import Diagnosis
from graph.model.document import VersionStatus
from graph.model.knowledge import Sop, SopSectionName, SopStep
from graph.model.pack import DomainPack
from graph.ports import Store, Transaction
from graph.words import FOLDED

if TYPE_CHECKING:  # loaded at the first question, as the search is
    from retrieval.results import Answer, AnswerStep, Citation

REVEALED: Final = "command_revealed"
_SAYS_SOMETHING: Final = re.compile(r"\w")


@dataclass(frozen=True)
class Guard:
    """Folds what leaves; `diagnosis` is that of the incident that was asked about."""

    store: Store
    at: datetime
    diagnosis: Diagnosis | None = None

    def sop(self, sop: Sop) -> Sop:
        """Fold the commands of an SOP."""
        from reasoning.remediation.commands import fold_sop

        pack = _pack_of(self.store, sop.id)
        return sop if pack is None else fold_sop(sop, pack.actions)

    def steps(self, found: Answer) -> list[JsonValue]:
        """Write the steps of an answer: folded, and each with the demands of its commands.

        What is left of a folded step is quoted piece by piece, so that every quote stands in the
        SOP letter by letter.
        """
        return [self._step(step, found) for step in found.steps]

    def _step(self, step: AnswerStep, found: Answer) -> JsonValue:
        from reasoning.remediation.commands import fold

        place = step.citations[0]
        pack = _pack_of(self.store, place.doc_id)
        told = None if pack is None else _spoken(self.store, pack, place)
        section = SopSectionName(place.section)
        gated = () if pack is None or told is None else self._demands(pack, told, section)
        if pack is None or not gated:
            return {**step.model_dump(mode="json"), "gated": []}
        text = fold(step.text, pack.actions, found.lang, section=section)
        cited = [
            c.model_dump(mode="json") | {"quote": q} for c in step.citations for q in _left(text)
        ]
        named: list[JsonValue] = [view.model_dump(mode="json") for view in gated]
        return {"text": text, "citations": [*cited], "gated": named}

    def _demands(
        self, pack: DomainPack, step: SopStep, section: SopSectionName
    ) -> tuple[GatedView, ...]:
        from reasoning.remediation.commands import actions_in, foreseen, has_uncovered

        views = []
        for action in actions_in(step, pack.actions):
            needed = foreseen(action, pack, self.diagnosis, at=self.at)
            views.append(
                GatedView(
                    action_id=action.id,
                    name=action.name,
                    required_roles=needed.roles,
                    rules=tuple(rule.name for rule in needed.rules),
                    proposed=needed.settled,
                )
            )
        if has_uncovered(step, pack.actions, section):
            views.append(_uncovered())
        return tuple(views)


def reveal_step(
    assistant: Assistant, principal: Principal, sop_id: str, *, wanted: RevealRequest, at: datetime
) -> Text:
    """Give one step of an SOP with its commands; who read it when stands in the audit log.

    Of an incident that is named, also in its ledger.

    Raises: NotAllowedError `session_required` for a token; NotFoundError for what may not be seen;
        InputError where the step has no such command.
    """
    from reasoning.remediation.people import check_session

    check_session(principal)
    sop = assistant.knowledge.search().sop(principal, sop_id)
    if wanted.incident_id is not None:
        assistant.store.incident(principal, wanted.incident_id)
    step = _step_of(sop, wanted)
    named = _gated_actions(assistant.store, sop, step, wanted.section)
    _note(assistant.store, principal, sop, wanted=wanted, action_ids=named, at=at)
    return step.text


def _uncovered() -> GatedView:
    """Demand everybody for a change that no action stands for: nothing matched (safety rule 1)."""
    from reasoning.remediation.commands import UNCOVERED
    from reasoning.remediation.policy import APPROVING

    return GatedView(
        action_id=None, name=UNCOVERED, required_roles=APPROVING, rules=(), proposed=False
    )


def _step_of(sop: Sop, wanted: RevealRequest) -> SopStep:
    found = (
        step
        for section in sop.sections
        if section.name == wanted.section
        for step in section.steps
        if step.number == wanted.step
    )
    step = next(found, None)
    if step is None:
        place = f"{wanted.section.value} {wanted.step}"
        raise NotFoundError(f"SOP {sop.id!r} has no step {place!r}; GET /sops/{sop.id} shows all")
    return step


def _gated_actions(store: Store, sop: Sop, step: SopStep, section: SopSectionName) -> list[str]:
    from reasoning.remediation.commands import actions_in, has_uncovered

    pack = _pack_of(store, sop.id)
    named = [action.id for action in actions_in(step, pack.actions)] if pack else []
    if not named and not (pack and has_uncovered(step, pack.actions, section)):
        raise InputError(
            f"this step of SOP {sop.id!r} has no command that is folded; read it as it stands"
        )
    return named


def _note(
    store: Store,
    principal: Principal,
    sop: Sop,
    *,
    wanted: RevealRequest,
    action_ids: Sequence[str],
    at: datetime,
) -> None:
    from reasoning.remediation.book import not_before_last

    detail: dict[str, JsonValue] = {
        "sop_id": sop.id,
        "section": wanted.section.value,
        "step": wanted.step,
        "action_ids": [*action_ids],
    }

    def work(tx: Transaction) -> None:
        named: dict[str, JsonValue] = {**detail, "incident_id": wanted.incident_id}
        moment = not_before_last(tx, at)
        tx.add_audit(at=moment, actor=principal.name, kind=REVEALED, subject=sop.id, detail=named)
        if wanted.incident_id is not None:
            tx.add_ledger(
                wanted.incident_id, at=at, kind=REVEALED, actor=principal.name, detail=detail
            )

    store.write(work)


def _pack_of(store: Store, sop_id: str) -> DomainPack | None:
    """Give the pack whose actions fold the commands of an SOP, also of one from a document."""
    packs = [store.pack(header.id) for header in store.packs()]
    brought = (pack for pack in packs if any(sop.id == sop_id for sop in pack.sops))
    taken = (pack for pack in packs if pack.id == pack_of_id(sop_id))
    return next(brought, None) or next(taken, None)


def _spoken(store: Store, pack: DomainPack, place: Citation) -> SopStep | None:
    """Find the step that a citation names, in what the pack brought or what was published."""
    taken = store.sop_versions(sop_id=place.doc_id, statuses=frozenset({VersionStatus.PUBLISHED}))
    found = (
        step
        for sop in (*pack.sops, *(one.sop for one in taken))
        if sop.id == place.doc_id
        for section in sop.sections
        if section.name == SopSectionName(place.section)
        for step in section.steps
        if step.number == place.step
    )
    return next(found, None)


def _left(folded: str) -> list[str]:
    """List the pieces between the marks that say something; all of it where none does."""
    pieces = [folded]
    for mark in (FOLDED.zh, FOLDED.en):
        pieces = [part for piece in pieces for part in piece.split(mark)]
    return [p.strip() for p in pieces if _SAYS_SOMETHING.search(p)] or [folded]
