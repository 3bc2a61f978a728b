"""Documents come in as drafts; the same content again changes nothing.

Reading happens before the transaction, in processes of its own; what is stored, with its audit
line, is one transaction.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from api.bootstrap import Assistant
from api.knowledge.documents.wish import Files, Import, report_of
from api.schemas.documents import ImportedItem, ImportReport
from graph.model.document import CommandChange, DocumentFinding, SopVersion, VersionStatus
from graph.model.knowledge import Sop
from graph.model.pack import DomainPack
from graph.ports import Transaction

if TYPE_CHECKING:
    from ingest.documents.take_in import TakenDocument


def import_sops(assistant: Assistant, files: Files, wish: Import) -> ImportReport:
    """Take documents in as drafts; a draft that is there already gives way to its successor."""
    from ingest.documents.apart import read_apart
    from ingest.documents.take_in import take_in

    taken = take_in(files, pack_id=wish.pack.id, read=read_apart, known=_known_names(wish.pack))
    ids = Counter(one.sop.id for one in taken if one.sop is not None)
    twice = frozenset(sop_id for sop_id, times in ids.items() if times > 1)
    items = assistant.store.write(lambda tx: [_draft(tx, one, wish, twice) for one in taken])
    return report_of("sops", items, wish)


def _known_names(pack: DomainPack) -> dict[str, frozenset[str]]:
    """Give what front matter may name, by field of `applies_to`."""
    modes = {mode.id.partition(":")[2] for mode in pack.library.modes}
    return {
        "components": frozenset(c.id.partition(":")[2] for c in pack.components),
        "kinds": frozenset(kind.id for kind in pack.library.kinds),
        "fault_modes": frozenset(modes | {mode.replace(".", "/", 1) for mode in modes}),
        "alerts": frozenset(alert.alertname for alert in pack.library.alert_types),
    }


def _draft(
    tx: Transaction, taken: TakenDocument, wish: Import, twice: frozenset[str]
) -> ImportedItem:
    from ingest.documents.commands import compare, hosts_in
    from ingest.documents.take_in import finding_of

    sop = taken.sop
    if sop is None:
        return ImportedItem(file=taken.file, outcome="refused", findings=taken.findings)
    taken_by_pack = any(sop.id == own.id for own in wish.pack.sops)
    if taken_by_pack or sop.id in twice:
        code = "id_taken" if taken_by_pack else "id_twice"
        findings = (finding_of(code, sop.id), *taken.findings)
        return ImportedItem(file=taken.file, outcome="refused", findings=findings, sop_id=sop.id)
    known = tx.sop_versions(sop_id=sop.id)
    last = known[-1] if known else None
    digest = content_digest(sop)
    if last is not None and last.content_sha256 == digest and last.status in _STANDING:
        return _item(taken, last, "unchanged")
    published = next((one for one in known if one.status is VersionStatus.PUBLISHED), None)
    before = () if published is None else published.commands
    had = frozenset[str]() if published is None else hosts_in(_texts(published.sop))
    new_hosts = sorted(hosts_in(_texts(sop)) - had)
    version = _version(
        taken,
        sop,
        wish,
        revision=last.revision + 1 if last else 1,
        digest=digest,
        changes=compare(before, taken.commands),
        findings=(*taken.findings, *(finding_of("new_url", host) for host in new_hosts)),
    )
    if not wish.dry_run:
        _store_draft(tx, version, known, wish)
    return _item(taken, version, "taken")


_STANDING: Final = frozenset({VersionStatus.DRAFT, VersionStatus.PUBLISHED})


def content_digest(sop: Sop) -> str:
    """Digest what a reader of an SOP would see, and whom it is for."""
    return hashlib.sha256(sop.model_dump_json(exclude={"revision"}).encode()).hexdigest()


def _texts(sop: Sop) -> list[str]:
    steps = [step for section in sop.sections for step in section.steps]
    return [text for step in steps for text in (step.text.zh, step.text.en)]


def _version(
    taken: TakenDocument,
    sop: Sop,
    wish: Import,
    *,
    revision: int,
    digest: str,
    changes: tuple[CommandChange, ...],
    findings: tuple[DocumentFinding, ...],
) -> SopVersion:
    return SopVersion(
        id=f"{sop.id}:{revision}",
        sop_id=sop.id,
        revision=revision,
        sop=sop.model_copy(update={"revision": str(revision)}),
        file_name=taken.file[:500],
        file_sha256=taken.file_sha256,
        content_sha256=digest,
        commands=taken.commands,
        changes=changes,
        findings=findings,
        drafted_by=wish.by,
        drafted_at=wish.at,
    )


def _store_draft(
    tx: Transaction, version: SopVersion, known: Iterable[SopVersion], wish: Import
) -> None:
    from reasoning.remediation.book import not_before_last

    for old in known:
        if old.status is VersionStatus.DRAFT:
            over = {"status": VersionStatus.SUPERSEDED, "version": old.version + 1}
            ended = {"ended_by": wish.by, "ended_at": wish.at, "ended_why": version.id}
            tx.put_sop_version(old.model_copy(update=over | ended), expected_version=old.version)
    tx.put_sop_version(version, expected_version=None)
    tx.add_audit(
        at=not_before_last(tx, wish.at),
        actor=wish.by,
        kind="sop_drafted",
        subject=version.id,
        detail={"file": version.file_name, "content_sha256": version.content_sha256},
    )


def _item(taken: TakenDocument, version: SopVersion, outcome: str) -> ImportedItem:
    return ImportedItem.model_validate(
        {
            "file": taken.file,
            "outcome": outcome,
            "findings": version.findings if outcome == "taken" else taken.findings,
            "sop_id": version.sop_id,
            "version_id": version.id,
            "revision": version.revision,
            "title": version.sop.title,
            "steps": sum(len(section.steps) for section in version.sop.sections),
            "changes": version.changes,
        }
    )
