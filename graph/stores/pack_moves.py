"""What to do to the stored rows of a pack, so that they are those of another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from graph.model.pack import LoadCounts
from graph.stores import sql
from graph.stores.pack_rows import PackRow
from graph.stores.shapes import Label


@dataclass(frozen=True)
class Moves:
    """What to do to the rows of a label; `gone` holds keys."""

    label: Label
    added: Sequence[PackRow]
    changed: Sequence[PackRow] = ()
    gone: Sequence[sql.Row] = ()
    unchanged: int = 0

    def keys_gone(self) -> list[dict[str, sql.Value]]:
        """Give the keys of the rows to delete, by their names."""
        return [dict(zip(self.label.key, key, strict=True)) for key in self.gone]


def moves_of(
    connection: sql.Connection, pack_id: str, label: Label, rows: Sequence[PackRow]
) -> Moves:
    """Compare the rows of a label with those that are stored of a pack."""
    found = connection.execute(sql.keys_of_pack(label), {"pack_id": pack_id}).fetchall()
    stored = {row[:-1]: row[-1] for row in found}
    places = [label.column_names.index(name) for name in label.key]
    added, changed = list[PackRow](), list[PackRow]()
    for row in rows:
        body = stored.pop(tuple([row[place] for place in places]), None)
        if body is None:
            added.append(row)
        elif body != row[-1]:
            changed.append(row)
    unchanged = len(rows) - len(added) - len(changed)
    return Moves(label, added, changed, gone=tuple(stored), unchanged=unchanged)


def all_new(label: Label, rows: Sequence[PackRow]) -> Moves:
    """Say of rows of a label that none of them is stored."""
    return Moves(label, rows)


def counted(moves: Sequence[Moves], *, turned: bool, ahead: int) -> LoadCounts:
    """Count the rows.

    Args:
        moves: label by label.
        turned: title, calendar or settings differ, one change of the pack.
        ahead: rows of a new pack that were written before its transaction.
    """
    return LoadCounts(
        added=sum(len(move.added) for move in moves) + ahead,
        changed=sum(len(move.changed) for move in moves) + turned,
        removed=sum(len(move.gone) for move in moves),
        unchanged=sum(move.unchanged for move in moves),
    )
