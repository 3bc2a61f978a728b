"""Several statements sent as one: a trip to the server takes longer than most of what they do.

Each part is a subquery of its own, done after the one before; its parameters travel as one map, so
that neither their number nor their size makes the server plan the statement anew.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, LiteralString, Protocol

from neo4j import Result

from graph.stores import sql

# The forms that a process sends are a few dozen; a text is as long as a page.
_TEXTS_KEPT: Final = 256
# Records are found by keys and indexes, in an empty database too: a growing storm would have it
# planned again and again, for half a second each, and come to the same plan.
_PLANNED_ONCE: Final = "CYPHER replan=skip"
_PARAMETER: Final = re.compile(r"\$`?(\w+)`?")
_COLUMN: Final = re.compile(r"\bAS\s+`?(\w+)`?")


class Runner(Protocol):
    """A transaction of the driver."""

    def run(self, query: LiteralString, parameters: dict[str, object] | None = None, /) -> Result:
        """Run Cypher with parameters."""


@dataclass(frozen=True)
class Part:
    """A statement that names every column that it returns (`AS`), and its parameters.

    `guard`: what must hold of its first row `{row}`, with its parameters as `{of}`; else the whole
    bundle fails, and what it wrote is undone.
    """

    text: str
    parameters: Mapping[str, object]
    guard: str = ""


def run_bundle(runner: Runner, parts: Sequence[Part]) -> list[list[sql.Row]]:
    """Run parts in one trip; gives the rows of each."""
    if not parts:
        return []
    record = runner.run(*bundle(parts)).single(strict=True)
    return list(map(rows_of, record.values()[: len(parts)]))


def bundle(parts: Sequence[Part]) -> tuple[str, dict[str, object]]:
    """Give the statement that does all parts in their order, with its parameters.

    It returns one record: of each part the list of its rows, each a list of values.
    """
    text = _text(tuple((part.text, part.guard) for part in parts))
    return text, {f"p{place}": dict(part.parameters) for place, part in enumerate(parts)}


def rows_of(found: object) -> list[sql.Row]:
    """Read the rows of one part out of the record."""
    assert isinstance(found, list)
    return [tuple(row) for row in found]


@lru_cache(maxsize=_TEXTS_KEPT)
def _text(parts: tuple[tuple[str, str], ...]) -> str:
    calls = [_call(text, place) for place, (text, _) in enumerate(parts)]
    named = ", ".join(f"r{place}" for place in range(len(parts)))
    guards = [
        f"({guard.format(row=f'r{place}[0]', of=f'$p{place}')})"
        for place, (_, guard) in enumerate(parts)
        if guard
    ]
    # Cypher has no word of its own for "undo it all": a division by zero is one.
    whole = f"CASE WHEN {' AND '.join(guards)} THEN 1 ELSE 0 END" if guards else "1"
    return f"{_PLANNED_ONCE} {' '.join(calls)} RETURN {named}, 1 / {whole} AS whole"


def _call(text: str, place: int) -> str:
    columns = ", ".join(_COLUMN.findall(text.rpartition("RETURN")[2]))
    said = _PARAMETER.sub(rf"$p{place}.\1", text)
    return f"CALL () {{ CALL () {{ {said} }} RETURN collect([{columns}]) AS r{place} }}"
