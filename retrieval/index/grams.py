"""Character TF-IDF: pieces of words, so that a typo or another ending still finds its document."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from retrieval.index.postings import Postings, Scores, count_tokens
from retrieval.words.tokens import normalise

READ_CHARS: Final = 600  # of title, title and text: what a document is about stands at its head
_REMEMBERED: Final = 4_096  # documents whose pieces are kept while others are added
_WORD = re.compile(r"[a-z0-9]+|[^\W\x00-\x7f]+")
_SIZE: Final = 4  # of ASCII words, with a space on either side; other writing: 1 and 2

_Floats = NDArray[np.float64]


class GramIndex:
    """Cosines of a question's pieces with those of every document, which has its position.

    Source: sublinear TF-IDF, (1 + ln tf) (1 + ln((1 + N) / (1 + df))), rows of length 1.
    """

    def __init__(self, texts: Sequence[str], like: GramIndex | None = None) -> None:
        """Index the first `READ_CHARS` of each text; pieces are as rare as in `like`, where given.

        A few texts know nothing of rarity: what they add to that of many is left out.
        """
        counted = count_tokens(head_grams(text[: 2 * READ_CHARS]) for text in texts)
        self._postings = Postings(counted)
        self._size = counted.size
        self._rarity = (
            _rarity(self._postings.counts, counted.size)
            if like is None
            else like.rarity_of(counted.numbers)
        )
        weights = (1.0 + np.log(counted.times)) * self._rarity[counted.tokens]
        squares = np.bincount(counted.owners, weights * weights, minlength=counted.size)
        rows = weights / np.sqrt(squares)[counted.owners]
        self._postings.weights = rows[self._postings.order].astype(np.float32)

    def rarity_of(self, pieces: Iterable[str]) -> _Floats:
        """Give the rarity of pieces, in their order; one that nobody holds is the rarest."""
        known = np.append(self._rarity, _rarity(np.zeros(1, dtype=np.int64), self._size))
        numbers = (self._postings.number(piece) for piece in pieces)
        found: _Floats = known[[-1 if number is None else number for number in numbers]]
        return found

    def scores(self, text: str) -> Scores:
        """Give the cosine of a question with every document, in [0, 1]."""
        weights = {}
        for gram, times in sorted(Counter(grams(text)).items()):
            number = self._postings.number(gram)
            if number is not None:
                weights[gram] = (1.0 + float(np.log(times))) * float(self._rarity[number])
        length = float(np.sqrt(sum(weight * weight for weight in weights.values()))) or 1.0
        return self._postings.scores({gram: weight / length for gram, weight in weights.items()})


def grams(text: str, most: int | None = None) -> Iterator[str]:
    """Cut the first `most` characters of a text into overlapping pieces of words; repeats kept.

    >>> list(grams("Disk 满了"))
    [' dis', 'disk', 'isk ', '满', '了', '满了']
    """
    for word in _words(normalise(text).casefold()[:most]):
        sizes, held = ((_SIZE,), f" {word} ") if word.isascii() else ((1, 2), word)
        for size in sizes:
            yield from (held[at : at + size] for at in range(len(held) - size + 1))


@lru_cache(maxsize=_REMEMBERED)
def head_grams(text: str) -> tuple[str, ...]:
    """Cut the first `READ_CHARS` of a text into pieces; repeats kept."""
    return tuple(grams(text, READ_CHARS))


def _words(text: str) -> Iterable[str]:
    return _WORD.findall(text)


def _rarity(holders: NDArray[np.int64], size: int) -> _Floats:
    rarity: _Floats = 1.0 + np.log((1.0 + size) / (1.0 + holders))
    return rarity
