"""A few documents beside many: what changed is indexed by itself, and found as if all were new.

Words are weighed exactly as in an index of everything, since both parts know how rare a token is
among all. Letters of what changed are weighed by their rarity among the many.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from retrieval.documents import Document
from retrieval.index.knowledge import CANDIDATES, KnowledgeIndex
from retrieval.index.lexical import LexicalIndex, Rarity
from retrieval.index.shelf import Keep, Shelf, tokens_of
from retrieval.question import Question
from retrieval.words.tokens import Lang

LEAST: Final = 2_000  # documents; fewer are indexed anew in a second
MOST: Final = 200  # documents that changed; more of them are worth an index of everything


def layered(
    main: KnowledgeIndex, told: Mapping[str, Sequence[Document]], *, least: int = LEAST
) -> tuple[KnowledgeIndex, ...] | None:
    """Give indexes that together find what `main` holds, with `told` in its place; `main` first.

    `told`: by id what is written now, nothing where it is gone; what is as it was may stand there.
    None where one index of everything is better: few documents, or many changes.
    """
    if len(main) < least:
        return None
    held = {name: main.documents_of(name) for name in told}
    changed = {name for name, those in told.items() if _by_lang(those) != _by_lang(held[name])}
    if not changed:
        return (main,)
    if len(changed) > MOST or sum(len(held[name]) for name in changed) == len(main):
        return None
    few = KnowledgeIndex((one for name in changed for one in told[name]), like=main)
    return _joined(main, few, changed)


def _by_lang(documents: Iterable[Document]) -> dict[Lang, Document]:
    return {one.lang: one for one in documents}


def words_of_layers(
    layers: Sequence[KnowledgeIndex], question: Question, *, keep: Keep
) -> dict[str, float]:
    """Give the words' share of the 50 documents that hold most of them, best first, ties by id."""
    found: dict[str, float] = {}
    for index in layers:
        found |= index.lexical(question, limit=CANDIDATES, keep=keep)
    best = sorted(found, key=lambda name: (-found[name], name))[:CANDIDATES]
    return {name: found[name] for name in best}


def _joined(
    main: KnowledgeIndex, few: KnowledgeIndex, changed: set[str]
) -> tuple[KnowledgeIndex, ...]:
    many: dict[Lang, Shelf] = {shelf.lang: shelf for shelf in main.shelves}
    new: dict[Lang, Shelf] = {shelf.lang: shelf for shelf in few.shelves}
    left, right = [], []
    for lang, shelf in many.items():
        gone = changed & shelf.places.keys()
        lost = [tokens_of(shelf.documents[shelf.places[one]]) for one in sorted(gone)]
        more = new[lang].lexical if lang in new else (None, None)
        whole = _All(shelf.lexical[0], more[0], [one for one, _ in lost])
        parts = _All(shelf.lexical[1], more[1], [part for _, those in lost for part in those])
        left.append(shelf.beside(whole, parts, gone=gone))
        if lang in new:
            right.append(new[lang].beside(whole, parts))
    right.extend(shelf for lang, shelf in new.items() if lang not in many)
    return main.beside(left), *((few.beside(right),) if right else ())


class _All(Rarity):
    """What many, a few more and none of the lost know together."""

    def __init__(
        self, many: LexicalIndex, few: LexicalIndex | None, lost: Sequence[Sequence[str]]
    ) -> None:
        self._many: Final = many
        self._few: Final = few
        self._lost: Final = Counter(token for tokens in lost for token in set(tokens))
        self._size: Final = many.size - len(lost) + (few.size if few is not None else 0)
        length = many.length - sum(map(len, lost)) + (few.length if few is not None else 0.0)
        self._mean: Final = length / self._size if self._size else 1.0

    @property
    def size(self) -> int:
        return self._size

    @property
    def mean(self) -> float:
        return self._mean

    def holders(self, token: str) -> int:
        more = self._few.holders(token) if self._few is not None else 0
        return self._many.holders(token) - self._lost[token] + more
