"""One import: who brings what in for which pack and when, and the report of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from api.schemas.documents import ImportedItem, ImportReport
from graph.model.pack import DomainPack

Files = Sequence[tuple[str, bytes]]


@dataclass(frozen=True)
class Import:
    """Who brings something in for which pack, when, and whether only to see what would happen."""

    pack: DomainPack
    by: str
    at: datetime
    dry_run: bool = False


def report_of(kind: str, items: Sequence[ImportedItem], wish: Import) -> ImportReport:
    """Count what became of the files."""
    counts = {name: sum(item.outcome == name for item in items) for name in _OUTCOMES}
    return ImportReport.model_validate(
        {"kind": kind, "pack_id": wish.pack.id, "dry_run": wish.dry_run, "items": items, **counts}
    )


_OUTCOMES: Final = ("taken", "unchanged", "refused")
