"""The indexes of SOPs and cases: built at the first question, after a small change in layers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Final, NamedTuple

from graph.model.base import Text
from graph.model.knowledge import PastCase, Sop
from retrieval.documents import (
    NOTHING,
    Document,
    Kind,
    Written,
    case_documents,
    handled_with,
    sop_documents,
    write_anew,
)
from retrieval.index.knowledge import KnowledgeIndex
from retrieval.index.layers import LEAST, layered

Layers = tuple[KnowledgeIndex, ...]


class _Kept(NamedTuple):
    """An index of everything as it was, what was written since, and what searches both.

    `late`: what changed since `main`, by id; nothing where it is gone.
    """

    written: Written
    main: KnowledgeIndex
    late: Mapping[str, tuple[Document, ...]]
    layers: Layers


class LibraryIndex:
    """Indexes of everything written down, each one, or many and what changed since.

    Immutable from outside, and safe for threads.
    """

    def __init__(
        self,
        sops: Mapping[str, Sop],
        cases: Mapping[str, PastCase],
        modes: Mapping[str, Text],
        *,
        after: LibraryIndex | None = None,
        least: int = LEAST,
    ) -> None:
        """Index nothing yet. `after`: its indexes serve where little has changed since.

        `least`: documents, below which everything is indexed anew.
        """
        self._least: Final = least
        self._sops: Final = sops
        self._cases: Final = cases
        self._modes: Final = modes
        self._building: Final = threading.Lock()
        self._kept: Final[dict[str, _Kept]] = dict(after._kept) if after else {}

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
        handled = handled_with(self._cases.values())
        return self._made(
            "sops",
            (self._sops, handled),
            lambda name: sop_documents(self._sops[name], handled.get(name, ())),
        )

    @cached_property
    def _case_layers(self) -> Layers:
        modes = {name: self._modes.get(case.fault_mode_id) for name, case in self._cases.items()}
        return self._made(
            "cases",
            (self._cases, modes),
            lambda name: case_documents(self._cases[name], modes[name]),
        )

    @cached_property
    def _plain_case_layers(self) -> Layers:
        return self._made("plain", (self._cases,), lambda name: case_documents(self._cases[name]))

    def _made(
        self,
        name: str,
        made_of: Sequence[Mapping[str, object]],
        write: Callable[[str], Iterable[Document]],
    ) -> Layers:
        """Index what changed beside what was indexed before; everything where that is better."""
        before = self._kept.get(name)
        known = before.written if before else NOTHING
        written, changed = write_anew(known, made_of, write)
        kept = None if before is None else self._after(before, written, changed)
        if kept is None:
            main = KnowledgeIndex(one for told in written.documents.values() for one in told)
            kept = _Kept(written, main, {}, (main,))
        self._kept[name] = kept
        return kept.layers

    def _after(self, before: _Kept, written: Written, changed: Iterable[str]) -> _Kept | None:
        late = {**before.late, **{name: written.documents.get(name, ()) for name in changed}}
        layers = layered(before.main, late, least=self._least)
        return None if layers is None else _Kept(written, before.main, late, layers)
