"""Whether a channel's silence could have been speech: what is heard, where, and for how long."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from graph.model.library import AlertType
from graph.model.pack import ANY_RULE, AbsentRule, DomainPack
from graph.model.topology import Component
from reasoning.network.evidence import Evidence, Quiet


@dataclass(frozen=True, slots=True)
class _Hearing:
    """One component: why it is `deaf`, or why a rule is that needs longer than `span`."""

    deaf: Quiet | None
    span: timedelta = timedelta(0)
    otherwise: Quiet = Quiet.TOO_EARLY


@dataclass(frozen=True)
class Listening:
    """Judges for each component and alert type whether silence could have been speech."""

    pack: DomainPack
    evidence: Evidence
    late: Mapping[str | None, datetime] = field(init=False)
    fresh: frozenset[str | None] = field(init=False)
    absent: tuple[AbsentRule, ...] = field(init=False)
    _known: dict[str, _Hearing] = field(init=False, default_factory=dict, compare=False, repr=False)
    _waits: dict[int, timedelta] = field(
        init=False, default_factory=dict, compare=False, repr=False
    )

    def __post_init__(self) -> None:
        """Sort the heartbeats by site into fresh and late ones."""
        object.__setattr__(self, "absent", self.pack.settings.absent_rules)
        limit = timedelta(seconds=self.pack.settings.heartbeat_late_s)
        heard: dict[tuple[str, str | None], datetime] = {}
        for beat in self.evidence.heartbeats:
            key = (beat.source, beat.site)
            heard[key] = max(beat.last_at, heard.get(key, beat.last_at))
        # Several sources may watch one site: where one of them is lost, its rules cannot speak.
        newest: dict[str | None, datetime] = {}
        for (_, site), last_at in heard.items():
            newest[site] = min(last_at, newest.get(site, last_at))
        now = self.evidence.now
        object.__setattr__(self, "late", {s: t for s, t in newest.items() if now - t > limit})
        object.__setattr__(self, "fresh", frozenset(s for s in newest if s not in self.late))

    def unknown_reason(self, component: Component, alert_type: AlertType) -> Quiet | None:
        """Say why silence here is no evidence; None when it could have spoken."""
        if self.evidence.watched is not None:
            pair = component.id, alert_type.alertname
            return None if pair in self.evidence.watched else Quiet.NEVER_HEARD
        if self.absent and self._is_absent(component, alert_type.alertname):
            return Quiet.NO_RULE
        hearing = self._known.get(component.id)
        if hearing is None:  # asked for each rule of each component
            hearing = self._known[component.id] = self._hearing(component)
        if hearing.deaf is not None:
            return hearing.deaf
        return None if hearing.span >= self._needed(alert_type) else hearing.otherwise

    @property
    def hears_alike(self) -> bool:
        """Tell whether calm components of one kind, site and standby are heard alike."""
        return self.evidence.watched is None and not self.absent

    def _is_absent(self, component: Component, alertname: str) -> bool:
        """Tell whether the pack says that this rule is not loaded for this component."""
        return any(
            rule.alertname in (alertname, ANY_RULE) and rule.covers(component)
            for rule in self.absent
        )

    def _hearing(self, component: Component) -> _Hearing:
        if component.attributes.get("standby"):
            return _Hearing(Quiet.STANDBY)
        if self._in_maintenance(component.id):
            return _Hearing(Quiet.MAINTENANCE)
        lost = self.monitoring_reason(component)
        if lost is Quiet.NEVER_HEARD:
            return _Hearing(lost)
        return _Hearing(None, self._span(component), lost or Quiet.TOO_EARLY)

    def monitoring_reason(self, component: Component) -> Quiet | None:
        """Say whether the component's own site, or else the whole source, is being heard."""
        for site in (component.site, None):
            if site in self.fresh:
                return None
            if site in self.late:
                return Quiet.MONITORING_LOST
        return Quiet.NEVER_HEARD

    def _needed(self, alert_type: AlertType) -> timedelta:
        """Add up `for`, group_wait and group_interval."""
        known = self._waits.get(alert_type.delay_s)
        if known is None:  # asked for each rule of each component
            settings = self.pack.settings
            seconds = alert_type.delay_s + settings.group_wait_s + settings.group_interval_s
            known = self._waits[alert_type.delay_s] = timedelta(seconds=seconds)
        return known

    def _span(self, component: Component) -> timedelta:
        """Tell how long its rules could have spoken: since the earliest onset.

        On a component that has begun to speak it counts from its own first alert: its other
        rules may still be on their way, however old the incident is. Where monitoring was lost
        it lies between the middle of the storm and the last heartbeat: what was silent through
        it stays evidence, as an alert does after it resolves.
        """
        spoken = self.evidence.fired.get(component.id, {}).values()
        onset = min((r.alert.starts_at for r in spoken), default=self.evidence.began_at)
        until = self._lost_at(component)
        if until is not None:
            onset = max(onset, self.evidence.middle_onset)
        return (until or self.evidence.now) - onset

    def _lost_at(self, component: Component) -> datetime | None:
        """Return the last heartbeat where monitoring is lost, None while it is heard."""
        if self.monitoring_reason(component) is not Quiet.MONITORING_LOST:
            return None
        site = component.site if component.site in self.late else None
        return self.late[site]

    def _in_maintenance(self, component_id: str) -> bool:
        """A maintenance change covers its targets for the look-back (records: later issue)."""
        return any(
            component_id in record.component_ids and record.change.kind == "maintenance"
            for record in self.evidence.changes
        )
