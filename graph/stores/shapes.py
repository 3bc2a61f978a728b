"""What the schema table is made of: labels, with their columns, indexes and links."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property


class ColumnType(StrEnum):
    """What a column holds; instants are fixed-width UTC text, so that they sort."""

    TEXT = "TEXT"
    INTEGER = "INTEGER"
    BLOB = "BLOB"


@dataclass(frozen=True)
class Column:
    """A named column of a label."""

    name: str
    type: ColumnType = ColumnType.TEXT
    nullable: bool = False


@dataclass(frozen=True)
class Index:
    """What is looked up or ordered by these columns; `where` narrows it to some rows."""

    columns: tuple[str, ...]
    unique: bool = False
    where: str = ""


@dataclass(frozen=True)
class Link:
    """`column` names a stored row of `target`; checked when the transaction commits."""

    type: str
    column: str
    target: str


@dataclass(frozen=True)
class Label:
    """A kind of stored thing; `numbered` = the store gives its single integer key."""

    name: str
    table: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    indexes: tuple[Index, ...] = ()
    links: tuple[Link, ...] = ()
    numbered: bool = False

    def __hash__(self) -> int:
        """Hash the name, which no other label has: statements are looked up by their label."""
        return hash(self.name)

    @cached_property
    def column_names(self) -> tuple[str, ...]:
        """The names of the columns, in their order."""
        return tuple(column.name for column in self.columns)


def text(*names: str) -> tuple[Column, ...]:
    """Name columns of text, each of which every row has."""
    return tuple(Column(name) for name in names)


def maybe(*names: str) -> tuple[Column, ...]:
    """Name columns of text that a row may lack."""
    return tuple(Column(name, nullable=True) for name in names)


def integer(*names: str) -> tuple[Column, ...]:
    """Name columns of whole numbers, each of which every row has."""
    return tuple(Column(name, ColumnType.INTEGER) for name in names)
