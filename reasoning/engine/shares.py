"""Probabilities by id over an array: a dict is made only when somebody asks for one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from reasoning.engine.arithmetic import Array


class Shares(Mapping[str, float]):
    """A read-only mapping from id to probability, in id order; `array` holds the same numbers."""

    def __init__(self, ids: tuple[str, ...], array: Array) -> None:
        """Keep both as they are, of one length; the array becomes read-only."""
        array.flags.writeable = False
        self.ids = ids
        self.array = array

    @cached_property
    def _found(self) -> dict[str, float]:
        return dict(zip(self.ids, self.array.tolist(), strict=True))

    def __getitem__(self, key: str) -> float:
        return self._found[key]

    def __contains__(self, key: object) -> bool:
        return key in self._found

    def __iter__(self) -> Iterator[str]:
        return iter(self.ids)

    def __len__(self) -> int:
        return len(self.ids)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Shares) and self.ids == other.ids:
            return bool((self.array == other.array).all())
        return self._found == other if isinstance(other, dict) else super().__eq__(other)

    __hash__ = None  # type: ignore[assignment]  # as of any mapping that compares by content

    def __repr__(self) -> str:
        return repr(self._found)
