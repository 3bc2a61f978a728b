"""The knowledge of all loaded packs, as everybody searches it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from api.packs.loading import packs_of
from api.packs.told_cases import folded_cases
from graph.model.access import Principal
from graph.model.diagnosis import SimilarCase, SopMatch
from graph.model.document import VersionStatus
from graph.ports import Store
from graph.search_ports import SearchArms

if TYPE_CHECKING:  # loaded when first used: the server answers before the index is in memory
    from retrieval.index.vector_shelf import Progress
    from retrieval.searching.meaning import Meaning, State
    from retrieval.searching.search import KnowledgeSearch
    from retrieval.searching.store_arms import ArmsOfStore


_WORKERS: Final = 2  # processes that encode, where there are thousands of passages
_LOOK_EVERY_S: Final = 0.5
_LATE_AT_MOST: Final = 100  # documents indexed beside the many; beyond, everything is indexed anew
_AGAIN_S: Final = 60.0  # what could not be indexed is tried again after this
_IN_FORCE: Final = frozenset({VersionStatus.PUBLISHED})


class KnowledgeShelf:
    """The knowledge of all loaded packs, with what was published and imported; safe for threads."""

    def __init__(
        self,
        store: Store,
        embedder: str = "none",
        folder: Path | None = None,
        *,
        arms: SearchArms | None = None,
    ) -> None:
        """Read the packs of this store at first use; vectors are kept in `folder`, or in memory.

        `arms`: what the store itself keeps for searching.
        """
        self._store: Final = store
        self._own_arms: Final = arms
        self._embedder: Final = embedder
        self._folder: Final = folder
        self._lock: Final = threading.Lock()
        self._changed: Final = threading.Event()
        self._search: KnowledgeSearch | None = None
        self._before: KnowledgeSearch | None = None

    @cached_property
    def meaning(self) -> Meaning:
        """Keep the arm of meaning; nothing heavy is loaded before it is brought."""
        from retrieval.searching.embedders import open_meaning

        return open_meaning(self._embedder, self._folder, workers=_WORKERS)

    @cached_property
    def arms(self) -> ArmsOfStore | None:
        """Keep the way to what the store itself indexes; None where it indexes nothing."""
        from retrieval.searching.store_arms import ArmsOfStore

        return ArmsOfStore(self._own_arms) if self._own_arms is not None else None

    def forget(self) -> None:
        """Read the packs again at next use, and let the index of meaning follow."""
        with self._lock:
            self._before, self._search = self._search or self._before, None
        self._changed.set()

    def bring(self, progress: Progress | None = None) -> State:
        """Let the index of meaning hold what is searched now; returns when it is whole.

        Until then words answer, beside the meaning of what was indexed before. The indexes of the
        store follow; until they have, ours answer.

        Raises: StoreError where the store cannot be written.
        """
        self._changed.clear()
        search = self._merged(self.search())
        state = self.meaning.bring(search.texts, progress)
        self.meaning.merge()
        if self.arms is not None:
            self.arms.bring(search.indexes, self.meaning, progress)
        return state

    def _merged(self, search: KnowledgeSearch) -> KnowledgeSearch:
        """Index everything anew where much came late, while the search at hand answers."""
        if search.library.late <= _LATE_AT_MOST:
            return search
        whole = self._made(None)
        whole.library.warm()
        with self._lock:
            if self._search is search:
                self._search = whole
            return self._search or whole

    def open(self) -> State:
        """Take the index of meaning as it is kept; where it lacks something, words do."""
        search = self.search()
        state = self.meaning.open(search.texts)
        if self.arms is not None:
            self.arms.open(search.indexes, self.meaning)
        return state

    def keep_up(
        self, stopping: Callable[[], bool], progress: Progress, *, again_s: float = _AGAIN_S
    ) -> None:
        """Bring the index at once, and again after every change, until told to stop.

        Where an encoder failed or the folder could not be written it is tried again after
        `again_s` seconds: space comes back without a change of what is searched.
        """
        while not stopping():
            failed = self.bring(progress).stage == "failed"
            looks = 0
            while not stopping() and not self._changed.wait(_LOOK_EVERY_S):
                looks += 1
                if failed and looks * _LOOK_EVERY_S >= again_s:
                    break

    def search(self) -> KnowledgeSearch:
        """Return the search over every loaded pack."""
        with self._lock:
            if self._search is None:
                self._search, self._before = self._made(self._before), None
            return self._search

    def _made(self, before: KnowledgeSearch | None) -> KnowledgeSearch:
        from retrieval.searching.search import KnowledgeSearch
        from retrieval.searching.surroundings import Surroundings

        packs = list(packs_of(self._store))
        taken = self._store.sop_versions(statuses=_IN_FORCE)
        told = (one.case for one in self._store.imported_cases())
        cases = [*told, *(case for pack in packs for case in pack.cases)]
        return KnowledgeSearch(
            [*(sop for pack in packs for sop in pack.sops), *(one.sop for one in taken)],
            cases,
            modes={mode.id: mode.name for pack in packs for mode in pack.library.modes},
            meaning=self.meaning,
            arms=self.arms,
            surroundings=Surroundings(packs),
            shown=folded_cases(cases, packs),
            after=before,
        )

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
