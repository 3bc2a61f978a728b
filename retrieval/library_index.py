"""The indexes of SOPs and cases: built at the first question, after a small change in layers."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Mapping
from functools import cached_property
from typing import Final

from graph.model.base import Text
from graph.model.knowledge import PastCase, Sop
from retrieval.documents import Document, Kind, WrittenSop, case_documents, write_sops
from retrieval.index.knowledge import KnowledgeIndex
from retrieval.index.layers import layered

Layers = tuple[KnowledgeIndex, ...]


class LibraryIndex:
    """Indexes of everything written down, each one, or many and what changed since.

    Immutable from outside, and safe for threads.
    """

    def __init__(
        self,
        sops: Collection[Sop],
        cases: Collection[PastCase],
        modes: Mapping[str, Text],
        *,
        after: LibraryIndex | None = None,
    ) -> None:
        """Index nothing yet. `after`: its indexes serve where little has changed since."""
        self._sops: Final = sops
        self._cases: Final = cases
        self._modes: Final = modes
        self._building: Final = threading.Lock()
        self._written: dict[str, WrittenSop] = after._written if after else {}
        self._mains: Final[dict[str, KnowledgeIndex]] = dict(after._mains) if after else {}

    def layers(self, kind: Kind) -> Layers:
        """Give what people search of a kind."""
        with self._building:
            return self._sop_layers if kind == "sop" else self._case_layers

    def layers_for_diagnosis(self, kind: Kind) -> Layers:
        """Give what a diagnosis searches: names of modes would tell it what it has said itself."""
        with self._building:
            return self._sop_layers if kind == "sop" else self._plain_case_layers

    def warm(self) -> None:
        """Index everything now."""
        with self._building:
            _ = self._sop_layers, self._case_layers, self._plain_case_layers

    @property
    def late(self) -> int:
        """Count the documents that are indexed beside the many; 0 in indexes of everything."""
        few = (index for kind in ("sop", "case") for index in self.layers(kind)[1:])
        return sum(map(len, few))

    @cached_property
    def _sop_layers(self) -> Layers:
        self._written = write_sops(self._sops, self._cases, self._written)
        told = (one for written in self._written.values() for one in written.documents)
        return self._made("sops", told)

    @cached_property
    def _case_layers(self) -> Layers:
        named = ((case, self._modes.get(case.fault_mode_id)) for case in self._cases)
        return self._made("cases", (one for told in named for one in case_documents(*told)))

    @cached_property
    def _plain_case_layers(self) -> Layers:
        return self._made("plain", (one for case in self._cases for one in case_documents(case)))

    def _made(self, name: str, told: Iterable[Document]) -> Layers:
        """Index what changed beside what was indexed before; everything where that is better."""
        documents = list(told)
        main = self._mains.get(name)
        found = layered(main, documents) if main is not None else None
        if found is None:
            found = (KnowledgeIndex(documents),)
            self._mains[name] = found[0]
        return found
