"""The conductor of intake: payload in, durable alerts and incidents out, work queued.

Everything that one payload changes is written in one transaction, before the caller hears 202.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from datetime import datetime

from pydantic import Field

from graph.calendar import kinds_at
from graph.errors import ForbiddenError
from graph.model.access import Principal
from graph.model.base import Model
from graph.model.incident import IncidentState
from graph.model.people import PeopleReport
from graph.model.signals import Alert, AlertRecord, ChangeEvent, ChangeRecord, Lane
from graph.model.topology import WindowKind
from graph.ports import Store, Transaction
from ingest.ahead import Foresight, Outlook, expect_intake
from ingest.alerts import parse_alertmanager, parse_json
from ingest.changes import parse_changes
from ingest.context import PackContext, PackShelf
from ingest.correlate import Storm
from ingest.ground import Memory, Scene
from ingest.incidents import IncidentBook
from ingest.mapping import alert_record, change_record, evidence_id_of, heartbeats_in
from ingest.people import report_alert
from ingest.placing import Placer
from ingest.sender import Sender

REPORTED = "people_reported"
IN_SESSION = (WindowKind.EXAM_WEEK, WindowKind.CREDIT_DEADLINE)


class IntakeResult(Model):
    """What became of a payload.

    `accepted` counts the states newly stored, quarantined ones included; `duplicates` those
    known before; incident ids are sorted.
    """

    accepted: int = Field(ge=0)
    duplicates: int = Field(ge=0)
    incident_ids: tuple[str, ...] = ()
    quarantined: int = Field(ge=0)


class Intake:
    """Takes payloads in; safe to call from several threads (the store orders the writes)."""

    def __init__(self, store: Store) -> None:
        """Work on this store; contexts of packs are built on first use and shared by `shelf`."""
        self._store = store
        self.shelf = PackShelf()
        self._foresight = Foresight()
        self._memory = Memory()  # of the store, as this intake wrote it last

    def receive_alertmanager(
        self,
        principal: Principal,
        body: bytes,
        *,
        received_at: datetime,
        sender: Sender | None = None,
    ) -> IntakeResult:
        """Store an Alertmanager v4 payload, place its alerts, queue the diagnoses.

        `sender`: where the principal is only presumed; what is stored confirms it.

        Raises: TooLargeError, MalformedError, InputError, UnauthenticatedError - nothing is stored
            then. A fault of the payload is told whether or not the sender stands.
        """
        source = _source_of(principal)
        alerts = parse_alertmanager(parse_json(body), source=source, received_at=received_at)
        digest = hashlib.sha256(body).hexdigest()

        def work(tx: Transaction) -> tuple[IntakeResult, Memory]:
            tx.keep_payload(source=source, digest=digest, received_at=received_at, body=body)
            return self._take_alerts(tx, alerts, received_at=received_at, sender=sender)

        return self._written(work)

    def receive_changes(
        self, principal: Principal, body: bytes, *, received_at: datetime
    ) -> IntakeResult:
        """Store changes; one that touches an open incident's evidence joins it.

        Raises: TooLargeError, MalformedError, InputError - nothing is stored then.
        """
        source = _source_of(principal)
        changes = parse_changes(parse_json(body), source=source, received_at=received_at)
        return self._store.write(lambda tx: self._take_changes(tx, changes, received_at))

    def receive_report(
        self, principal: Principal, report: PeopleReport, *, received_at: datetime
    ) -> IntakeResult:
        """Store what people say as an alert, with who took it, and place it like any other.

        Raises: InputError - nothing is stored then.
        """

        def work(tx: Transaction) -> tuple[IntakeResult, Memory]:
            contexts = self.shelf.contexts(tx)
            alert = report_alert(contexts, principal, report, received_at=received_at)
            result, memory = self._take_alerts(tx, (alert,), received_at=received_at)
            if not result.accepted:  # nothing is written: it is no commit
                return result, Memory()
            place, detail = alert.labels["component"], report.model_dump(mode="json")
            tx.add_audit(
                at=received_at,
                actor=principal.name,
                kind=REPORTED,
                subject=place,
                detail=detail,
            )
            return result, memory

        return self._written(work)

    def _written(self, work: Callable[[Transaction], tuple[IntakeResult, Memory]]) -> IntakeResult:
        """Do the work, and keep what it leaves once it is committed."""
        result, self._memory = self._store.write(work)
        return result

    def _take_alerts(
        self,
        tx: Transaction,
        alerts: Sequence[Alert],
        *,
        received_at: datetime,
        sender: Sender | None = None,
    ) -> tuple[IntakeResult, Memory]:
        ids = [evidence_id_of(alert) for alert in alerts]
        foreseen: Mapping[str, Outlook] = {}
        memory = self._memory.at(tx.stands_on)
        if not memory.holds:
            foreseen = self._foresight.outlooks(alerts, received_at)
            expect_intake(tx, alerts, ids, foreseen.values(), sender)
        memory.confirm(tx, sender)
        contexts = memory.contexts if memory.holds else self.shelf.contexts(tx)
        records = [
            alert_record(contexts, alert, id_) for alert, id_ in zip(alerts, ids, strict=True)
        ]
        tx.put_heartbeats(heartbeats_in(records))
        new = _new(records, known=memory.known(tx, ids))
        books = {p: IncidentBook(tx, c, received_at, memory) for p, c in contexts.items()}
        scenes = self._place_all(books, new, foreseen)
        beats = any(record.lane is Lane.HEARTBEAT for record in records)
        touched = _queue(books.values(), beats=beats)
        tx.add_alerts([record for record in new if record.lane is not Lane.UNASSIGNED])
        return _told(records, new, touched), memory.after(contexts, scenes, ids, sender)

    def _place_all(
        self,
        books: Mapping[str, IncidentBook],
        new: Iterable[AlertRecord],
        foreseen: Mapping[str, Outlook],
    ) -> dict[str, Scene | None]:
        """Place and store new alerts, pack by pack; returns what that leaves of each."""
        by_pack: dict[str, list[AlertRecord]] = defaultdict(list)
        for record in new:
            if record.lane is Lane.UNASSIGNED:
                by_pack[record.pack_id].append(record)
        scenes: dict[str, Scene | None] = {}
        for pack_id, book in books.items():
            if own := by_pack.get(pack_id):
                scenes[pack_id] = _place(book, own, foreseen.get(pack_id))
                self._foresight.remember(book.context.pack, book.active())
        return scenes

    def _take_changes(
        self, tx: Transaction, changes: Iterable[ChangeEvent], received_at: datetime
    ) -> IntakeResult:
        contexts = self.shelf.contexts(tx)
        records = [change_record(contexts, change) for change in changes]
        new = [record for record in records if _is_new(tx, record) and tx.put_change(record)]
        touched: set[str] = set()
        for context in contexts.values():
            book = IncidentBook(tx, context, received_at)
            touched |= book.attach_changes()
            book.queue(touched)
        return IntakeResult(
            accepted=len(new),
            duplicates=len(records) - len(new),
            incident_ids=tuple(sorted(touched)),
            quarantined=sum(bool(record.unmapped_targets) for record in new),
        )


def _new(records: Iterable[AlertRecord], *, known: Set[str]) -> list[AlertRecord]:
    """Give what is not stored, each state once, in its order."""
    found: dict[str, AlertRecord] = {}
    for record in records:
        if record.evidence_id not in known:
            found.setdefault(record.evidence_id, record)
    return list(found.values())


def _is_new(tx: Transaction, record: ChangeRecord) -> bool:
    """Tell whether a change is unknown; a repeated one must not lose its incidents."""
    at = record.change.at
    known = tx.changes_between(record.pack_id, since=at, until=at)
    return record.evidence_id not in {change.evidence_id for change in known}


def _source_of(principal: Principal) -> str:
    if principal.source is None:
        raise ForbiddenError(f"{principal.name!r} is no alert source; use a source's token")
    return principal.source


def _place(
    book: IncidentBook, records: list[AlertRecord], foreseen: Outlook | None
) -> Scene | None:
    """Place and store one pack's new alerts, all reads first; returns what that leaves."""
    placer = _placed(book, records, foreseen)
    book.store_placement(placer, new={record.evidence_id for record in records})
    book.attach_changes()
    return book.scene(placer)


