"""The arm of meaning: an encoder, the vectors of what is searched, and how far they have come.

Search asks for the sense of a question at any time. It gets none while the first index is made,
where there is no encoder, where the encoder fails, and for a language that it cannot read; then
words answer alone, and `state` says why.
"""

from __future__ import annotations

import threading
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal

from graph.errors import EtiographError
from graph.model.base import Text
from retrieval.encoders.embedding import Embedder, Floats, Ints
from retrieval.index.passages import Passages
from retrieval.index.vector_shelf import Progress, VectorShelf
from retrieval.index.vectors import VectorIndex

UNREAD_AT_MOST: Final = 0.3  # of a question; beyond, the encoder does not know its language
_REMEMBERED: Final = 512
_WARM: Final = "warm"  # encoded once the index is there, so that no question waits for the model
# What a model, its files and FAISS raise: search goes on with the words, and says why.
_FAULTS: Final = (EtiographError, RuntimeError, OSError, MemoryError, ValueError, ImportError)

Stage = Literal["ready", "building", "unmade", "off", "failed"]

_BUILDING: Final = Text(
    zh="语义索引还在建立，暂时只按字词检索",
    en="the index of meaning is being made; words answer alone meanwhile",
)
_UNMADE: Final = Text(
    zh="语义索引没有打开，只按字词检索；服务器运行时也按语义检索",
    en="the index of meaning is not open here, words answer alone; a running server searches both",
)
_READY: Final = Text(zh="字词和语义都在检索", en="words and meaning are both searched")
_UNREADABLE: Final = Text(
    zh="编码器不认识这种语言，只按字词检索",
    en="the encoder cannot read this language; words answer alone",
)
OFF: Final = Text(zh="没有设置编码器，只按字词检索", en="no encoder is set; words answer alone")


@dataclass(frozen=True)
class State:
    """How far the arm is; `done` of `total` texts while an index is made."""

    stage: Stage
    text: Text
    done: int = 0
    total: int = 0


class IndexedSense:
    """A question's vector beside those of the texts; a `Sense`."""

    def __init__(self, vector: Floats, index: VectorIndex, at_once: int) -> None:
        """Hold the vector of a question; so many are looked for, also where fewer are asked."""
        self.vector: Final = vector
        self._index: Final = index
        self._at_once: Final = at_once
        self._asked = 0
        self._found: tuple[Ints, Floats] | None = None

    def nearest(self, k: int) -> tuple[Ints, Floats]:
        """Give content ids and cosines of the `k` nearest texts; see `Sense.nearest`."""
        if self._found is None or self._asked < k:  # every kind of document asks
            self._asked = max(k, self._at_once)
            self._found = self._index.nearest(self.vector, self._asked)
        ids, cosines = self._found
        return ids[:k], cosines[:k]


class Meaning:
    """Encodes what is searched, and then every question; safe for threads."""

    def __init__(
        self,
        embedder: Embedder | None,
        folder: Path | None = None,
        *,
        workers: int = 1,
        why_off: Text = OFF,
        lacking: bool = False,
    ) -> None:
        """Load nothing; the vectors will be kept in `folder`, or in memory.

        Without an embedder the state tells `why_off`: wished so, or `lacking` what was wished.
        """
        self._embedder: Final = embedder
        self._folder: Final = folder
        self._workers: Final = workers
        self._bringing: Final = threading.Lock()
        self._shelf: VectorShelf | None = None
        self._index: VectorIndex | None = None
        without = State("failed" if lacking else "off", why_off)
        self._state = without if embedder is None else State("unmade", _UNMADE)
        self._vector: Final = lru_cache(maxsize=_REMEMBERED)(self._encoded)

    @property
    def state(self) -> State:
        """Tell how far the arm is."""
        return self._state

    @property
    def vectors(self) -> VectorIndex | None:
        """Give the vectors that answer; None before there are any."""
        return self._index

    @property
    def model(self) -> str:
        """Name the model of the vectors; `none` without one."""
        return "none" if self._embedder is None else self._embedder.fingerprint

    def promise(self) -> None:
        """Say that the index will be brought soon."""
        if self._state.stage == "unmade":
            self._state = State("building", _BUILDING)

    def bring(self, texts: Collection[str], progress: Progress | None = None) -> State:
        """Make the index of exactly these texts, kept ones read and new ones encoded.

        Empty texts are left out. What answered before goes on until the new index is whole, and
        where it cannot be made; `progress(done, total)` is told after each batch.
        """
        if self._embedder is None:
            return self._state
        with self._bringing:
            try:
                self._bring(self._embedder, Passages.of(texts), progress)
            except _FAULTS as error:
                self._fail(error)
        return self._state

    def open(self, texts: Collection[str]) -> State:
        """Take the kept index, where it holds all of these texts; nothing is encoded or written."""
        if self._embedder is None:
            return self._state
        with self._bringing:
            try:
                index = self._shelf_of(self._embedder).stored(Passages.of(texts))
            except _FAULTS as error:
                self._fail(error)
            else:
                if index is not None:
                    self._serve(index)
        return self._state

    def merge(self) -> None:
        """Make one file of many, where that is worth it; questions are answered meanwhile."""
        with self._bringing:
            if self._shelf is not None and self._shelf.merge_is_due():
                self._index = self._shelf.merge()

    def sense(self, text: str, *, at_once: int = 0) -> IndexedSense | None:
        """Give what a question means beside the texts; None while words have to do alone.

        `at_once`: the nearest that will be asked for; one look for many is faster than two.
        """
        index = self._index
        if index is None or not len(index) or not any(map(str.isalpha, text)):
            return None
        try:
            vector = self._vector(text)
        except _FAULTS as error:
            self._fail(error)
            return None
        return None if vector is None else IndexedSense(vector, index, at_once)

    def told(self, sense: object | None) -> Text | None:
        """Say why words answered alone; None where meaning took part."""
        if sense is not None:
            return None
        return _UNREADABLE if self._state.stage == "ready" else self._state.text

    def _bring(self, embedder: Embedder, texts: Passages, progress: Progress | None) -> None:
        def count(done: int, total: int) -> None:
            if self._index is None:
                self._state = State("building", _BUILDING, done, total)
            if progress is not None:
                progress(done, total)

        if self._index is None:
            self._state = State("building", _BUILDING)
        self._serve(self._shelf_of(embedder).bring(texts, count))
        self._vector(_WARM)

    def _shelf_of(self, embedder: Embedder) -> VectorShelf:
        if self._shelf is None:
            self._shelf = VectorShelf(embedder, self._folder, workers=self._workers)
        return self._shelf

    def _serve(self, index: VectorIndex) -> None:
        self._index = index
        self._state = State("ready", _READY, len(index), len(index))

    def _encoded(self, text: str) -> Floats | None:
        assert self._embedder is not None  # there is an index
        if self._embedder.unread(text) > UNREAD_AT_MOST:
            return None
        return self._embedder.encode([text])

    def _fail(self, error: BaseException) -> None:
        why = str(error) or type(error).__name__
        self._state = State(
            "failed",
            Text(
                zh=f"编码器不可用，只按字词检索：{why}",
                en=f"the encoder does not work, words answer alone: {why}",
            ),
        )
