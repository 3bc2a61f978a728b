"""Incidents as records: opening, growing, merging, ageing, and the ledger of all of it."""

from __future__ import annotations

from collections.abc import Iterable, Set
from datetime import datetime, timedelta

from graph.model.access import Principal
from graph.model.digest import tick_evidence_id
from graph.model.incident import Incident, IncidentState, Tick
from graph.model.observation import count_items
from graph.model.signals import AlertRecord, AlertStatus
from graph.model.topology import Component, Visibility
from graph.ports import RecordReader, Store, Transaction
from graph.words import incident_title
from ingest.context import PackContext, PackShelf
from ingest.placing import Placer, identity

ENGINE = Principal(name="engine")
ACTIVE = frozenset(
    {
        IncidentState.OPEN,
        IncidentState.ACKNOWLEDGED,
        IncidentState.MITIGATING,
        IncidentState.WATCHING,
    }
)
TICK_S = 60
DIAGNOSE = "diagnose"


class IncidentBook:
    """Writes one pack's incidents inside one transaction; `touched` collects their ids."""

    def __init__(self, tx: Transaction, context: PackContext, at: datetime) -> None:
        """Work at instant `at` (the receipt of the payload, or the tick)."""
        self._tx = tx
        self._context = context
        self._at = at
        self.touched: set[str] = set()

    @staticmethod
    def active(tx: Transaction, pack_id: str) -> list[Incident]:
        """List a pack's incidents that still take alerts in, by (opened_at, id)."""
        found: list[Incident] = []
        cursor: str | None = None
        while True:
            page = tx.incidents(ENGINE, states=ACTIVE, cursor=cursor, limit=200)
            found += [i for i in page.items if isinstance(i, Incident) and i.pack_id == pack_id]
            cursor = page.next_cursor
            if cursor is None:
                return sorted(found, key=lambda i: (i.opened_at, i.id))

    def store_placement(self, placer: Placer) -> None:
        """Write what the placer decided: records, new, grown and merged incidents."""
        self._tx.place_alerts(list(placer.placed.values()))
        grown = {r.incident_id for r in placer.placed.values() if r.incident_id}
        for incident_id in sorted(i for i in grown if i in placer.storms):
            records = placer.storms[incident_id].records
            if incident_id in placer.opened:
                self._open(placer, incident_id)
            else:
                self._grow(incident_id, records)
            added = sum(r.incident_id == incident_id for r in placer.placed.values())
            self._note(incident_id, "alerts_attached", {"count": added})
            self.touched.add(incident_id)
        for younger, older in sorted(placer.merged.items()):
            if younger not in placer.opened:
                self._close_merged(younger, older)

    def _open(self, placer: Placer, incident_id: str) -> None:
        opener, records = placer.openers[incident_id], placer.storms[incident_id].records
        components = self._components(records)
        site, visibility = _audience(components)
        incident = Incident(
            id=incident_id,
            pack_id=self._context.pack.id,
            state=IncidentState.OPEN,
            rule=placer.opened[incident_id],
            opened_by=opener.evidence_id,
            opened_at=self._at,
            began_at=min(r.alert.starts_at for r in records),
            last_alert_at=max(r.alert.received_at for r in records),
            title=incident_title([c.name for c in components]),
            site=site,
            visibility=visibility,
            replay_only=self._replayed_only(records),
            evidence_revision=count_evidence(self._tx, incident_id),
        )
        self._tx.put_incident(incident, expected_version=None)
        detail = {"rule": incident.rule, "opener": opener.evidence_id}
        self._note(incident_id, "incident_opened", dict(detail))

    def _grow(self, incident_id: str, records: list[AlertRecord]) -> None:
        incident = self._tx.incident(ENGINE, incident_id)
        site, visibility = _audience(self._components(records))
        firing = any(r.alert.status is AlertStatus.FIRING for r in records)
        watching = incident.state is IncidentState.WATCHING
        wakes = watching and firing and _unresolved(records)
        self._replace(
            incident,
            began_at=min([incident.began_at, *(r.alert.starts_at for r in records)]),
            last_alert_at=max(r.alert.received_at for r in records),
            site=site,
            visibility=visibility,
            replay_only=incident.replay_only and self._replayed_only(records),
            evidence_revision=count_evidence(self._tx, incident_id),
            state=IncidentState.OPEN if wakes and incident.owner is None else incident.state,
            quiet_since=None,
        )

    def _close_merged(self, younger: str, older: str) -> None:
        incident = self._tx.incident(ENGINE, younger)
        self._replace(
            incident,
            state=IncidentState.CLOSED,
            merged_into=older,
            evidence_revision=count_evidence(self._tx, younger),
        )
        self._note(younger, "merged", {"into": older})
        self._note(older, "merged", {"from": younger})

    def attach_changes(self) -> set[str]:
        """Attach changes from the look-back to as long after the last alert, where they touch."""
        since = timedelta(seconds=self._context.pack.settings.adopt_within_s)
        attached: set[str] = set()
        for incident in self.active(self._tx, self._context.pack.id):
            until = min(self._at, incident.last_alert_at + since)
            changes = self._tx.changes_between(
                self._context.pack.id, since=incident.began_at - since, until=until
            )
            fresh = [c for c in changes if incident.id not in c.incident_ids]
            suspects = self._suspects(incident.id) if fresh else set()
            hits = [c for c in fresh if suspects & set(c.component_ids)]
            for change in hits:
                ids = tuple(sorted({*change.incident_ids, incident.id}))
                self._tx.put_change(change.model_copy(update={"incident_ids": ids}))
                self._note(incident.id, "change_attached", {"change": change.evidence_id})
            if hits:
                stored = self._tx.incident(ENGINE, incident.id)
                revision = count_evidence(self._tx, incident.id)
                self._replace(stored, evidence_revision=revision)
                attached.add(incident.id)
        self.touched |= attached
        return attached

    def _suspects(self, incident_id: str) -> set[str]:
        found: set[str] = set()
        for record in self._tx.alerts_of(incident_id):
            found |= set(self._context.correlator.suspects(record))
        return found

    def queue_replayed(self, *, besides: Set[str]) -> None:
        """Queue the other active incidents of replay sources: a heartbeat moves their time on.

        What a payload touched is queued after them, so that it is diagnosed first.
        """
        active = self.active(self._tx, self._context.pack.id)
        self.queue(i.id for i in active if i.replay_only and i.id not in besides)

    def queue(self, incident_ids: Iterable[str]) -> None:
        """Queue one diagnosis per incident; a waiting one takes the newer evidence."""
        for incident_id in sorted(incident_ids):
            self._tx.enqueue(
                DIAGNOSE, key=incident_id, payload={"incident_id": incident_id}, at=self._at
            )

    def _components(self, records: Iterable[AlertRecord]) -> list[Component]:
        known = self._context.graph.components
        ids = dict.fromkeys(r.component_id for r in records if r.component_id)
        return [known[i] for i in ids if i in known]

    def _replayed_only(self, records: Iterable[AlertRecord]) -> bool:
        sources = {record.alert.source for record in records}
        known = (self._tx.source(name) for name in sorted(sources))
        return all(source is not None and source.replay for source in known)

    def _replace(self, incident: Incident, **changes: object) -> None:
        """Write what the engine changed; `version` stays, it counts what people changed."""
        self._tx.put_incident(
            incident.model_copy(update=changes), expected_version=incident.version
        )

    def _note(self, incident_id: str, kind: str, detail: dict[str, str | int]) -> None:
        self._tx.add_ledger(
            incident_id, at=self._at, kind=kind, actor="engine", detail=dict(detail)
        )

    def age(self, incident: Incident) -> bool:
        """Let a minute pass for a live incident: store a tick, and watch it once all is quiet.

        Returns whether anything was written. A replayed incident does not age.
        """
        if incident.replay_only or not self._due(incident):
            return False
        at = self._at.replace(microsecond=0)
        tick = Tick(evidence_id=tick_evidence_id(incident.id, at), incident_id=incident.id, at=at)
        self._tx.add_tick(tick)
        records = self._tx.alerts_of(incident.id)
        quiet = None if _unresolved(records) else (incident.quiet_since or at)
        wait = timedelta(seconds=self._context.pack.settings.watching_after_s)
        watching = quiet is not None and at - quiet >= wait
        self._replace(
            incident,
            quiet_since=quiet,
            state=IncidentState.WATCHING if watching else incident.state,
            evidence_revision=count_evidence(self._tx, incident.id),
        )
        if watching:
            self._note(incident.id, "state_changed", {"to": IncidentState.WATCHING})
        return True

    def _due(self, incident: Incident) -> bool:
        """A tick is due every 60 s until the incident is watched."""
        if incident.state is IncidentState.WATCHING:
            return False
        ticks = self._tx.ticks_of(incident.id)
        last = max([incident.opened_at, *(tick.at for tick in ticks)])
        return self._at - last >= timedelta(seconds=TICK_S)


