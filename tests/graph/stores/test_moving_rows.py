"""Whatever the embedded store keeps moves house, or is left behind on purpose."""

from __future__ import annotations

from typing import Final

from graph.model.moving import FORMS, RecordKind
from graph.stores import schema
from graph.stores.moving_rows import all_of

# Safety rules 10 and 13; the epoch is the store's own, and the links stand in the changes.
_LEFT: Final = {schema.TOKEN.table, schema.SESSION.table, schema.EPOCH.table}
_WITHIN: Final = {schema.CHANGE_EVIDENCE.table}


def test_every_table_moves_or_stays_on_purpose() -> None:
    """A new kind of record is no export's blind spot: it gets a kind, or a reason here."""
    moving = {all_of(kind).partition(" FROM ")[2].split()[0] for kind in RecordKind}
    assert len(moving) == len(RecordKind) == len(FORMS)
    assert moving | _LEFT | _WITHIN == {label.table for label in schema.LABELS}
