"""What search asks of a store that keeps indexes of its own: of words, of letters, of vectors."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple, Protocol


class HeldText(NamedTuple):
    """A document in one language: its pieces of words and of letters, with spaces between them.

    `key` names its content; `shelf` its kind and language, such as `sop_zh`.
    """

    key: str
    id: str
    shelf: str
    words: str
    letters: str


class HeldVector(NamedTuple):
    """What a passage means; `content` names the text that was encoded."""

    content: int
    vector: Sequence[float]


class AskedShelf(NamedTuple):
    """What is looked for on a shelf, with the weight of each piece."""

    shelf: str
    words: Mapping[str, float]
    letters: Mapping[str, float]


class FoundByArms(NamedTuple):
    """What the arms found: document ids by shelf, and (content, cosine), the nearest first.

    `cut`: shelves on which an arm found as many as it was asked for, so that there may be more.
    """

    ids: Mapping[str, frozenset[str]]
    cut: frozenset[str]
    near: Sequence[tuple[int, float]]


class SearchArms(Protocol):
    """A store's own indexes of what is searched; what they hold is derived, and never moved."""

    @property
    def dimension(self) -> int:
        """Tell the length of the vectors that are taken."""

    def mark(self) -> str | None:
        """Give the digest of what is held; None before it is whole."""

    def begin(
        self, keys: Collection[str], contents: Collection[int], *, model: str
    ) -> tuple[frozenset[str], frozenset[int]]:
        """Begin to write: no digest, and of what is held only these texts and vectors of a model.

        Returns the keys and the contents that are held already.
        """

    def write(
        self, texts: Sequence[HeldText], vectors: Sequence[HeldVector], *, model: str
    ) -> None:
        """Hold these too; some hundreds at once."""

    def finish(self, digest: str) -> None:
        """Mark what is held as whole."""

    def look(
        self,
        digest: str,
        asked: Sequence[AskedShelf],
        *,
        vector: Sequence[float] | None,
        near: int,
    ) -> FoundByArms | None:
        """Give the best 200 of each shelf by words and by letters, and the `near` nearest.

        None where what is held has another digest. StoreError where the indexes cannot be asked.
        """
