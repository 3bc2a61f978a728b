"""Past cases come in from CSV and JSONL: every row of a file, or none and each fault told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pydantic import JsonValue

from api.bootstrap import Assistant
from api.knowledge.documents.wish import Files, Import, report_of
from api.schemas.documents import ImportedItem, ImportReport
from graph.errors import InputError
from graph.model.base import Text
from graph.model.document import DocumentFinding, ImportedCase, VersionStatus
from graph.model.knowledge import PastCase
from graph.model.pack import DomainPack
from graph.ports import Transaction

if TYPE_CHECKING:
    from ingest.past_cases import KnownIds


def import_cases(assistant: Assistant, files: Files, wish: Import) -> ImportReport:
    """Take past cases in: every row of a file, or none and the report of each faulty row."""
    read = [(name, *_read_cases(assistant, name, raw, wish)) for name, raw in files]
    items: list[ImportedItem] = []
    fresh: dict[str, ImportedCase] = {}
    held = {one.id: one.case for one in assistant.store.imported_cases()}
    for name, cases, faults in read:
        new = [case for case in cases if held.get(case.id) != case]
        held |= {case.id: case for case in new}
        fresh |= {case.id: _told(case, name, wish) for case in new}
        items += faults or _case_items(name, cases, len(new))
    if fresh and not wish.dry_run:
        assistant.store.write(lambda tx: _store_cases(tx, list(fresh.values()), wish))
        assistant.knowledge.forget()
    return report_of("cases", items, wish)


def _case_items(name: str, cases: Sequence[PastCase], new: int) -> list[ImportedItem]:
    outcome = "taken" if new else "unchanged"
    return [ImportedItem.model_validate({"file": name, "outcome": outcome, "steps": len(cases)})]


def _read_cases(
    assistant: Assistant, name: str, raw: bytes, wish: Import
) -> tuple[tuple[PastCase, ...], list[ImportedItem]]:
    from ingest.documents.blocks import Refusal
    from ingest.documents.encodings import decode
    from ingest.documents.take_in import finding_of
    from ingest.past_cases import read_cases

    try:
        text, _ = decode(raw)
        known = _known_ids(assistant, wish.pack)
        return read_cases(name, text, pack_id=wish.pack.id, known=known), []
    except Refusal as refusal:
        findings = (finding_of(refusal.note.code, refusal.note.seen),)
        return (), [ImportedItem(file=name, outcome="refused", findings=findings)]
    except InputError as error:
        places = error.errors or (None,)
        return (), [
            ImportedItem(
                file=name if place is None else place.pointer,
                outcome="refused",
                findings=(_row_fault(str(error) if place is None else place.detail),),
            )
            for place in places
        ]


def _row_fault(what: str) -> DocumentFinding:
    return DocumentFinding(
        code="row", gravity="error", text=Text(zh=f"这一行有误：{what}", en=what)
    )


def _known_ids(assistant: Assistant, pack: DomainPack) -> KnownIds:
    from ingest.past_cases import KnownIds

    published = frozenset({VersionStatus.PUBLISHED})
    taken = {one.sop_id for one in assistant.store.sop_versions(statuses=published)}
    return KnownIds(
        components={component.id: component.kind for component in pack.components},
        modes={mode.id: mode.kind for mode in pack.library.modes},
        sops=frozenset({sop.id for sop in pack.sops} | taken),
    )


def _told(case: PastCase, name: str, wish: Import) -> ImportedCase:
    return ImportedCase(
        id=case.id, case=case, file_name=name[:500], imported_by=wish.by, imported_at=wish.at
    )


def _store_cases(tx: Transaction, cases: Sequence[ImportedCase], wish: Import) -> None:
    from reasoning.remediation.book import not_before_last

    names: list[JsonValue] = [*sorted({one.file_name for one in cases})[:20]]
    tx.put_imported_cases(cases)
    tx.add_audit(
        at=not_before_last(tx, wish.at),
        actor=wish.by,
        kind="cases_imported",
        subject=wish.pack.id,
        detail={"count": len(cases), "files": names},
    )
