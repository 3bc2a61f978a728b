"""Incidents as records: opening, growing, merging, ageing, and the ledger of all of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from datetime import datetime, timedelta

from pydantic import JsonValue

from graph.model.digest import tick_evidence_id
from graph.model.incident import Incident, IncidentState, Tick
from graph.model.signals import AlertRecord, AlertStatus, ChangeRecord
from graph.model.topology import Component
from graph.ports import RecordReader, Store, Transaction
from graph.words import incident_title
from ingest.ahead import ACTIVE, ENGINE, Outlook, outlook_of
from ingest.context import PackContext, PackShelf
from ingest.ground import Ground, Memory, Scene
from ingest.placing import Placer, audience, unresolved

TICK_S = 60
DIAGNOSE = "diagnose"


class IncidentBook:
    """Writes one pack's incidents inside one transaction; `touched` collects their ids."""

    def __init__(
        self, tx: Transaction, context: PackContext, at: datetime, memory: Memory | None = None
    ) -> None:
        """Work at instant `at` (the receipt of the payload, or the tick).

        What `memory`, which holds in this transaction, tells is not read.
        """
        self._tx = tx
        self._ground = Ground(tx, context.pack.id, memory)
        self.context = context
        self._at = at
        self.touched: set[str] = set()
        # What was read and written of incidents; nobody else writes them in this transaction.
        self._known: dict[str, Incident] | None = None
        self._alerts: dict[str, list[AlertRecord]] = {}
        self._ledger: dict[str, int] = {}  # lines, as far as any were written
        self._attached = False

    def active(self) -> list[Incident]:
        """List the pack's incidents that still take alerts in, by (opened_at, id)."""
        if self._known is None:
            self._known = {incident.id: incident for incident in self._ground.active()}
        active = [incident for incident in self._known.values() if incident.state in ACTIVE]
        return sorted(active, key=lambda i: (i.opened_at, i.id))

    def expect(self, new: Sequence[AlertRecord], foreseen: Outlook | None) -> datetime:
        """Read ahead what placing new alerts rests on; returns since when one may be adopted."""
        starts = (record.alert.starts_at for record in new)
        needed = outlook_of(self.context.pack, self.active(), starts, at=self._at)
        self._ground.expect(needed, foreseen)
        return needed.adopt_from

    def read_alerts(self) -> list[tuple[Incident, tuple[AlertRecord, ...]]]:
        """Read the alerts of every active incident."""
        active = self.active()
        alerts = self._ground.alerts([incident.id for incident in active])
        return [(incident, alerts[incident.id]) for incident in active]

    def waiting(self, since: datetime) -> tuple[AlertRecord, ...]:
        """Read the alerts received since then that no incident has taken in."""
        return self._ground.waiting(since)

    def scene(self, placer: Placer) -> Scene | None:
        """Give what the next payload rests on, once all of this one is placed and attached."""
        if self._attached:
            return None
        ledger = {**self._ground.ledger, **self._ledger}
        active, waiting = self.active(), placer.waiting
        return self._ground.scene(active, self._alerts, ledger=ledger, waiting=waiting)

    def store_placement(self, placer: Placer, *, new: Set[str]) -> None:
        """Write what the placer decided: records, new, grown and merged incidents.

        `new` names the records that are not stored yet; `read_alerts` gave the storms.
        """
        placed = placer.placed
        self._tx.incident_versions(sorted(placer.opened))
        self._tx.add_alerts([record for id_, record in placed.items() if id_ in new])
        self._tx.place_alerts([record for id_, record in placed.items() if id_ not in new])
        self._alerts = {storm.incident_id: storm.records for storm in placer.storms.values()}
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
        site, visibility = audience(components)
        incident = Incident(
            id=incident_id,
            pack_id=self.context.pack.id,
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
            evidence_revision=len(records),
        )
        self._put(incident, expected_version=None)
        detail = {"rule": incident.rule, "opener": opener.evidence_id}
        self._note(incident_id, "incident_opened", dict(detail))

    def _grow(self, incident_id: str, records: list[AlertRecord]) -> None:
        incident = self._incident(incident_id)
        site, visibility = audience(self._components(records))
        firing = any(r.alert.status is AlertStatus.FIRING for r in records)
        watching = incident.state is IncidentState.WATCHING
        wakes = watching and firing and unresolved(records)
        self._replace(
            incident,
            began_at=min([incident.began_at, *(r.alert.starts_at for r in records)]),
            last_alert_at=max(r.alert.received_at for r in records),
            site=site,
            visibility=visibility,
            replay_only=incident.replay_only and self._replayed_only(records),
            evidence_revision=len(records) + self._ground.besides[incident_id],
            state=IncidentState.OPEN if wakes and incident.owner is None else incident.state,
            quiet_since=None,
        )

    def _close_merged(self, younger: str, older: str) -> None:
        self._replace(
            self._incident(younger),
            state=IncidentState.CLOSED,
            merged_into=older,
            evidence_revision=self._ground.besides[younger],
        )
        self._note(younger, "merged", {"into": older})
        self._note(older, "merged", {"from": younger})

    def attach_changes(self) -> set[str]:
        """Attach changes from the look-back to as long after the last alert, where they touch."""
        attached: set[str] = set()
        changes = self._recent_changes()
        for incident in self.active():
            begin, end = self._look_back(incident)
            fresh = [
                change
                for change in changes.values()
                if begin <= change.change.at <= end and incident.id not in change.incident_ids
            ]
            suspects = self._suspects(incident.id) if fresh else set()
            hits = [c for c in fresh if suspects & set(c.component_ids)]
            for change in hits:
                ids = tuple(sorted({*change.incident_ids, incident.id}))
                joined = change.model_copy(update={"incident_ids": ids})
                self._tx.put_change(joined)
                changes[change.evidence_id] = joined
                self._note(incident.id, "change_attached", {"change": change.evidence_id})
            if hits:
                revision = count_evidence(self._tx, incident.id)
                self._replace(incident, evidence_revision=revision)
                attached.add(incident.id)
        self.touched |= attached
        self._attached = bool(attached)
        return attached

    def _look_back(self, incident: Incident) -> tuple[datetime, datetime]:
        within = self._within
        return incident.began_at - within, min(self._at, incident.last_alert_at + within)

    @property
    def _within(self) -> timedelta:
        return timedelta(seconds=self.context.pack.settings.adopt_within_s)

    def _recent_changes(self) -> dict[str, ChangeRecord]:
        """Read the changes of all look-backs at once, by (at, evidence_id)."""
        spans = [self._look_back(incident) for incident in self.active()]
        if not spans:
            return {}
        since, until = min(begin for begin, _ in spans), max(end for _, end in spans)
        found = self._ground.changes(since, until)  # each look-back takes its own of it
        return {r.evidence_id: r for r in found if r.retracted_at is None}

    def _suspects(self, incident_id: str) -> set[str]:
        found: set[str] = set()
        for record in self._alerts.get(incident_id) or self._tx.alerts_of(incident_id):
            found |= set(self.context.correlator.suspects(record))
        return found

    def queue_replayed(self, *, besides: Set[str]) -> None:
        """Queue the other active incidents of replay sources: a heartbeat moves their time on.

        What a payload touched is queued after them, so that it is diagnosed first.
        """
        self.queue(i.id for i in self.active() if i.replay_only and i.id not in besides)

    def queue(self, incident_ids: Iterable[str]) -> None:
        """Queue one diagnosis per incident; a waiting one takes the newer evidence."""
        payloads: dict[str, dict[str, JsonValue]] = {
            incident_id: {"incident_id": incident_id} for incident_id in sorted(incident_ids)
        }
        self._tx.enqueue_all(DIAGNOSE, payloads, at=self._at)

    def _components(self, records: Iterable[AlertRecord]) -> list[Component]:
        known = self.context.graph.components
        ids = dict.fromkeys(r.component_id for r in records if r.component_id)
        return [known[i] for i in ids if i in known]

    def _replayed_only(self, records: Iterable[AlertRecord]) -> bool:
        sources = {record.alert.source for record in records}
        return all(self._ground.is_replay(name) for name in sorted(sources))

    def _incident(self, incident_id: str) -> Incident:
        """Give an incident as it stands in this transaction."""
        known = self._known or {}
        return known.get(incident_id) or self._tx.incident(ENGINE, incident_id)

    def _replace(self, incident: Incident, **changes: object) -> None:
        """Write what the engine changed; `version` stays, it counts what people changed."""
        self._put(incident.model_copy(update=changes), expected_version=incident.version)

    def _put(self, incident: Incident, *, expected_version: int | None) -> None:
        self._tx.put_incident(incident, expected_version=expected_version)
        if self._known is not None:
            self._known[incident.id] = incident

    def _note(self, incident_id: str, kind: str, detail: dict[str, str | int]) -> None:
        line = self._tx.add_ledger(
            incident_id, at=self._at, kind=kind, actor="engine", detail=dict(detail)
        )
        self._ledger[incident_id] = line.seq

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
        quiet = None if unresolved(records) else (incident.quiet_since or at)
        wait = timedelta(seconds=self.context.pack.settings.watching_after_s)
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
    return tx.evidence_counts([incident_id])[incident_id]


def pass_time(store: Store, shelf: PackShelf, now: datetime) -> tuple[str, ...]:
    """Tick every live incident that is due and queue its diagnosis; returns their ids."""

    def work(tx: Transaction) -> tuple[str, ...]:
        aged: list[str] = []
        for context in shelf.contexts(tx).values():
            book = IncidentBook(tx, context, now)
            due = [i.id for i in book.active() if book.age(i)]
            book.queue(due)
            aged += due
        return tuple(sorted(aged))

    return store.write(work)
