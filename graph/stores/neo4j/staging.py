"""A big pack goes in ahead of the transaction that loads it, in pieces that a small heap holds.

Its components, and the relations between them, are written while the pack itself is not there, so
that nobody reads them; a mark counts them, and names their content. The transaction that loads the
pack takes the mark away and writes what is left. What was cut off goes on at the mark, or is swept
away where other content comes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby
from operator import itemgetter
from typing import Final

from graph.stores import schema, sql
from graph.stores.neo4j import cypher_topology as topology
from graph.stores.neo4j.connection import CypherConnection
from graph.stores.pack_rows import PackRow, PackRows, all_named
from graph.stores.shapes import Label

# Rows of one transaction. One row takes 6.5 KB of the server's heap until it is committed
# (measured on 5.26), and Neo4j grants all transactions 70% of the heap, whose least is some 512 MB.
PIECE: Final = 20_000
# A pack of no more rows is loaded in one transaction.
WHOLE: Final = 20_000

_ID: Final = itemgetter(schema.COMPONENT.column_names.index("id"))
_ENDS: Final = itemgetter(*map(schema.RELATION.column_names.index, ("source", "target")))


@dataclass(frozen=True)
class Stage:
    """What goes in ahead of a pack.

    Args:
        pack_id: of the pack to be loaded.
        parts: its rows.
        piece: rows of one transaction.
        whole: a pack of at most so many rows has no stage.
    """

    pack_id: str
    parts: PackRows
    piece: int = PIECE
    whole: int = WHOLE

    @cached_property
    def _rows(self) -> list[tuple[Label, PackRow]]:
        return rows_ahead(self.parts) if self.parts.count() > self.whole else []

    def is_due(self, connection: CypherConnection) -> bool:
        """Tell whether anything is to be written or swept away; a loaded pack has no stage."""
        if _is_loaded(connection, self.pack_id):
            return False
        mark = _mark(connection, self.pack_id)
        if mark is None:
            return bool(self._rows)
        return mark != (self.parts.content_digest, len(self._rows))

    def step(self, connection: CypherConnection) -> bool:
        """Do one piece of what is due; tells whether more is."""
        if not self.is_due(connection):
            return False
        content, written = _mark(connection, self.pack_id) or (self.parts.content_digest, 0)
        if content != self.parts.content_digest:
            _sweep(connection, self.pack_id)
            return True
        piece = self._rows[written : written + self.piece]
        for label, rows in groupby(piece, key=lambda one: one[0]):
            connection.executemany(sql.insert(label), all_named(label, (row for _, row in rows)))
        self._remember(connection, written + len(piece))
        return written + len(piece) < len(self._rows)

    def _remember(self, connection: CypherConnection, written: int) -> None:
        mark = {
            "pack_id": self.pack_id,
            "content_digest": self.parts.content_digest,
            "written": written,
        }
        connection.read(topology.MARK_STAGE, **mark)


def rows_ahead(parts: PackRows) -> list[tuple[Label, PackRow]]:
    """List what may be written ahead: components, then the relations between them."""
    components = parts.rows[schema.COMPONENT.name]
    ids = set(map(_ID, components))
    relations = parts.rows[schema.RELATION.name]
    return [
        *((schema.COMPONENT, row) for row in components),
        *((schema.RELATION, row) for row in relations if ids.issuperset(_ENDS(row))),
    ]


def take_over(connection: CypherConnection, pack_id: str, parts: PackRows) -> PackRows:
    """Take the mark away, and give the rows that are not written yet; loads the pack with them."""
    mark = _mark(connection, pack_id)
    if mark is None:
        return parts
    content, written = mark
    if content != parts.content_digest:
        while _sweep(connection, pack_id):
            pass
        return parts
    connection.read(topology.FORGET_STAGE, pack_id=pack_id)
    there = {id(row) for _, row in rows_ahead(parts)[:written]}
    left = {name: [r for r in rows if id(r) not in there] for name, rows in parts.rows.items()}
    return replace(parts, rows=left)


def _is_loaded(connection: CypherConnection, pack_id: str) -> bool:
    return bool(connection.read(topology.PACK_ID, pack_id=pack_id))


def _mark(connection: CypherConnection, pack_id: str) -> tuple[str, int] | None:
    """Read of which content how many rows are written ahead."""
    found = connection.read(topology.STAGE, pack_id=pack_id)
    return (str(found[0][0]), int(found[0][1] or 0)) if found else None


def _sweep(connection: CypherConnection, pack_id: str) -> bool:
    """Delete a piece of what was written ahead, at last the mark; tells whether more is left."""
    swept = connection.read(topology.SWEEP_STAGE, pack_id=pack_id, most=PIECE)[0][0]
    if not swept:
        connection.read(topology.FORGET_STAGE, pack_id=pack_id)
    return bool(swept)
