"""What simple rules of thumb would answer from the same alerts and changes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime

from benchmarks.storms.answers import DEPTH
from benchmarks.storms.cases import Case
from graph.model.pack import DomainPack
from graph.model.topology import RelationType
from ingest.resolve import Resolver

_TRAVELS = (
    RelationType.DEPENDS_ON,
    RelationType.CALLS,
    RelationType.ROUTES_TO,
    RelationType.RUNS_ON,
    RelationType.USES,
)


class Baselines:
    """Four rules of thumb over one pack; they see the alerts received from the first related on.

    That is kinder to them than to the product, which has to tell noise from storm by itself.
    """

    def __init__(self, pack: DomainPack) -> None:
        """Index names and dependencies once."""
        self._resolver = Resolver(pack.components)
        self._needs: dict[str, set[str]] = defaultdict(set)
        for relation in pack.relations:
            if relation.type in _TRAVELS:
                self._needs[relation.source].add(relation.target)
            elif relation.type is RelationType.PART_OF:
                self._needs[relation.target].add(relation.source)

    def rank(self, case: Case, until: datetime | None) -> dict[str, tuple[str, ...]]:
        """Rank by every rule what was received up to an instant (None: all)."""
        alerting = self._alerting(case, until)
        counts = Counter(alerting)
        return {
            "first_alert": _distinct(alerting),
            "most_alerts": _distinct(sorted(counts, key=lambda name: (-counts[name], name))),
            "deepest_dependency": self._deepest(counts),
            "latest_change": self._latest_changes(case, until),
        }

    def _alerting(self, case: Case, until: datetime | None) -> list[str]:
        """List the component of every firing alert, by receipt and start; heartbeats left out."""
        seen: dict[tuple[str, str], str] = {}
        for line in case.alert_lines():
            received_at = datetime.fromisoformat(line["received_at"])
            if received_at < case.first_at or (until is not None and received_at > until):
                continue
            for alert in sorted(line["payload"]["alerts"], key=lambda a: str(a["startsAt"])):
                found = self._resolver.labelled(alert["labels"]).component_id
                if found and alert["status"] == "firing" and not _is_heartbeat(alert["labels"]):
                    seen.setdefault((alert["fingerprint"], alert["startsAt"]), found)
        return list(seen.values())

    def _deepest(self, counts: Counter[str]) -> tuple[str, ...]:
        """Order by alerting dependants those that have no alerting dependency themselves."""
        below = {name: self._reachable(name) & set(counts) - {name} for name in counts}
        dependants = Counter(target for found in below.values() for target in found)
        deepest = [name for name in counts if not below[name]]
        return _distinct(sorted(deepest, key=lambda n: (-dependants[n], -counts[n], n)))

    def _reachable(self, name: str) -> set[str]:
        found: set[str] = set()
        waiting = [name]
        while waiting:
            for target in self._needs.get(waiting.pop(), ()):
                if target not in found:
                    found.add(target)
                    waiting.append(target)
        return found

    def _latest_changes(self, case: Case, until: datetime | None) -> tuple[str, ...]:
        rows = [
            (datetime.fromisoformat(change["at"]), target)
            for change in case.change_lines()
            for target in change["targets"]
        ]
        limit = until or max((at for at, _ in rows), default=case.first_at)
        names = [self._resolver.named(t).component_id for at, t in sorted(rows) if at <= limit]
        return _distinct([name for name in reversed(names) if name])


def _is_heartbeat(labels: dict[str, str]) -> bool:
    return labels["alertname"] == "Watchdog"


def _distinct(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))[:DEPTH]
