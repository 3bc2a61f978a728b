"""The conductor of intake: payload in, durable alerts and incidents out, work queued.

Everything that one payload changes is written in one transaction, before the caller hears 202.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from datetime import datetime, timedelta

from pydantic import Field

from graph.calendar import kinds_at
from graph.errors import ForbiddenError
from graph.model.access import Principal
from graph.model.base import Model
from graph.model.digest import alert_evidence_id, change_evidence_id
from graph.model.incident import IncidentState
from graph.model.people import PeopleReport
from graph.model.signals import (
    Alert,
    AlertRecord,
    ChangeEvent,
    ChangeRecord,
    Heartbeat,
    Lane,
    QuarantineReason,
)
from graph.model.topology import WindowKind
from graph.ports import Store, Transaction
from ingest.ahead import Foresight, Outlook, expect_intake
from ingest.alerts import parse_alertmanager, parse_json
from ingest.changes import parse_changes
from ingest.context import PackContext, PackShelf, resolve_labels
from ingest.correlate import Storm
from ingest.incidents import IncidentBook
from ingest.people import report_alert
from ingest.placing import Placer

REPORTED = "people_reported"
FUTURE_LIMIT = timedelta(minutes=5)
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

    def receive_alertmanager(
        self, principal: Principal, body: bytes, *, received_at: datetime
    ) -> IntakeResult:
        """Store an Alertmanager v4 payload, place its alerts, queue the diagnoses.

        Raises: TooLargeError, MalformedError, InputError - nothing is stored then.
        """
        source = _source_of(principal)
        alerts = parse_alertmanager(parse_json(body), source=source, received_at=received_at)
        digest = hashlib.sha256(body).hexdigest()

        def work(tx: Transaction) -> IntakeResult:
            tx.keep_payload(source=source, digest=digest, received_at=received_at, body=body)
            return self._take_alerts(tx, alerts, received_at=received_at)

        return self._store.write(work)

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

        def work(tx: Transaction) -> IntakeResult:
            contexts = self.shelf.contexts(tx)
            alert = report_alert(contexts, principal, report, received_at=received_at)
            result = self._take_alerts(tx, (alert,), received_at=received_at)
            if result.accepted:
                place, detail = alert.labels["component"], report.model_dump(mode="json")
                tx.add_audit(
                    at=received_at,
                    actor=principal.name,
                    kind=REPORTED,
                    subject=place,
                    detail=detail,
                )
            return result

        return self._store.write(work)

    def _take_alerts(
        self, tx: Transaction, alerts: Sequence[Alert], *, received_at: datetime
    ) -> IntakeResult:
        ids = [_evidence_id(alert) for alert in alerts]
        foreseen = self._foresight.outlooks(alerts, received_at)
        expect_intake(tx, alerts, ids, foreseen.values())
        contexts = self.shelf.contexts(tx)
        records = [_record(contexts, alert, id_) for alert, id_ in zip(alerts, ids, strict=True)]
        tx.put_heartbeats(_heartbeats(records))
        new = _new(records, known=tx.known_alerts(ids))
        by_pack: dict[str, list[AlertRecord]] = defaultdict(list)
        for record in new:
            if record.lane is Lane.UNASSIGNED:
                by_pack[record.pack_id].append(record)
        touched: set[str] = set()
        for pack_id, context in contexts.items():
            book = IncidentBook(tx, context, received_at)
            if own := by_pack.get(pack_id):
                touched |= _place(tx, book, own, foreseen.get(pack_id))
                self._foresight.remember(context.pack, book.active())
            if any(record.lane is Lane.HEARTBEAT for record in records):
                book.queue_replayed(besides=touched)
            book.queue(touched)
        tx.add_alerts([record for record in new if record.lane is not Lane.UNASSIGNED])
        return IntakeResult(
            accepted=len(new),
            duplicates=len(records) - len(new),
            incident_ids=tuple(sorted(touched)),
            quarantined=sum(record.lane is Lane.QUARANTINE for record in new),
        )

    def _take_changes(
        self, tx: Transaction, changes: Iterable[ChangeEvent], received_at: datetime
    ) -> IntakeResult:
        contexts = self.shelf.contexts(tx)
        records = [_change_record(contexts, change) for change in changes]
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


def _evidence_id(alert: Alert) -> str:
    return alert_evidence_id(
        alert.source, alert.fingerprint, starts_at=alert.starts_at, status=alert.status
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


def _record(contexts: Mapping[str, PackContext], alert: Alert, evidence_id: str) -> AlertRecord:
    """Map an alert to a component, or put it into quarantine with the reason.

    A rule is stored under the library's name; what the source calls it stays in its labels.
    """
    pack_id, resolution = resolve_labels(contexts, alert.labels)
    beats = any(alert.alertname in context.heartbeats for context in contexts.values())
    reason = resolution.reason
    if alert.starts_at - FUTURE_LIMIT > alert.received_at:
        reason = QuarantineReason.FUTURE
    lane = Lane.QUARANTINE if reason else Lane.UNASSIGNED
    if resolution.component_id is not None:
        name = contexts[pack_id].in_library(alert.alertname, resolution.component_id)
        alert = alert if name == alert.alertname else alert.model_copy(update={"alertname": name})
    return AlertRecord(
        evidence_id=evidence_id,
        alert=alert,
        pack_id=pack_id or "none",
        lane=Lane.HEARTBEAT if beats else lane,
        component_id=None if beats else resolution.component_id,
        reason=None if beats else reason,
    )


def _heartbeats(records: Iterable[AlertRecord]) -> Iterator[Heartbeat]:
    """Renew each heartbeat by when it was received, repeated alerts included."""
    for record in records:
        if record.lane is Lane.HEARTBEAT and record.alert.status == "firing":
            at = record.alert.received_at
            site = record.alert.labels.get("site")
            yield Heartbeat(source=record.alert.source, site=site, first_at=at, last_at=at)


def _place(
    tx: Transaction, book: IncidentBook, records: list[AlertRecord], foreseen: Outlook | None
) -> set[str]:
    """Place and store one pack's new alerts, all reads first; returns the incidents touched."""
    placer = _placed(tx, book, records, foreseen)
    book.store_placement(placer, new={record.evidence_id for record in records})
    book.attach_changes()
    return set(book.touched)


