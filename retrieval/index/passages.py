"""What a model of meaning encodes, by content: shared between the versions of an index."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from functools import cached_property
from typing import Final, Protocol

from retrieval.encoders.embedding import content_id, readable


class Holder(Protocol):
    """Texts by content; it never changes."""

    @property
    def contents(self) -> frozenset[int]:
        """Give the content ids of its texts, without the empty one."""

    def text_of(self, content: int) -> str:
        """Give a text by its content id; KeyError for another's."""


class Passages(Collection[str]):
    """Different texts, none empty, of any number of holders; immutable."""

    def __init__(self, holders: Iterable[Holder]) -> None:
        """Take the texts of all holders."""
        self._holders: Final = tuple(holders)

    @staticmethod
    def of(texts: Collection[str]) -> Passages:
        """Take any texts as models read them; empty ones are left out."""
        return texts if isinstance(texts, Passages) else Passages([_Plain(texts)])

    @cached_property
    def contents(self) -> frozenset[int]:
        """Give the content ids."""
        return frozenset[int]().union(*(holder.contents for holder in self._holders))

    def text_of(self, content: int) -> str:
        """Give a text by its content id; KeyError for one that is not held."""
        for holder in self._holders:
            with suppress(KeyError):
                return holder.text_of(content)
        raise KeyError(content)

    def __len__(self) -> int:
        """Count the texts."""
        return len(self.contents)

    def __iter__(self) -> Iterator[str]:
        """Yield the texts in the order of their content ids."""
        return map(self.text_of, sorted(self.contents))

    def __contains__(self, text: object) -> bool:
        """Tell whether a text is held."""
        return isinstance(text, str) and content_id(readable(text)) in self.contents


class _Plain:
    def __init__(self, texts: Iterable[str]) -> None:
        told = (readable(text) for text in dict.fromkeys(texts))
        self._texts: Final = {content_id(text): text for text in told if text}

    @cached_property
    def contents(self) -> frozenset[int]:
        return frozenset(self._texts)

    def text_of(self, content: int) -> str:
        return self._texts[content]
