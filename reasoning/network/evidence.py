"""What an incident's signals say on each channel: active, silent, or unknown with the reason.

Silence is health only where it could have spoken.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from itertools import pairwise

from graph.model.library import AlertType, Direction
from graph.model.observation import Observation
from graph.model.signals import AlertRecord, AlertStatus, ChangeRecord, Heartbeat, Lane
from reasoning import parameters
from reasoning.network.confirmed import Outcome


class _Rules(Counter[tuple[str, str]]):
    """Rules by how many of their alerts lie in a window; one without any is left out."""

    def add(self, rule: tuple[str, str], step: int) -> None:
        count = self[rule] + step
        if count:
            self[rule] = count
        else:
            self.pop(rule, None)


@dataclass(frozen=True)
class Evidence:
    """Everything one incident's diagnosis rests on, as of `now`.

    `alerts` are its mapped alert states; `quarantined` counts alert states that nobody understood
    since the look-back, `mapped_elsewhere` those that found a component outside it; `pending`
    counts stored evidence not looked at yet; `change_log_heard`: somebody reports changes, so that
    a component without one was not changed; `observations` are those that hold, `expired` those
    that did until their time had passed. `watched`: where metrics alone are heard, the (component,
    alertname) pairs that they could have spoken as; None where rules speak and heartbeats tell.
    `carried`: the share of its usual harm that a (component, what it stands on) carries now.
    `outcomes`: what earlier incidents were, as far as it was confirmed before this one was opened.
    `sites`: whose people alone may read of the incident; empty where everybody may.
    """

    incident_id: str
    began_at: datetime
    now: datetime
    revision: int
    alerts: tuple[AlertRecord, ...]
    changes: tuple[ChangeRecord, ...] = ()
    heartbeats: tuple[Heartbeat, ...] = ()
    quarantined: int = 0
    mapped_elsewhere: int = 0
    pending: int = 0
    change_log_heard: bool = False
    observations: tuple[Observation, ...] = ()
    expired: tuple[Observation, ...] = ()
    watched: frozenset[tuple[str, str]] | None = None
    carried: Mapping[tuple[str, str], float] = field(default_factory=dict)
    outcomes: tuple[Outcome, ...] = ()
    sites: frozenset[str] = frozenset()

    @cached_property
    def fired(self) -> Mapping[str, Mapping[str, AlertRecord]]:
        """Map component -> alertname -> its first firing that the storm saw.

        An alert that resolves in the storm did fire; one that was over when the storm began
        (`BURST_S` before its onset) is no sign of it, however early the incident took it in.
        """
        since = self.burst_onset - timedelta(seconds=parameters.BURST_S)
        found: dict[str, dict[str, AlertRecord]] = defaultdict(dict)
        for record in self.placed:
            over_at = self.over.get(identity(record))
            if over_at is None or over_at >= since:
                found[record.component_id or ""].setdefault(record.alert.alertname, record)
        return found

    @cached_property
    def placed(self) -> tuple[AlertRecord, ...]:
        """List the alert states that found a component, by (start, id); a resolved one did fire."""
        kept = [r for r in self.alerts if r.component_id and r.lane is Lane.INCIDENT]
        return tuple(sorted(kept, key=lambda r: (r.alert.starts_at, r.evidence_id)))

    @cached_property
    def over(self) -> Mapping[tuple[str, str, datetime], datetime]:
        """Map each alert that resolved to when it did; by the source's clock, else its receipt.

        Resolves get lost, but what begins anew had ended: nobody knows when, so in the middle.
        """
        resolved = (r for r in self.alerts if r.alert.status is AlertStatus.RESOLVED)
        found = {identity(r): r.alert.ends_at or r.alert.received_at for r in resolved}
        names = sorted({identity(r) for r in self.alerts})
        for name, following in pairwise(names):
            if name[:2] == following[:2]:
                found.setdefault(name, name[2] + (following[2] - name[2]) / 2)
        return found

    @cached_property
    def storm_end(self) -> datetime:
        """Return until when the storm went on: `now` while enough of its alerts stand.

        Resolves get lost: up to a share `RESOLVES_LOST` of standing alerts says nothing.
        """
        ends = sorted(self.over.get(n, self.now) for n in {identity(r) for r in self.placed})
        kept = int(len(ends) * (1.0 - parameters.RESOLVES_LOST))
        return ends[min(kept, len(ends) - 1)] if ends else self.now

    def over_early(self, over_at: datetime | None) -> bool:
        """Tell whether an alert that ended then was over while the storm went on; None: stands."""
        return over_at is not None and over_at < self._early_until

    @cached_property
    def _early_until(self) -> datetime:
        return self.storm_end - timedelta(seconds=parameters.BURST_S)

    @cached_property
    def firing_count(self) -> int:
        """Count distinct alerts (source, fingerprint, start), fired or resolved."""
        return len({(r.alert.source, r.alert.fingerprint, r.alert.starts_at) for r in self.alerts})

    @cached_property
    def arrived(self) -> float:
        """Return the least share of its alerts that a notification brought along, of all of them.

        A source that cuts its notifications short does so as long as the storm lasts.
        """
        shares = (r.alert.arrived_share for r in self.alerts if r.lane is Lane.INCIDENT)
        return min(shares, default=1.0)

    @cached_property
    def middle_onset(self) -> datetime:
        """Return the median onset of the alerts that fired, the later one of two."""
        onsets = sorted(r.alert.starts_at for names in self.fired.values() for r in names.values())
        return onsets[len(onsets) // 2] if onsets else self.began_at

    @cached_property
    def burst_onset(self) -> datetime:
        """Return the first onset of the densest window of `BURST_S`, the earliest of equal ones.

        The earliest onset of all is often adopted noise; a storm begins where onsets crowd. What
        was over while the storm went on is `OVER_DOUBT` times as often false, and counts by so
        much less.
        """
        window = timedelta(seconds=parameters.BURST_S)
        best, most, end = self.began_at, 0.0, 0
        inside, lasting = _Rules(), _Rules()  # a flapping rule is no crowd
        marks = self._marks
        for onset, rule, lasts in marks:
            while end < len(marks) and marks[end][0] <= onset + window:
                inside.add(marks[end][1], 1)
                lasting.add(marks[end][1], int(marks[end][2]))
                end += 1
            crowd = len(inside) + (parameters.OVER_DOUBT - 1.0) * len(lasting)
            if crowd > most:
                best, most = onset, crowd
            inside.add(rule, -1)
            lasting.add(rule, -int(lasts))
        return best

    @property
    def _marks(self) -> list[tuple[datetime, tuple[str, str], bool]]:
        """List of each placed alert its onset, its rule, and whether it went on with the storm."""
        ends = ((r, self.over.get(identity(r))) for r in self.placed)
        return [(r.alert.starts_at, rule_of(r), not self.over_early(end)) for r, end in ends]

    def arrived_within(self, seconds: float) -> int:
        """Count firing states received in the last so many seconds before `now`."""
        since = self.now - timedelta(seconds=seconds)
        firing = (r for r in self.alerts if r.alert.status is AlertStatus.FIRING)
        return sum(r.alert.received_at > since for r in firing)

    @cached_property
    def last_alert_at(self) -> datetime | None:
        """Return when the last firing state was received."""
        firing = [r.alert.received_at for r in self.alerts if r.alert.status is AlertStatus.FIRING]
        return max(firing, default=None)


def identity(record: AlertRecord) -> tuple[str, str, datetime]:
    """Name the alert that a firing and a resolved state share."""
    return record.alert.source, record.alert.fingerprint, record.alert.starts_at


def rule_of(record: AlertRecord) -> tuple[str, str]:
    """Name the rule of a component that rang."""
    return record.component_id or "", record.alert.alertname


class Quiet(StrEnum):
    """Why a channel's silence says nothing."""

    TOO_EARLY = "too_early"
    MONITORING_LOST = "monitoring_lost"
    NEVER_HEARD = "never_heard"
    STANDBY = "standby"
    NO_RULE = "no_rule"
    MAINTENANCE = "maintenance"