def _placed(
    tx: Transaction, book: IncidentBook, records: list[AlertRecord], foreseen: Outlook | None
) -> Placer:
    context, pack = book.context, book.context.pack
    adopt_from = book.expect(records, foreseen)
    waiting = tx.unassigned_alerts(pack.id, since=adopt_from)
    placer = Placer(
        context.correlator,
        storms=_storms(book),
        waiting=waiting,
        in_session=lambda at: _in_session(context, at),
        adopt_from=adopt_from,
    )
    placer.place(records)
    return placer


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


def _change_record(contexts: Mapping[str, PackContext], change: ChangeEvent) -> ChangeRecord:
    """Map a change's targets over all packs; what fits none or two stays unmapped.

    A change belongs to one pack, the first in id order that it touches; targets in another are
    kept with the unmapped, in the order sent: nothing is lost.
    """
    found: dict[str, tuple[str, str]] = {}
    for target in change.targets:
        hits = [
            (pack_id, resolution.component_id)
            for pack_id, context in sorted(contexts.items())
            if (resolution := context.resolver.named(target)).component_id
        ]
        if len(hits) == 1 and hits[0][1]:
            found[target] = (hits[0][0], hits[0][1])
    pack_id = min((own for own, _ in found.values()), default=min(contexts, default="none"))
    here = {target: component for target, (own, component) in found.items() if own == pack_id}
    return ChangeRecord(
        evidence_id=change_evidence_id(change.source, change.id),
        change=change,
        pack_id=pack_id,
        component_ids=tuple(sorted(set(here.values()))),
        unmapped_targets=tuple(target for target in change.targets if target not in here),
    )
