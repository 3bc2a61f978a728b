"""How SOPs have fared: when reviewed, when they last worked, what changed since, what to look at.

The rules, each from what people recorded:

1. A step is reviewed when the version that first held its text was put in force; an SOP of a pack
   on the day that it names as its revision.
2. A step has worked where it was done in an incident that is over.
3. A step is flagged where it was not to be done (`failed`) after its review, until it is reviewed
   again or has worked later on. An SOP is flagged where a past case of after its review names it
   and says that the fix failed, and where another SOP for the same fault contradicts it.
4. Changes count on the components that an SOP names, and on the first cause of the incident that
   is asked about where the SOP is for it.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final

from api.bootstrap import Assistant
from api.knowledge.writing_back.look import Look, Shelf
from api.knowledge.writing_back.uses import UseLog
from api.schemas.sop_records import FlaggedSop, FlagKind, SopRecord
from graph.errors import EtiographError
from graph.model.access import Principal
from graph.model.document import VersionStatus
from graph.model.knowledge import CaseOutcome, PastCase

if TYPE_CHECKING:  # loaded at the first question
    from retrieval.ranking.disagreement import Disagreement
    from retrieval.searching.search import KnowledgeSearch

_PAGES: Final = 4  # of the audit log, within one call
_IN_FORCE: Final = frozenset({VersionStatus.PUBLISHED})


@dataclass
class Fares:
    """Reads and keeps how SOPs have fared; safe from several threads."""

    uses: UseLog = field(default_factory=UseLog)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _shelf: Shelf | None = None
    _reader: threading.Thread | None = None

    def shelf(self, assistant: Assistant) -> Shelf:
        """Give what is in force, and follow the audit chain to its end."""
        self.uses.follow(assistant.store)
        return self._shelf_now(assistant)

    def read_ahead(self, assistant: Assistant) -> bool:
        """Follow the audit chain a little; tell whether all of it is read.

        A long one is read on beside, so that no search waits for it after a start.
        """
        if self.uses.follow(assistant.store, pages=_PAGES):
            return True
        with self._lock:
            if self._reader is None or not self._reader.is_alive():
                work = threading.Thread(target=self._read_on, args=(assistant,), daemon=True)
                work.name = "etiograph-uses"
                self._reader = work
                work.start()
        return False

    def _read_on(self, assistant: Assistant) -> None:
        """Read to the end; what fails or is cut off is begun again by the next search."""
        with suppress(EtiographError):
            while not assistant.stopping and not self.uses.follow(assistant.store, pages=_PAGES):
                pass

    def _shelf_now(self, assistant: Assistant) -> Shelf:
        search = assistant.knowledge.search()
        with self._lock:
            if self._shelf is None or self._shelf.search is not search:
                self._shelf = _read(assistant, search)
            return self._shelf

    def flagged(self, assistant: Assistant, principal: Principal) -> tuple[FlaggedSop, ...]:
        """List the SOPs to look at again: one's own first, then by id."""
        shelf = self.shelf(assistant)
        suspects = {*self.uses.used(), *shelf.failed, *shelf.against} & set(shelf.sops)
        found = []
        for sop_id in sorted(suspects):
            sop = shelf.sops[sop_id]
            if not principal.may_see(site=sop.site, visibility=sop.visibility):
                continue
            look = Look(assistant, principal, self.uses, shelf, sop)
            if flags := tuple(look.flags()):
                version = shelf.versions.get(sop_id)
                people = (version.drafted_by, version.published_by) if version else ()
                found.append(
                    FlaggedSop(
                        sop_id=sop_id,
                        title=sop.title,
                        owner=people[0] if people else None,
                        mine=principal.name in people,
                        flags=flags,
                        more=look.more,
                    )
                )
        return tuple(sorted(found, key=lambda one: not one.mine))

    def kinds_of(
        self, assistant: Assistant, principal: Principal, sop_ids: frozenset[str]
    ) -> dict[str, list[FlagKind]]:
        """Name the kinds of flags of some SOPs, for a list of hits; without any, none.

        For a while after a start those that hang on a long audit log may be missing.
        """
        self.read_ahead(assistant)
        shelf = self._shelf_now(assistant)
        suspects = {*self.uses.used(), *shelf.failed, *shelf.against} & sop_ids & set(shelf.sops)
        looks = {
            sop_id: Look(assistant, principal, self.uses, shelf, shelf.sops[sop_id])
            for sop_id in sorted(suspects)
        }
        kinds = {i: sorted({flag.kind for flag in look.flags()}) for i, look in looks.items()}
        return {sop_id: found for sop_id, found in kinds.items() if found}


def record_of(
    assistant: Assistant,
    principal: Principal,
    fares: Fares,
    *,
    sop_id: str,
    incident_id: str | None,
    now: datetime,
) -> SopRecord:
    """Tell how an SOP has fared. Raises: NotFoundError for what may not be seen."""
    shelf = fares.shelf(assistant)
    sop = shelf.search.sop(principal, sop_id)
    return Look(assistant, principal, fares.uses, shelf, sop).record(incident_id, now)


def records_beside(
    assistant: Assistant, principal: Principal, fares: Fares, *, incident_id: str, now: datetime
) -> tuple[SopRecord, ...]:
    """Tell how the SOPs of an incident's newest diagnosis have fared, in the order of that.

    Those that the principal may not read or that are off the shelf by now are left out, and so is
    what was ticked in this incident, which stands at its steps. Nothing is told while a long audit
    log is still being read after a start.

    Raises: NotFoundError for an incident that may not be seen.
    """
    assistant.store.incident(principal, incident_id)
    diagnosis = assistant.store.diagnosis(incident_id)
    if not fares.read_ahead(assistant):
        return ()
    shelf = fares.shelf(assistant)
    ids = dict.fromkeys(match.sop_id for match in diagnosis.sops) if diagnosis else ()
    held = (shelf.sops[sop_id] for sop_id in ids if sop_id in shelf.sops)
    return tuple(
        Look(assistant, principal, fares.uses, shelf, sop, incident_id).record(incident_id, now)
        for sop in held
        if principal.may_see(site=sop.site, visibility=sop.visibility)
    )


def _read(assistant: Assistant, search: KnowledgeSearch) -> Shelf:
    from retrieval.ranking.disagreement import disagreements

    store = assistant.store
    packs = [store.pack(header.id) for header in store.packs()]
    versions = {one.sop_id: one for one in store.sop_versions(statuses=_IN_FORCE)}
    sops = {sop.id: sop for pack in packs for sop in pack.sops}
    sops |= {sop_id: one.sop for sop_id, one in versions.items()}
    cases = [*(c for p in packs for c in p.cases), *(o.case for o in store.imported_cases())]
    failed: dict[str, tuple[PastCase, ...]] = {}
    for case in sorted(cases, key=lambda case: (case.opened_at, case.id)):
        for sop_id in case.sop_ids if case.outcome is CaseOutcome.FAILED else ():
            failed[sop_id] = (*failed.get(sop_id, ()), case)
    against: dict[str, tuple[Disagreement, ...]] = {}
    for told in disagreements(sops.values()):
        for sop_id in (told.one.sop_id, told.other.sop_id):
            against[sop_id] = (*against.get(sop_id, ()), told)
    return Shelf(search, sops, versions, failed, against)