def count_evidence(tx: RecordReader, incident_id: str) -> int:
    """Count an incident's stored evidence: alert states, changes, ticks, what people entered."""
    parts = (tx.alerts_of(incident_id), tx.changes_of(incident_id), tx.ticks_of(incident_id))
    return sum(len(part) for part in parts) + count_items(tx.observations_of(incident_id))


def _unresolved(records: Iterable[AlertRecord]) -> bool:
    """Tell whether any firing alert has no resolve yet."""
    kept = list(records)
    resolved = {identity(r) for r in kept if r.alert.status is AlertStatus.RESOLVED}
    return any(identity(r) not in resolved for r in kept if r.alert.status is AlertStatus.FIRING)


def _audience(components: list[Component]) -> tuple[str | None, Visibility]:
    """Restrict an incident to a site only when every component is restricted to that site."""
    sites = {(c.site, c.visibility) for c in components}
    if len(sites) == 1:
        return next(iter(sites))
    return None, Visibility.ALL


def pass_time(store: Store, shelf: PackShelf, now: datetime) -> tuple[str, ...]:
    """Tick every live incident that is due and queue its diagnosis; returns their ids."""

    def work(tx: Transaction) -> tuple[str, ...]:
        aged: list[str] = []
        for context in shelf.contexts(tx).values():
            book = IncidentBook(tx, context, now)
            due = [i.id for i in book.active(tx, context.pack.id) if book.age(i)]
            book.queue(due)
            aged += due
        return tuple(sorted(aged))

    return store.write(work)
