"""Which alerts belong together: a storm becomes incidents by shared possible causes and time.

Two alerts are related when something in the graph could have caused both. The rules, in words:

* join: an alert joins an incident when one of its suspects is shared by enough of the incident's
  alerting components (`SUPPORT_SHARE` of them, at least two, or one while there is only one), or
  when it comes from a component that two of them suspect already (a cause that speaks up); and the
  incident had its last alert at most `JOIN_WITHIN` ago;
* open: a critical alert opens an incident, and so does a second related alert on another
  component within `PAIR_WITHIN` (one suspect that more likely than not would have hit both), and
  any alert on an exam or credit component in session;
* adopt: whatever waits unassigned since the pack's look-back (60 minutes) is tried again after
  every join, however long it waited; an incident that was quiet before it came takes nothing in;
* merge: an alert that fits two unowned incidents makes them one, under the older id, whether it
  came before or after them: a cause often speaks up before the others tell that they suspect it.

Source of the figures: assumed, from a storm's span in the source (minutes, not hours).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from graph.failure import FailureGraph
from graph.model.library import AlertType, Direction
from graph.model.signals import AlertRecord, AlertStatus

JOIN_WITHIN = timedelta(minutes=15)
PAIR_WITHIN = timedelta(minutes=5)
SUSPECT_DEPTH = 3
SUSPECT_FLOOR = 0.25
SUPPORT_SHARE = 0.34
PAIR_FLOOR = 0.5
HUB_SHARE = 0.05
HUB_LEAST = 40
QUIET_SEVERITIES = frozenset({"info", "none", "debug"})


@dataclass
class Storm:
    """One incident while alerts are being placed: its components and what they suspect."""

    incident_id: str
    opened_at: datetime
    mergeable: bool
    last_at: datetime
    records: list[AlertRecord] = field(default_factory=list)
    components: set[str] = field(default_factory=set)
    support: Counter[str] = field(default_factory=Counter)

    def add_all(
        self, records: Sequence[AlertRecord], suspects: Callable[[AlertRecord], Iterable[str]]
    ) -> None:
        """Take records in; a component votes once for each of its `suspects`."""
        self.records += records
        self.last_at = max([self.last_at, *(record.alert.received_at for record in records)])
        for record in records:
            component_id = record.component_id
            if component_id is not None and component_id not in self.components:
                self.components.add(component_id)
                self.support.update([*suspects(record)])


class Correlator:
    """Judges relatedness on one pack revision."""

    def __init__(self, graph: FailureGraph, alert_types: Iterable[AlertType]) -> None:
        """Remember directions and the size from which a component is a hub."""
        self._graph = graph
        self._direction = {kind.alertname: kind.direction for kind in alert_types}
        self._hub_from = max(HUB_LEAST, int(HUB_SHARE * len(graph.components)))
        self._cache: dict[tuple[str, bool], dict[str, float]] = {}
        self._hubs: dict[str, bool] = {}

    def suspects(self, record: AlertRecord) -> Mapping[str, float]:
        """Weigh what could have caused this alert; the component itself is among them, at 1.0."""
        component_id = record.component_id
        if component_id is None:
            return {}
        starved = self._direction.get(record.alert.alertname) is Direction.STARVATION
        key = (component_id, starved)
        if key not in self._cache:
            self._cache[key] = self._suspects(component_id, starved)
        return self._cache[key]

    def _suspects(self, component_id: str, starved: bool) -> dict[str, float]:
        graph = self._graph
        found = dict(graph.possible_causes(component_id, SUSPECT_DEPTH, SUSPECT_FLOOR))
        for caller, share in graph.callers.get(component_id, ()) if starved else ():
            causes = graph.possible_causes(caller, SUSPECT_DEPTH - 1, SUSPECT_FLOOR)
            for cause, weight in causes.items():
                found[cause] = max(found.get(cause, 0.0), share * weight)
        return {
            cause: weight
            for cause, weight in sorted(found.items())
            if weight >= SUSPECT_FLOOR and (cause == component_id or not self._hub(cause))
        }

    def _hub(self, component_id: str) -> bool:
        """Tell whether so much hangs on it that sharing it says nothing.

        Replicas count as their group: thirty pods that use one cache are one service that does.
        """
        known = self._hubs.get(component_id)
        if known is None:
            leaning = {effect for effect, _ in self._graph.effects.get(component_id, ())}
            known = len(leaning.difference(self._graph.groups_of)) > self._hub_from
            self._hubs[component_id] = known
        return known

    def fits(self, record: AlertRecord, storm: Storm, *, before: timedelta = JOIN_WITHIN) -> bool:
        """Apply the join rule.

        The alert came at most `JOIN_WITHIN` after the incident's last one, or `before` before it.
        """
        later = record.alert.received_at - storm.last_at
        if later > JOIN_WITHIN or -later > before:
            return False
        size, support = len(storm.components), storm.support
        if support.get(record.component_id or "", 0) >= min(size, 2):
            return True
        needed = min(size, max(2, math.ceil(SUPPORT_SHARE * size)))
        return any([support.get(suspect, 0) >= needed for suspect in self.suspects(record)])

    def belongs(self, small: Storm, large: Storm) -> bool:
        """Tell whether an alert of a smaller incident would join the larger one, came it now.

        What belongs together does not depend on which alert came first. Only alerts of the last
        `JOIN_WITHIN` count, and an incident of one component draws nobody.
        """
        if not 2 <= len(large.components) >= len(small.components):
            return False
        since = large.last_at - JOIN_WITHIN
        recent = {r.component_id: r for r in small.records if r.alert.starts_at >= since}
        return any(self.fits(record, large) for record in recent.values())

    def related(self, one: AlertRecord, other: AlertRecord) -> bool:
        """Tell whether two alerts on different components share a suspect, close in time."""
        if one.component_id == other.component_id:
            return False
        if abs(one.alert.received_at - other.alert.received_at) > PAIR_WITHIN:
            return False
        first, second = self.suspects(one), self.suspects(other)
        return any(min(w, second.get(c, 0.0)) >= PAIR_FLOOR for c, w in first.items())

    def opening_rule(
        self, record: AlertRecord, waiting: Iterable[AlertRecord], *, in_session: bool
    ) -> str | None:
        """Name the rule by which this alert opens an incident, or None."""
        if record.alert.status is not AlertStatus.FIRING:
            return None
        severity = record.alert.labels.get("severity", "warning").lower()
        if in_session and self._affects_session(record):
            return "in_session"
        if severity in QUIET_SEVERITIES:
            return None
        if severity == "critical":
            return "critical"
        return "related" if any(self.related(record, other) for other in waiting) else None

    def _affects_session(self, record: AlertRecord) -> bool:
        component = self._graph.components.get(record.component_id or "")
        if component is None:
            return False
        flags = component.attributes
        return bool(flags.get("affects_exam") or flags.get("affects_credits"))

    def noise_reason(self, record: AlertRecord, earlier: Mapping[str, int]) -> str:
        """Say why an unassigned alert is noise, or '' when it just waits.

        `earlier` counts the firings of each fingerprint in the last hour.
        """
        if record.alert.labels.get("severity", "").lower() in QUIET_SEVERITIES:
            return "severity"
        return "flapping" if earlier.get(record.alert.fingerprint, 0) >= 3 else ""