def _placed(book: IncidentBook, records: list[AlertRecord], foreseen: Outlook | None) -> Placer:
    context = book.context
    adopt_from = book.expect(records, foreseen)
    placer = Placer(
        context.correlator,
        storms=_storms(book),
        waiting=book.waiting(adopt_from),
        in_session=lambda at: _in_session(context, at),
        adopt_from=adopt_from,
    )
    placer.place(records)
    return placer


def _queue(books: Iterable[IncidentBook], *, beats: bool) -> set[str]:
    """Queue the diagnoses of what was touched, after those whose time heartbeats move on."""
    touched: set[str] = set()
    for book in books:
        touched |= book.touched
        if beats:
            book.queue_replayed(besides=touched)
        book.queue(touched)
    return touched


def _told(
    records: Sequence[AlertRecord], new: Sequence[AlertRecord], touched: Set[str]
) -> IntakeResult:
    return IntakeResult(
        accepted=len(new),
        duplicates=len(records) - len(new),
        incident_ids=tuple(sorted(touched)),
        quarantined=sum(record.lane is Lane.QUARANTINE for record in new),
    )


def _storms(book: IncidentBook) -> list[Storm]:
    storms = []
    for incident, records in book.read_alerts():
        mergeable = incident.state is IncidentState.OPEN and incident.owner is None
        storm = Storm(incident.id, incident.opened_at, mergeable, incident.last_alert_at)
        storm.add_all(records, book.context.correlator.suspects)
        storms.append(storm)
    return storms


def _in_session(context: PackContext, at: datetime) -> bool:
    kinds = kinds_at(context.pack.calendar, at)
    return WindowKind.EVENING_PEAK in kinds and any(kind in kinds for kind in IN_SESSION)
