"""Where each new alert goes: into an incident, a lane, or a new incident.

Pure bookkeeping on values: the conductor (`ingest.intake`) reads what is open, lets a `Placer`
place the alerts one by one in order, and stores what changed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from itertools import combinations

from graph.model.digest import incident_id as name_incident
from graph.model.signals import AlertRecord, AlertStatus, Lane
from graph.model.topology import Component, Visibility
from ingest.correlate import JOIN_WITHIN, Correlator, Storm

ADOPT_BEFORE = timedelta.max  # what still waits is bounded by `adopt_from`
InSession = Callable[[datetime], bool]
AlertIdentity = tuple[str, str, datetime]


def identity(record: AlertRecord) -> AlertIdentity:
    """Name the alert that a firing and a resolved record share."""
    return (record.alert.source, record.alert.fingerprint, record.alert.starts_at)


def order(record: AlertRecord) -> tuple[datetime, datetime, str, str]:
    """Order alert states: received, started, fingerprint, status."""
    alert = record.alert
    return (alert.received_at, alert.starts_at, alert.fingerprint, alert.status)


def unresolved(records: Iterable[AlertRecord]) -> bool:
    """Tell whether any firing alert has no resolve yet."""
    kept = list(records)
    resolved = {identity(r) for r in kept if r.alert.status is AlertStatus.RESOLVED}
    return any(identity(r) not in resolved for r in kept if r.alert.status is AlertStatus.FIRING)


def audience(components: list[Component]) -> tuple[str | None, Visibility]:
    """Restrict an incident to a site only when every component is restricted to that site."""
    sites = {(c.site, c.visibility) for c in components}
    if len(sites) == 1:
        return next(iter(sites))
    return None, Visibility.ALL


class Placer:
    """Places alerts of one pack; afterwards `placed`, `opened` and `merged` say what changed.

    `placed` maps evidence id -> record; `opened` maps incident id -> rule; `merged` maps the
    younger incident -> the older one.
    """

    def __init__(
        self,
        correlator: Correlator,
        *,
        storms: Iterable[Storm],
        waiting: Iterable[AlertRecord],
        in_session: InSession,
        adopt_from: datetime,
    ) -> None:
        """Start from the open incidents and from the unassigned alerts since `adopt_from`.

        That is as far back as the pack adopts (`adopt_within_s` of its settings).
        """
        self._correlator = correlator
        self._in_session = in_session
        self._adopt_from = adopt_from
        self.storms = {storm.incident_id: storm for storm in storms}
        self._waiting = {record.evidence_id: record for record in sorted(waiting, key=order)}
        self._homes = self._known_homes()
        self._firings = Counter(r.alert.fingerprint for r in self._waiting.values())
        self.placed: dict[str, AlertRecord] = {}
        self.opened: dict[str, str] = {}
        self.openers: dict[str, AlertRecord] = {}
        self.merged: dict[str, str] = {}

    @property
    def waiting(self) -> Iterable[AlertRecord]:
        """List what no incident has taken in."""
        return self._waiting.values()

    def _known_homes(self) -> dict[AlertIdentity, str]:
        return {
            identity(record): storm.incident_id
            for storm in self.storms.values()
            for record in storm.records
        }

    def place(self, records: Iterable[AlertRecord]) -> None:
        """Place mapped alerts in order, then adopt whatever has become related."""
        for record in sorted(records, key=order):
            self._place(record)
        while self._adopt() or self._unite():
            pass

    def _place(self, record: AlertRecord) -> None:
        home = self._homes.get(identity(record))
        if home is not None:
            self._attach(record, home)
            return
        fitting = self._fitting(record)
        if fitting:
            self._attach(record, self._merge(fitting))
            return
        rule = self._correlator.opening_rule(
            record,
            self._waiting.values(),
            in_session=self._in_session(record.alert.starts_at),
        )
        if rule is None:
            self._wait(record)
        else:
            self._open(record, rule)

    def _fitting(self, record: AlertRecord, before: timedelta = JOIN_WITHIN) -> list[Storm]:
        fits = self._correlator.fits
        found = [s for s in self.storms.values() if fits(record, s, before=before)]
        return sorted(found, key=lambda s: (s.opened_at, s.incident_id))

    def _attach(self, record: AlertRecord, incident_id: str) -> None:
        moved = record.model_copy(
            update={"lane": Lane.INCIDENT, "incident_id": incident_id, "lane_reason": ""}
        )
        self.placed[record.evidence_id] = moved
        self._waiting.pop(record.evidence_id, None)
        self._homes[identity(record)] = incident_id
        self.storms[incident_id].add_all([moved], self._correlator.suspects)
        if record.alert.status is AlertStatus.FIRING:
            self._attach_resolve(record, incident_id)

    def _attach_resolve(self, record: AlertRecord, incident_id: str) -> None:
        """Take in with an alert the resolve that waits beside it: it is over, and must read so."""
        same = identity(record)
        for waiting in [r for r in self._waiting.values() if identity(r) == same]:
            if waiting.alert.status is AlertStatus.RESOLVED:
                self._attach(waiting, incident_id)

    def _merge(self, fitting: list[Storm]) -> str:
        """Make fitting unowned incidents one, under the oldest id; returns that id."""
        oldest = fitting[0]
        for younger in fitting[1:]:
            if not (younger.mergeable and oldest.mergeable):
                continue
            del self.storms[younger.incident_id]
            self.merged[younger.incident_id] = oldest.incident_id
            for record in younger.records:
                self._attach(record, oldest.incident_id)
        return oldest.incident_id

    def _wait(self, record: AlertRecord) -> None:
        self._firings[record.alert.fingerprint] += 1
        reason = self._correlator.noise_reason(record, self._firings)
        if reason and self._protected(record):
            reason = ""
        lane = Lane.NOISE if reason else Lane.UNASSIGNED
        kept = record.model_copy(update={"lane": lane, "lane_reason": reason})
        self.placed[record.evidence_id] = kept
        self._waiting[record.evidence_id] = kept

    def _protected(self, record: AlertRecord) -> bool:
        """Noise rules never touch exam or credit components in session."""
        rule = self._correlator.opening_rule(
            record, (), in_session=self._in_session(record.alert.starts_at)
        )
        return rule == "in_session"

    def _open(self, record: AlertRecord, rule: str) -> None:
        """Open an incident named after its first member by (received, started, fingerprint)."""
        members = [record]
        if rule == "related":
            members += [r for r in self._fresh() if self._correlator.related(record, r)]
        opener = min(members, key=order)
        alert = opener.alert
        incident_id = name_incident(
            record.pack_id, alert.source, fingerprint=alert.fingerprint, starts_at=alert.starts_at
        )
        storm = Storm(incident_id, record.alert.received_at, True, record.alert.received_at)
        self.storms[incident_id] = storm
        self.opened[incident_id] = rule
        self.openers[incident_id] = opener
        for member in sorted(members, key=order):
            self._attach(member, incident_id)

    def _unite(self) -> bool:
        """Merge the first two unowned incidents of which one holds an alert that fits the other."""
        storms = sorted(self.storms.values(), key=lambda s: (s.opened_at, s.incident_id))
        free = [storm for storm in storms if storm.mergeable]
        for one, other in combinations(free, 2):
            if self._correlator.belongs(one, other) or self._correlator.belongs(other, one):
                self._merge([one, other])
                return True
        return False

    def _fresh(self) -> list[AlertRecord]:
        """List what still may be adopted: firing, and not older than the look-back."""
        return [
            record
            for record in self._waiting.values()
            if record.alert.received_at >= self._adopt_from
            and record.alert.starts_at >= self._adopt_from
            and record.alert.status is AlertStatus.FIRING
        ]

    def _adopt(self) -> bool:
        """Adopt the first waiting alert that fits an incident; False when none does."""
        for record in self._fresh():
            fitting = self._fitting(record, ADOPT_BEFORE)
            if fitting:
                self._attach(record, self._merge(fitting))
                return True
        return False
