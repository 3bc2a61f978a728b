"""The knowledge of all loaded packs, as everybody searches it."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from api.packs.loading import packs_of
from graph.model.access import Principal
from graph.model.diagnosis import SimilarCase, SopMatch
from graph.model.document import VersionStatus
from graph.ports import Store

if TYPE_CHECKING:  # loaded when first used: the server answers before the index is in memory
    from retrieval.search import KnowledgeSearch


_IN_FORCE: Final = frozenset({VersionStatus.PUBLISHED})


class KnowledgeShelf:
    """The knowledge of all loaded packs, with what was published and imported; safe for threads."""

    def __init__(self, store: Store) -> None:
        """Read the packs of this store at first use."""
        self._store: Final = store
        self._lock: Final = threading.Lock()
        self._search: KnowledgeSearch | None = None

    def forget(self) -> None:
        """Read the packs again at next use."""
        with self._lock:
            self._search = None

    def search(self) -> KnowledgeSearch:
        """Return the search over every loaded pack."""
        from retrieval.search import KnowledgeSearch

        with self._lock:
            if self._search is None:
                packs = list(packs_of(self._store))
                taken = self._store.sop_versions(statuses=_IN_FORCE)
                told = self._store.imported_cases()
                self._search = KnowledgeSearch(
                    [*(sop for pack in packs for sop in pack.sops), *(one.sop for one in taken)],
                    [*(one.case for one in told), *(c for pack in packs for c in pack.cases)],
                )
            return self._search

    def sops_for(
        self,
        principal: Principal,
        *,
        modes: Sequence[tuple[str, float]],
        alertnames: Sequence[str],
        component_ids: Sequence[str],
        limit: int,
    ) -> tuple[SopMatch, ...]:
        """Find SOP sections for fault modes weighted by posterior, best first."""
        return self.search().sops_for(
            principal,
            modes=modes,
            alertnames=alertnames,
            component_ids=component_ids,
            limit=limit,
        )

    def cases_for(
        self,
        principal: Principal,
        *,
        component_id: str,
        fault_mode_id: str,
        kind: str,
        alertnames: Sequence[str],
        limit: int,
    ) -> tuple[SimilarCase, ...]:
        """Find past cases like this cause, best first."""
        return self.search().cases_for(
            principal,
            component_id=component_id,
            fault_mode_id=fault_mode_id,
            kind=kind,
            alertnames=alertnames,
            limit=limit,
        )
