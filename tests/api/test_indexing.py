"""The thread that indexes outlives a store that was away for a moment."""

from __future__ import annotations

import threading
from typing import Any, cast

from api.doorway.stateless import ENGINE
from api.indexing import index_beside
from api.packs.shelf import KnowledgeShelf
from graph.errors import StoreError
from graph.model.base import Text
from graph.model.document import VersionStatus
from graph.ports import Store
from retrieval.index.vector_shelf import Progress
from retrieval.searching.meaning import State
from tests.api.room import ApiRoom
from tests.contracts.knowledge_samples import sop_version


class AwayAtFirst:
    """A store whose packs cannot be read the first time, as while a server restarts."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._asked = False
        self.read = threading.Event()

    def packs(self) -> Any:
        """Fail once, then read."""
        if not self._asked:
            self._asked = True
            raise StoreError("the store does not answer; start it")
        self.read.set()
        return self._store.packs()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


class NoSpaceAtFirst(KnowledgeShelf):
    """An index whose folder is full the first time."""

    brought = 0

    def bring(self, progress: Progress | None = None) -> State:
        """Fail once, as where the disk is full."""
        self.brought += 1
        failed = self.brought == 1
        return State("failed" if failed else "ready", Text(zh="满", en="full"))


def test_an_index_that_could_not_be_written_is_tried_again(room: ApiRoom) -> None:
    """Space comes back without anybody changing an SOP."""
    shelf = NoSpaceAtFirst(room.assistant.store)

    shelf.keep_up(lambda: shelf.brought > 1, lambda *_: None, again_s=0.01)

    assert shelf.brought == 2


def test_a_store_that_was_away_is_indexed_when_it_is_back(room: ApiRoom) -> None:
    """Without a restart of the server; and the thread ends with the assistant."""
    store = AwayAtFirst(room.assistant.store)
    room.assistant.knowledge = KnowledgeShelf(cast(Store, store))
    room.assistant.start([])
    work = index_beside(room.assistant, again_s=0.01)
    assert store.read.wait(60)
    room.assistant.stop()
    work.join(30)
    assert not work.is_alive()


def test_a_document_that_stays_is_neither_read_nor_cut_again(room: ApiRoom) -> None:
    """What came in from a file is the same object after the next change, as is what is searched."""
    shelf, held = room.assistant.knowledge, []
    for name in ("small:first", "small:second"):
        taken = sop_version(sop_id=name, status=VersionStatus.PUBLISHED)
        room.assistant.store.write(
            lambda tx, one=taken: tx.put_sop_version(one, expected_version=None)  # type: ignore[misc]
        )
        shelf.forget()
        search = shelf.search()
        written = search.indexes[0].documents_of("small:first")
        held.append((search.sop(ENGINE, "small:first"), *written))

    assert len(held[0]) == 3, "the SOP, and a document in either language"
    assert all(now is before for before, now in zip(*held, strict=True))