@dataclass(frozen=True)
class Catalogue:
    """The alert types of a library by kind and by name."""

    by_kind: Mapping[str, tuple[AlertType, ...]]

    @cached_property
    def _by_direction(self) -> Mapping[tuple[str, Direction], tuple[AlertType, ...]]:
        return {
            (kind, direction): tuple(t for t in types if t.direction is direction)
            for kind, types in self.by_kind.items()
            for direction in Direction
        }

    @cached_property
    def _of_harm(self) -> Mapping[str, tuple[AlertType, ...]]:
        speaks = (Direction.DEPENDANT, Direction.OWN)
        return {
            kind: tuple(
                alert_type
                for alert_type in types
                if alert_type.direction in speaks
                and not alert_type.speaks_only
                and (alert_type.direction is Direction.DEPENDANT or alert_type.detection > 0.0)
            )
            for kind, types in self.by_kind.items()
        }

    @classmethod
    def of(cls, alert_types: Iterable[AlertType]) -> Catalogue:
        """Index by kind, heartbeats left out; types stand in alertname order."""
        by_kind: dict[str, list[AlertType]] = defaultdict(list)
        for alert_type in sorted(alert_types, key=lambda t: t.alertname):
            if alert_type.direction is not Direction.HEARTBEAT:
                for kind in alert_type.kinds:
                    by_kind[kind].append(alert_type)
        return cls({kind: tuple(types) for kind, types in by_kind.items()})

    def types(self, kind: str, direction: Direction) -> tuple[AlertType, ...]:
        """Return the alert types of a kind in one direction, by alertname."""
        return self._by_direction.get((kind, direction), ())

    def speaking_of_harm(self, kind: str) -> tuple[AlertType, ...]:
        """Return the alert types whose silence speaks against being degraded, by alertname."""
        return self._of_harm.get(kind, ())

    def unknown(self, kind: str, alertnames: Iterable[str]) -> list[str]:
        """List the names that the library does not know on this kind, in order."""
        names = set(alertnames)
        known = self.by_kind.get(kind, ()) if names else ()
        return sorted(names.difference(t.alertname for t in known))

    def find(self, kind: str, alertname: str) -> AlertType | None:
        """Return the alert type of this name on this kind, if the library knows it."""
        return next((t for t in self.by_kind.get(kind, ()) if t.alertname == alertname), None)
